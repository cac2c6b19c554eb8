import { readFileSync } from "node:fs";
import { makeMark } from "../../src/mark.js";
import type {
  CallContext,
  ConnectedProvider,
  FoundInstance,
  Provider,
  ProviderCreateRequest,
  ProviderTypes,
} from "../../src/provider.js";

/** A request as the vendor receives it. */
export interface Sent {
  readonly method: string;
  /** Path after the base URL, with the query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** JSON with status 200, a status with or without a body, or a function that returns one of these. */
export type ScriptedResponse =
  | { readonly json: unknown }
  | { readonly status: number; readonly json?: unknown }
  | (() => Promise<ScriptedResponse>);

/** Responses by `METHOD /path`, returned in order. The last one repeats. */
export type Script = Readonly<Record<string, ScriptedResponse | readonly ScriptedResponse[]>>;

export const now = Date.parse("2026-11-21T12:00:00Z");
/** A context with a fixed time, whose `sleep` returns immediately. */
export const context: CallContext = { clock: { now: () => now, sleep: async () => {} } };
/** A valid mark. */
export const mark = (await makeMark("own", "key-1", {})).text;
export const otherMark = (await makeMark("own", "key-2", {})).text;
export const sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPZF0ivPXjdsYBKwMkfTmXB3rI1bzs8pdVnEGAcBg0TX ada@workstation";

/** Connects a provider to a vendor that responds by a script. */
export function connectTo<Id extends string, Types extends ProviderTypes>(
  provider: Provider<Id, Types>,
  baseUrl: string,
  script: Script,
): { connected: ConnectedProvider<Id, Types>; sent: Sent[] } {
  const sent: Sent[] = [];
  const left = new Map(
    Object.entries(script).map(([route, responses]) => [route, Array.isArray(responses) ? [...responses] : [responses]]),
  );
  const connected = provider.connect({
    apiKey: "test-key",
    clock: context.clock,
    async fetch(url, init) {
      const { method = "GET", body } = init;
      const path = url.slice(baseUrl.length);
      sent.push({
        method,
        path,
        headers: new Headers(init.headers),
        body: typeof body === "string" ? JSON.parse(body) : undefined,
      });
      const responses = left.get(`${method} ${path}`) ?? left.get(`${method} ${path.split("?")[0]}`);
      if (!responses) return Response.json({ message: `${method} ${path} is not in the script` }, { status: 418 });
      let response = responses.length > 1 ? responses.shift() : responses[0];
      while (typeof response === "function") response = await response();
      const status = response && "status" in response ? response.status : 200;
      return response?.json === undefined ? new Response(null, { status }) : Response.json(response.json, { status });
    },
  });
  return { connected, sent };
}

export function createRequest(offer: string, fields: Partial<ProviderCreateRequest> = {}): ProviderCreateRequest {
  return { offer, mark, idempotencyKey: "key-1", options: {}, ...fields };
}

/** Prepares and sends a create. */
export async function create(
  connected: ConnectedProvider,
  request: ProviderCreateRequest,
): Promise<{ id: string; found?: FoundInstance<string> | undefined }> {
  return (await connected.prepareCreate(request, context)).send(context);
}

/** A vendor's recorded response, by the start of its description. */
export function recorded(vendor: string, operation: string, why: string): { status: number; json: unknown } {
  const file = new URL(`../../../${vendor}/test/responses.json`, import.meta.url);
  const all = JSON.parse(readFileSync(file, "utf8")) as { operation: string; status: number; why: string; body?: unknown }[];
  const found = all.filter((one) => one.operation === operation && one.why.startsWith(why));
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} responses of ${vendor} ${operation} start with "${why}"`);
  return { status: found[0].status, json: found[0].body };
}
