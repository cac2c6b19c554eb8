import { isRead } from "./contract.js";
import type { ClientOptions } from "./options.js";
import { doWithin, type Outcome } from "./timers.js";

/** A request, ready to be sent any number of times. */
export interface WireRequest {
  readonly url: string;
  readonly method: string;
  /** By name in lower case. */
  readonly headers: Record<string, string>;
  readonly body: string | ArrayBuffer | undefined;
}

/** Sends a request once and reads the text of the response, within one time limit. `onResponse`: called before the body is there. */
export function sendOnce(
  { fetch: given, clock }: ClientOptions,
  { url, method, headers, body }: WireRequest,
  timeoutMs: number,
  callerSignal: AbortSignal | undefined,
  onResponse: (response: Response) => void,
): Promise<Outcome<string>> {
  const exchange = async (signal: AbortSignal) => {
    // A redirect is not followed: the key would go with it.
    const init: RequestInit = { method, headers, signal, redirect: "manual" };
    // Frameworks keep responses of `fetch`, and a kept list proves nothing.
    if (isRead(method) && supportsNoStore()) init.cache = "no-store";
    if (body !== undefined) init.body = body;
    const response = await (given ?? globalThis.fetch)(url, init);
    onResponse(response);
    return await response.text();
  };
  // Only the runtime's own `fetch` is known to heed its signal.
  return doWithin(clock, timeoutMs, callerSignal, exchange, !given);
}

let isNoStoreSupported: boolean | undefined;

/** Whether a request may have `cache: "no-store"`; older workerd throws on it. Found out once. */
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
