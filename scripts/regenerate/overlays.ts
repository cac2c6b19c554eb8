import { isDeepStrictEqual } from "node:util";
import { overlayFiles } from "@gpu-scripts/openapi/compose.ts";
import { isObject, type JsonObject, type JsonValue, stringAt } from "@gpu-scripts/openapi/json.ts";
import { actionLabel, type Match, OverlayApplier, OverlayError, selectIn } from "@gpu-scripts/openapi/overlay.ts";
import { parseObject } from "@gpu-scripts/openapi/parse.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { adaptedRemoval, correctsWhatIsGone } from "./adapted.ts";
import { declaredSince, droppedFrom, hiddenBy } from "./hidden-changes.ts";
import type { Cause, OverlayVerdict, Verdict } from "./outcome.ts";
import { type ActionEdit, appendActions, editOverlay } from "./overlay-text.ts";
import { overlapOf, type Superseded, type Unneeded, valueAt } from "./superseded.ts";

/** The text of a vendor's overlays by file name. */
export type OverlayTexts = Readonly<Record<(typeof overlayFiles)[number], string>>;

export interface OverlayReview {
  /** Only of actions that are not simply needed as they are. */
  verdicts: OverlayVerdict[];
  /** The overlays without what upstream made unnecessary, and with what was adapted to upstream. */
  pruned: OverlayTexts;
  /** Whether pruning removes anything. */
  prunable: boolean;
  /** Whether an action no longer fits, which only a person can fix. */
  misfit: boolean;
  /** The document with all needed actions applied. */
  document: JsonObject;
}

/**
 * Tries every action of the overlays on a new upstream document. An action that cannot be applied is skipped, so that one run
 * shows all of them. With `keepsLost`, the first action of operations.overlay.yaml keeps what upstream has just dropped.
 */
export function reviewOverlays(
  texts: OverlayTexts,
  upstream: JsonObject,
  previous: JsonObject,
  shownAs: string,
  keepsLost = false,
): OverlayReview {
  const reviewer = new Reviewer(upstream, previous);
  const verdicts: OverlayVerdict[] = [];
  const edits: Record<keyof OverlayTexts, ActionEdit[]> = { "operations.overlay.yaml": [], "fixes.overlay.yaml": [] };
  const corrections: JsonObject[] = [];
  const targets = correctionTargets(texts);
  let [misfit, prunable] = [false, false];
  for (const file of overlayFiles) {
    actionsOf(texts[file], `${shownAs}/${file}`).forEach((action, index) => {
      const isKept = keepsLost && file === "operations.overlay.yaml" && index === 0;
      const review = reviewer.review(action, actionLabel(`${shownAs}/${file}`, index, action), isKept);
      verdicts.push(...review.verdicts.map((verdict) => ({ action: actionLabel(file, index, action), ...verdict })));
      if (review.kind === "misfit") misfit = true;
      if (review.kind === "adapt") edits[file].push({ index, replacement: review.action });
      if (review.kind !== "cut") return;
      prunable = true;
      edits[file].push({ index, ...(review.keys && { keys: review.keys }) });
      const uncorrected = review.superseded.filter(({ target: place }) => !targets.some((target) => target.startsWith(place)));
      corrections.push(...uncorrected.flatMap((one) => one.corrections));
    });
  }
  const pruned = { ...texts };
  for (const file of overlayFiles) pruned[file] = editOverlay(texts[file], edits[file], `${shownAs}/${file}`);
  pruned["fixes.overlay.yaml"] = appendActions(pruned["fixes.overlay.yaml"], corrections, `${shownAs}/fixes.overlay.yaml`);
  const document = prunable && !misfit ? applyOverlays(pruned, upstream, shownAs) : reviewer.document;
  return { verdicts, pruned, misfit, prunable, document };
}

/** The document with every action of its overlays applied. */
export function applyOverlays(texts: OverlayTexts, upstream: JsonObject, shownAs: string): JsonObject {
  const applier = new OverlayApplier(upstream);
  for (const file of overlayFiles) applier.apply(parseObject(texts[file], `${shownAs}/${file}`), `${shownAs}/${file}`);
  return applier.document;
}

function actionsOf(text: string, shownAs: string): JsonObject[] {
  const actions = parseObject(text, shownAs)["actions"];
  return (Array.isArray(actions) ? actions : []).map((action, index) => {
    if (!isObject(action)) throw new UserError(`${shownAs}, action ${index + 1}: expected an object`);
    return action;
  });
}

