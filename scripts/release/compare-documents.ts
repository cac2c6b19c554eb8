import { isDeepStrictEqual } from "node:util";
import { isObject, type JsonObject, type JsonValue, jsonPointer } from "../openapi/json.ts";

/** How two composed documents differ. */
export type DocumentDifference =
  /** In titles, summaries and descriptions only; `bytes` is their size, each as the longer of its two versions. */
  | { kind: "texts"; bytes: number }
  /** Elsewhere too; `pointer` is the first such place. */
  | { kind: "values"; pointer: string };

const textKeys: ReadonlySet<string> = new Set(["title", "summary", "description"]);

/** Keys whose values are data, or decide where requests and keys are sent: a text in them is not a description. */
const dataKeys: ReadonlySet<string> = new Set([
  "callbacks",
  "const",
  "default",
  "enum",
  "example",
  "examples",
  "links",
  "mapping",
  "security",
  "securitySchemes",
  "servers",
]);

/** Keys of objects whose own keys are names that the vendor chose, such as a field named `description`. */
const namingKeys: ReadonlySet<string> = new Set([
  "$defs",
  "content",
  "definitions",
  "dependentSchemas",
  "encoding",
  "headers",
  "parameters",
  "pathItems",
  "paths",
  "patternProperties",
  "properties",
  "requestBodies",
  "responses",
  "schemas",
  "webhooks",
]);

const deepest = 200;

/** Compares two versions of a composed document by value. */
export function compareDocuments(before: JsonObject, after: JsonObject): DocumentDifference {
  let bytes = 0;
  /** Location of the first difference that is not a text. */
  const visit = (old: JsonValue, fresh: JsonValue, location: string[], hasNames: boolean): string[] | undefined => {
    if (location.length > deepest) return location;
    if (Array.isArray(old) && Array.isArray(fresh)) {
      if (old.length !== fresh.length) return location;
      return firstOf(old, (item, index) => visit(item, fresh[index] ?? null, [...location, String(index)], false));
    }
    if (!isObject(old) || !isObject(fresh)) return old === fresh ? undefined : location;
    const keys = Object.keys(old);
    const differing = [...keys, ...Object.keys(fresh)].find((key) => !Object.hasOwn(old, key) || !Object.hasOwn(fresh, key));
    if (differing !== undefined) return [...location, differing];
    return firstOf(keys, (key) => {
      const [one, other] = [old[key] ?? null, fresh[key] ?? null];
      const place = [...location, key];
      if (hasNames) return visit(one, other, place, false);
      if (dataKeys.has(key) || key.startsWith("x-")) return isDeepStrictEqual(one, other) ? undefined : place;
      if (textKeys.has(key) && typeof one === "string" && typeof other === "string") {
        if (one !== other) bytes += Math.max(Buffer.byteLength(one), Buffer.byteLength(other));
        return undefined;
      }
      return visit(one, other, place, namingKeys.has(key));
    });
  };
  const elsewhere = visit(before, after, [], false);
  return elsewhere === undefined ? { kind: "texts", bytes } : { kind: "values", pointer: jsonPointer(elsewhere) };
}

function firstOf<Item, Found>(items: readonly Item[], find: (item: Item, index: number) => Found | undefined): Found | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
