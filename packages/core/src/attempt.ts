import type { Clock, Fetch } from "./options.js";
import { clampTimer } from "./retry.js";

/** A request, ready to be sent any number of times. */
export interface WireRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | undefined;
}

/** What came of one attempt. */
export type AttemptOutcome =
  | { kind: "answered"; response: Response; text: string }
  | { kind: "interrupted"; response: Response; reason: StopReason; cause: unknown }
  | { kind: "unanswered"; response?: undefined; reason: StopReason; cause: unknown };

/** Why an attempt ended without an answer. */
export type StopReason = "timeout" | "aborted" | "network";

/** Sends a request once and reads the whole answer, within one time limit. Leaves no timer and no listener behind. */
export async function sendOnce(
  fetch: Fetch,
  request: WireRequest,
  limits: { timeoutMs: number; signal: AbortSignal | undefined; clock: Clock | undefined },
): Promise<AttemptOutcome> {
  const controller = new AbortController();
  let reason: StopReason = "network";
  let stop = (_cause: unknown) => {};
  // A `fetch` that ignores its signal must not hold the caller.
  const stopped = new Promise<never>((_, reject) => {
    stop = reject;
  });
  stopped.catch(() => {});
  const end = (why: StopReason, cause: unknown) => {
    reason = why;
    stop(cause);
    controller.abort(cause);
  };
  const onAbort = () => end("aborted", limits.signal?.reason);
  limits.signal?.addEventListener("abort", onAbort);
  const cancelTimer = startTimer(limits.clock, limits.timeoutMs, () =>
    end("timeout", new Error(`no complete answer within ${limits.timeoutMs} ms`)),
  );
  let response: Response | undefined;
  try {
    const init: RequestInit = { method: request.method, headers: request.headers, signal: controller.signal, redirect: "manual" };
    if (request.body !== undefined) init.body = request.body;
    response = await Promise.race([fetch(request.url, init), stopped]);
    const text = await Promise.race([response.text(), stopped]);
    return { kind: "answered", response, text };
  } catch (cause) {
    return response ? { kind: "interrupted", response, reason, cause } : { kind: "unanswered", reason, cause };
  } finally {
    cancelTimer();
    limits.signal?.removeEventListener("abort", onAbort);
  }
}

/** Calls back after `ms` unless cancelled. */
function startTimer(clock: Clock | undefined, ms: number, expire: () => void): () => void {
  if (!Number.isFinite(ms)) return () => {};
  if (!clock) {
    const timer = setTimeout(expire, clampTimer(ms));
    return () => clearTimeout(timer);
  }
  const cancelled = new AbortController();
  clock.sleep(clampTimer(ms), cancelled.signal).then(
    () => {
      if (!cancelled.signal.aborted) expire();
    },
    () => {},
  );
  return () => cancelled.abort();
}

/** The system's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, clampTimer(ms));
      signal?.addEventListener("abort", onAbort, { once: true });
    }),
};
