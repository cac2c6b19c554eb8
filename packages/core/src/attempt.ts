import type { Clock, Fetch } from "./options.js";
import { clampTimer } from "./retry.js";

/** A request, ready to be sent any number of times. */
export interface WireRequest {
  readonly url: string;
  readonly method: string;
  /** By name in lower case. */
  readonly headers: Record<string, string>;
  readonly body: string | ArrayBuffer | undefined;
}

/** What came of one attempt. */
export type AttemptOutcome =
  | { response: Response; text: string; reason?: undefined }
  | { response: Response | undefined; reason: StopReason; cause: unknown };

/** Why an attempt ended without a whole answer. */
export type StopReason = "timeout" | "aborted" | "network";

/** Sends a request once and reads the whole answer, within one time limit. Leaves no timer and no listener behind. */
export async function sendOnce(
  given: Fetch | undefined,
  { url, method, headers, body }: WireRequest,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  clock: Clock | undefined,
): Promise<AttemptOutcome> {
  const controller = new AbortController();
  let response: Response | undefined;
  let reason: StopReason = "network";
  let giveUp = (_cause: unknown) => {};
  const stop = (why: StopReason, cause: unknown) => {
    reason = why;
    giveUp(cause);
    controller.abort(cause);
  };
  const onAbort = () => stop("aborted", signal?.reason);
  signal?.addEventListener("abort", onAbort);
  const cancelTimer = startTimer(clock, timeoutMs, () => stop("timeout", new Error(`no complete answer within ${timeoutMs} ms`)));
  const exchange = async () => {
    // Redirects are not followed: the key would go with them.
    const init: RequestInit = { method, headers, signal: controller.signal, redirect: "manual" };
    // Frameworks keep responses of `fetch`, and a kept list proves nothing.
    if ((method === "GET" || method === "HEAD") && knowsNoStore()) init.cache = "no-store";
    if (body !== undefined) init.body = body;
    response = await (given ?? globalThis.fetch)(url, init);
    return { response, text: await response.text() };
  };
  try {
    // The runtime's own fetch ends when its signal says so; one of the caller's may not, and must not hold the call.
    if (!given) return await exchange();
    const stopped = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    return await Promise.race([exchange(), stopped]);
  } catch (cause) {
    // A framework ends a rendering by throwing, and must get its error back as it is.
    if (reason === "network" && typeof cause === "object" && cause !== null && "digest" in cause) throw cause;
    return { response, reason, cause };
  } finally {
    cancelTimer();
    signal?.removeEventListener("abort", onAbort);
  }
}

let isNoStoreKnown: boolean | undefined;

/** Whether a request may say `cache: "no-store"`; older workerd throws on it. Found out once. */
function knowsNoStore(): boolean {
  if (isNoStoreKnown === undefined) {
    try {
      isNoStoreKnown = new Request("https://example.com", { cache: "no-store" }) !== null;
    } catch {
      isNoStoreKnown = false;
    }
  }
  return isNoStoreKnown;
}

/** How often a given clock is looked at, in milliseconds of the machine's. */
const lookEveryMs = 5;

/** Calls back after `ms` unless cancelled. */
export function startTimer(clock: Clock | undefined, ms: number, expire: () => void): () => void {
  if (!clock) {
    const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(expire, clampTimer(ms));
    return () => clearTimeout(timer);
  }
  // A given clock is looked at, beside the machine's: to sleep on it could be what moves it, and nobody waits here.
  const ends = [clock, systemClock].map((one) => ({ one, at: one.now() + ms }));
  const timer = setInterval(() => {
    if (ends.some(({ one, at }) => one.now() >= at)) expire();
  }, lookEveryMs);
  return () => clearInterval(timer);
}

/** The system's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, clampTimer(ms));
      signal?.addEventListener("abort", end);
    }),
};

/** Milliseconds on a scale that a change of the system's time does not move, where the clock has one. For ages and waits, not for dates. */
export function elapsedOf(clock: Clock): number {
  return clock.monotonic?.() ?? clock.now();
}

/** The promise's value, or undefined as soon as the signal aborts. */
export async function unlessAborted<T>(signal: AbortSignal | undefined, promise: T | PromiseLike<T>): Promise<T | undefined> {
  if (!signal) return promise;
  let stop = () => {};
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
  });
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    return await Promise.race([aborted, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
