import { isObject, type JsonObject, list } from "../json.ts";
import { typeOf, typesOf } from "../schemas.ts";
import type { Repair } from "./repair.ts";
import { walkSchemas } from "./walk.ts";

const known = ["array", "boolean", "integer", "null", "number", "object", "string"];

/** Words that generators of documents write as types. */
const meant: Readonly<Record<string, string>> = {
  any: "",
  arr: "array",
  bool: "boolean",
  date: "string",
  datetime: "string",
  decimal: "number",
  dict: "object",
  double: "number",
  enum: "string",
  file: "string",
  float: "number",
  int: "integer",
  int32: "integer",
  int64: "integer",
  json: "object",
  list: "array",
  long: "integer",
  map: "object",
  mixed: "",
  none: "null",
  str: "string",
  text: "string",
  timestamp: "string",
  uuid: "string",
};

/** Adds the JSON type that a schema's other keys imply. */
export const types: Repair = {
  title: "types completed from the rest of the schema, or replaced by a type of JSON",
  apply(document, note) {
    walkSchemas(document, (schema, place) => {
      const before = JSON.stringify([schema["type"], schema["items"]]);
      nameTypes(schema);
      if (schema["type"] === undefined) inferType(schema);
      if (typesOf(schema).includes("array") && schema["items"] === undefined && schema["prefixItems"] === undefined)
        schema["items"] = {};
      if (before !== JSON.stringify([schema["type"], schema["items"]])) note(place);
    });
  },
};

function nameTypes(schema: JsonObject): void {
  if (schema["type"] === undefined) return;
  const given = Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]];
  const named = given.map((type) => {
    const word = String(type).toLowerCase();
    return known.includes(word) ? word : (meant[word] ?? "");
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
    const found = [...new Set(values.map(typeOf))];
    const [only] = found.filter((type) => type !== "null");
    if (only !== undefined && found.length === 1) schema["type"] = only;
    else if (only !== undefined && found.length === 2 && found.includes("null")) schema["type"] = [only, "null"];
  }
}
