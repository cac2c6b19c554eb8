// Our own rating of what neither a diff of the wire nor the types show: what the runtime does with a call.
import { isDeepStrictEqual } from "node:util";
import { mayBeEmpty } from "@gpu-scripts/codegen/contract.ts";
import { isObject, type JsonObject, type JsonValue, jsonPointer, objectAt, walkObjects } from "@gpu-scripts/openapi/json.ts";
import { type Operation, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import type { Impact } from "../impact.ts";
import { contractFindings } from "./contract.ts";
import { defaultFindings } from "./defaults.ts";
import { describePlace, type Finding } from "./finding.ts";
import { componentAt, operationName, Usage } from "./usage.ts";

/** Any change of these changes what happens to money or to the key. */
const grave = {
  "x-paid": "whether the call may cost money",
  "x-idempotent": "whether the call may be sent again",
  "x-idempotency-key": "under which key the call may be sent again",
} as const;

/** What a change of our extensions and of security means for callers. */
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
    ...secretFindings(before, after),
  ];
}

function clientFindings(before: JsonValue | undefined, after: JsonValue | undefined): Finding[] {
  return changedPointers(before ?? null, after ?? null).map((pointer) => ({
    operations: [],
    impact: "major",
    where: `/x-gpu-client${pointer}`,
    message: `\`x-gpu-client${pointer}\` changed: how the key is sent or how errors are read`,
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
  const add = (impact: Impact, where: string, message: string) => {
    findings.push({ operations: [operationName(before)], impact, where, message });
  };
  for (const [key, meaning] of Object.entries(grave)) {
    const [old, fresh] = [before.object[key], after.object[key]];
    if (!isDeepStrictEqual(old, fresh))
      add("major", `/${key}`, `\`${key}\` went from ${show(old)} to ${show(fresh)}: ${meaning}`);
  }
  const [security, newSecurity] = [effectiveSecurity(before, oldDocument), effectiveSecurity(after, newDocument)];
  if (!isDeepStrictEqual(security, newSecurity)) {
    add("major", "/security", `security went from ${show(security)} to ${show(newSecurity)}: whether and how the key is sent`);
  }
  const [pages, newPages] = [before.object["x-pagination"], after.object["x-pagination"]];
  if (pages !== undefined && newPages === undefined)
    add("major", "/x-pagination", `the iterators of \`${operationName(before)}\` are gone`);
  if (pages === undefined && newPages !== undefined)
    add("minor", "/x-pagination", `\`${operationName(before)}\` has iterators now`);
  if (pages !== undefined && newPages !== undefined && !isDeepStrictEqual(pages, newPages)) {
    add("patch", "/x-pagination", `the iterators of \`${operationName(before)}\` read pages in another way`);
  }
  const [empty, newEmpty] = [mayBeEmpty(oldDocument, before.object), mayBeEmpty(newDocument, after.object)];
  if (!empty && newEmpty) add("major", "/x-empty", "the result may now be undefined");
  if (empty && !newEmpty) add("minor", "/x-empty", "the result is no longer undefined");
  return findings;
}

function effectiveSecurity({ object }: Operation, document: JsonObject): JsonValue {
  return object["security"] ?? document["security"] ?? [];
}

/** Values of open enums inside other schemas; those that are components show in their `Known…` types. */
function openEnumFindings(before: JsonObject, after: JsonObject): Finding[] {
  const usage = [new Usage(before), new Usage(after)];
  const [old, fresh] = [openEnums(before), openEnums(after)];
  return [...old].flatMap(([pointer, values]) => {
    const newValues = fresh.get(pointer);
    if (!newValues || /^\/components\/schemas\/[^/]+$/.test(pointer)) return [];
    const removed = values.filter((value) => !newValues.includes(value));
    const added = newValues.filter((value) => !values.includes(value));
    const operations = [...new Set(usage.flatMap((some) => some.operationsAt(pointer)))];
    const place = describePlace(pointer.replace(/^\/components\/schemas/, "").replace(/^\/paths\/[^/]+\/[a-z]+/, ""));
    const finding = (impact: Impact, what: string): Finding => ({
      operations,
      impact,
      where: pointer,
      message: `${place} ${what}`,
    });
    return [
      ...(removed.length > 0 ? [finding("major", `no longer knows ${removed.join(", ")}`)] : []),
      ...(added.length > 0 ? [finding("minor", `also knows ${added.join(", ")}`)] : []),
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

/** A field that is no longer redacted may show in logs, so it is as grave as a breaking change. */
function secretFindings(before: JsonObject, after: JsonObject): Finding[] {
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
          message: `field \`${field}\` of \`${name}\` is no longer marked secret`,
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

function show(value: JsonValue | undefined): string {
  return value === undefined ? "nothing" : `\`${JSON.stringify(value)}\``;
}
