import { isObject, type JsonObject, type JsonValue } from "@gpu-scripts/openapi/json.ts";
import { applicableTo, checkValue, identityOf, ownFindings } from "./check-value.ts";
import { safeNames } from "./safe-names.ts";
import { type Child, childrenOf, documentedValues } from "./schema-parts.ts";

/** Shapes of strings with their stand-ins. The first match counts. */
const shapes: [shape: RegExp, standIn: string][] = [
  [/^\s*$/, ""],
  [/^\d{4}-\d\d-\d\d[T ][\d:]+Z$/, "2026-01-01T00:00:00Z"],
  [/^\d{4}-\d\d-\d\d[T ][\d:]+\.\d+Z$/, "2026-01-01T00:00:00.000000Z"],
  [/^\d{4}-\d\d-\d\d[T ][\d:]+[+-]\d\d:\d\d$/, "2026-01-01T00:00:00+00:00"],
  [/^\d{4}-\d\d-\d\d[T ][\d:]+\.\d+[+-]\d\d:\d\d$/, "2026-01-01T00:00:00.000000+00:00"],
  [/^\d{4}-\d\d-\d\d$/, "2026-01-01"],
  [/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i, "00000000-0000-4000-8000-000000000000"],
  [/^0+$/, "0"],
  [/^-\d+$/, "-1"],
  [/^\d+$/, "1"],
  [/^-\d*\.\d+$/, "-1.5"],
  [/^\d*\.\d+$/, "1.5"],
  [/^(?:\d{1,3}\.){3}\d{1,3}$/, "192.0.2.1"],
  [/^[\da-f]*:[\da-f:]+$/i, "2001:db8::1"],
  [/^[a-z][a-z\d+.-]*:\/\/\S+$/i, "https://example.com/"],
  [/^[^\s@]+@[^\s@]+\.[^\s@]+$/, "user@example.com"],
  [/^ssh-\w+ \S+/, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample"],
];
const numbers = [1, 1.5, 0, -1, -1.5, 100, 65_536, 4_294_967_296, 1e15];

/**
 * Replaces every string, number and map key of a response that the document does not contain with a stand-in, so that the same findings
 * remain. Lists and maps keep their first item and each item with a new finding.
 */
export function standInFor(document: JsonObject, schema: JsonValue | undefined, value: JsonValue): JsonValue {
  return replaced({ document, isSafe: safeNames(value), shownBefore: new Set() }, schema, value);
}

interface Context {
  document: JsonObject;
  isSafe: (name: string) => boolean;
  /** The findings of the items so far. */
  shownBefore: Set<string>;
}

function replaced(context: Context, schema: JsonValue | undefined, value: JsonValue): JsonValue {
  const parts = applicableTo(context, schema, value);
  if (Array.isArray(value)) return replacedList(context, schema, parts, value);
  if (isObject(value)) return replacedObject(context, parts, value);
  if (value === null || typeof value === "boolean" || documentedValues(parts).includes(value)) return value;
  return replacedScalar(context, schema, parts, value);
}

function replacedScalar(
  context: Context,
  schema: JsonValue | undefined,
  parts: readonly JsonObject[],
  value: string | number,
): string | number {
  const findings = (candidate: JsonValue) => ownFindings(context, schema, parts, candidate, "").map(identityOf).sort().join();
  const wanted = findings(value);
  const candidates = [...(typeof value === "string" ? textsLike(value) : numbersLike(value)), ...examplesOf(parts)];
  return (
    candidates.find((candidate) => typeof candidate === typeof value && findings(candidate) === wanted) ??
    (typeof value === "string" ? "text" : 1)
  );
}

function replacedList(
  context: Context,
  schema: JsonValue | undefined,
  parts: readonly JsonObject[],
  value: JsonValue[],
): JsonValue {
  const children = childrenOf(parts, value);
  const short = withNewFindings(context, children).map((child) => replaced(context, child.schema, child.value));
  const own = (list: JsonValue) => ownFindings(context, schema, parts, list, "").map(identityOf).sort().join();
  // The length of the list may matter.
  return own(short) === own(value) ? short : children.map((child) => replaced(context, child.schema, child.value));
}

function replacedObject(context: Context, parts: readonly JsonObject[], value: JsonObject): JsonValue {
  const children = childrenOf(parts, value);
  const isMap = ({ step }: Child) => step === "*";
  const result: JsonObject = {};
  for (const { key, schema, value: child } of children.filter((one) => one.step !== null && !isMap(one))) {
    result[key] = replaced(context, schema, child);
  }
  for (const { schema, value: child } of withNewFindings(context, children.filter(isMap))) {
    result[freeName(result, "key")] = replaced(context, schema, child);
  }
  for (const { key, value: child } of children.filter(({ step }) => step === null)) {
    const name = String(key);
    result[context.isSafe(name) ? name : freeName(result, "field")] = replaced(context, undefined, child);
  }
  return result;
}

/** The first child, and each with a finding that no child before it has. */
function withNewFindings({ document, shownBefore }: Context, children: readonly Child[]): Child[] {
  return children.filter(({ schema, value }, index) => {
    const findings = checkValue(document, schema, value).map((finding) => identityOf(finding));
    const isNew = findings.some((finding) => !shownBefore.has(finding));
    for (const finding of findings) shownBefore.add(finding);
    return index === 0 || isNew;
  });
}

function textsLike(value: string): string[] {
  const like = shapes.find(([shape]) => shape.test(value))?.[1] ?? "text";
  // Candidates for other formats and lengths.
  const others = shapes.map(([, standIn]) => standIn).filter((standIn) => standIn !== "");
  return [like, "text", "text".repeat(16), "text".repeat(256), "text".repeat(4096), ...others, ""];
}

function numbersLike(value: number): number[] {
  const isLike = (candidate: number) =>
    Number.isInteger(candidate) === Number.isInteger(value) && Math.sign(candidate) === Math.sign(value);
  return [...numbers.filter(isLike), ...numbers];
}

function examplesOf(parts: readonly JsonObject[]): (string | number)[] {
  const given = parts.flatMap((part) => [
    part["example"],
    ...(Array.isArray(part["examples"]) ? part["examples"] : []),
    part["default"],
    part["minimum"],
    part["maximum"],
  ]);
  return given.filter((one) => typeof one === "string" || typeof one === "number");
}

/** Contains a space, so that it does not look like a field name. */
function freeName(object: JsonObject, word: string): string {
  for (let number = 1; ; number += 1) if (!Object.hasOwn(object, `${word} ${number}`)) return `${word} ${number}`;
}
