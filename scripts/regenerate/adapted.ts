// Removals that still mean the same although upstream moved or changed what they remove.
import { isDeepStrictEqual } from "node:util";
import {
  type JsonObject,
  type JsonValue,
  jsonPointer,
  resolvePointer,
  stringAt,
  walkObjects,
} from "@gpu-scripts/openapi/json.ts";
import { type Match, selectIn } from "@gpu-scripts/openapi/overlay.ts";
import type { Cause } from "./outcome.ts";

/** Unnecessary for a cause, or the action that takes its place with its target. */
export type Adapted = { cause: Cause } | { action: JsonObject; target: string };

/** The documents as the actions before left them: upstream's old one and its new one. */
interface Versions {
  before: JsonObject;
  after: JsonObject;
}

/** What becomes of an action that removes an expected value; undefined where it fits as it is, or only a person can decide. */
export function adaptedRemoval(action: JsonObject, matches: readonly Match[], versions: Versions): Adapted | undefined {
  if (action["remove"] !== true || !("x-expect" in action)) return undefined;
  const [match, ...others] = matches;
  if (match && others.length === 0 && match.location.length === 3 && match.location[0] === "components")
    return adaptedComponent(action, match, versions);
  return adaptedEntry(action, matches, versions.after);
}

/**
 * Whether upstream dropped the field, parameter or response that an action corrects, while what it belonged to is still there. A
 * component or an operation that is gone may have another name.
 */
export function correctsWhatIsGone(found: readonly Match[], matches: readonly Match[], document: JsonObject): boolean {
  if (found.length === 0 || matches.length > 0) return false;
  return found.every(({ location }) => {
    const missing = location.findIndex((_, index) => valueAt(document, location.slice(0, index + 1)) === undefined);
    const owner = location[missing - 1];
    return missing > 2 && ["properties", "parameters", "responses", "content", "headers", "examples"].includes(String(owner));
  });
}

function valueAt(document: JsonValue, location: Match["location"]): JsonValue | undefined {
  return resolvePointer(document, jsonPointer(location));
}

/** A component that was removed because nothing used it. */
function adaptedComponent(action: JsonObject, { location, value }: Match, { before, after }: Versions): Adapted | undefined {
  const pointer = jsonPointer(location);
  if (resolvePointer(before, pointer) === undefined || isUsed(before, pointer)) return undefined;
  if (isUsed(after, pointer)) return { cause: "used-upstream" };
  if (isDeepStrictEqual(value, action["x-expect"])) return undefined;
  return { action: { ...action, "x-expect": value }, target: String(action["target"]) };
}

function isUsed(document: JsonObject, pointer: string): boolean {
  const [, section, name] = pointer.split("/").slice(1);
  const leadsThere = (ref: JsonValue | undefined) => ref === `#${pointer}` || String(ref).startsWith(`#${pointer}/`);
  let isFound = false;
  walkObjects(document, (object, location) => {
    if (location[0] === "components" && location[1] === section && location[2] === name) return;
    if (leadsThere(object["$ref"]) || (location.at(-1) === "mapping" && Object.values(object).some(leadsThere))) isFound = true;
  });
  return isFound;
}

/** One entry of a list, by its index: upstream may have put others before it. */
function adaptedEntry(action: JsonObject, matches: readonly Match[], document: JsonObject): Adapted | undefined {
  const expected = action["x-expect"] ?? null;
  const [, path, index] = /^(.*)\[(\d+)\]$/.exec(stringAt(action, "target") ?? "") ?? [];
  if (path === undefined || index === undefined || matches.some(({ value }) => isDeepStrictEqual(value, expected)))
    return undefined;
  const [list] = selectIn(document, path, "target");
  if (!list || !Array.isArray(list.value)) return undefined;
  const [position, ...more] = list.value.flatMap((value, at) => (isDeepStrictEqual(value, expected) ? [at] : []));
  // A list or an object that is nowhere may have been changed.
  if (position === undefined) return typeof expected === "object" && expected !== null ? undefined : { cause: "in-upstream" };
  const target = `${path}[${position}]`;
  return more.length > 0 ? undefined : { action: { ...action, target }, target };
}
