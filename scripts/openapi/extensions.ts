import { isObject, type JsonObject, type JsonValue, jsonPointer } from "./json.ts";

/**
 * Extensions that decide what our generator and runtime do with money, keys, secrets and pages. A vendor that sets one would decide it
 * for its own clients. `x-extensible-enum` is not among them: vendors publish it, and it says nothing but which values they know.
 */
const ours = new Set([
  "x-empty",
  "x-evidence",
  "x-generated-by",
  "x-gpu-client",
  "x-idempotency-key",
  "x-idempotent",
  "x-no-content",
  "x-paid",
  "x-pagination",
  "x-rate-limit-group",
  "x-secret",
]);

/** Whether an extension is one that only our overlays and our own documents may set. */
export function isOurExtension(key: string): boolean {
  return ours.has(key);
}

/** Objects whose keys are names that the vendor chose: there an object under such a name is a field or a header. */
const naming = new Set(["schemas", "properties", "patternProperties", "headers"]);

/** The document of a vendor without extensions that only our overlays may set, and the places where it had them. */
export function withoutOurExtensions(document: JsonObject): { document: JsonObject; removed: string[] } {
  const removed: string[] = [];
  const visit = (value: JsonValue, location: readonly (string | number)[], names: boolean): JsonValue => {
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...location, index], false));
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, child]): [string, JsonValue][] => {
        const place = [...location, key];
        if (ours.has(key) && !(names && isObject(child))) {
          removed.push(jsonPointer(place));
          return [];
        }
        return [[key, visit(child, place, !names && naming.has(key))]];
      }),
    );
  };
  return { document: visit(document, [], false) as JsonObject, removed };
}