/** Targets of the corrections: an operation that already has some gets no others. */
function correctionTargets(texts: OverlayTexts): string[] {
  return actionsOf(texts["fixes.overlay.yaml"], "fixes.overlay.yaml").map((action) =>
    (stringAt(action, "target") ?? "").replaceAll('"', "'"),
  );
}

type ActionReview = { verdicts: Verdict[] } & (
  | { kind: "keep" }
  | { kind: "misfit" }
  /** This action takes its place. */
  | { kind: "adapt"; action: JsonObject }
  /** To delete, or only these keys below its update. */
  | { kind: "cut"; keys?: string[][]; superseded: Superseded[] }
);

/** What an action's target selects in the document that upstream had before, and in the new one. */
interface Selected {
  found: readonly Match[];
  matches: readonly Match[];
}

function unnecessary(cause: Cause): ActionReview {
  return { kind: "cut", verdicts: [{ verdict: "unnecessary", cause, parts: [] }], superseded: [] };
}

function misfit(reason: string): ActionReview {
  return { kind: "misfit", verdicts: [{ verdict: "misfit", reason }] };
}

function hides(update: JsonValue, { found, matches }: Selected): Verdict[] {
  const fields = hiddenBy(update, found, matches);
  return fields.length > 0 ? [{ verdict: "hides", fields }] : [];
}

/** Applies actions one after the other, as far as they fit, and reviews each. */
class Reviewer {
  readonly #upstream: JsonObject;
  readonly #previous: JsonObject;
  readonly #applier: OverlayApplier;
  /** The same actions on the previous upstream document: what a target selects there distinguishes a correction from an addition. */
  readonly #before: OverlayApplier;
  /** Sources of copies that upstream made unnecessary by its own rename. */
  readonly #renamed = new Set<string>();

  constructor(upstream: JsonObject, previous: JsonObject) {
    this.#upstream = upstream;
    this.#previous = previous;
    this.#applier = new OverlayApplier(upstream);
    this.#before = new OverlayApplier(previous);
  }

  get document(): JsonObject {
    return this.#applier.document;
  }

