// What becomes of an operation or component of an overlay once upstream describes it itself.
import { isDeepStrictEqual } from "node:util";
import { isOurExtension } from "@gpu-scripts/openapi/extensions.ts";
import { isObject, type JsonObject, type JsonValue, objectAt } from "@gpu-scripts/openapi/json.ts";
import { operationKey } from "@gpu-scripts/openapi/operations.ts";
import { addedOperations, type Match } from "@gpu-scripts/openapi/overlay.ts";
import type { Verdict } from "./outcome.ts";

/** An operation or component that both sides have, with the actions that keep what only ours has. */
export interface Superseded {
  /** JSONPath of the operation or component. */
  target: string;
  corrections: JsonObject[];
}

/** What an update no longer needs to set. */
export interface Unneeded {
  /** Keys to remove from the update, by their steps. */
  keys: string[][];
  verdict: Verdict;
  superseded: Superseded[];
}

/** Operations that an update adds and upstream now has, and components that upstream has added since; undefined without any. */
export function overlapOf(
  update: JsonValue,
  matches: readonly Match[],
  upstream: JsonObject,
  previous: JsonObject,
): Unneeded | undefined {
  const [match, ...others] = matches;
  if (!match || others.length > 0 || !isObject(update)) return undefined;
  const at = match.location.map(String);
  const added = [...addedOperations(at, update).map(([path, method]) => ["paths", path, method]), ...addedComponents(at, update)];
  const inBoth = added.flatMap((steps) => {
    const ours = valueAt(update, steps.slice(at.length)) ?? {};
    const theirs = valueAt(upstream, steps);
    // An empty component only reserves the name for a later copy.
    const isSkipped = !isOperation(steps) && (valueAt(previous, steps) !== undefined || isDeepStrictEqual(ours, {}));
    return theirs === undefined || isSkipped ? [] : [{ steps, ours, theirs }];
  });
  if (inBoth.length === 0) return undefined;
  const differing = inBoth.filter(({ ours, theirs }) => !isDeepStrictEqual(ours, theirs));
  return {
    keys: inBoth.map(({ steps }) => steps.slice(at.length)),
    verdict:
      differing.length > 0
        ? { verdict: "superseded", parts: differing.map(({ steps }) => nameOf(steps)) }
        : { verdict: "unnecessary", cause: "in-upstream", parts: inBoth.map(({ steps }) => nameOf(steps)) },
    superseded: differing.flatMap(({ steps, ours, theirs }) => {
      const target = pathOf(steps);
      const marks = marksOf(target, ours, theirs);
      if (!isOperation(steps)) return marks;
      // The marks of the operation itself are among its corrections.
      return [{ target, corrections: correctionsFor(target, ours, theirs) }, ...marks.filter((mark) => mark.target !== target)];
    }),
  };
}

/** The steps to the components that an update adds. */
function addedComponents(location: readonly string[], update: JsonValue): string[][] {
  if (location.length >= 3) return [];
  const wrapped = location.reduceRight<JsonValue>((inner, step) => ({ [step]: inner }), update);
  return Object.entries(objectAt(wrapped, "components")).flatMap(([section, entries]) =>
    Object.keys(isObject(entries) ? entries : {}).map((name) => ["components", section, name]),
  );
}

function isOperation([section]: readonly string[]): boolean {
  return section === "paths";
}

/** How verdicts name an operation or a component. */
function nameOf(steps: readonly string[]): string {
  const [, path = "", method = ""] = steps;
  return isOperation(steps) ? operationKey({ path, method }) : steps.join(".");
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
  if (Object.keys(kept).length === 0) return [];
  const description = "Our name, description and marks; the vendor now documents the rest itself.";
  const actions: JsonObject[] = [{ target, description, update: kept }];
  const tags = theirs["tags"];
  if (kept["tags"] !== undefined && tags !== undefined) {
    const reason = "The vendor's tag is not one of ours.";
    actions.unshift({ target: `${target}.tags`, description: reason, "x-expect": tags, remove: true });
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
  const own = Object.keys(update).length > 0 ? [{ target, corrections: [action] }] : [];
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
