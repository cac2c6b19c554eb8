import { type JsonObject, type JsonValue, list } from "../json.ts";
import { typesOf } from "../schemas.ts";
import type { Repair } from "./repair.ts";
import { walkSchemas } from "./walk.ts";

/** Writes values in the type of their schema: YAML reads `1.0` and `true` as a number and a boolean, whatever that type is. */
export const enumValues: Repair = {
  title: "values of `enum`, `const` and `default` written in the type of their schema",
  apply(document, note) {
    walkSchemas(document, (schema, place) => {
      const types = typesOf(schema);
      const values = list(schema["enum"]);
      if (types.length > 0 && values.length > 0) {
        // Generators that cannot write null write an empty text for "no value".
        const typed = values.map((value) => inType(value, types)).filter((value) => value !== undefined);
        if (JSON.stringify(typed) !== JSON.stringify(values)) {
          note([...place, "enum"]);
          if (values.includes(null) && !types.includes("null")) {
            schema["type"] = [...types, "null"];
            typed.push(null);
          }
          schema["enum"] = [...new Set(typed)];
        }
      }
      if (Array.isArray(schema["enum"]) && schema["enum"].length === 0) {
        delete schema["enum"];
        note([...place, "enum"]);
      }
      if (types.length === 0) return;
      for (const key of ["const", "default"]) typeOne(schema, key, types, () => note([...place, key]));
    });
  },
};

function typeOne(schema: JsonObject, key: string, types: readonly string[], note: () => void): void {
  const value = schema[key];
  if (value === undefined) return;
  const typed = inType(value, types);
  if (typed === value) return;
  note();
  if (typed === undefined) delete schema[key];
  else schema[key] = typed;
}

/** The value converted to one of these types; undefined if that is not possible. */
function inType(value: JsonValue, types: readonly string[]): JsonValue | undefined {
  if (types.some((type) => isOf(value, type))) return value;
  if (typeof value === "string" && value.trim() !== "" && types.some((type) => type === "number" || type === "integer")) {
    const number = Number(value);
    if (types.includes("number") ? Number.isFinite(number) : Number.isInteger(number)) return number;
  }
  if (types.includes("boolean") && (value === "true" || value === "false")) return value === "true";
  if (types.includes("string") && (typeof value === "number" || typeof value === "boolean")) return String(value);
  return undefined;
}

function isOf(value: JsonValue, type: string): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
