import { operationNames } from "@gpu-scripts/lint/rules/operation-names.ts";
import { stringAt } from "@gpu-scripts/openapi/json.ts";
import { type Operation, operationKey, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import type { Draft } from "./draft.ts";
import { isPlural, pascal, singularWords, splitWords, versionSegment } from "./words.ts";

/** What a path's last word asks for, in the words of our vocabulary. */
const verbs: Readonly<Record<string, string>> = {
  add: "add",
  attach: "add",
  boot: "start",
  cancel: "cancel",
  change: "change",
  create: "create",
  delete: "delete",
  deploy: "create",
  destroy: "delete",
  detach: "remove",
  edit: "update",
  extend: "renew",
  launch: "create",
  migrate: "migrate",
  modify: "update",
  pause: "stop",
  reboot: "restart",
  remove: "remove",
  renew: "renew",
  rent: "create",
  resize: "change",
  restart: "restart",
  resume: "start",
  save: "save",
  set: "set",
  shutdown: "stop",
  start: "start",
  stop: "stop",
  suspend: "stop",
  terminate: "delete",
  update: "update",
  upgrade: "upgrade",
};

/** Last words of a read's path that say nothing. */
const emptyWords = ["list", "get", "info", "details", "detail"];
/** Whose things they are: no part of a name. */
const owners = ["account", "accounts", "organizations", "orgs", "projects", "teams", "tenants", "workspaces"];
/** Other vendors' words for what all our clients call an instance. */
const machines = ["machine", "machines", "pod", "pods", "server", "servers", "vm", "vms"];

/** Gives each operation a name of the vocabulary: the vendor's own where it fits, otherwise one made from its path. */
export function nameOperations(draft: Draft): void {
  const operations = operationsOf(draft.document);
  const taken = new Set<string>();
  const made: string[] = [];
  const names = new Map<Operation, string>();
  for (const operation of operations) {
    const own = stringAt(operation.object, "operationId");
    if (own !== undefined && fits(operation.method, own) && !taken.has(own)) {
      names.set(operation, own);
      taken.add(own);
    }
  }
  const mapsMachines = !operations.some(({ path }) => path.split("/").includes("instances"));
  for (const operation of operations) {
    if (names.has(operation)) continue;
    const name = [...candidates(operation, mapsMachines)].find(
      (candidate) => fits(operation.method, candidate) && !taken.has(candidate),
    );
    if (name === undefined) continue;
    taken.add(name);
    const place = ["paths", operation.path, operation.method];
    const own = stringAt(operation.object, "operationId");
    const why = own === undefined ? "The vendor gives it no name." : "One vocabulary over all vendors: a verb, then the thing.";
    draft.update(place, `${why} Made from its path.`, { operationId: name });
    made.push(`${operationKey(operation)} is \`${name}\``);
  }
  if (made.length > 0) draft.left.push(`names made from paths: ${made.join(", ")}`);
}

function* candidates({ method, path, object }: Operation, mapsMachines: boolean): Generator<string> {
  const camel = splitWords(stringAt(object, "operationId") ?? "");
  if (camel.length > 1 && camel.length < 5) yield (camel[0] ?? "") + pascal(camel.slice(1));
  const all = path
    .split("/")
    .filter((segment) => segment !== "")
    .map((segment) =>
      mapsMachines && machines.includes(segment) ? (segment.endsWith("s") ? "instances" : "instance") : segment,
    );
  // What stands before the version is the same for all paths of a service.
  const segments = all.slice(all.findLastIndex((segment) => versionSegment.test(segment)) + 1);
  const short = segments.filter(
    (segment, index) => !(owners.includes(segment) && segments.slice(index + 1).some((later) => !isParameter(later))),
  );
  yield fromPath(method, short);
  yield fromPath(method, segments);
  const whole = fromPath(
    method,
    all.filter((segment) => !versionSegment.test(segment)),
  );
  yield whole;
  for (let number = 2; number < 100; number += 1) yield `${whole}${number}`;
}

function fromPath(method: string, segments: readonly string[]): string {
  const words = segments.map((segment, index) => ({ segment, hasId: isParameter(segments[index + 1] ?? "") }));
  const things = words.filter(({ segment }) => !isParameter(segment));
  const last = things.at(-1);
  const endsWithId = isParameter(segments.at(-1) ?? "");
  if (last && !endsWithId && things.length > 1) {
    const [first = "", ...rest] = splitWords(last.segment);
    const before = things.slice(0, -1);
    if (method === "get" && emptyWords.includes(last.segment.toLowerCase())) {
      const isList = last.segment.toLowerCase() === "list" || !isParameter(segments.at(-2) ?? "");
      return (isList ? "list" : "get") + nouns(before, isList && isPlural(before.at(-1)?.segment ?? ""));
    }
    const verb = verbs[first];
    if (method !== "get" && verb !== undefined) return verb + nouns(before, false) + pascal(rest);
  }
  const isMany = last !== undefined && !endsWithId && isPlural(last.segment);
  switch (method) {
    case "get":
      return (isMany ? "list" : "get") + nouns(things, isMany);
    case "post":
      return (endsWithId ? "update" : "create") + nouns(things, false);
    case "put":
      return (endsWithId ? "update" : "set") + nouns(things, isMany);
    default:
      return (method === "delete" ? "delete" : "update") + nouns(things, isMany);
  }
}

/** The things that a path goes through, all but perhaps the last in the singular. */
function nouns(things: readonly { segment: string }[], isMany: boolean): string {
  return things
    .map(({ segment }, index) => pascal(isMany && index === things.length - 1 ? splitWords(segment) : singularWords(segment)))
    .join("");
}

function isParameter(segment: string): boolean {
  return segment.startsWith("{");
}

function fits(method: string, operationId: string): boolean {
  return operationNames.check({ paths: { "/": { [method]: { operationId } } } }).length === 0;
}
