// Our own rating of what neither a diff of the documents nor the types show: what the runtime does with a call.
import { isDeepStrictEqual } from "node:util";
import { mayBeEmpty } from "@gpu-scripts/codegen/contract.ts";
import { isObject, type JsonObject, type JsonValue, jsonPointer, objectAt, walkObjects } from "@gpu-scripts/openapi/json.ts";
import { type Operation, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { type ChangeFacts, promises } from "../change.ts";
import type { Impact } from "../impact.ts";
import { contractFindings } from "./contract.ts";
import { defaultFindings } from "./defaults.ts";
import { type Finding, jsonOrNull } from "./finding.ts";
import { componentAt, operationName, Usage } from "./usage.ts";

/** Changes of our extensions, of defaults and of security, with what they mean for callers. */
export function promiseFindings(before: JsonObject, after: JsonObject): Finding[] {
  const fresh = new Map(operationsOf(after).map((operation) => [operationName(operation), operation]));
  return [
    ...contractFindings(before, after),
    ...clientFindings(before["x-gpu-client"], after["x-gpu-client"]),
    ...operationsOf(before).flatMap((operation) => {
      const counterpart = fresh.get(operationName(operation));
      return counterpart ? operationFindings(operation, counterpart, before, after) : [];
    }),
    ...defaultFindings(before, after),
    ...openEnumFindings(before, after),
    ...secretMarkFindings(before, after),
  ];
}

function clientFindings(before: JsonValue | undefined, after: JsonValue | undefined): Finding[] {
  return changedPointers(before ?? null, after ?? null).map((pointer) => ({
    operations: [],
    impact: "major",
    where: `/x-gpu-client${pointer}`,
    facts: { kind: "client-changed", pointer },
  }));
}

/** The outermost places at which two values differ and are not both objects. */
function changedPointers(before: JsonValue, after: JsonValue): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [""];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
    changedPointers(before[key] ?? null, after[key] ?? null).map((rest) => `${jsonPointer([key])}${rest}`),
  );
}

function operationFindings(before: Operation, after: Operation, oldDocument: JsonObject, newDocument: JsonObject): Finding[] {
  const findings: Finding[] = [];
  const add = (impact: Impact, where: string, facts: ChangeFacts) => {
    findings.push({ operations: [operationName(before)], impact, where, facts });
  };
  for (const extension of Object.keys(promises) as (keyof typeof promises)[]) {
    const [old, fresh] = [before.object[extension], after.object[extension]];
    if (isDeepStrictEqual(old, fresh)) continue;
    const values = { before: jsonOrNull(old), after: jsonOrNull(fresh) };
    add("major", `/${extension}`, { kind: "promise-changed", extension, ...values });
  }
  const [security, newSecurity] = [effectiveSecurity(before, oldDocument), effectiveSecurity(after, newDocument)];
  if (!isDeepStrictEqual(security, newSecurity)) {
    const values = { before: jsonOrNull(security), after: jsonOrNull(newSecurity) };
    add("major", "/security", { kind: "security-changed", ...values });
  }
  const [pages, newPages] = [before.object["x-pagination"], after.object["x-pagination"]];
  if (pages !== undefined && newPages === undefined) add("major", "/x-pagination", { kind: "iterators-removed" });
  else if (pages === undefined && newPages !== undefined) add("minor", "/x-pagination", { kind: "iterators-added" });
  else if (!isDeepStrictEqual(pages, newPages)) add("patch", "/x-pagination", { kind: "iterators-changed" });
  const [empty, newEmpty] = [mayBeEmpty(oldDocument, before.object), mayBeEmpty(newDocument, after.object)];
  if (!empty && newEmpty) add("major", "/x-empty", { kind: "result-may-be-undefined" });
  if (empty && !newEmpty) add("minor", "/x-empty", { kind: "result-always-defined" });
  return findings;
}

function effectiveSecurity({ object }: Operation, document: JsonObject): JsonValue {
  return object["security"] ?? document["security"] ?? [];
}

/** Values of open enums inside other schemas; those of components appear in their `Known…` types. */
function openEnumFindings(before: JsonObject, after: JsonObject): Finding[] {
  const usage = [new Usage(before), new Usage(after)];
  const [old, fresh] = [openEnums(before), openEnums(after)];
  return [...old].flatMap(([pointer, values]) => {
    const newValues = fresh.get(pointer);
    if (!newValues || /^\/components\/schemas\/[^/]+$/.test(pointer)) return [];
    const removed = values.filter((value) => !newValues.includes(value));
    const added = newValues.filter((value) => !values.includes(value));
    const operations = [...new Set(usage.flatMap((some) => some.operationsAt(pointer)))];
    const place = pointer.replace(/^\/components\/schemas/, "").replace(/^\/paths\/[^/]+\/[a-z]+/, "");
    const finding = (impact: Impact, facts: ChangeFacts): Finding => ({ operations, impact, where: pointer, facts });
    return [
      ...(removed.length > 0 ? [finding("major", { kind: "enum-values-removed", place, values: removed })] : []),
      ...(added.length > 0 ? [finding("minor", { kind: "enum-values-added", place, values: added })] : []),
    ];
  });
}

function openEnums(document: JsonObject): Map<string, string[]> {
  const found = new Map<string, string[]>();
  walkObjects(document, (object, location) => {
    const values = object["x-extensible-enum"];
    if (Array.isArray(values))
      found.set(
        jsonPointer(location),
        values.map((value) => JSON.stringify(value)),
      );
  });
  return found;
}

/** A field that is no longer redacted may appear in logs, so this is rated as a breaking change. */
function secretMarkFindings(before: JsonObject, after: JsonObject): Finding[] {
  const usage = new Usage(before);
  return Object.keys(objectAt(objectAt(before, "components"), "schemas")).flatMap((name) => {
    const [old, fresh] = [before, after].map((document) => secretsOf(componentAt(document, "schemas", name)));
    const present = objectAt(objectAt(after, "components"), "schemas")[name] !== undefined;
    return [...(old ?? [])]
      .filter((field) => present && !fresh?.has(field))
      .map(
        (field): Finding => ({
          operations: usage.operationsAt(`/components/schemas/${name}`),
          impact: "major",
          where: `/components/schemas/${name}/x-secret/${field}`,
          facts: { kind: "secret-mark-removed", type: name, field },
        }),
      );
  });
}

function secretsOf(schema: JsonObject): Set<string> {
  const found = new Set<string>();
  walkObjects(schema, (object, location) => {
    if (object["x-secret"] === true) found.add(location.filter((_, index) => location[index - 1] === "properties").join("."));
  });
  return found;
}
