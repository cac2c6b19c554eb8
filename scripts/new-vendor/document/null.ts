// What OpenAPI 3.0 says otherwise than 3.1: null, exclusive limits, what stands beside a reference.

import { isObject, type JsonObject, stringAt } from "@gpu-scripts/openapi/json.ts";
import { typesOf, walkDescription } from "@gpu-scripts/openapi/schemas.ts";
import type { Draft, Location } from "./draft.ts";

const variants = ["allOf", "anyOf", "oneOf"];
/** Keys of a schema that a `$ref` beside them hides. */
const hidden = ["type", "enum", "format", "properties", "items", "additionalProperties", ...variants];

/** Raises the document to OpenAPI 3.1.0, where null is a type. */
export function raiseVersion(draft: Draft): void {
  const version = stringAt(draft.document, "openapi") ?? "";
  if (version !== "3.1.0") {
    draft.update([], "Every document of the project is OpenAPI 3.1.0, where null is a type.", { openapi: "3.1.0" });
  }
  if (version.startsWith("3.0")) {
    for (const location of places(draft, (object) => object["$ref"] !== undefined)) {
      for (const key of hidden) draft.removeIfThere([...location, key], "OpenAPI 3.0 reads over what stands beside a reference.");
    }
  }
  // What lies deeper first: a place that is mended may get another key above it.
  const nullable = places(draft, (object) => typeof object["nullable"] === "boolean").sort((a, b) => b.length - a.length);
  for (const location of nullable) mendNullable(draft, location);
  for (const limit of ["Minimum", "Maximum"]) mendExclusive(draft, `exclusive${limit}`, limit.toLowerCase());
}

function mendNullable(draft: Draft, location: Location): void {
  const schema = draft.at(location);
  if (!isObject(schema)) return;
  const isNullable = schema["nullable"] === true;
  draft.remove(
    [...location, "nullable"],
    isNullable ? "Means nothing in OpenAPI 3.1; the type says it." : "Means nothing in OpenAPI 3.1, and is the default.",
  );
  if (!isNullable) return;
  const [type] = typesOf(schema);
  const why = "May be null.";
  if (type !== undefined && typeof schema["type"] === "string") {
    draft.replace([...location, "type"], why, [type, "null"]);
    if (Array.isArray(schema["enum"]) && !schema["enum"].includes(null)) {
      draft.update([...location, "enum"], "Null must be one of the values, or the list would forbid it.", [null]);
    }
    return;
  }
  if (typeof schema["$ref"] === "string") {
    const ref = schema["$ref"];
    draft.remove([...location, "$ref"], why);
    draft.update(location, why, { anyOf: [{ $ref: ref }, { type: "null" }] });
    return;
  }
  const key = ["anyOf", "oneOf", "allOf"].find((one) => Array.isArray(schema[one]));
  // Without a type it may be anything, null included.
  if (key === undefined) return;
  if (key === "allOf") {
    const parts = schema["allOf"];
    if (Array.isArray(parts) && parts.length > 1) {
      draft.update(location, "Room for what is not null.", { anyOf: [{ allOf: [] }] });
      draft.copy([...location, "allOf"], [...location, "anyOf", 0, "allOf"], why);
    } else {
      draft.update(location, "Room for what is not null.", { anyOf: [] });
      draft.copy([...location, "allOf"], [...location, "anyOf"], why);
    }
    draft.remove([...location, "allOf"], "Copied to anyOf.");
  }
  draft.update([...location, key === "allOf" ? "anyOf" : key], why, [{ type: "null" }]);
}

/** `exclusiveMinimum: true` beside `minimum` is `exclusiveMinimum` with the number. */
function mendExclusive(draft: Draft, exclusive: string, limit: string): void {
  for (const location of places(draft, (object) => typeof object[exclusive] === "boolean")) {
    const isExclusive = draft.at([...location, exclusive]) === true;
    const value = draft.at([...location, limit]);
    const why = "In OpenAPI 3.1 it is the limit itself.";
    draft.remove([...location, exclusive], why);
    if (!isExclusive || typeof value !== "number") continue;
    draft.remove([...location, limit], why);
    draft.update(location, why, { [exclusive]: value });
  }
}

/** Says the types that a schema leaves to be guessed from its other words. */
export function sayTypes(draft: Draft): void {
  const isPlain = (object: JsonObject) => [...variants, "$ref", "type"].every((key) => object[key] === undefined);
  for (const location of places(draft, (object) => isPlain(object) && isObject(object["properties"]))) {
    draft.update(location, "It has properties, so it is an object; without the type anything else would pass.", {
      type: "object",
    });
  }
  for (const location of places(draft, (object) => isPlain(object) && isText(object["enum"]))) {
    draft.update(location, "Its values are texts.", { type: "string" });
  }
}

function isText(values: unknown): boolean {
  return Array.isArray(values) && values.length > 0 && values.every((value) => typeof value === "string");
}

function places(draft: Draft, isOne: (object: JsonObject) => boolean): Location[] {
  const found: Location[] = [];
  walkDescription(draft.document, (object, place) => {
    if (place.at(-1) !== "properties" && isOne(object)) found.push([...place]);
  });
  return found;
}
