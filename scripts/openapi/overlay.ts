import { isDeepStrictEqual } from "node:util";
import { JSONPathError, query } from "json-p3";
import { isObject, type JsonObject, type JsonValue, jsonPointer, objectAt, type Place, stringAt } from "./json.ts";
import { httpMethods } from "./operations.ts";
import { UserError } from "./user-error.ts";

const actionKeys = ["target", "description", "update", "remove", "copy", "x-expect"];

/**
 * An action that cannot be applied. `changes-nothing`: the document already has all that it sets. `does-not-fit`: it is wrong, or
 * the document is not what it was written for.
 */
export class OverlayError extends UserError {
  readonly kind: "changes-nothing" | "does-not-fit";
  /** The message without the name of the action. */
  readonly reason: string;

  constructor(kind: OverlayError["kind"], label: string, reason: string) {
    super(`${label}: ${reason}`);
    this.kind = kind;
    this.reason = reason;
  }
}

function misfit(label: string, reason: string): OverlayError {
  return new OverlayError("does-not-fit", label, reason);
}

/** One match of a JSONPath: the value and the steps that lead to it. */
export interface Match {
  value: JsonValue;
  location: (string | number)[];
}

/**
 * Applies OpenAPI Overlays (1.1: update, remove, copy) to a document, stricter than the specification asks:
 * an action that matches nothing, changes nothing, shadows an operation of upstream, or removes something unseen
 * is an error. So a correction that the vendor has made itself shows up and gets deleted.
 */
export class OverlayApplier {
  readonly #upstream: JsonObject;
  /** Never changed in place: an action that fails leaves no trace. */
  #document: JsonValue;
  /** JSON pointers of the nodes that some action has copied: these may be removed. */
  readonly #sources = new Set<string>();

  constructor(upstream: JsonObject) {
    this.#upstream = upstream;
    this.#document = upstream;
  }

