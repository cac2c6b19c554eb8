import {
  dereference,
  isObject,
  type JsonObject,
  type JsonValue,
  list,
  objectAt,
  type Place,
  resolvePointer,
  stringAt,
} from "../json.ts";
import { componentsOf } from "../operations.ts";
import { variantsOf } from "../pointers.ts";
import type { Repair } from "./repair.ts";
import { fixedValues } from "./variants.ts";

/**
 * Writes mappings in full. Without a mapping, the values of a discriminator are names of schemas, which other repairs change. A target
 * may also be a plain name, which the linter treats as a file.
 */
export const discriminators: Repair = {
  title: "mappings of discriminators completed, without targets that do not exist",
  repairSchema(schema, note, document, place) {
    const discriminator = objectAt(schema, "discriminator");
    const tag = stringAt(discriminator, "propertyName");
    if (tag === undefined) return;
    const before = objectAt(discriminator, "mapping");
    const mapping: JsonObject = {};
    for (const [value, target] of Object.entries(before)) {
      const found = referenceOf(document, target);
      if (found !== undefined) mapping[value] = found;
    }
    const mapped = new Set(Object.values(mapping));
    for (const reference of variantReferences(schema, componentsOf(document, "schemas"), place)) {
      if (mapped.has(reference)) continue;
      for (const value of tagValues(document, reference, tag)) mapping[value] ??= reference;
    }
    if (JSON.stringify(mapping) === JSON.stringify(before)) return;
    if (Object.keys(mapping).length > 0) discriminator["mapping"] = mapping;
    else delete discriminator["mapping"];
    note("discriminator");
  },
};

function referenceOf(document: JsonObject, target: JsonValue): string | undefined {
  if (typeof target !== "string") return undefined;
  if (target.startsWith("#/")) return resolvePointer(document, target) === undefined ? undefined : target;
  return Object.hasOwn(componentsOf(document, "schemas"), target) ? `#/components/schemas/${target}` : undefined;
}

/** The variants of a schema, or the components that extend it. */
function variantReferences(schema: JsonObject, schemas: JsonObject, place: Place): string[] {
  const references = (parts: JsonValue | undefined) => list(parts).flatMap((part) => stringAt(part, "$ref") ?? []);
  const own = [...references(schema["oneOf"]), ...references(schema["anyOf"])];
  if (own.length > 0 || place.length !== 3 || place[1] !== "schemas") return own;
  const self = `#/components/schemas/${place[2]}`;
  return Object.entries(schemas).flatMap(([name, other]) =>
    isObject(other) && references(other["allOf"]).includes(self) ? [`#/components/schemas/${name}`] : [],
  );
}

/** The values of a variant's tag: those that the variant fixes, or else its name. */
function tagValues(document: JsonObject, reference: string, tag: string): string[] {
  const fixed = variantsOf(document, { $ref: reference }).flatMap((part) => {
    const property = dereference(document, objectAt(part, "properties")[tag]);
    return isObject(property) ? fixedValues(property) : [];
  });
  const texts = fixed.filter((value) => typeof value === "string");
  return texts.length > 0 ? texts : [reference.split("/").at(-1) ?? ""];
}
