import { dereference, isObject, type JsonObject, type JsonValue, list } from "../json.ts";
import { compositionKeywords, constraintsOf, typesOf } from "../schemas.ts";
import type { Repair } from "./repair.ts";

/** Simplifies `anyOf: [{}, { type: null }]`, which FastAPI writes for an optional field of any type and the linter rejects. */
export const anyValue: Repair = {
  title: "`anyOf` and `oneOf` dropped where one of their entries allows every value",
  repairSchema(schema, note) {
    for (const choice of ["anyOf", "oneOf"]) {
      if (!list(schema[choice]).some(allowsEverything)) continue;
      delete schema[choice];
      delete schema["discriminator"];
      note();
    }
  },
};

function allowsEverything(schema: JsonValue): boolean {
  if (!isObject(schema)) return schema === true;
  return schema["$ref"] === undefined && schema["x-extensible-enum"] === undefined && constraintsOf(schema).length === 0;
}

/** Removes entries that change nothing, and discriminators without named schemas to select. */
export const compositions: Repair = {
  title: "empty and repeated entries of `allOf`, `anyOf` and `oneOf` dropped, and discriminators of inline schemas",
  repairSchema(schema, note) {
    const state = () => JSON.stringify([...compositionKeywords, "discriminator"].map((key) => schema[key]));
    const before = state();
    if (Array.isArray(schema["allOf"])) schema["allOf"] = unique(schema["allOf"].filter((part) => !isEmpty(part)));
    for (const key of ["anyOf", "oneOf"]) dropRedundant(schema, key);
    if (state() !== before) note();
  },
};

function dropRedundant(schema: JsonObject, key: string): void {
  const variants = schema[key];
  if (!Array.isArray(variants)) return;
  // If any value matches one variant, any value matches the whole choice.
  const isAny = variants.some(isEmpty);
  if (isAny) delete schema[key];
  else schema[key] = unique(variants);
  if (isAny || variants.some((variant) => !isObject(variant) || typeof variant["$ref"] !== "string"))
    delete schema["discriminator"];
}

function isEmpty(part: JsonValue): boolean {
  return part === true || (isObject(part) && Object.keys(part).length === 0);
}

function unique(parts: readonly JsonValue[]): JsonValue[] {
  const texts = parts.map((part) => JSON.stringify(part));
  return parts.filter((_, index) => texts.indexOf(texts[index] ?? "") === index);
}

/** Unwraps compositions with one entry: OpenAPI 3.0 needs them for a description next to a reference, and 3.1 does not. */
export const oneEntry: Repair = {
  title: "`allOf`, `anyOf` and `oneOf` with one entry replaced by the entry",
  repairSchema(schema, note, document) {
    for (const composition of compositionKeywords) {
      const parts = list(schema[composition]);
      if (schema[composition] === undefined || parts.length > 1) continue;
      const [only] = parts;
      if (only !== undefined && !isObject(only)) continue;
      const target = dereference(document, only);
      const isRedundantType = isObject(target) && typesOf(schema).join() === typesOf(target).join();
      const own = constraintsOf(schema).filter((key) => key !== composition && !(key === "type" && isRedundantType));
      if (only !== undefined && own.length > 0) continue;
      note();
      delete schema[composition];
      if (only === undefined) continue;
      if (isRedundantType) delete schema["type"];
      // A discriminator selects among entries.
      if (composition !== "allOf") delete schema["discriminator"];
      const described = { ...only, ...schema };
      for (const key of Object.keys(schema)) delete schema[key];
      Object.assign(schema, described);
    }
  },
};
