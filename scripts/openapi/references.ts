import { shown } from "./characters.ts";
import {
  isObject,
  type JsonObject,
  type JsonValue,
  jsonPointer,
  objectAt,
  type Place,
  readReference,
  resolvePointer,
  walkObjects,
} from "./json.ts";
import { componentsOf } from "./operations.ts";
import { dataKeywords } from "./schemas.ts";
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
  const schemas = componentsOf(document, "schemas");
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
function isData(location: Place): boolean {
  return location.some((step) => dataKeywords.includes(String(step)));
}

/** The most values that a document may have with its references expanded. */
const mostExpanded = 5_000_000;

const deepest = 3_000;

/** Fails when references multiply or nest without bounds: expanding them would cost every reader too much. */
export function refuseMultiplying(document: JsonObject, shownAs: string): void {
  const refuse = (why: string) => {
    throw new UserError(`${shownAs}: is too large: its references ${why}`);
  };
  const sizes = new Map<JsonValue, number>();
  const sizeOf = (node: JsonValue, level: number): number => {
    if (typeof node !== "object" || node === null) return 1;
    const known = sizes.get(node);
    if (known !== undefined) return known;
    if (level > deepest) refuse(`lead more than ${deepest} levels down`);
    // An open node counts once, so a recursive schema ends there.
    sizes.set(node, 1);
    const target = targetOf(document, node);
    let size = target === undefined ? 1 : 1 + sizeOf(target, level + 1);
    for (const child of Object.values(node).reverse()) size += sizeOf(child, level + 1);
    if (size > mostExpanded) refuse(`multiply to more than ${mostExpanded} values`);
    sizes.set(node, size);
    return size;
  };
  sizeOf(document, 1);
}

function targetOf(document: JsonObject, node: JsonObject | JsonValue[]): JsonValue | undefined {
  const ref = isObject(node) ? node["$ref"] : undefined;
  return typeof ref === "string" && ref.startsWith("#/") ? resolvePointer(document, readReference(ref)) : undefined;
}
