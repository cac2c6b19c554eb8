import { isDeepStrictEqual } from "node:util";
import { isObject, type JsonObject, type JsonValue, jsonPointer, objectAt } from "@gpu-scripts/openapi/json.ts";
import { operationKey, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { cutTo, reachableComponents } from "../operations.ts";

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
  // What stands at the root concerns every operation, and of the security schemes the first one does.
  const root = (document: JsonObject) => [document["security"], objectAt(objectAt(document, "components"), "securitySchemes")];
  if (JSON.stringify(root(before)) !== JSON.stringify(root(after))) return "all";
  const operations = [before, after].map(operationTexts);
  const components = [before, after].map(componentTexts);
  const changed = differing(operations);
  const references = new Set([...differing(components)].map((component) => `"#/components${component}"`));
  for (const component of usersOf(references, components)) references.add(`"#/components${component}"`);
  for (const texts of operations) {
    for (const [key, text] of texts) if (mentions(text, references)) changed.add(key);
  }
  // Something must be left to lint and compare where only the root changed.
  const [first] = operationsOf(after);
  if (changed.size === 0 && first) changed.add(operationKey(first));
  // A path stays whole: it is not gone because one of its operations is.
  const paths = new Set([...changed].map((key) => key.slice(key.indexOf(" ") + 1)));
  return new Set(
    [before, after].flatMap(operationsOf).flatMap((operation) => (paths.has(operation.path) ? [operationKey(operation)] : [])),
  );
}

/** The components that use some components, over any number of steps. */
function usersOf(references: ReadonlySet<string>, components: readonly ReadonlyMap<string, string>[]): Set<string> {
  const users = new Set<string>();
  let latest: ReadonlySet<string> = references;
  while (latest.size > 0) {
    const next = new Set<string>();
    for (const texts of components) {
      for (const [component, text] of texts) if (!users.has(component) && mentions(text, latest)) next.add(component);
    }
    for (const component of next) users.add(component);
    latest = new Set([...next].map((component) => `"#/components${component}"`));
  }
  return users;
}

function mentions(text: string, references: ReadonlySet<string>): boolean {
  for (const reference of references) if (text.includes(reference)) return true;
  return false;
}

/** The keys under which two maps differ. */
function differing([old, fresh]: readonly ReadonlyMap<string, string>[]): Set<string> {
  return new Set([...(old ?? []), ...(fresh ?? [])].flatMap(([key]) => (old?.get(key) === fresh?.get(key) ? [] : [key])));
}

/** Each component as text, by what follows `#/components` in references to it. */
function componentTexts(document: JsonObject): Map<string, string> {
  return new Map(
    Object.entries(objectAt(document, "components")).flatMap(([section, entries]) =>
      Object.entries(isObject(entries) ? entries : {}).map(([name, value]): [string, string] => [
        jsonPointer([section, name]),
        JSON.stringify(value),
      ]),
    ),
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
