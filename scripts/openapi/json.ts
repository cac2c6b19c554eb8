import { shown } from "./characters.ts";
import { UserError } from "./user-error.ts";

export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A place in a document: the steps that lead there from the root. */
export type Place = readonly (string | number)[];

/** The object at `key`, or an empty one. */
export function objectAt(value: JsonValue | undefined, key: string): JsonObject {
  const found = isObject(value) ? value[key] : undefined;
  return isObject(found) ? found : {};
}

/** The string at `key`, or undefined. */
export function stringAt(value: JsonValue | undefined, key: string): string | undefined {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === "string" ? found : undefined;
}

/** Encodes the steps of a location as a JSON pointer (RFC 6901). */
export function jsonPointer(location: Place): string {
  return location.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The steps of a JSON pointer, or of a local reference that holds one. */
export function pointerSteps(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** A reference with its escapes decoded: `#/paths/~1instances~1%7Bid%7D` is `#/paths/~1instances~1{id}`. */
export function readReference(reference: string): string {
  try {
    return decodeURIComponent(reference);
  } catch {
    throw new UserError(`the reference ${shown(reference)} has an invalid escape; write a literal % as %25`);
  }
}

/** The node at a local reference such as `#/components/schemas/Instance`. */
export function resolvePointer(document: JsonValue, pointer: string): JsonValue | undefined {
  return nodeAt(document, pointerSteps(pointer));
}

/** The node at a place. */
export function nodeAt(document: JsonValue, place: Place): JsonValue | undefined {
  return place.reduce<JsonValue | undefined>((node, step) => {
    if (Array.isArray(node)) return node[Number(step)];
    return isObject(node) ? node[String(step)] : undefined;
  }, document);
}

/** Follows `$ref`s within one document. */
export function dereference(document: JsonValue, value: JsonValue | undefined): JsonValue | undefined {
  let node = value;
  for (let depth = 0; depth < 20 && isObject(node) && typeof node["$ref"] === "string"; depth += 1) {
    node = resolvePointer(document, node["$ref"]);
  }
  return node;
}

/** Calls `visit` for every object in the value, with its location. */
export function walkObjects(value: JsonValue, visit: (object: JsonObject, location: Place) => void, location: Place = []): void {
  for (const [index, item] of list(value).entries()) walkObjects(item, visit, [...location, index]);
  if (!isObject(value)) return;
  visit(value, location);
  for (const [key, child] of Object.entries(value)) walkObjects(child, visit, [...location, key]);
}

/** The list, or an empty one. */
export function list(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
