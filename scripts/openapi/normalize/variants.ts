import { dereference, isObject, type JsonObject, type JsonValue, list, objectAt, type Place, stringAt } from "../json.ts";
import { variantsOf } from "../pointers.ts";
import { typesOf } from "../schemas.ts";
import type { Repair } from "./repair.ts";

/** Turns `oneOf` into `anyOf` if a value may match two variants: validators would reject such a value. */
export const overlappingVariants: Repair = {
  title: "`oneOf` with variants that may both match written as `anyOf`",
  repairSchema(schema, note, document, place) {
    const variants = schema["oneOf"];
    if (!Array.isArray(variants)) return;
    const specific = variants.filter((variant) => !isAnyObject(variant));
    const reference = stringAt(specific[0], "$ref");
    if (variants.length > 1 && specific.length === 1 && reference !== undefined) {
      note();
      delete schema["oneOf"];
      schema["$ref"] = reference;
    } else if (schema["anyOf"] === undefined && (isOfParameter(place) || !areDisjoint(document, variants))) {
      note();
      schema["anyOf"] = variants;
      delete schema["oneOf"];
    }
  },
};

/** Whether a schema is a parameter's. Parameters are sent as text, so their types do not distinguish values. */
function isOfParameter(place: Place): boolean {
  return place.at(-1) === "schema" && place.at(-3) === "parameters";
}

/** A variant that every object matches. */
function isAnyObject(variant: JsonValue): boolean {
  return isObject(variant) && Object.keys(variant).length === 1 && variant["type"] === "object";
}

function areDisjoint(document: JsonObject, variants: readonly JsonValue[]): boolean {
  return variants.every((one, index) => variants.slice(index + 1).every((other) => differ(document, one, other)));
}

/** Whether types and fixed fields show that no value matches both. */
function differ(document: JsonObject, one: JsonValue, other: JsonValue): boolean {
  const [a, b] = [kindsOf(document, one), kindsOf(document, other)];
  if (a !== undefined && b !== undefined && !a.some((kind) => b.includes(kind))) return true;
  const [fixed, others] = [fixedFields(document, one), fixedFields(document, other)];
  return [...fixed].some(([name, values]) => {
    const present = others.get(name);
    return present !== undefined && !values.some((value) => present.includes(value));
  });
}

/** The types of a schema's values; undefined if any type is possible. */
function kindsOf(document: JsonObject, schema: JsonValue): string[] | undefined {
  const found = dereference(document, schema);
  if (!isObject(found)) return undefined;
  const types = typesOf(found).map((type) => (type === "integer" ? "number" : type));
  return types.length > 0 ? types : undefined;
}

/** Required fields with their only possible values. */
function fixedFields(document: JsonObject, schema: JsonValue): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  const found = dereference(document, schema);
  if (!isObject(found)) return fields;
  const parts = [found, ...list(found["allOf"]).flatMap((part) => variantsOf(document, part))];
  const required = new Set(parts.flatMap((part) => list(part["required"])));
  for (const part of parts) {
    for (const [name, property] of Object.entries(objectAt(part, "properties"))) {
      const value = dereference(document, property);
      if (!required.has(name) || !isObject(value)) continue;
      const values = fixedValues(value).map((one) => JSON.stringify(one));
      if (values.length > 0) fields.set(name, values);
    }
  }
  return fields;
}

/** The only values that a schema allows, if it lists them. */
export function fixedValues(schema: JsonObject): JsonValue[] {
  return schema["const"] !== undefined ? [schema["const"]] : list(schema["enum"]);
}
