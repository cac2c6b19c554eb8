import { isObject, type JsonObject, list } from "../json.ts";
import { typesOf } from "../schemas.ts";
import { allowNull } from "./nullable.ts";
import type { Repair } from "./repair.ts";
import { walkSchemas } from "./walk.ts";

/** Merges a choice between an enum and null, as FastAPI writes an optional enum. */
export const nullableEnums: Repair = {
  title: "a choice between a list of values and null written as one list",
  apply(document, note) {
    walkSchemas(document, (schema, place) => {
      for (const key of ["anyOf", "oneOf"]) {
        const variants = list(schema[key]);
        const [values] = variants.filter((variant) => !isNull(variant));
        if (variants.length !== 2 || !variants.some(isNull) || !isObject(values)) continue;
        if (!Array.isArray(values["enum"]) || typesOf(values).length === 0) continue;
        note(place);
        delete schema[key];
        for (const [name, value] of Object.entries(values)) schema[name] ??= value;
        allowNull(schema);
      }
    });
  },
};

function isNull(variant: unknown): boolean {
  return isObject(variant) && (variant as JsonObject)["type"] === "null";
}
