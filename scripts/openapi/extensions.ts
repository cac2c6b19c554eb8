import { isObject, type JsonObject, type JsonValue, jsonPointer, type Place } from "./json.ts";

/** The part of a document that an extension belongs on. */
export type ExtensionOwner = "root" | "operation" | "schema" | "response" | "media type";

/** The extensions that the generator and the runtime read. */
export const extensions: Readonly<Record<string, { owner: ExtensionOwner; isBoolean: boolean }>> = {
  "x-gpu-client": { owner: "root", isBoolean: false },
  "x-generated-by": { owner: "root", isBoolean: false },
  "x-paid": { owner: "operation", isBoolean: true },
  "x-idempotent": { owner: "operation", isBoolean: true },
  // A read by another method than GET, such as a search by POST.
  "x-reads": { owner: "operation", isBoolean: true },
  "x-idempotency-key": { owner: "operation", isBoolean: false },
  "x-pagination": { owner: "operation", isBoolean: false },
  // Operations with the same group share the vendor's rate limit.
  "x-rate-limit-group": { owner: "operation", isBoolean: false },
  "x-secret": { owner: "schema", isBoolean: true },
  "x-extensible-enum": { owner: "schema", isBoolean: false },
  // The response may have no content. With an object without fields as its schema, there is nothing to read.
  "x-empty": { owner: "response", isBoolean: true },
  // The schema of the data of each event in `text/event-stream`, which is JSON then. OpenAPI 3.2 has `itemSchema` for it.
  "x-item-schema": { owner: "media type", isBoolean: false },
};

/**
 * Extensions that only our overlays and documents may set: they decide about money, keys, secrets and pages. Vendors may set
 * `x-extensible-enum`, which only lists known values. `x-evidence` is reserved, `x-no-content` exists inside the generator only, and
 * composing sets `x-no-example`.
 */
const ours = new Set([
  ...Object.keys(extensions).filter((name) => name !== "x-extensible-enum"),
  "x-evidence",
  "x-no-content",
  "x-no-example",
]);

/** Whether an extension is one that only our overlays and our own documents may set. */
export function isOurExtension(key: string): boolean {
  return ours.has(key);
}

/** Objects whose keys are names that the vendor chose: an object under such a key is a field or a header. */
const naming = new Set(["schemas", "properties", "patternProperties", "headers"]);

/** The document of a vendor without extensions that only our overlays may set, and the places where it had them. */
export function withoutOurExtensions(document: JsonObject): { document: JsonObject; removed: string[] } {
  const removed: string[] = [];
  const visit = (value: JsonValue, location: Place, names: boolean): JsonValue => {
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
