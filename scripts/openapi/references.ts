import { shown } from "./characters.ts";
import {
  isObject,
  type JsonObject,
  type JsonValue,
  jsonPointer,
  objectAt,
  readReference,
  resolvePointer,
  walkObjects,
} from "./json.ts";
import { UserError } from "./user-error.ts";

/**
 * Keys whose values some tool follows, in schemas, examples, extensions and elsewhere. `$id` and `$self` change the base against
 * which the others are resolved.
 */
const followed = ["$ref", "$dynamicRef", "$recursiveRef", "$id", "$self", "externalValue", "operationRef"];

/** Names of dialects; no tool fetches them. */
const dialect = /^https?:\/\/(?:json-schema\.org|spec\.openapis\.org)\/[\w./-]*#?$/;

/**
 * Fails when a document refers to anything outside of itself: the tools that read it would open that file or request that URL. Also
 * refuses what only looks like a reference, such as a `$ref` in an example: not all tools distinguish the two.
 */
export function refuseOutsideReferences(document: JsonObject, shownAs: string): void {
  const schemas = objectAt(objectAt(document, "components"), "schemas");
  walkObjects(document, (object, location) => {
    const refuse = (key: string, value: JsonValue | undefined) => {
      throw new UserError(
        `${shownAs}: ${shown(jsonPointer([...location, key]), 200)} refers to ${shown(String(value), 60)}, outside of the document; ` +
          "only references that begin with # are supported, so bundle the parts into one document",
      );
    };
    for (const key of followed) {
      const value = object[key];
      if (typeof value === "string" && !value.startsWith("#")) refuse(key, value);
    }
    for (const key of ["$schema", "jsonSchemaDialect"]) {
      const value = object[key];
      if (typeof value === "string" && !isData(location) && !dialect.test(value) && !value.startsWith("#")) refuse(key, value);
    }
    const discriminator = object["discriminator"];
    if (!isObject(discriminator)) return;
    const targets = { ...objectAt(discriminator, "mapping"), defaultMapping: discriminator["defaultMapping"] };
    for (const value of Object.values(targets)) {
      if (typeof value === "string" && !isWithin(value, schemas)) refuse("discriminator", value);
    }
  });
}

/** A discriminator target is a reference or a schema name. Some tools treat a schema name as a file. */
function isWithin(target: string, schemas: JsonObject): boolean {
  if (target.startsWith("#") || /^[\w-]+$/.test(target)) return true;
  return Object.hasOwn(schemas, target) && !/[/\\:%?#]/.test(target);
}

/** Whether a place is in example data: no tool follows a `$schema` there. */
function isData(location: readonly (string | number)[]): boolean {
  return location.some((step) => ["example", "examples", "default", "const", "enum"].includes(String(step)));
}

/** The most values that a document may have with its references expanded. */
const mostExpanded = 5_000_000;

/** The deepest nesting that references may lead to. */
const deepest = 3_000;

interface Frame {
  node: JsonObject | JsonValue[];
  /** What is still to be visited of it, references included. */
  left: JsonValue[];
  size: number;
}

/** Fails when references multiply or nest without bounds: expanding them would cost every reader too much. */
export function refuseMultiplying(document: JsonObject, shownAs: string): void {
  const refuse = (why: string) => {
    throw new UserError(`${shownAs}: is too large: its references ${why}`);
  };
  // An open node counts once, so a recursive schema ends there.
  const sizes = new Map<JsonValue, number>([[document, 1]]);
  const frames: Frame[] = [frameOf(document, document)];
  for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
    const next = frame.left.pop();
    if (next === undefined) {
      frames.pop();
      sizes.set(frame.node, frame.size);
      const parent = frames.at(-1);
      if (parent) parent.size += frame.size;
      if (frame.size > mostExpanded) refuse(`multiply to more than ${mostExpanded} values`);
    } else if (typeof next !== "object" || next === null) {
      frame.size += 1;
    } else if (sizes.has(next)) {
      frame.size += sizes.get(next) ?? 0;
    } else {
      sizes.set(next, 1);
      frames.push(frameOf(document, next));
      if (frames.length > deepest) refuse(`lead more than ${deepest} levels down`);
    }
  }
}

function frameOf(document: JsonObject, node: JsonObject | JsonValue[]): Frame {
  const left = Object.values(node);
  const ref = isObject(node) ? node["$ref"] : undefined;
  const target = typeof ref === "string" && ref.startsWith("#/") ? resolvePointer(document, readReference(ref)) : undefined;
  if (target !== undefined) left.push(target);
  return { node, left, size: 1 };
}
