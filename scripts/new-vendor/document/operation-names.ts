import { type JsonObject, stringAt } from "@gpu-scripts/openapi/json.ts";
import { versionSegment } from "@gpu-scripts/openapi/normalize/texts.ts";
import { pascal, splitWords } from "@gpu-scripts/openapi/normalize/type-names.ts";
import { type Operation, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { isOperationName, writeVerbs } from "@gpu-scripts/openapi/verbs.ts";
import { isPlural, singularWords } from "./words.ts";

/** The vocabulary's verb for a verb at the end of a path, where they differ. */
const verbs: Readonly<Record<string, string>> = {
  boot: "start",
  buy: "purchase",
  destroy: "delete",
  edit: "update",
  kill: "terminate",
  modify: "update",
  patch: "update",
  poweroff: "stop",
  poweron: "start",
  rent: "create",
  shutdown: "stop",
  unpause: "resume",
};

/** Last words of a read's path that add nothing to the name. */
const emptyWords = ["list", "get", "info", "details", "detail"];
/** Segments that only introduce an action. */
const announcing = /^(?:actions?|operations?|commands?)$/i;
/** Owners of resources, which names omit. */
const owners = ["account", "accounts", "organizations", "orgs", "projects", "teams", "tenants", "workspaces"];
/** What vendors call an instance. */
const machines = ["machine", "pod", "server", "vm"];

/** A name of the vocabulary for each operation: the vendor's own where it fits, otherwise one made from its path. */
export function operationNames(document: JsonObject): Map<Operation, string> {
  const operations = operationsOf(document);
  const taken = new Set<string>();
  const names = new Map<Operation, string>();
  for (const operation of operations) {
    const own = stringAt(operation.object, "operationId");
    if (own === undefined || !isOperationName(own, operation.method) || taken.has(own)) continue;
    names.set(operation, own);
    taken.add(own);
  }
  const paths = operations.map(({ path }) => path);
  const machine = machineWord(paths);
  const patched = new Set(operations.filter(({ method }) => method === "patch").map(({ path }) => path));
  for (const operation of operations) {
    if (names.has(operation)) continue;
    const isReplacing = operation.method === "put" && patched.has(operation.path);
    for (const made of candidates(operation, paths, machine)) {
      const candidate = isReplacing ? made.replace(/^(?:update|set)(?=[A-Z])/, "replace") : made;
      if (!isOperationName(candidate, operation.method) || taken.has(candidate)) continue;
      taken.add(candidate);
      names.set(operation, candidate);
      break;
    }
  }
  return names;
}

/** The vendor's word for instances; undefined when it has several such words, or `instances` itself. */
function machineWord(paths: readonly string[]): string | undefined {
  const words = new Set(paths.flatMap((path) => path.split("/").flatMap((segment) => machineOf(segment) ?? [])));
  const hasInstances = paths.some((path) => path.split("/").some((segment) => /^instances?$/.test(segment)));
  const [only] = words;
  return words.size === 1 && !hasInstances ? only : undefined;
}

function machineOf(segment: string): string | undefined {
  return machines.find((word) => segment === word || segment === `${word}s`);
}

function* candidates(operation: Operation, paths: readonly string[], machine: string | undefined): Generator<string> {
  const { method, path } = operation;
  const own = splitWords(ownName(operation));
  if (own.length > 1 && own.length < 6) yield (own[0] ?? "") + pascal(own.slice(1));
  const all = segmentsOf(path).map((segment) => {
    if (machine === undefined || machineOf(segment) !== machine) return segment;
    return segment.endsWith("s") ? "instances" : "instance";
  });
  const isCollection = paths.some((other) => other.startsWith(`${path.replace(/\/$/, "")}/{`));
  // The part before the version is the same for all paths of a service.
  const segments = all.slice(all.findLastIndex((segment) => versionSegment.test(segment)) + 1);
  const short = segments.filter(
    (segment, index) => !(owners.includes(segment) && segments.slice(index + 1).some((later) => !isParameter(later))),
  );
  yield fromPath(method, short, isCollection);
  yield fromPath(method, segments, isCollection);
  const whole = all.filter((segment) => !versionSegment.test(segment));
  yield fromPath(method, whole, isCollection);
  // By the id: `/storage/{id}` next to `/storage`.
  const [last] = whole.slice(-1);
  const byId = last !== undefined && isParameter(last) ? `By${pascal(splitWords(last))}` : "";
  if (byId !== "") yield fromPath(method, whole, isCollection) + byId;
  for (let number = 2; number < 10_000; number += 1) yield `${fromPath(method, whole, isCollection)}${number}`;
}

/** The vendor's name without what FastAPI appends: the path and the method. */
function ownName({ object, path, method }: Operation): string {
  const own = stringAt(object, "operationId") ?? "";
  const appended = `${path.replace(/\W/g, "_")}_${method}`;
  return own.endsWith(appended) ? own.slice(0, -appended.length) : own;
}

/** The parts of a path; `{id}:reboot` is a parameter and an action. */
function segmentsOf(path: string): string[] {
  return path
    .split("/")
    .flatMap((segment) => segment.replace(/^(\{[^{}]+\}|[^{}:]+):(?=\w)/, "$1/").split("/"))
    .filter((segment) => segment !== "");
}

function fromPath(method: string, given: readonly string[], isCollection: boolean): string {
  const segments = given.filter((segment, index) => index === given.length - 1 || !announcing.test(segment));
  const things = segments.filter((segment) => !isParameter(segment));
  const last = things.at(-1);
  const endsWithId = isParameter(segments.at(-1) ?? "");
  if (last !== undefined && !endsWithId && things.length > 1) {
    const [first = "", ...rest] = splitWords(last);
    const before = things.slice(0, -1);
    if (method === "get" && emptyWords.includes(last.toLowerCase())) {
      const isList = last.toLowerCase() === "list" || !isParameter(segments.at(-2) ?? "");
      return (isList ? "list" : "get") + nouns(before, isList && isPlural(before.at(-1) ?? ""));
    }
    const verb = verbs[first] ?? (writeVerbs.includes(first) ? first : undefined);
    if (method !== "get" && verb !== undefined) return verb + nouns(before, false) + pascal(rest);
  }
  const isMany = last !== undefined && !endsWithId && isPlural(last);
  switch (method) {
    case "get":
      return (isMany || isCollection ? "list" : "get") + nouns(things, isMany);
    case "post":
      return (endsWithId ? "update" : "create") + nouns(things, false);
    case "put":
      return (endsWithId ? "update" : "set") + nouns(things, isMany);
    default:
      return (method === "delete" ? "delete" : "update") + nouns(things, isMany);
  }
}

/** The resources in a path, in the singular except perhaps the last. No noun of a name begins with a digit. */
function nouns(things: readonly string[], isMany: boolean): string {
  const words = things.map((thing, index) =>
    pascal(isMany && index === things.length - 1 ? splitWords(thing) : singularWords(thing)),
  );
  return (words.join("") || "Root").replace(/^(?=\d)/, "Api");
}

function isParameter(segment: string): boolean {
  return segment.includes("{");
}
