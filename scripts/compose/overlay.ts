import { isDeepStrictEqual } from "node:util";
import { JSONPathError, query } from "json-p3";
import { isObject, type JsonObject, type JsonValue, jsonPointer, objectAt, resolvePointer, stringAt } from "../json.ts";
import { httpMethods } from "../openapi.ts";
import { UserError } from "../user-error.ts";

const actionKeys = ["target", "description", "update", "remove", "copy", "x-expect"];

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
  #document: JsonValue;
  /** JSON pointers of the nodes that some action has copied: these may be removed. */
  readonly #copied = new Set<string>();

  constructor(upstream: JsonObject) {
    this.#upstream = upstream;
    this.#document = structuredClone(upstream);
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
    actions.forEach((action, index) => {
      const label = actionLabel(shownAs, index, action);
      if (!isObject(action)) throw new UserError(`${label}: expected an object`);
      this.applyAction(action, label);
    });
  }

  /** Applies one action, whole or not at all. */
  applyAction(action: JsonObject, label: string): void {
    const unknown = Object.keys(action).filter((key) => !actionKeys.includes(key));
    if (unknown.length > 0) throw new UserError(`${label}: unknown key ${unknown.join(", ")}`);
    if (!stringAt(action, "description")) throw new UserError(`${label}: has no description; say why it is needed`);
    const kinds = ["update", "remove", "copy"].filter((key) => action[key] !== undefined);
    if (kinds.length !== 1) throw new UserError(`${label}: needs exactly one of update, remove, copy`);
    const matches = this.select(stringAt(action, "target"), `${label}: target`);
    if (matches.length === 0) throw new UserError(`${label}: the target matches nothing; was it renamed or mended upstream?`);
    if (action["remove"] !== undefined) {
      this.#remove(action, matches, label);
      return;
    }
    // Only what matched can change: comparing that is what keeps many actions on a large document fast.
    const before = matches.map(({ value }) => structuredClone(value));
    try {
      if (action["copy"] !== undefined) this.#copy(action, matches, label);
      else this.#update(action["update"] ?? null, matches, label);
    } catch (error) {
      matches.forEach(({ location }, index) => {
        this.#replace(location, () => before[index] ?? null);
      });
      throw error;
    }
    const changed = matches.some(
      ({ location }, index) => !isDeepStrictEqual(before[index], resolvePointer(this.#document, jsonPointer(location))),
    );
    if (!changed) throw new UserError(`${label}: changes nothing; upstream now has it, so delete this action`);
  }

  /** What a JSONPath (RFC 9535) selects in the document as it now stands. */
  select(path: string | undefined, label: string): Match[] {
    if (path === undefined) throw new UserError(`${label}: missing`);
    try {
      return query(path, this.#document).nodes.map((node) => ({
        value: node.value as JsonValue,
        location: [...node.location],
      }));
    } catch (error) {
      if (error instanceof JSONPathError) throw new UserError(`${label}: not a JSONPath (RFC 9535): ${error.message}`);
      throw error;
    }
  }

  #update(update: JsonValue, matches: readonly Match[], label: string): void {
    for (const { location } of matches) {
      const shadowed = addedOperations(location, update).find(
        ([path, method]) => objectAt(objectAt(this.#upstream, "paths"), path)[method] !== undefined,
      );
      if (shadowed) {
        throw new UserError(
          `${label}: adds ${shadowed[1].toUpperCase()} ${shadowed[0]}, which upstream now has; delete it here, or target the operation itself to correct it`,
        );
      }
      this.#replace(location, (current) => merge(current, update, label));
    }
  }

  #copy(action: JsonObject, matches: readonly Match[], label: string): void {
    const sources = this.select(stringAt(action, "copy"), `${label}: copy`);
    const [source] = sources;
    if (!source || sources.length > 1) {
      throw new UserError(`${label}: copy must select exactly one node, but selects ${sources.length}`);
    }
    this.#copied.add(jsonPointer(source.location));
    const value = structuredClone(source.value);
    for (const { location } of matches) this.#replace(location, (current) => merge(current, value, label));
  }

  #remove(action: JsonObject, matches: readonly Match[], label: string): void {
    if (action["remove"] !== true) throw new UserError(`${label}: remove must be true`);
    for (const { value, location } of matches) {
      if (location.length === 0) throw new UserError(`${label}: cannot remove the whole document`);
      const pointer = jsonPointer(location);
      const expected = "x-expect" in action ? isDeepStrictEqual(value, action["x-expect"]) : this.#wasCopied(location);
      if (!expected) {
        throw new UserError(
          `${label}: removes ${pointer}, which was neither copied before nor equals x-expect; upstream has ${preview(value)}`,
        );
      }
    }
    // Last match first, so that the indices of an array stay right.
    for (const { location } of [...matches].reverse()) {
      const key = location.at(-1);
      this.#replace(location.slice(0, -1), (parent) => {
        if (Array.isArray(parent)) parent.splice(Number(key), 1);
        else if (isObject(parent)) delete parent[String(key)];
        return parent;
      });
    }
  }

  /** Whether the node itself or one around it was copied. */
  #wasCopied(location: readonly (string | number)[]): boolean {
    return location.some((_, index) => this.#copied.has(jsonPointer(location.slice(0, index + 1))));
  }

  #replace(location: readonly (string | number)[], change: (current: JsonValue) => JsonValue): void {
    const descend = (node: JsonValue, depth: number): JsonValue => {
      const key = location[depth];
      if (key === undefined) return change(node);
      if (Array.isArray(node)) node[Number(key)] = descend(node[Number(key)] ?? null, depth + 1);
      else if (isObject(node)) node[String(key)] = descend(node[String(key)] ?? null, depth + 1);
      return node;
    };
    this.#document = descend(this.#document, 0);
  }
}

/** The operations that an update brings in from above: those it names by path and method. */
export function addedOperations(location: readonly (string | number)[], update: JsonValue): [path: string, method: string][] {
  const wrapped = location.reduceRight<JsonValue>((inner, step) => ({ [String(step)]: inner }), update);
  if (location.length >= 3) return [];
  return Object.entries(objectAt(wrapped, "paths")).flatMap(([path, item]) =>
    Object.keys(isObject(item) ? item : {})
      .filter((key) => (httpMethods as readonly string[]).includes(key))
      .map((method): [string, string] => [path, method]),
  );
}

/** Objects merge, arrays append, everything else is replaced by a value of its own kind. */
function merge(current: JsonValue, update: JsonValue, label: string): JsonValue {
  if (Array.isArray(current)) {
    return [...current, ...structuredClone(Array.isArray(update) ? update : [update])];
  }
  if (isObject(current) && isObject(update)) {
    const merged = current;
    for (const [key, value] of Object.entries(update)) {
      const present = merged[key];
      merged[key] = present === undefined ? structuredClone(value) : merge(present, value, label);
    }
    return merged;
  }
  if (isObject(current) || isObject(update) || Array.isArray(update)) {
    throw new UserError(`${label}: would put ${preview(update)} over ${preview(current)}; remove that first`);
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