  get document(): JsonObject {
    if (!isObject(this.#document)) throw new UserError("the overlays left no OpenAPI document");
    return this.#document;
  }

  /** Applies every action of one overlay, in order. */
  apply(overlay: JsonObject, shownAs: string): void {
    const version = stringAt(overlay, "overlay");
    if (!version?.startsWith("1.1")) throw new UserError(`${shownAs}: expected "overlay: 1.1.0", found ${version}`);
    const actions = overlay["actions"];
    if (!Array.isArray(actions)) throw new UserError(`${shownAs}: expected a list of actions`);
    for (const [index, action] of actions.entries()) {
      const label = actionLabel(shownAs, index, action);
      if (!isObject(action)) throw new UserError(`${label}: expected an object`);
      this.applyAction(action, label);
    }
  }

  /** Applies one action, whole or not at all. */
  applyAction(action: JsonObject, label: string): void {
    const unknown = Object.keys(action).filter((key) => !actionKeys.includes(key));
    if (unknown.length > 0) throw misfit(label, `unknown key ${unknown.join(", ")}`);
    if (!stringAt(action, "description")) throw misfit(label, "has no description; say why it is needed");
    const kinds = ["update", "remove", "copy"].filter((key) => action[key] !== undefined);
    if (kinds.length !== 1) throw misfit(label, "needs exactly one of update, remove, copy");
    const matches = this.select(stringAt(action, "target"), `${label}: target`);
    if (matches.length === 0) throw misfit(label, "the target matches nothing; was it renamed or fixed upstream?");
    if (action["remove"] !== undefined) this.#remove(action, matches, label);
    else if (action["copy"] !== undefined) this.#merge(this.#copied(action, label), matches, label);
    else {
      const update = action["update"] ?? null;
      this.#refuseShadowing(update, matches, label);
      this.#merge(update, matches, label);
    }
  }

  /** Merges a value into every match. */
  #merge(value: JsonValue, matches: readonly Match[], label: string): void {
    let merged = this.#document;
    for (const { location } of matches) merged = changedAt(merged, location, (current) => merge(current, value, label));
    if (merged === this.#document)
      throw new OverlayError("changes-nothing", label, "changes nothing; upstream now has it, so delete this action");
    this.#document = merged;
  }

  /** What a JSONPath (RFC 9535) selects in the current document. */
  select(path: string | undefined, label: string): Match[] {
    return selectIn(this.#document, path, label);
  }

  #refuseShadowing(update: JsonValue, matches: readonly Match[], label: string): void {
    for (const { location } of matches) {
      const shadowed = addedOperations(location, update).find(
        ([path, method]) => objectAt(objectAt(this.#upstream, "paths"), path)[method] !== undefined,
      );
      if (!shadowed) continue;
      throw misfit(
        label,
        `adds ${shadowed[1].toUpperCase()} ${shadowed[0]}, which upstream now has; delete it here, or target the operation itself to correct it`,
      );
    }
  }

  #copied(action: JsonObject, label: string): JsonValue {
    const sources = this.select(stringAt(action, "copy"), `${label}: copy`);
    const [source] = sources;
    if (!source || sources.length > 1) {
      throw misfit(label, `copy must select exactly one node, but selects ${sources.length}`);
    }
    this.#sources.add(jsonPointer(source.location));
    return source.value;
  }

  #remove(action: JsonObject, matches: readonly Match[], label: string): void {
    if (action["remove"] !== true) throw misfit(label, "remove must be true");
    for (const { value, location } of matches) {
      if (location.length === 0) throw misfit(label, "cannot remove the whole document");
      const isExpected = "x-expect" in action ? isDeepStrictEqual(value, action["x-expect"]) : this.#wasCopied(location);
      if (isExpected) continue;
      throw misfit(
        label,
        `removes ${jsonPointer(location)}, which was neither copied before nor equals x-expect; upstream has ${preview(value)}`,
      );
    }
    // Last match first, so that the indices of an array stay right.
    for (const { location } of matches.toReversed()) this.#document = without(this.#document, location);
  }

  /** Whether the node or one that contains it was copied. */
  #wasCopied(location: Place): boolean {
    return location.some((_, index) => this.#sources.has(jsonPointer(location.slice(0, index + 1))));
  }
}

/** The value with one of its nodes changed. Shares its unchanged parts with the given value, and is that value if nothing changes. */
function changedAt(node: JsonValue, location: Place, change: (current: JsonValue) => JsonValue): JsonValue {
  const [key, ...rest] = location;
  if (key === undefined) return change(node);
  const before = (Array.isArray(node) ? node[Number(key)] : isObject(node) ? node[String(key)] : undefined) ?? null;
  const after = changedAt(before, rest, change);
  if (after === before) return node;
  return Array.isArray(node) ? node.with(Number(key), after) : { ...(isObject(node) ? node : {}), [String(key)]: after };
}

function without(node: JsonValue, location: Place): JsonValue {
  const key = location.at(-1);
  return changedAt(node, location.slice(0, -1), (parent) => {
    if (Array.isArray(parent)) return parent.toSpliced(Number(key), 1);
    return isObject(parent) ? Object.fromEntries(Object.entries(parent).filter(([name]) => name !== String(key))) : parent;
  });
}

/** What a JSONPath (RFC 9535) selects in a document; the error names the path. */
export function selectIn(document: JsonValue, path: string | undefined, label: string): Match[] {
  if (path === undefined) throw misfit(label, "missing");
  try {
    return query(path, document).nodes.map((node) => ({
      value: node.value as JsonValue,
      location: [...node.location],
    }));
  } catch (error) {
    if (error instanceof JSONPathError) throw misfit(label, `not a JSONPath (RFC 9535): ${error.message}`);
    throw error;
  }
}

/** The operations that an update adds at a location above them, by path and method. */
export function addedOperations(location: Place, update: JsonValue): [path: string, method: string][] {
  const wrapped = location.reduceRight<JsonValue>((inner, step) => ({ [String(step)]: inner }), update);
  if (location.length >= 3) return [];
  return Object.entries(objectAt(wrapped, "paths")).flatMap(([path, item]) =>
    Object.keys(isObject(item) ? item : {})
      .filter((key) => (httpMethods as readonly string[]).includes(key))
      .map((method): [string, string] => [path, method]),
  );
}

/** Keywords that a `$ref` in the same schema would hide. */
const schemaKeys = ["type", "enum", "format", "properties", "items", "additionalProperties", "allOf", "anyOf", "oneOf"];

/**
 * Objects merge, arrays append, and everything else is replaced by a value of the same kind. The result shares its unchanged parts
 * with the current value, and is the current value if nothing changes.
 */
function merge(current: JsonValue, update: JsonValue, label: string): JsonValue {
  if (Array.isArray(current)) {
    const entries = Array.isArray(update) ? update : [update];
    return entries.length > 0 ? [...current, ...structuredClone(entries)] : current;
  }
  if (isObject(current) && isObject(update)) {
    const own = update["$ref"] === undefined ? [] : schemaKeys.filter((key) => current[key] !== undefined);
    if (own.length > 0) throw misfit(label, `would put a $ref next to ${own.join(", ")}, which it hides; remove that first`);
    const changes = Object.entries(update).flatMap(([key, value]): [string, JsonValue][] => {
      const present = current[key];
      const merged = present === undefined ? structuredClone(value) : merge(present, value, label);
      return merged === present ? [] : [[key, merged]];
    });
    return changes.length > 0 ? { ...current, ...Object.fromEntries(changes) } : current;
  }
  if (isObject(current) || isObject(update) || Array.isArray(update)) {
    throw misfit(label, `would put ${preview(update)} over ${preview(current)}; remove that first`);
  }
  return update;
}

/** How messages name an action: file, number from 1, target. */
export function actionLabel(shownAs: string, index: number, action: JsonValue): string {
  return `${shownAs}, action ${index + 1} (${stringAt(action, "target") ?? "no target"})`;
}

function preview(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
