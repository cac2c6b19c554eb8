import { shown } from "@gpu-scripts/openapi/characters.ts";
import { isObject, type JsonValue, list, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { isUrl } from "@gpu-scripts/openapi/load.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import type { Draft } from "./draft.ts";

/** Keeps the servers that a key may be sent to, the first of them as the base URL. */
export function nameServers(draft: Draft, place: string): void {
  const servers = list(draft.document["servers"]);
  const found = servers.map((server) => addressOf(server, place));
  const kept = found.flatMap((url, index) => (url === undefined ? [] : [{ url, index }]));
  const [base, ...others] = kept;
  if (base === undefined) {
    const given = servers.map((server) => shown(stringAt(server, "url") ?? "?")).join(", ");
    const what = servers.length === 0 ? "names no server" : `names no server with an absolute https address (${given})`;
    throw new UserError(`${place}: ${what}; add it under \`servers\` to a copy of the document and give that`);
  }
  const isFilledIn = stringAt(servers[base.index], "url")?.includes("{") === true;
  for (const { url, index } of kept) {
    if (stringAt(servers[index], "url") !== url) {
      draft.update(
        ["servers", index],
        "The address as requests need it: absolute, variables filled in, without a slash at its end.",
        {
          url,
        },
      );
    }
    draft.removeIfThere(["servers", index, "variables"], "The address is filled in with their defaults.");
  }
  for (const index of found.keys()) {
    const fromBehind = found.length - 1 - index;
    if (found[fromBehind] === undefined)
      draft.remove(["servers", fromBehind], "No key may be sent there: it is not https, or has no address.");
  }
  if (others.length > 0 || isFilledIn) {
    draft.left.push(
      `the base URL: ${base.url} is taken${others.length > 0 ? `, before ${others.map(({ url }) => url).join(", ")}` : ""}`,
    );
  }
}

/** The server's address, if it is one that the runtime sends keys to. */
function addressOf(server: JsonValue, place: string): string | undefined {
  const given = stringAt(server, "url");
  if (given === undefined || !isObject(server)) return undefined;
  const variables = objectAt(server, "variables");
  const filled = given.replace(/\{([^{}]+)\}/g, (all, name: string) => stringAt(variables[name], "default") ?? all);
  if (filled.includes("{")) return undefined;
  const url = URL.canParse(filled) ? new URL(filled) : isUrl(place) ? new URL(filled, place) : undefined;
  if (url?.protocol !== "https:") return undefined;
  return (URL.canParse(filled) ? filled : url.href).replace(/\/+$/, "");
}
