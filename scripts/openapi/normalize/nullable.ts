import { isObject, type JsonObject, type JsonValue, list } from "../json.ts";
import { typesOf } from "../schemas.ts";
import type { Repair } from "./repair.ts";

/** Converts `nullable` of OpenAPI 3.0, which has no meaning in 3.1. */
export const nullable: Repair = {
  title: "`nullable` written as the type null",
  repairSchema(schema, note) {
    const given = schema["nullable"];
    if (given === undefined) return;
    delete schema["nullable"];
    if (given === true) allowNull(schema);
    note();
  },
};

/** Merges a choice between an enum and null, as FastAPI writes an optional enum. */
export const nullableEnums: Repair = {
  title: "choices between an enum and null merged into one enum",
  repairSchema(schema, note) {
    for (const key of ["anyOf", "oneOf"]) {
      const variants = list(schema[key]);
      const [values] = variants.filter((variant) => !isNull(variant));
      if (variants.length !== 2 || !variants.some(isNull) || !isObject(values)) continue;
      if (!Array.isArray(values["enum"]) || typesOf(values).length === 0) continue;
      note();
      delete schema[key];
      for (const [name, value] of Object.entries(values)) schema[name] ??= value;
      allowNull(schema);
    }
  },
};

function isNull(variant: JsonValue): boolean {
  return isObject(variant) && variant["type"] === "null";
}

/** Makes a schema accept null as well. */
export function allowNull(schema: JsonObject): void {
  if (Array.isArray(schema["enum"]) && !schema["enum"].includes(null)) schema["enum"] = [...schema["enum"], null];
  const types = typesOf(schema);
  if (types.length > 0) {
    if (!types.includes("null")) schema["type"] = [...types, "null"];
    return;
  }
  if (typeof schema["$ref"] === "string") {
    schema["anyOf"] = [{ $ref: schema["$ref"] }, { type: "null" }];
    delete schema["$ref"];
    return;
  }
  for (const key of ["anyOf", "oneOf"]) {
    const variants = schema[key];
    if (!Array.isArray(variants)) continue;
    if (!variants.some((variant) => isObject(variant) && typesOf(variant).includes("null"))) variants.push({ type: "null" });
    return;
  }
  const parts = list(schema["allOf"]);
  if (parts.length > 0) {
    delete schema["allOf"];
    const [only] = parts;
    schema["anyOf"] = [parts.length === 1 && only !== undefined ? only : { allOf: parts }, { type: "null" }];
  } else if (isObject(schema["properties"])) schema["type"] = ["object", "null"];
}
