// Differences between OpenAPI 3.0 and 3.1.
import { isDeepStrictEqual } from "node:util";
import { dereference, isObject, type JsonObject, stringAt } from "../json.ts";
import { constraintsOf, typesOf } from "../schemas.ts";
import type { Repair } from "./repair.ts";

export const version: Repair = {
  title: "upgraded to OpenAPI 3.1.0",
  apply(document, note) {
    if (document["openapi"] === "3.1.0") return;
    document["openapi"] = "3.1.0";
    note(["openapi"]);
  },
};

const limits = [
  ["exclusiveMinimum", "minimum"],
  ["exclusiveMaximum", "maximum"],
] as const;

/** `exclusiveMinimum: true` of OpenAPI 3.0 is `exclusiveMinimum` with the number in 3.1. */
export const exclusiveLimits: Repair = {
  title: "exclusive limits converted to numbers",
  repairSchema(schema, note) {
    for (const [exclusive, limit] of limits) {
      const given = schema[exclusive];
      const value = schema[limit];
      if (typeof given === "boolean") {
        delete schema[exclusive];
        if (given && typeof value === "number") {
          schema[exclusive] = value;
          delete schema[limit];
        }
        note();
      } else if (typeof given === "number" && typeof value === "number") {
        const isStricter = exclusive === "exclusiveMinimum" ? given >= value : given <= value;
        delete schema[isStricter ? limit : exclusive];
        note();
      }
    }
  },
};

/** Moves siblings of `$ref` into an `allOf`. OpenAPI 3.0 ignores such siblings, and 3.1 applies them; all tools support `allOf`. */
export const referenceSiblings: Repair = {
  title: "constraints next to a `$ref` moved into `allOf` (OpenAPI 3.1) or dropped (3.0)",
  repairSchema(schema, note, document) {
    if (typeof schema["$ref"] !== "string") return;
    const keys = constraintsOf(schema);
    if (keys.length === 0) return;
    note();
    const isIgnored = stringAt(document, "openapi")?.startsWith("3.0") === true;
    const target = dereference(document, schema);
    const added: JsonObject = {};
    for (const key of keys) {
      if (!isIgnored && !isImplied(key, schema, target)) added[key] = schema[key] ?? null;
      delete schema[key];
    }
    if (Object.keys(added).length === 0) return;
    schema["allOf"] = [{ $ref: schema["$ref"] }, added];
    delete schema["$ref"];
  },
};

function isImplied(key: string, schema: JsonObject, target: unknown): boolean {
  if (!isObject(target)) return false;
  if (key === "type" && typesOf(target).length === 0) return true;
  return isDeepStrictEqual(schema[key], target[key]);
}
