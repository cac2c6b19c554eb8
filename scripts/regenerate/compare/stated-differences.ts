// What the types of calls do not show: limits of what callers send, defaults of what they omit, secrets, texts and examples.
import { isDeepStrictEqual } from "node:util";
import { isObject, type JsonObject, type JsonValue } from "@gpu-scripts/openapi/json.ts";
import { operationsOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import { type ChangeFacts, promises } from "../change.ts";
import type { Impact } from "../impact.ts";
import { type Difference, jsonOrNull } from "./difference.ts";
import { type StatedValue, StatedValues } from "./stated-values.ts";

/** Differences in what two versions state about the values of each call. */
export function statedValueDifferences(before: JsonObject, after: JsonObject): Difference[] {
  const old = new Map(operationsOf(before).map((operation) => [titleOf(operation), operation]));
  return operationsOf(after).flatMap((operation) => {
    const name = titleOf(operation);
    const counterpart = old.get(name);
    if (!counterpart) return [];
    const known = new StatedValues(before, counterpart);
    return [...new StatedValues(after, operation).all].flatMap((place) => {
      const previous = known.find(place);
      return previous ? statedDifferences(name, previous, place) : [];
    });
  });
}

function statedDifferences(operation: string, before: StatedValue, after: StatedValue): Difference[] {
  const keys = new Set([...Object.keys(before.stated), ...Object.keys(after.stated)]);
  return [...keys].flatMap((key): Difference[] => {
    const [old, fresh] = [before.stated[key], after.stated[key]];
    if (isDeepStrictEqual(old, fresh) || isRatedElsewhere(key, after)) return [];
    const found = rate(key, old, fresh, after);
    return found.map(({ impact, facts }) => ({ operations: [operation], impact, where: placeOf(key, after), facts }));
  });
}

/** What changed of the operation itself, such as its summary, has its own place. */
function placeOf(key: string, { side, where }: StatedValue): string {
  return side === "operation" ? `/${key}` : where;
}

function isRatedElsewhere(key: string, { side, component }: StatedValue): boolean {
  // Those of components appear in their `Known…` types.
  if (key === "x-extensible-enum") return /^#\/components\/schemas\/[^/]+$/.test(component ?? "");
  return side === "operation" && (Object.hasOwn(promises, key) || ["operationId", "security", "x-pagination"].includes(key));
}

type Rated = Pick<Difference, "impact" | "facts">;

function rate(key: string, old: JsonValue | undefined, fresh: JsonValue | undefined, place: StatedValue): Rated[] {
  const { side, where } = place;
  const one = (impact: Impact, facts: ChangeFacts): Rated[] => [{ impact, facts }];
  const values = { before: jsonOrNull(old), after: jsonOrNull(fresh) };
  if (key === "x-extensible-enum") return openEnum(old, fresh, where);
  // A field that is no longer redacted may appear in logs.
  if (key === "x-secret" && fresh !== true) return one("major", { kind: "secret-mark-removed", place: where });
  if (key === "default" && side === "sent") return one("major", { kind: "default-changed", place: where, ...values });
  if (isLimit(key, old, fresh, side)) return one("major", { kind: "limited", place: where, part: key, ...values });
  return one("patch", {
    kind: "property-changed",
    place: placeOf(key, place),
    part: key,
    before: short(old),
    after: short(fresh),
  });
}

function openEnum(old: JsonValue | undefined, fresh: JsonValue | undefined, place: string): Rated[] {
  if (!Array.isArray(old) || !Array.isArray(fresh)) return [];
  const texts = (some: readonly JsonValue[], others: readonly JsonValue[]) =>
    some.filter((value) => !others.includes(value)).map((value) => JSON.stringify(value));
  const [removed, added] = [texts(old, fresh), texts(fresh, old)];
  return [
    ...(removed.length > 0 ? [{ impact: "major", facts: { kind: "enum-values-removed", place, values: removed } } as const] : []),
    ...(added.length > 0 ? [{ impact: "minor", facts: { kind: "enum-values-added", place, values: added } } as const] : []),
  ];
}

const upperBounds = ["maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties", "maxContains"];
const lowerBounds = ["minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties", "minContains"];

/** Keywords that refuse values: one that is added or changed may refuse what was accepted before. */
const conditions = [
  ...["pattern", "multipleOf", "contentEncoding", "contentMediaType", "style", "explode"],
  ...["not", "if", "then", "else", "contains", "propertyNames", "patternProperties", "dependentRequired", "dependentSchemas"],
];

/** Formats that every value of the type has. */
const anyFormat = ["int64", "float", "double", "password"];

/** Whether a call that the old document allows may be refused under the new one, or a response lacks what it had. */
function isLimit(key: string, old: JsonValue | undefined, fresh: JsonValue | undefined, side: StatedValue["side"]): boolean {
  if (side === "received") return key === "writeOnly" && fresh === true;
  if (side !== "sent" || fresh === undefined) return false;
  if (upperBounds.includes(key)) return !(typeof fresh === "number" && typeof old === "number" && fresh > old) && fresh !== false;
  if (lowerBounds.includes(key)) return !(typeof fresh === "number" && fresh <= lowest(key, old)) && fresh !== false;
  if (conditions.includes(key)) return true;
  switch (key) {
    case "format":
      return !anyFormat.includes(String(fresh));
    case "type":
      // Both are `number` in TypeScript; other types show there.
      return has(fresh, "integer") && !has(fresh, "number") && has(old, "number");
    case "uniqueItems":
    case "readOnly":
      return fresh === true;
    case "additionalProperties":
    case "unevaluatedProperties":
      return fresh === false || (isObject(fresh) && key === "unevaluatedProperties");
    case "alternatives":
      return old === "anyOf" && fresh === "oneOf";
    default:
      return false;
  }
}

/** The bound before; no length and no number of things is below zero. */
function lowest(key: string, old: JsonValue | undefined): number {
  if (typeof old === "number") return old;
  return key === "minimum" || key === "exclusiveMinimum" ? Number.NEGATIVE_INFINITY : 0;
}

function has(types: JsonValue | undefined, type: string): boolean {
  return Array.isArray(types) && types.includes(type);
}

/** Long values are left to the document's own history. */
function short(value: JsonValue | undefined): string | null {
  const text = isObject(value) || Array.isArray(value) ? null : jsonOrNull(value);
  return text === null || text.length > 40 ? null : text;
}

/** Differences outside the operations, which no call shows. */
export function documentDifferences(before: JsonObject, after: JsonObject): Difference[] {
  const rated = ["paths", "components", "x-gpu-client"];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !rated.includes(key));
  const changed = keys.flatMap((key) => changedParts(`/${key}`, before[key], after[key]));
  const [schemes, newSchemes] = [before, after].map((document) => securitySchemes(document));
  return [...changed, ...changedParts("/components/securitySchemes", schemes, newSchemes)];
}

function securitySchemes(document: JsonObject): JsonValue | undefined {
  return isObject(document["components"]) ? document["components"]["securitySchemes"] : undefined;
}

function changedParts(place: string, before: JsonValue | undefined, after: JsonValue | undefined): Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  const difference = (part: string, old: JsonValue | undefined, fresh: JsonValue | undefined): Difference => {
    const facts: ChangeFacts = { kind: "property-changed", place, part, before: short(old), after: short(fresh) };
    return { operations: [], impact: "patch", where: place, facts };
  };
  if (!isObject(before) || !isObject(after)) return [difference(place.split("/").at(-1) ?? "", before, after)];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => difference(key, before[key], after[key]));
}
