import { isObject, type JsonObject, type JsonValue } from "../json.ts";
import type { Repair } from "./repair.ts";
import { walkSchemas } from "./walk.ts";

/** Removes entries that change nothing, and discriminators without named schemas to select. */
export const compositions: Repair = {
  title: "empty and repeated entries of `allOf`, `anyOf` and `oneOf` dropped, and discriminators of inline schemas",
  apply(document, note) {
    walkSchemas(document, (schema, place) => {
      const before = JSON.stringify([schema["allOf"], schema["anyOf"], schema["oneOf"], schema["discriminator"]]);
      if (Array.isArray(schema["allOf"])) schema["allOf"] = unique(schema["allOf"].filter((part) => !isEmpty(part)));
      for (const key of ["anyOf", "oneOf"]) dropRedundant(schema, key);
      if (before !== JSON.stringify([schema["allOf"], schema["anyOf"], schema["oneOf"], schema["discriminator"]])) note(place);
    });
  },
};

function dropRedundant(schema: JsonObject, key: string): void {
  const variants = schema[key];
  if (!Array.isArray(variants)) return;
  // If any value matches one variant, any value matches the whole choice.
  if (variants.some(isEmpty)) {
    delete schema[key];
    delete schema["discriminator"];
    return;
  }
  schema[key] = unique(variants);
  if (variants.some((variant) => !isObject(variant) || typeof variant["$ref"] !== "string")) delete schema["discriminator"];
}

function isEmpty(part: JsonValue): boolean {
  return part === true || (isObject(part) && Object.keys(part).length === 0);
}

function unique(parts: readonly JsonValue[]): JsonValue[] {
  const texts = parts.map((part) => JSON.stringify(part));
  return parts.filter((_, index) => texts.indexOf(texts[index] ?? "") === index);
}
