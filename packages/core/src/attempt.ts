import { isRead, type OperationContract } from "./contract.js";
import type { ClientOptions, FetchInit } from "./options.js";
import { doWithin, type Outcome } from "./timers.js";

/** A request that can be sent any number of times. */
export interface WireRequest {
  readonly url: string;
  readonly method: string;
  /** Keys are in lower case. */
  readonly headers: Record<string, string>;
  readonly body: string | ArrayBuffer | undefined;
}

/** The body as text; undefined for a stream of events, which is read later. */
export function readText({ response }: OperationContract, received: Response): Promise<string> | undefined {
  const isStream =
    response?.type === "events" && received.ok && /^text.event-stream/i.test(String(received.headers.get("content-type")));
  return isStream ? undefined : received.text();
}

/** Sends a request once and reads the response text, within one time limit. Calls `onResponse` before it reads the body. */
export function sendOnce(
  { fetch: given, clock }: ClientOptions,
  operation: OperationContract,
  { url, method, headers, body }: WireRequest,
  timeoutMs: number,
  callerSignal: AbortSignal | undefined,
  onResponse: (response: Response) => void,
): Promise<Outcome<string | undefined>> {
  const exchange = async (signal: AbortSignal) => {
    // Do not follow redirects: the key would be sent along.
    const init: FetchInit = { method, headers, signal, redirect: "manual" };
    // Frameworks cache responses of `fetch`, and a cached list proves nothing.
    if (isRead(method) && supportsNoStore()) init.cache = "no-store";
    if (body !== undefined) init.body = body;
    // The responses of other implementations, such as undici's, differ from the runtime's only in their types.
    const response = (await (given ?? globalThis.fetch)(url, init)) as Response;
    onResponse(response);
    return await readText(operation, response);
  };
  // Only the runtime's own `fetch` is known to respect its signal.
  return doWithin(callerSignal, exchange, timeoutMs, clock, !given);
}

let isNoStoreSupported: boolean | undefined;

/** Whether the runtime supports `cache: "no-store"`, checked once. Older workerd throws on it. */
function supportsNoStore(): boolean {
  if (isNoStoreSupported === undefined) {
    try {
      isNoStoreSupported = new Request("https://example.com", { cache: "no-store" }) !== null;
    } catch {
      isNoStoreSupported = false;
    }
  }
  return isNoStoreSupported;
}
