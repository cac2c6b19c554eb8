import { type JsonObject, type JsonValue, jsonPointer, list } from "@gpu-scripts/openapi/json.ts";
import { variantsOf } from "@gpu-scripts/openapi/pointers.ts";
import { typeOf, typesOf } from "@gpu-scripts/openapi/schemas.ts";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { Finding } from "./outcome.ts";
import { safeNames } from "./safe-names.ts";
import { type Child, childrenOf, togetherWith } from "./schema-parts.ts";

/** A finding in a value. `value` is the received value, which must not be stored. */
export interface ValueFinding extends Finding {
  value?: JsonValue;
}

/** An object with more unknown fields is reported as one finding: it is a map with arbitrary keys. */
const mostUnknownFields = 20;

/** Schemas nested deeper than this are not followed. */
const deepest = 60;

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
addFormats.default(ajv);

/** The keywords that apply to a value without its children. */
const shallow = [
  "const",
  "enum",
  "exclusiveMaximum",
  "exclusiveMinimum",
  "format",
  "maxItems",
  "maxLength",
  "maxProperties",
  "maximum",
  "minItems",
  "minLength",
  "minProperties",
  "minimum",
  "multipleOf",
  "pattern",
  "required",
  "type",
  "uniqueItems",
];
const compiled = new WeakMap<JsonObject, ValidateFunction>();
/** By the keywords: compiling takes long, and most parts of a document have the same few. */
const compiledKeywords = new Map<string, ValidateFunction>();

/** Compares a value with its schema strictly: unknown fields and values are findings too. Each difference is reported once. */
export function checkValue(document: JsonObject, schema: JsonValue | undefined, value: JsonValue): ValueFinding[] {
  const found = new Map<string, ValueFinding>();
  const isSafe = safeNames(value);
  for (const finding of findingsOf({ document, isSafe }, schema, value, "", 0)) {
    const key = identityOf(finding);
    if (!found.has(key)) found.set(key, finding);
  }
  return [...found.values()];
}

/** Two findings with the same identity are the same difference. */
export function identityOf({ kind, pointer, detail }: Finding): string {
  return JSON.stringify([kind, pointer, detail]);
}

interface Context {
  document: JsonObject;
  /** Whether the name of an unknown field may be shown. */
  isSafe: (name: string) => boolean;
}

/** The schemas that apply to a value: with references and `allOf`s followed, and with the alternatives that match it or match best. */
export function applicableTo(context: Context, schema: JsonValue | undefined, value: JsonValue, depth = 0): JsonObject[] {
  return togetherWith(context.document, schema).flatMap((part) => [
    part,
    ...(["anyOf", "oneOf"] as const).flatMap((key) => {
      const alternatives = list(part[key]);
      return alternatives.length === 0 || depth > deepest ? [] : fitting(context, alternatives, value, depth);
    }),
  ]);
}

function fitting(context: Context, alternatives: readonly JsonValue[], value: JsonValue, depth: number): JsonObject[] {
  const rated = alternatives.map((schema) => {
    const findings = findingsOf(context, schema, value, "", depth + 1);
    const misfits = findings.filter(({ kind }) => kind !== "unknown-field" && kind !== "unknown-value");
    const isOtherType = findings.some(({ kind, pointer }) => kind === "type" && pointer === "");
    return { schema, misfits: misfits.length + (isOtherType ? 1_000_000 : 0), findings: findings.length };
  });
  const best = Math.min(...rated.map(({ misfits }) => misfits));
  const fits = rated.filter(({ misfits }) => misfits === best).sort((one, other) => one.findings - other.findings);
  return (best === 0 ? fits : fits.slice(0, 1)).flatMap(({ schema }) => applicableTo(context, schema, value, depth + 1));
}

function findingsOf(
  context: Context,
  schema: JsonValue | undefined,
  value: JsonValue,
  pointer: string,
  depth: number,
): ValueFinding[] {
  if (depth > deepest) return [];
  const parts = applicableTo(context, schema, value, depth);
  const own = ownFindings(context, schema, parts, value, pointer);
  if (own.some(({ kind }) => kind === "type")) return own;
  const children = childrenOf(parts, value);
  const inside = children.flatMap(({ step, schema: inner, value: child }) =>
    step === null ? [] : findingsOf(context, inner, child, pointer + jsonPointer([step]), depth + 1),
  );
  return [...own, ...unknownFields(context, children, pointer), ...inside];
}

/** The findings of a value itself, without its children. */
export function ownFindings(
  { document }: Pick<Context, "document">,
  schema: JsonValue | undefined,
  parts: readonly JsonObject[],
  value: JsonValue,
  pointer: string,
): ValueFinding[] {
  const findings = parts.flatMap((part) => errorsOf(part, value).map((error) => findingOf(error, part, value, pointer)));
  if (findings.some(({ kind }) => kind === "type")) return [typeFinding(document, schema, value, pointer)];
  for (const part of parts) {
    const known = list(part["x-extensible-enum"]);
    // Vendors use an empty string for "not applicable".
    if (known.length === 0 || typeof value !== "string" || value === "" || known.includes(value)) continue;
    findings.push({ kind: "unknown-value", pointer, detail: `not among the ${known.length} known values`, value });
  }
  return findings;
}

function errorsOf(part: JsonObject, value: JsonValue): ErrorObject[] {
  let validate = compiled.get(part);
  if (!validate) {
    const keywords = Object.fromEntries(shallow.flatMap((key) => (part[key] === undefined ? [] : [[key, part[key]]])));
    const text = JSON.stringify(keywords);
    validate = compiledKeywords.get(text) ?? ajv.compile(keywords);
    compiledKeywords.set(text, validate);
    compiled.set(part, validate);
  }
  validate(value);
  return validate.errors ?? [];
}

function findingOf(error: ErrorObject, part: JsonObject, value: JsonValue, pointer: string): ValueFinding {
  const { keyword, params } = error;
  if (keyword === "type") return { kind: "type", pointer, detail: "" };
  if (keyword === "required") {
    return { kind: "missing-field", pointer: pointer + jsonPointer([String(params["missingProperty"])]), detail: "is missing" };
  }
  if (keyword === "enum") {
    return { kind: "constraint", pointer, detail: `not among the ${list(part["enum"]).length} possible values`, value };
  }
  // The message contains values of the schema only.
  return { kind: "constraint", pointer, detail: error.message ?? keyword };
}

/** Reports the received type and the documented types of all alternatives. */
function typeFinding(document: JsonObject, schema: JsonValue | undefined, value: JsonValue, pointer: string): ValueFinding {
  const types = new Set(variantsOf(document, schema).flatMap(typesOf));
  return { kind: "type", pointer, detail: `is ${typeOf(value)}, not ${[...types].join(" or ")}` };
}

function unknownFields({ isSafe }: Context, children: readonly Child[], pointer: string): ValueFinding[] {
  const unknown = children.filter(({ step }) => step === null);
  if (unknown.length > mostUnknownFields) {
    return [{ kind: "unknown-field", pointer: `${pointer}/*`, detail: "has many fields that the document does not have" }];
  }
  return unknown.map(({ key, value }) => {
    const name = String(key);
    return {
      kind: "unknown-field",
      pointer: pointer + jsonPointer([isSafe(name) ? name : "*"]),
      detail: `is not in the document; here ${typeOf(value)}`,
    };
  });
}
