// What becomes of an operation or component of an overlay once upstream describes it itself.
import { isDeepStrictEqual } from "node:util";
import { isOurExtension } from "@gpu-scripts/openapi/extensions.ts";
import { isObject, type JsonObject, type JsonValue, objectAt } from "@gpu-scripts/openapi/json.ts";
import { operationKey } from "@gpu-scripts/openapi/operations.ts";
import { addedOperations, type Match } from "@gpu-scripts/openapi/overlay.ts";

/** An operation or component that both sides have, with the actions that keep what only ours has. */
export interface Superseded {
  /** JSONPath of the operation or component. */
  target: string;
  corrections: () => JsonObject[];
}

/** What an update adds and upstream now has itself. */
interface Overlap {
  /** Keys to remove from the update, by their steps. */
  keys: string[][];
  equal: string[];
  differing: string[];
  superseded: Superseded[];
}

/** Operations that an update adds and upstream now has, and components that upstream has added since. */
export function overlapOf(update: JsonValue, matches: readonly Match[], upstream: JsonObject, previous: JsonObject): Overlap {
  const overlap: Overlap = { keys: [], equal: [], differing: [], superseded: [] };
  const [match, ...others] = matches;
  if (!match || others.length > 0 || !isObject(update)) return overlap;
  const at = match.location.map(String);
  const note = (steps: string[], name: string, ours: JsonValue, theirs: JsonValue): boolean => {
    overlap.keys.push(steps.slice(at.length));
    const equal = isDeepStrictEqual(ours, theirs);
    (equal ? overlap.equal : overlap.differing).push(name);
    return equal;
  };
  for (const [path, method] of addedOperations(at, update)) {
    const theirs = objectAt(objectAt(upstream, "paths"), path)[method];
    if (theirs === undefined) continue;
    const ours = valueAt(update, ["paths", path, method].slice(at.length)) ?? {};
    if (!note(["paths", path, method], operationKey({ path, method }), ours, theirs)) {
      const target = pathOf(["paths", path, method]);
      overlap.superseded.push({ target, corrections: () => correctionsFor(target, ours, theirs) });
      // The marks of the operation itself are among its corrections.
      overlap.superseded.push(...marksOf(target, ours, theirs).filter((mark) => mark.target !== target));
    }
  }
  for (const [section, name] of addedComponents(at, update)) {
    const theirs = objectAt(objectAt(upstream, "components"), section)[name];
    const before = objectAt(objectAt(previous, "components"), section)[name];
    if (theirs === undefined || before !== undefined) continue;
    const ours = valueAt(update, ["components", section, name].slice(at.length)) ?? {};
    // An empty component only reserves the name for a later copy.
    if (isDeepStrictEqual(ours, {})) continue;
    if (!note(["components", section, name], `components.${section}.${name}`, ours, theirs)) {
      overlap.superseded.push(...marksOf(pathOf(["components", section, name]), ours, theirs));
    }
  }
  return overlap;
}

/** The components that an update adds. */
function addedComponents(location: readonly string[], update: JsonValue): [section: string, name: string][] {
  if (location.length >= 3) return [];
  const wrapped = location.reduceRight<JsonValue>((inner, step) => ({ [step]: inner }), update);
  return Object.entries(objectAt(wrapped, "components")).flatMap(([section, entries]) =>
    Object.keys(isObject(entries) ? entries : {}).map((name): [string, string] => [section, name]),
  );
}

/**
 * Upstream's own version of an operation that we had written replaces ours; what only ours has is kept as a correction: its name,
 * its description, its marks, and the error responses that upstream omits.
 */
function correctionsFor(target: string, ours: JsonValue, theirs: JsonValue): JsonObject[] {
  if (!isObject(ours) || !isObject(theirs)) return [];
  const kept = Object.fromEntries(
    Object.entries(ours).filter(
      ([key, value]) =>
        (/^x-/.test(key) || ["operationId", "summary", "description", "tags"].includes(key)) &&
        !isDeepStrictEqual(theirs[key], value),
    ),
  );
  const known = objectAt(theirs, "responses");
  const missing = Object.entries(objectAt(ours, "responses")).filter(
    ([status]) => known[status] === undefined && !status.startsWith("2"),
  );
  if (missing.length > 0) kept["responses"] = Object.fromEntries(missing);
  const actions: JsonObject[] = [];
  if (kept["tags"] !== undefined && theirs["tags"] !== undefined) {
    actions.push({
      target: `${target}.tags`,
      description: "The vendor's tag is not one of ours.",
      "x-expect": theirs["tags"],
      remove: true,
    });
  }
  if (Object.keys(kept).length > 0) {
    actions.push({
      target,
      description: "Our name, description and marks; the vendor now documents the rest itself.",
      update: kept,
    });
  }
  return actions;
}

/** Our marks on parts of something that upstream has too, such as `x-secret`. */
function marksOf(target: string, ours: JsonValue, theirs: JsonValue | undefined): Superseded[] {
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    return ours.flatMap((item, index) => marksOf(`${target}[${index}]`, item, theirs[index]));
  }
  if (!isObject(ours) || !isObject(theirs)) return [];
  const update = Object.fromEntries(Object.entries(ours).filter(([key]) => isOurExtension(key) && theirs[key] === undefined));
  const action = { target, description: "Our mark; the vendor now documents the rest itself.", update };
  const own = Object.keys(update).length > 0 ? [{ target, corrections: () => [action] }] : [];
  return [...own, ...Object.entries(ours).flatMap(([key, value]) => marksOf(target + stepOf(key), value, theirs[key]))];
}

export function valueAt(value: JsonValue, steps: readonly string[]): JsonValue | undefined {
  return steps.reduce<JsonValue | undefined>((node, step) => (isObject(node) ? node[step] : undefined), value);
}

/** Steps as a JSONPath. */
function pathOf(steps: readonly string[]): string {
  return `$${steps.map(stepOf).join("")}`;
}

function stepOf(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return `.${name}`;
  return `['${name.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}']`;
}
