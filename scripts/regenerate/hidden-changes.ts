// Changes of upstream that an overlay hides, because it sets the same value.
import { isDeepStrictEqual } from "node:util";
import { isObject, type JsonValue } from "@gpu-scripts/openapi/json.ts";
import type { Match } from "@gpu-scripts/openapi/overlay.ts";
import { jsonOrNull } from "./compare/difference.ts";
import type { HiddenField } from "./outcome.ts";

/** Keys whose values are data, not part of the description: nothing inside them is compared. */
const dataKeys = ["example", "examples", "default", "x-expect"];

/** Objects whose keys are names that the vendor chose: there, `default` is a response or a field. */
const namingKeys = ["properties", "responses", "schemas", "parameters", "headers", "examples"];

/** One part of an update, with the value at its place in the old document and in the new one. */
interface Part {
  steps: string[];
  part: JsonValue;
  old: JsonValue | undefined;
  fresh: JsonValue | undefined;
  isData: boolean;
}

/** Parts of an update that correct what upstream has dropped since: applied, they would add a field that no longer exists. */
export function droppedFrom(update: JsonValue, found: readonly Match[], matches: readonly Match[]): string[][] {
  const isFilled = (value: JsonValue | undefined) => isObject(value) && Object.keys(value).length > 0;
  return partsOf(update, found, matches)
    .filter(({ part, old, fresh, isData }) => !isData && isFilled(part) && isFilled(old) && fresh === undefined)
    .map(({ steps }) => steps);
}

/** Parts of an update that add a reference, or something inline, where upstream now has the other of the two. */
export function declaredSince(update: JsonValue, found: readonly Match[], matches: readonly Match[]): string[][] {
  return partsOf(update, found, matches)
    .filter(({ part, old, fresh, isData }) => {
      if (isData || old !== undefined || !isObject(part) || !isObject(fresh)) return false;
      return part["$ref"] !== fresh["$ref"];
    })
    .map(({ steps }) => steps);
}

/** Values that an update sets and that upstream has since changed or added. */
export function hiddenBy(update: JsonValue, found: readonly Match[], matches: readonly Match[]): HiddenField[] {
  return partsOf(update, found, matches).flatMap(({ steps, part, old, fresh, isData }) => {
    if (fresh === undefined || isDeepStrictEqual(old, fresh) || isDeepStrictEqual(part, fresh)) return [];
    if (isOurChoice(steps.at(-1), part, old, fresh, isData)) return [];
    return [{ field: steps.join("."), before: jsonOrNull(old), after: JSON.stringify(fresh) }];
  });
}

/** Whether we may set a part regardless of upstream: descriptions and examples, unless upstream changed a number or unit in them. */
function isOurChoice(
  key: string | undefined,
  part: JsonValue,
  old: JsonValue | undefined,
  fresh: JsonValue,
  isData: boolean,
): boolean {
  if (isData && key === "default") return false;
  // Most examples have numbers: only a change of upstream's own single example matters.
  if (isData)
    return key !== "example" || old === undefined || isObject(fresh) || !hidesMeasure(text(part), text(old), text(fresh));
  if (isObject(part) || key === "operationId" || key === "tags") return true;
  if (key === "description" || key === "summary" || key === "title") return !hidesMeasure(text(part), text(old), text(fresh));
  // Our entries are appended to a list, so they hide none of upstream's.
  return Array.isArray(fresh) && old !== undefined;
}

function text(value: JsonValue | undefined): string {
  return value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
}

/** Every part of an update whose target selects one place, outer parts first. */
function partsOf(update: JsonValue, found: readonly Match[], matches: readonly Match[]): Part[] {
  const [old, fresh] = [found[0], matches[0]];
  if (!old || !fresh || found.length > 1 || matches.length > 1) return [];
  const inside = (part: JsonValue, before: JsonValue | undefined, after: JsonValue | undefined, place: string[]): Part[] => {
    if (!isObject(part) || !isObject(after)) return [];
    const names = namingKeys.includes(place.at(-1) ?? String(fresh.location.at(-1)));
    return Object.entries(part).flatMap(([key, child]) => {
      const isData = !names && dataKeys.includes(key);
      const steps = [...place, key];
      const one = { steps, part: child, old: isObject(before) ? before[key] : undefined, fresh: after[key], isData };
      return isData ? [one] : [one, ...inside(child, one.old, one.fresh, steps)];
    });
  };
  return inside(update, old.value, fresh.value, []);
}

/** Words for units, without the `s` of a plural. */
const units =
  "cent|dollar|usd|euro|eur|credit|percent|[kmgtp]i?b|(?:kilo|mega|giga|tera)byte|byte|gpu|vcpu|core|" +
  "millisecond|ms|second|sec|minute|min|hour|day|week|month|year|hourly|daily|weekly|monthly|yearly";

const measure = new RegExp(`\\d+(?:[.,]\\d+)*|[$€%]|(?<![a-z])(?:${units})(?=s?(?![a-z]))`, "gi");

/** The numbers and units in a text. */
function measuresIn(text: string): Set<string> {
  return new Set((text.match(measure) ?? []).map((found) => found.toLowerCase()));
}

/** Whether the vendor changed a number or unit of its text, and ours does not have the new one or still has the old one. */
function hidesMeasure(ours: string, before: string, after: string): boolean {
  const [own, old, fresh] = [measuresIn(ours), measuresIn(before), measuresIn(after)];
  const isNew = (found: string) => !old.has(found) && !own.has(found);
  const isGone = (found: string) => !fresh.has(found) && own.has(found);
  return [...fresh].some(isNew) || [...old].some(isGone);
}
