import { isDeepStrictEqual } from "node:util";
import { isObject, type JsonObject, type JsonValue, objectAt } from "../../json.ts";
import { operationsOf } from "../../openapi.ts";
import { cutTo, operationKey, reachableComponents } from "../operations.ts";
import { operationName, Usage } from "./usage.ts";

/** Two versions of a document, cut to the operations that differ in anything that they use. */
export interface ChangedParts {
  before: JsonObject;
  after: JsonObject;
  /**
   * What of the new version to lint. The rest is as it was when it last passed the linter, and can stand beside the new part
   * without being linted again if no name and no path came or went and nothing is unused.
   */
  toLint: JsonObject;
}

/** Cuts away the operations that are the same on both sides: of a large document mostly a few are left. */
export function changedParts(before: JsonObject, after: JsonObject): ChangedParts {
  const changed = changedOperations(before, after);
  if (changed === "all") return { before, after, toLint: after };
  const [old, fresh] = [before, after].map((document) => cutTo(document, changed).document);
  const toLint = fresh && sameNames(before, after) ? fresh : after;
  // What an operation no longer uses may still be there for others: that is no removal.
  const components = [old, fresh].map((document) => document?.["components"]);
  return {
    before: { ...old, components: withComponents(before, components) },
    after: { ...fresh, components: withComponents(after, components) },
    toLint,
  };
}

/** The components of a document that are among those of either version's part. */
function withComponents(document: JsonObject, parts: readonly (JsonValue | undefined)[]): JsonObject {
  return Object.fromEntries(
    Object.entries(objectAt(document, "components")).map(([section, entries]): [string, JsonValue] => {
      const names = new Set(parts.flatMap((part) => Object.keys(objectAt(part, section))));
      return [section, Object.fromEntries(Object.entries(isObject(entries) ? entries : {}).filter(([name]) => names.has(name)))];
    }),
  );
}

function changedOperations(before: JsonObject, after: JsonObject): Set<string> | "all" {
  // What stands at the root concerns every operation.
  if (!isDeepStrictEqual(before["security"], after["security"])) return "all";
  const [old, fresh] = [before, after].map(operationTexts);
  const names = new Set<string>();
  const changed = new Set(
    [...(old ?? []), ...(fresh ?? [])].flatMap(([key]) => (old?.get(key) === fresh?.get(key) ? [] : [key])),
  );
  const usages = [new Usage(before), new Usage(after)];
  for (const section of new Set([before, after].flatMap((document) => Object.keys(objectAt(document, "components"))))) {
    const [oldEntries, newEntries] = [before, after].map((document) => objectAt(objectAt(document, "components"), section));
    for (const name of new Set([...Object.keys(oldEntries ?? {}), ...Object.keys(newEntries ?? {})])) {
      if (JSON.stringify(oldEntries?.[name]) === JSON.stringify(newEntries?.[name])) continue;
      for (const usage of usages)
        for (const operation of usage.operationsAt(`/components/${section}/${name}`)) names.add(operation);
    }
  }
  const [first] = operationsOf(after);
  // Something must be left to lint and compare where only the root changed.
  if (changed.size === 0 && names.size === 0 && first) changed.add(operationKey(first));
  for (const operation of [before, after].flatMap(operationsOf)) {
    if (names.has(operationName(operation))) changed.add(operationKey(operation));
  }
  // A path stays whole: it is not gone because one of its operations is.
  const paths = new Set([...changed].map((key) => key.slice(key.indexOf(" ") + 1)));
  return new Set(
    [before, after].flatMap(operationsOf).flatMap((operation) => (paths.has(operation.path) ? [operationKey(operation)] : [])),
  );
}

/** Each operation as text, with what its path says for all its operations. */
function operationTexts(document: JsonObject): Map<string, string> {
  const paths = objectAt(document, "paths");
  return new Map(
    operationsOf(document).map((operation) => {
      const item = paths[operation.path];
      const shared = isObject(item) ? [item["parameters"], item["servers"]] : [];
      return [operationKey(operation), JSON.stringify([operation.object, ...shared])];
    }),
  );
}

function sameNames(before: JsonObject, after: JsonObject): boolean {
  const components = (document: JsonObject) =>
    Object.entries(objectAt(document, "components")).flatMap(([section, entries]) =>
      Object.keys(isObject(entries) ? entries : {}).map((name) => `${section}/${name}`),
    );
  const names = (document: JsonObject) => [
    ...operationsOf(document).map((operation) => `${operationKey(operation)} ${String(operation.object["operationId"])}`),
    ...components(document),
  ];
  const used = { components: reachableComponents(after, after) };
  return isDeepStrictEqual(new Set(names(before)), new Set(names(after))) && components(used).length === components(after).length;
}
