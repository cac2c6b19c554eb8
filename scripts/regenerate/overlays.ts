import { isDeepStrictEqual } from "node:util";
import { overlayFiles } from "@gpu-scripts/openapi/compose.ts";
import { isOurExtension } from "@gpu-scripts/openapi/extensions.ts";
import { isObject, type JsonObject, type JsonValue, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { operationKey } from "@gpu-scripts/openapi/operations.ts";
import { actionLabel, addedOperations, type Match, OverlayApplier, selectIn } from "@gpu-scripts/openapi/overlay.ts";
import { parseObject } from "@gpu-scripts/openapi/parse.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { hidesMeasure } from "./measures.ts";
import { reachableComponents } from "./operations.ts";
import { appendActions, type Cut, removeFromOverlay } from "./overlay-text.ts";
import type { OverlayVerdict } from "./report.ts";

/** The text of a vendor's overlays by file name. */
export type OverlayTexts = Readonly<Record<(typeof overlayFiles)[number], string>>;

export interface Judgement {
  /** Only of actions that are not simply needed as they are. */
  verdicts: OverlayVerdict[];
  /** The overlays without what upstream made unnecessary. */
  pruned: OverlayTexts;
  /** Whether pruning takes anything out. */
  prunable: boolean;
  /** Whether an action no longer fits, which only a person can mend. */
  misfit: boolean;
  /** The document with all actions applied that are needed. */
  document: JsonObject;
}

/**
 * Tries every action of the overlays on a new upstream document, and says of each that is not simply needed what became of it.
 * The first `kept` of operations.overlay.yaml keep what upstream has just dropped. An action that cannot be applied is passed over, so that one look shows all of them; what follows from it may show too.
 */
export function judgeOverlays(
  texts: OverlayTexts,
  upstream: JsonObject,
  previous: JsonObject,
  shownAs: string,
  kept = 0,
): Judgement {
  const judge = new Judge(upstream, previous);
  const verdicts: OverlayVerdict[] = [];
  const cuts: Record<(typeof overlayFiles)[number], Map<number, Cut>> = {
    "operations.overlay.yaml": new Map(),
    "fixes.overlay.yaml": new Map(),
  };
  const corrections: JsonObject[] = [];
  const added: AddedComponent[] = [];
  const targets = correctionTargets(texts);
  let misfit = false;
  for (const file of overlayFiles) {
    actionsOf(texts[file], `${shownAs}/${file}`).forEach((action, index) => {
      const isKept = file === "operations.overlay.yaml" && index < kept;
      const finding = judge.judge(action, actionLabel(`${shownAs}/${file}`, index, action), isKept);
      if (finding.verdict !== undefined) verdicts.push({ action: actionLabel(file, index, action), verdict: finding.verdict });
      if (finding.kind === "needed") {
        added.push(...componentsOf(action).map((component) => ({ ...component, file, index, action })));
        return;
      }
      if (finding.kind === "misfit") {
        misfit = true;
        return;
      }
      cuts[file].set(index, finding.kind === "cut" ? { index } : { index, keys: finding.keys });
      const uncorrected = finding.superseded.filter(({ target: place }) => !targets.some((target) => target.startsWith(place)));
      corrections.push(...uncorrected.flatMap(({ correct }) => correct()));
    });
  }
  if (!misfit && overlayFiles.some((file) => cuts[file].size > 0)) {
    // What only the superseded operations used.
    const used = reachableComponents(judge.document, judge.document);
    for (const { file, index, action, section, name, keys } of added) {
      if (objectAt(used, section)[name] !== undefined || targets.some((target) => target.includes(name))) continue;
      cuts[file].set(index, { index, keys: [...(cuts[file].get(index)?.keys ?? []), keys] });
      verdicts.push({
        action: actionLabel(file, index, action),
        verdict: `unnecessary: components.${section}.${name} is no longer used`,
      });
    }
  }
  const pruned = { ...texts };
  for (const file of overlayFiles) pruned[file] = removeFromOverlay(texts[file], [...cuts[file].values()], `${shownAs}/${file}`);
  pruned["fixes.overlay.yaml"] = appendActions(pruned["fixes.overlay.yaml"], corrections, `${shownAs}/fixes.overlay.yaml`);
  const prunable = overlayFiles.some((file) => pruned[file] !== texts[file]);
  return {
    verdicts,
    pruned,
    misfit,
    prunable,
    document: prunable && !misfit ? applyOverlays(pruned, upstream, shownAs) : judge.document,
  };
}

/** The document with every action of its overlays applied. */
export function applyOverlays(texts: OverlayTexts, upstream: JsonObject, shownAs: string): JsonObject {
  const applier = new OverlayApplier(upstream);
  for (const file of overlayFiles) applier.apply(parseObject(texts[file], `${shownAs}/${file}`), `${shownAs}/${file}`);
  return applier.document;
}

interface AddedComponent {
  file: (typeof overlayFiles)[number];
  index: number;
  action: JsonObject;
  section: string;
  name: string;
  /** Steps to it below the action's update. */
  keys: string[];
}

/** The components that an action adds by `$`, `$.components` or `$.components.<section>`. */
function componentsOf(action: JsonObject): { section: string; name: string; keys: string[] }[] {
  const [, ...at] = (stringAt(action, "target") ?? "").split(".");
  if (at.some((step) => !/^\w+$/.test(step)) || action["update"] === undefined) return [];
  return addedComponents(at, action["update"]).map(([section, name]) => ({
    section,
    name,
    keys: ["components", section, name].slice(at.length),
  }));
}

function actionsOf(text: string, shownAs: string): JsonObject[] {
  const actions = parseObject(text, shownAs)["actions"];
  return (Array.isArray(actions) ? actions : []).map((action, index) => {
    if (!isObject(action)) throw new UserError(`${shownAs}, action ${index + 1}: expected an object`);
    return action;
  });
}

/** An operation that both sides have, with what makes a correction of our version. */
interface Superseded {
  /** JSONPath of the operation. */
  target: string;
  correct: () => JsonObject[];
}

type Finding =
  /** A needed action may still deserve a word. */
  | { kind: "needed"; verdict?: string }
  | { kind: "misfit"; verdict: string }
  | { kind: "cut"; verdict: string; superseded: Superseded[] }
  | { kind: "trim"; verdict: string; keys: string[][]; superseded: Superseded[] };

/** What an action's target selects in the document that upstream had before, and in the new one. */
interface Selected {
  found: readonly Match[];
  matches: readonly Match[];
}

function hides(hidden: readonly string[]): string {
  return `hides a change of upstream: ${hidden.join(", ")}`;
}

const unnecessary: Finding = { kind: "cut", verdict: "unnecessary", superseded: [] };

/** Applies actions one after the other, as far as they go, and says what became of each. */
class Judge {
  readonly #upstream: JsonObject;
  readonly #previous: JsonObject;
  readonly #applier: OverlayApplier;
  /** The same actions on the document that upstream had before: what an action found there tells a correction from an addition. */
  readonly #before: OverlayApplier;
  /** Sources of copies that upstream made unnecessary by a rename of its own. */
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

  judge(action: JsonObject, label: string, isKept: boolean): Finding {
    // What keeps an operation that upstream dropped is no correction of it.
    const found = isKept ? [] : this.#before.select(stringAt(action, "target"), `${label}: target`);
    const finding = this.#judge(action, found, label);
    attempt(this.#before, action, label);
    return finding;
  }

  #judge(action: JsonObject, found: readonly Match[], label: string): Finding {
    const target = stringAt(action, "target");
    const matches = this.#applier.select(target, `${label}: target`);
    const update = action["update"];
    if (update !== undefined && matches.length > 0) {
      if (matches.every(({ value }) => isContained(update, value))) return unnecessary;
      const overlap = overlapOf(update, matches, this.#upstream, this.#previous);
      if (overlap.keys.length > 0) return this.#withoutOverlap(action, update, overlap, { found, matches }, label);
      const dropped = droppedFrom(update, found, matches);
      if (dropped.length > 0) {
        const verdict = `unnecessary: upstream dropped ${dropped.map((steps) => steps.join(".")).join(", ")}`;
        return this.#withoutKeys(action, update, dropped, { verdict, superseded: [] }, { found, matches }, label);
      }
    }
    if (this.#wasMendedUpstream(action, matches, label)) return unnecessary;
    const hidden = update === undefined ? [] : hiddenBy(update, found, matches);
    const failure = attempt(this.#applier, action, label);
    if (failure === undefined) {
      return hidden.length > 0 ? { kind: "needed", verdict: hides(hidden) } : { kind: "needed" };
    }
    return failure.startsWith("changes nothing") ? unnecessary : { kind: "misfit", verdict: `no longer fits: ${failure}` };
  }

  /** What is left of an update when that goes which upstream now has itself. */
  #withoutOverlap(action: JsonObject, update: JsonValue, overlap: Overlap, selected: Selected, label: string): Finding {
    const { keys, equal, differing, superseded } = overlap;
    const verdict =
      differing.length > 0
        ? `superseded: upstream now has ${differing.join(", ")} in its own words`
        : `unnecessary: upstream now has ${equal.join(", ")}`;
    return this.#withoutKeys(action, update, keys, { verdict, superseded }, selected, label);
  }

  #withoutKeys(
    action: JsonObject,
    update: JsonValue,
    going: readonly string[][],
    { verdict, superseded }: { verdict: string; superseded: Superseded[] },
    { found, matches }: Selected,
    label: string,
  ): Finding {
    const keys = collapse(update, going);
    const rest = withoutKeys(update, keys);
    if (isDeepStrictEqual(rest, {})) return { kind: "cut", verdict, superseded };
    const hidden = hiddenBy(rest, found, matches);
    const failure = attempt(this.#applier, { ...action, update: rest }, label);
    if (failure !== undefined && !failure.startsWith("changes nothing")) {
      return { kind: "misfit", verdict: `no longer fits: ${failure}` };
    }
    return { kind: "trim", verdict: hidden.length > 0 ? `${hides(hidden)}; ${verdict}` : verdict, keys, superseded };
  }

  /** A correction that takes away what upstream has taken away, or renames what upstream has renamed. */
  #wasMendedUpstream(action: JsonObject, matches: readonly Match[], label: string): boolean {
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

  /** Whether what surrounds a target is there, so that only the target itself is gone. */
  #parentExists(target: string | undefined, label: string): boolean {
    const parent = target?.replace(/(?:\.[\w-]+|\[(?:'[^']*'|"[^"]*"|\?[^\]]*|\d+)\])$/, "");
    if (parent === undefined || parent === target) return false;
    return this.#applier.select(parent, `${label}: target`).length > 0;
  }
}

/** Applies an action, whole or not at all; gives the reason why it cannot be. */
function attempt(applier: OverlayApplier, action: JsonObject, label: string): string | undefined {
  try {
    applier.applyAction(action, label);
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message.replace(`${label}: `, "");
  }
}

/** Values that are no parts of a description of the API: nothing inside them is compared. */
const dataKeys = ["example", "examples", "default", "x-expect"];

/** Objects whose keys are names that the vendor chose: there a `default` is an answer or a field. */
const namingKeys = ["properties", "responses", "schemas", "parameters", "headers", "examples"];

/**
 * What an update corrects inside, where upstream no longer has it: applied all the same, the correction would bring back the name
 * of a field that is gone.
 */
function droppedFrom(update: JsonValue, found: readonly Match[], matches: readonly Match[]): string[][] {
  const dropped: string[][] = [];
  eachPart(update, found, matches, (steps, part, old, fresh, isData) => {
    if (isData) return;
    if (isObject(part) && Object.keys(part).length > 0 && isObject(old) && Object.keys(old).length > 0 && fresh === undefined) {
      dropped.push(steps);
    }
  });
  return dropped;
}

/** What an update sets over a value that upstream has since changed or has got. */
function hiddenBy(update: JsonValue, found: readonly Match[], matches: readonly Match[]): string[] {
  const hidden: string[] = [];
  eachPart(update, found, matches, (steps, part, old, fresh, isData) => {
    if (fresh === undefined || isDeepStrictEqual(old, fresh) || isDeepStrictEqual(part, fresh)) return;
    if (isOurChoice(steps.at(-1), part, old, fresh, isData)) return;
    hidden.push(`${steps.join(".")} went from ${JSON.stringify(old) ?? "nothing"} to ${JSON.stringify(fresh)}`);
  });
  return hidden;
}

/** What we may set whatever upstream says: words and examples, so long as upstream says no other number or unit in its own. */
function isOurChoice(
  key: string | undefined,
  part: JsonValue,
  old: JsonValue | undefined,
  fresh: JsonValue,
  isData: boolean,
): boolean {
  if (isData && key === "default") return false;
  // Examples are many, and all have numbers: only another one in the place of upstream's own tells something.
  if (isData)
    return key !== "example" || old === undefined || isObject(fresh) || !hidesMeasure(text(part), text(old), text(fresh));
  if (isObject(part) || key === "operationId" || key === "tags") return true;
  if (key === "description" || key === "summary" || key === "title") return !hidesMeasure(text(part), text(old), text(fresh));
  // Lists grow by ours, which a list that was there before has always done.
  return Array.isArray(fresh) && old !== undefined;
}

function text(value: JsonValue | undefined): string {
  return value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
}

/** Visits what an update names, with what stands there in the old document, if anything does, and in the new one. */
function eachPart(
  update: JsonValue,
  found: readonly Match[],
  matches: readonly Match[],
  visit: (steps: string[], part: JsonValue, old: JsonValue | undefined, fresh: JsonValue | undefined, isData: boolean) => void,
): void {
  const [old, fresh] = [found[0], matches[0]];
  if (found.length !== 1 || matches.length !== 1 || !fresh) return;
  const descend = (part: JsonValue, before: JsonValue | undefined, after: JsonValue | undefined, steps: string[]): void => {
    if (!isObject(part) || !isObject(after)) return;
    const names = namingKeys.includes(steps.at(-1) ?? String(fresh.location.at(-1)));
    for (const [key, child] of Object.entries(part)) {
      const isData = !names && dataKeys.includes(key);
      const inside = isObject(before) ? before[key] : undefined;
      visit([...steps, key], child, inside, after[key], isData);
      if (!isData) descend(child, inside, after[key], [...steps, key]);
    }
  };
  descend(update, old?.value, fresh.value, []);
}

/** Whether a document already says all that an update says. */
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

interface Overlap {
  /** Keys of the update to take out, by their steps. */
  keys: string[][];
  equal: string[];
  differing: string[];
  superseded: Superseded[];
}

/** What an update would add that upstream has since got itself: operations, and components that were not there before. */
function overlapOf(update: JsonValue, matches: readonly Match[], upstream: JsonObject, previous: JsonObject): Overlap {
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
      overlap.superseded.push({ target, correct: () => correctionsFor(target, ours, theirs) });
      // What the operation itself says is among its corrections.
      overlap.superseded.push(...marksOf(target, ours, theirs).filter((mark) => mark.target !== target));
    }
  }
  for (const [section, name] of addedComponents(at, update)) {
    const theirs = objectAt(objectAt(upstream, "components"), section)[name];
    const before = objectAt(objectAt(previous, "components"), section)[name];
    if (theirs === undefined || before !== undefined) continue;
    const ours = valueAt(update, ["components", section, name].slice(at.length)) ?? {};
    // Room for something that is copied later says nothing of its own.
    if (isDeepStrictEqual(ours, {})) continue;
    if (!note(["components", section, name], `components.${section}.${name}`, ours, theirs)) {
      overlap.superseded.push(...marksOf(pathOf(["components", section, name]), ours, theirs));
    }
  }
  return overlap;
}

function addedComponents(location: readonly string[], update: JsonValue): [section: string, name: string][] {
  if (location.length >= 3) return [];
  const wrapped = location.reduceRight<JsonValue>((inner, step) => ({ [step]: inner }), update);
  return Object.entries(objectAt(wrapped, "components")).flatMap(([section, entries]) =>
    Object.keys(isObject(entries) ? entries : {}).map((name): [string, string] => [section, name]),
  );
}

/**
 * Upstream's own version of an operation that we had written comes through as it is; what only we say of it is kept as a
 * correction: its name, its words, what it costs, and the error answers that upstream leaves out.
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
      description: "Our name, words and promises; the vendor now documents the rest itself.",
      update: kept,
    });
  }
  return actions;
}

/** What only we say of the parts of something that upstream has too: which of them are secret, for one. */
function marksOf(target: string, ours: JsonValue, theirs: JsonValue | undefined): Superseded[] {
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    return ours.flatMap((item, index) => marksOf(`${target}[${index}]`, item, theirs[index]));
  }
  if (!isObject(ours) || !isObject(theirs)) return [];
  const update = Object.fromEntries(Object.entries(ours).filter(([key]) => isOurExtension(key) && theirs[key] === undefined));
  const action = { target, description: "Our mark; the vendor now documents the rest itself.", update };
  const own = Object.keys(update).length > 0 ? [{ target, correct: () => [action] }] : [];
  return [...own, ...Object.entries(ours).flatMap(([key, value]) => marksOf(target + stepOf(key), value, theirs[key]))];
}

/** Where corrections point: an operation that has some gets no more of them. */
function correctionTargets(texts: OverlayTexts): string[] {
  return actionsOf(texts["fixes.overlay.yaml"], "fixes.overlay.yaml").map((action) =>
    (stringAt(action, "target") ?? "").replaceAll('"', "'"),
  );
}

/** The highest keys that go when some keys go: a parent all of whose children go, goes itself. */
function collapse(update: JsonValue, keys: readonly (readonly string[])[]): string[][] {
  const going = new Set(keys.map((steps) => JSON.stringify(steps)));
  const result: string[][] = [];
  const goes = (value: JsonValue, steps: string[]): boolean => {
    if (going.has(JSON.stringify(steps))) return true;
    if (!isObject(value) || Object.keys(value).length === 0) return false;
    const children = Object.entries(value).map(([key, child]) => ({
      steps: [...steps, key],
      goes: goes(child, [...steps, key]),
    }));
    if (children.every((child) => child.goes)) return true;
    result.push(...children.filter((child) => child.goes).map((child) => child.steps));
    return false;
  };
  return goes(update, []) && isObject(update) ? Object.keys(update).map((key) => [key]) : result;
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

function valueAt(value: JsonValue, steps: readonly string[]): JsonValue | undefined {
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
