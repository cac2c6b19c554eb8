// Our own rating of what the runtime does with a call.
import { isDeepStrictEqual } from "node:util";
import { contractOf, mayBeEmpty } from "@gpu-scripts/codegen/contract.ts";
import { isObject, type JsonObject, type JsonValue, jsonPointer, list, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { type Operation, operationsOf, ownServersOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import { type ChangeFacts, promises } from "../change.ts";
import type { Impact } from "../impact.ts";
import { type Difference, jsonOrNull } from "./difference.ts";

/** Changes of our extensions and of security, with what they mean for callers. */
export function promiseDifferences(before: JsonObject, after: JsonObject): Difference[] {
  const fresh = new Map(operationsOf(after).map((operation) => [titleOf(operation), operation]));
  return [
    ...contractDifferences(before, after),
    ...clientDifferences(before["x-gpu-client"], after["x-gpu-client"]),
    ...operationsOf(before).flatMap((operation) => {
      const counterpart = fresh.get(titleOf(operation));
      return counterpart ? operationDifferences(operation, counterpart, before, after) : [];
    }),
  ];
}

function clientDifferences(before: JsonValue | undefined, after: JsonValue | undefined): Difference[] {
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

function operationDifferences(
  before: Operation,
  after: Operation,
  oldDocument: JsonObject,
  newDocument: JsonObject,
): Difference[] {
  const differences: Difference[] = [];
  const add = (impact: Impact, where: string, facts: ChangeFacts) => {
    differences.push({ operations: [titleOf(before)], impact, where, facts });
  };
  for (const extension of Object.keys(promises) as (keyof typeof promises)[]) {
    const [old, fresh] = [before.object[extension], after.object[extension]];
    if (!isDeepStrictEqual(old, fresh))
      add("major", `/${extension}`, { kind: "promise-changed", extension, ...asTexts(old, fresh) });
  }
  const [own, newOwn] = [ownServersOf(oldDocument, before), ownServersOf(newDocument, after)];
  const urls = { before: firstUrl(own ?? oldDocument["servers"]), after: firstUrl(newOwn ?? newDocument["servers"]) };
  // A change of the document's server is reported once, for all calls.
  if ((own ?? newOwn) !== undefined && urls.before !== urls.after)
    add("major", "/servers", { kind: "base-url-changed", ...urls });
  const [security, newSecurity] = [effectiveSecurity(before, oldDocument), effectiveSecurity(after, newDocument)];
  if (!isDeepStrictEqual(withoutNames(security, oldDocument), withoutNames(newSecurity, newDocument)))
    add("major", "/security", { kind: "security-changed", ...asTexts(security, newSecurity) });
  const [pages, newPages] = [before.object["x-pagination"], after.object["x-pagination"]];
  if (pages !== undefined && newPages === undefined) add("major", "/x-pagination", { kind: "iterators-removed" });
  else if (pages === undefined && newPages !== undefined) add("minor", "/x-pagination", { kind: "iterators-added" });
  else if (!isDeepStrictEqual(pages, newPages)) {
    const [items, newItems] = [pages, newPages].map((value) => isObject(value) && value["items"]);
    // Items of another place may have another type.
    add(isDeepStrictEqual(items, newItems) ? "patch" : "major", "/x-pagination", { kind: "iterators-changed" });
  }
  const [empty, newEmpty] = [mayBeEmpty(oldDocument, before), mayBeEmpty(newDocument, after)];
  if (!empty && newEmpty) add("major", "/x-empty", { kind: "result-may-be-undefined" });
  if (empty && !newEmpty) add("minor", "/x-empty", { kind: "result-always-defined" });
  return differences;
}

function asTexts(before: JsonValue | undefined, after: JsonValue | undefined) {
  return { before: jsonOrNull(before), after: jsonOrNull(after) };
}

function firstUrl(servers: JsonValue | undefined): string | null {
  return stringAt(list(servers)[0], "url") ?? null;
}

function effectiveSecurity({ object }: Operation, document: JsonObject): JsonValue {
  return object["security"] ?? document["security"] ?? [];
}

/** Security with the type of each scheme: its name is the document's own, and its header is the same for every call. */
function withoutNames(security: JsonValue, document: JsonObject): JsonValue {
  const schemes = objectAt(objectAt(document, "components"), "securitySchemes");
  return list(security).map((choice) =>
    Object.entries(isObject(choice) ? choice : {}).map(([name, scopes]) => [stringAt(schemes[name], "type") ?? name, scopes]),
  );
}

/** Differences in the part of the contract that concerns every call. One more server before the others moves all of them. */
function contractDifferences(before: JsonObject, after: JsonObject): Difference[] {
  const [old, fresh] = [contractOf(before), contractOf(after)];
  const both = (read: (contract: JsonObject) => string | undefined) => ({
    before: read(old) ?? null,
    after: read(fresh) ?? null,
  });
  const url = both((contract) => stringAt(contract, "baseUrl"));
  // The prefix of the key is in `x-gpu-client`, which has its own rating.
  const header = both((contract) => stringAt(objectAt(contract, "auth"), "header"));
  const names = (contract: JsonObject) => list(contract["secrets"]).map(String);
  const exposed = names(old).filter((name) => !names(fresh).includes(name));
  const major = (where: string, facts: ChangeFacts): Difference => ({ operations: [], impact: "major", where, facts });
  return [
    ...(url.before === url.after ? [] : [major("/servers", { kind: "base-url-changed", ...url })]),
    ...(header.before === header.after ? [] : [major("/security", { kind: "key-header-changed", ...header })]),
    // The runtime knows secrets by their names, wherever in the document a field is marked.
    ...exposed.map((field) => major(`/x-secret/${field}`, { kind: "secret-name-removed", field })),
  ];
}
