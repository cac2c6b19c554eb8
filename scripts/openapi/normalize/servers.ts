import { isDeepStrictEqual } from "node:util";
import { isObject, type JsonObject, type JsonValue, list, objectAt, stringAt } from "../json.ts";
import { operationsOf, placeOf } from "../operations.ts";
import type { Repair } from "./repair.ts";

/** Keeps servers to which a key may be sent, with variables filled in. Removes those of paths and operations that only repeat them. */
export const servers: Repair = {
  title: "variables of servers filled in, servers reduced to https, and servers dropped that repeat those of the document",
  apply(document, note) {
    for (const [path, item] of Object.entries(objectAt(document, "paths"))) {
      if (isObject(item)) dropEqual(document, item, () => note(["paths", path, "servers"]));
    }
    for (const operation of operationsOf(document)) {
      dropEqual(document, operation.object, () => note([...placeOf(operation), "servers"]));
    }
    const given = list(document["servers"]);
    const filled = given.map((server) => (isObject(server) ? filledIn(server) : server));
    const usable = filled.filter((server) => isUsable(stringAt(server, "url") ?? ""));
    const kept = usable.length > 0 ? usable : filled;
    if (isDeepStrictEqual(kept, given)) return;
    document["servers"] = kept;
    note(["servers"]);
  },
};

/** Whether a URL is https and has no open variable. The linter rejects the two example hosts, which some documents keep for tests. */
function isUsable(url: string): boolean {
  return url.startsWith("https://") && !url.includes("{") && !/localhost|example\.com/.test(url);
}

function dropEqual(document: JsonObject, owner: JsonObject, note: () => void): void {
  const own = owner["servers"];
  if (own === undefined) return;
  const ofRoot = list(document["servers"]).map(addressOf);
  if (!list(own).every((server) => ofRoot.includes(addressOf(server)))) return;
  delete owner["servers"];
  note();
}

function addressOf(server: JsonValue): string {
  return stringAt(isObject(server) ? filledIn(server) : undefined, "url") ?? "";
}

/** The server with the defaults of its variables, without a slash at its end. */
function filledIn(server: JsonObject): JsonObject {
  const variables = objectAt(server, "variables");
  const url = stringAt(server, "url")?.trim();
  if (url === undefined) return server;
  const address = url
    .replace(/\{([^{}]+)\}/g, (all, name: string) => stringAt(variables[name], "default") ?? all)
    .replace(/(?<=[^/])\/+$/, "");
  if (address === stringAt(server, "url") && server["variables"] === undefined) return server;
  const { variables: dropped, ...rest } = server;
  return address.includes("{") && dropped !== undefined
    ? { ...rest, url: address, variables: dropped }
    : { ...rest, url: address };
}
