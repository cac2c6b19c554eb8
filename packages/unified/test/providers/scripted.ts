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

/** A request as the vendor gets it. */
export interface Sent {
  readonly method: string;
  /** Path behind the base URL, with its query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** JSON of a 200, a status with or without a body, or something that makes one. */
export type Answer = { readonly json: unknown } | { readonly status: number; readonly json?: unknown } | (() => Promise<Answer>);

/** Answers by `METHOD /path`, in the order in which they are given; the last one stays. */
export type Script = Readonly<Record<string, Answer | readonly Answer[]>>;

export const now = Date.parse("2026-11-21T12:00:00Z");
/** A clock that stands still and never waits. */
export const context: CallContext = { clock: { now: () => now, sleep: async () => {} } };
/** A mark as `makeMark` makes it, with a check that fits. */
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
    Object.entries(script).map(([route, answers]) => [route, Array.isArray(answers) ? [...answers] : [answers]]),
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
      const answers = left.get(`${method} ${path}`) ?? left.get(`${method} ${path.split("?")[0]}`);
      if (!answers) return Response.json({ message: `${method} ${path} is not in the script` }, { status: 418 });
      let answer = answers.length > 1 ? answers.shift() : answers[0];
      while (typeof answer === "function") answer = await answer();
      const status = answer && "status" in answer ? answer.status : 200;
      return answer?.json === undefined ? new Response(null, { status }) : Response.json(answer.json, { status });
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
