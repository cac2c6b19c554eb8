import { isObject, type JsonObject, type JsonValue, list } from "../json.ts";
import { typeOf, typesOf } from "../schemas.ts";
import { allowNull } from "./nullable.ts";
import type { Repair } from "./repair.ts";

/** The types of JSON, with the words that generators of documents write for each. */
const words: Readonly<Record<string, readonly string[]>> = {
  array: ["arr", "list"],
  boolean: ["bool"],
  integer: ["int", "int32", "int64", "long"],
  null: ["none"],
  number: ["decimal", "double", "float"],
  object: ["dict", "json", "map"],
  string: ["date", "datetime", "enum", "file", "str", "text", "timestamp", "uuid"],
};

export const types: Repair = {
  title: "missing types inferred from the schema, and other types replaced by those of JSON",
  repairSchema(schema, note) {
    const before = JSON.stringify([schema["type"], schema["items"]]);
    nameTypes(schema);
    if (schema["type"] === undefined) inferType(schema);
    if (typesOf(schema).includes("array") && schema["items"] === undefined && schema["prefixItems"] === undefined)
      schema["items"] = {};
    if (before !== JSON.stringify([schema["type"], schema["items"]])) note();
  },
};

function nameTypes(schema: JsonObject): void {
  if (schema["type"] === undefined) return;
  const given = Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]];
  const named = given.map((type) => {
    const word = String(type).toLowerCase();
    return Object.keys(words).find((known) => known === word || words[known]?.includes(word)) ?? "";
  });
  if (named.includes("") || named.length === 0) delete schema["type"];
  else if (!Array.isArray(schema["type"])) schema["type"] = named[0] ?? null;
  else schema["type"] = [...new Set(named)];
}

function inferType(schema: JsonObject): void {
  if (["$ref", "allOf", "anyOf", "oneOf"].some((key) => schema[key] !== undefined)) return;
  const values = list(schema["enum"]);
  if (isObject(schema["properties"])) schema["type"] = "object";
  else if (schema["items"] !== undefined) schema["type"] = "array";
  else if (values.length > 0) {
    const [only, ...others] = new Set(values.filter((value) => value !== null).map(typeOf));
    if (only !== undefined && others.length === 0) schema["type"] = values.includes(null) ? [only, "null"] : only;
  }
}

/** Writes values in the type of their schema: YAML reads `1.0` and `true` as a number and a boolean, whatever that type is. */
export const enumValues: Repair = {
  title: "values of `enum`, `const` and `default` converted to the type of their schema",
  repairSchema(schema, note) {
    const types = typesOf(schema);
    const values = list(schema["enum"]);
    if (types.length > 0 && values.length > 0) {
      // Generators that cannot write null write an empty text for "no value".
      const typed = values.map((value) => inType(value, types)).filter((value) => value !== undefined);
      if (JSON.stringify(typed) !== JSON.stringify(values)) {
        note("enum");
        schema["enum"] = [...new Set(typed)];
        if (values.includes(null)) allowNull(schema);
      }
    }
    if (Array.isArray(schema["enum"]) && schema["enum"].length === 0) {
      delete schema["enum"];
      note("enum");
    }
    if (types.length === 0) return;
    for (const key of ["const", "default"]) {
      const value = schema[key];
      const typed = value === undefined ? undefined : inType(value, types);
      if (typed === value) continue;
      note(key);
      if (typed === undefined) delete schema[key];
      else schema[key] = typed;
    }
  },
};

/** The value converted to one of these types; undefined if that is not possible. */
function inType(value: JsonValue, types: readonly string[]): JsonValue | undefined {
  const isNumeric = types.includes("number");
  if (types.includes(typeOf(value)) || (isNumeric && typeof value === "number")) return value;
  if (typeof value === "string" && value.trim() !== "" && (isNumeric || types.includes("integer"))) {
    const number = Number(value);
    if (isNumeric ? Number.isFinite(number) : Number.isInteger(number)) return number;
  }
  if (types.includes("boolean") && (value === "true" || value === "false")) return value === "true";
  if (types.includes("string") && (typeof value === "number" || typeof value === "boolean")) return String(value);
  return undefined;
}
