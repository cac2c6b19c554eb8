// Keywords that are invalid or have no effect in their schema.
import { isObject, type JsonObject, list, objectAt } from "../json.ts";
import { variantsOf } from "../pointers.ts";
import { compositionKeywords, schemasOf, typesOf } from "../schemas.ts";
import type { Repair } from "./repair.ts";

const keysOfType = {
  array: ["items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"],
  object: ["properties", "patternProperties", "additionalProperties", "required", "minProperties", "maxProperties"],
};

export const misplacedKeys: Repair = {
  title: "keywords of another type dropped, such as `items` next to `type: object`",
  repairSchema(schema, note) {
    const types = typesOf(schema);
    if (types.length === 0) return;
    for (const [type, keys] of Object.entries(keysOfType)) {
      if (types.includes(type)) continue;
      for (const key of keys) {
        if (schema[key] === undefined) continue;
        delete schema[key];
        note(key);
      }
    }
  },
};

/** Removes names from `required` that are not properties: they would be fields of unknown type, which nobody can send. */
export const requiredNames: Repair = {
  title: "names dropped from `required` that are not properties",
  apply(document, note) {
    // The enclosing composition: a part may require a property that another part declares.
    const wholes = new Map<JsonObject, JsonObject>();
    for (const { schema } of schemasOf(document)) {
      for (const part of compositionKeywords.flatMap((key) => list(schema[key]))) if (isObject(part)) wholes.set(part, schema);
    }
    for (const { schema, place } of schemasOf(document)) {
      const required = schema["required"];
      if (!Array.isArray(required)) continue;
      let whole = schema;
      for (let depth = 0; depth < 20 && wholes.has(whole); depth += 1) whole = wholes.get(whole) ?? whole;
      const known = new Set(variantsOf(document, whole).flatMap((part) => Object.keys(objectAt(part, "properties"))));
      const kept = required.filter((name) => known.has(String(name)));
      if (kept.length === required.length) continue;
      note(place);
      if (kept.length > 0) schema["required"] = kept;
      else delete schema["required"];
    }
  },
};

/** Rewrites or removes invalid patterns: a validator rejects the whole schema because of one. */
export const patterns: Repair = {
  title: "patterns of other languages converted to JavaScript, or dropped",
  repairSchema(schema, note) {
    const { pattern } = schema;
    if (typeof pattern !== "string" || isPattern(pattern)) return;
    const written = forJavaScript(pattern);
    if (isPattern(written)) schema["pattern"] = written;
    else delete schema["pattern"];
    note("pattern");
  },
};

/** Whether a pattern is valid in JSON Schema, which uses JavaScript's syntax with the Unicode flag. */
function isPattern(source: string): boolean {
  try {
    new RegExp(source, "u");
    return true;
  } catch {
    return false;
  }
}

/** Replaces Ruby's and Python's anchors, and unnecessary escapes. */
function forJavaScript(source: string): string {
  let isInClass = false;
  return source.replace(/\\(.)|[[\]]/gs, (found: string, escaped?: string) => {
    if (escaped === undefined) {
      isInClass = found === "[" || (isInClass && found !== "]");
      return found;
    }
    if (escaped === "A") return "^";
    if (escaped === "z" || escaped === "Z") return "$";
    const isNeeded = escaped === "-" ? isInClass : escaped !== "_" && /[\w^$\\.*+?()[\]{}|/]/.test(escaped);
    return isNeeded ? found : escaped;
  });
}
