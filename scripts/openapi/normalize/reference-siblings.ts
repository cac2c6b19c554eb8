import { isDeepStrictEqual } from "node:util";
import { dereference, isObject, type JsonObject, stringAt } from "../json.ts";
import { typesOf } from "../schemas.ts";
import type { Repair } from "./repair.ts";
import { constraintsOf, walkSchemas } from "./walk.ts";

/** Moves siblings of `$ref` into an `allOf`. OpenAPI 3.0 ignores such siblings, and 3.1 applies them; all tools support `allOf`. */
export const referenceSiblings: Repair = {
  title: "constraints next to a `$ref` moved into `allOf` (OpenAPI 3.1) or dropped (3.0)",
  apply(document, note) {
    const ignored = stringAt(document, "openapi")?.startsWith("3.0") === true;
    walkSchemas(document, (schema, place) => {
      if (typeof schema["$ref"] !== "string") return;
      const keys = constraintsOf(schema);
      if (keys.length === 0) return;
      note(place);
      const target = dereference(document, schema);
      const added: JsonObject = {};
      for (const key of keys) {
        if (!ignored && !isImplied(key, schema, target)) added[key] = schema[key] ?? null;
        delete schema[key];
      }
      if (Object.keys(added).length === 0) return;
      schema["allOf"] = [{ $ref: schema["$ref"] }, added];
      delete schema["$ref"];
    });
  },
};

function isImplied(key: string, schema: JsonObject, target: unknown): boolean {
  if (!isObject(target)) return false;
  if (key === "type" && typesOf(target).length === 0) return true;
  return isDeepStrictEqual(schema[key], target[key]);
}