  review(action: JsonObject, label: string, isKept: boolean): ActionReview {
    // An action that keeps a dropped operation does not correct it.
    const found = isKept ? [] : this.#before.select(stringAt(action, "target"), `${label}: target`);
    const matches = this.#applier.select(stringAt(action, "target"), `${label}: target`);
    const review = this.#review(action, { found, matches }, label);
    attempt(this.#before, action, label);
    return review;
  }

  #review(action: JsonObject, selected: Selected, label: string): ActionReview {
    const { found, matches } = selected;
    const update = action["update"];
    if (update !== undefined && matches.length > 0) {
      if (matches.every(({ value }) => isContained(update, value))) return unnecessary("in-upstream");
      const unneeded = this.#unneeded(update, selected);
      if (unneeded) return this.#without(unneeded, action, update, selected, label);
    }
    if (this.#wasFixedUpstream(action, matches, label)) return unnecessary("in-upstream");
    const adapted = adaptedRemoval(action, matches, { before: this.#before.document, after: this.#applier.document });
    if (adapted && "cause" in adapted) return unnecessary(adapted.cause);
    if (adapted) {
      const error = attempt(this.#applier, adapted.action, label);
      const { target } = adapted;
      return error ? misfit(error.reason) : { kind: "adapt", ...adapted, verdicts: [{ verdict: "adapted", target }] };
    }
    if (action["copy"] === undefined && correctsWhatIsGone(found, matches, this.#applier.document))
      return unnecessary("dropped-upstream");
    const verdicts = update === undefined ? [] : hides(update, selected);
    const error = attempt(this.#applier, action, label);
    if (error?.kind === "changes-nothing") return unnecessary("in-upstream");
    return error ? misfit(error.reason) : { kind: "keep", verdicts };
  }

  /** The parts of an update that upstream now has, has declared in another way, or has dropped; undefined without any. */
  #unneeded(update: JsonValue, { found, matches }: Selected): Unneeded | undefined {
    const overlap = overlapOf(update, matches, this.#upstream, this.#previous);
    if (overlap) return overlap;
    const names = (keys: string[][]) => keys.map((steps) => steps.join("."));
    const declared = declaredSince(update, found, matches);
    if (declared.length > 0)
      return { keys: declared, verdict: { verdict: "superseded", parts: names(declared) }, superseded: [] };
    const keys = droppedFrom(update, found, matches);
    if (keys.length === 0) return undefined;
    return { keys, verdict: { verdict: "unnecessary", cause: "dropped-upstream", parts: names(keys) }, superseded: [] };
  }

  #without(
    { keys: unneeded, verdict, superseded }: Unneeded,
    action: JsonObject,
    update: JsonValue,
    selected: Selected,
    label: string,
  ): ActionReview {
    const keys = collapse(update, unneeded);
    const rest = withoutKeys(update, keys);
    if (isDeepStrictEqual(rest, {})) return { kind: "cut", verdicts: [verdict], superseded };
    const verdicts = [...hides(rest, selected), verdict];
    const error = attempt(this.#applier, { ...action, update: rest }, label);
    if (error?.kind === "does-not-fit") return misfit(error.reason);
    return { kind: "cut", verdicts, keys, superseded };
  }

  /** Whether a correction removes what upstream has removed, or renames what upstream has renamed. */
  #wasFixedUpstream(action: JsonObject, matches: readonly Match[], label: string): boolean {
    const target = stringAt(action, "target");
    if (action["remove"] === true && matches.length === 0) {
      if ("x-expect" in action) return this.#parentExists(target, label);
      return target !== undefined && this.#renamed.has(target);
    }
    const source = stringAt(action, "copy");
    if (source === undefined || this.#applier.select(source, `${label}: copy`).length > 0) return false;
    const present = selectIn(this.#upstream, target, `${label}: target`);
    if (present.length === 0 || present.some(({ value }) => isDeepStrictEqual(value, {}))) return false;
    this.#renamed.add(source);
    return true;
  }

  /** Whether the parent of a target is present, so that only the target itself was removed. */
  #parentExists(target: string | undefined, label: string): boolean {
    const parent = target?.replace(/(?:\.[\w-]+|\[(?:'[^']*'|"[^"]*"|\?[^\]]*|\d+)\])$/, "");
    if (parent === undefined || parent === target) return false;
    return this.#applier.select(parent, `${label}: target`).length > 0;
  }
}

/** Applies an action, whole or not at all; returns the error when it cannot be applied. */
function attempt(applier: OverlayApplier, action: JsonObject, label: string): OverlayError | undefined {
  try {
    applier.applyAction(action, label);
    return undefined;
  } catch (error) {
    if (!(error instanceof OverlayError)) throw error;
    return error;
  }
}

/** Whether a document already has everything that an update sets. */
function isContained(update: JsonValue, value: JsonValue): boolean {
  if (isObject(update)) {
    return (
      isObject(value) && Object.entries(update).every(([key, part]) => value[key] !== undefined && isContained(part, value[key]))
    );
  }
  if (Array.isArray(value)) {
    const entries = Array.isArray(update) ? update : [update];
    return entries.every((entry) => value.some((present) => isDeepStrictEqual(present, entry)));
  }
  return isDeepStrictEqual(update, value);
}

/** The outermost keys to remove when some keys are removed: a parent all of whose children are removed goes too. */
function collapse(update: JsonValue, keys: readonly (readonly string[])[]): string[][] {
  const going = new Set(keys.map((steps) => JSON.stringify(steps)));
  const outermost = (value: JsonValue, steps: string[]): string[][] => {
    if (going.has(JSON.stringify(steps))) return [steps];
    const children = Object.entries(isObject(value) ? value : {}).map(([key, child]) => outermost(child, [...steps, key]));
    const isWhole =
      children.length > 0 && children.every(([first, ...more]) => first?.length === steps.length + 1 && more.length === 0);
    // The update itself stays, without any key.
    return isWhole && steps.length > 0 ? [steps] : children.flat();
  };
  return outermost(update, []);
}

function withoutKeys(update: JsonValue, keys: readonly (readonly string[])[]): JsonValue {
  const rest = structuredClone(update);
  for (const steps of keys) {
    const parent = valueAt(rest, steps.slice(0, -1));
    const key = steps.at(-1);
    if (isObject(parent) && key !== undefined) delete parent[key];
  }
  return rest;
}
