import type { Clock } from "./options.js";
import { clampTimer } from "./retry.js";

/** How often a given clock is read, in milliseconds. */
const pollMs = 5;
// Captured at import: the fake timers of a test runner must not stop the time limits of a virtual clock.
const { setInterval: repeat, clearInterval: stopRepeating } = globalThis;

/** Calls back after `ms` unless cancelled. */
function startTimer(clock: Clock | undefined, ms: number, expire: () => void): () => void {
  if (!clock) {
    const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(expire, clampTimer(ms));
    return () => clearTimeout(timer);
  }
  // Polls the given clock and the machine's: sleeping on the given one could be what moves it.
  const ends = [clock, systemClock].map((one) => ({ one, at: one.now() + ms }));
  const timer = repeat(() => {
    if (ends.some(({ one, at }) => one.now() >= at)) expire();
  }, pollMs);
  return () => stopRepeating(timer);
}

/** The system's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await doWithin(undefined, ms, signal, () => new Promise(() => {}));
  },
};

/** Milliseconds on a scale that a change of the system's time does not move, where the clock has one. For ages and waits, not for dates. */
export function elapsedOf(clock: Clock): number {
  return clock.monotonic?.() ?? clock.now();
}

/** The promise's value, or undefined as soon as the signal aborts. */
export async function unlessAborted<T>(signal: AbortSignal | undefined, promise: T | PromiseLike<T>): Promise<T | undefined> {
  if (!signal) return promise;
  const outcome = await doWithin(undefined, Number.POSITIVE_INFINITY, signal, async () => await promise);
  if (!outcome.reason) return outcome.value;
  if (outcome.reason === "failed") throw outcome.cause;
  return undefined;
}

/** How work ended: with a value, or with the reason why it gave none. */
export type Outcome<T> = { value: T; reason?: undefined } | { reason: StopReason; cause: unknown };
export type StopReason = "timeout" | "aborted" | "failed";

/**
 * Does work that ends with the caller's signal or a time limit, whichever is first. Leaves no timer and no listener.
 * `heedsSignal`: the work ends by itself when its signal aborts. Other work is abandoned then.
 */
export async function doWithin<T>(
  clock: Clock | undefined,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  heedsSignal = false,
): Promise<Outcome<T>> {
  const controller = new AbortController();
  let reason: StopReason = "failed";
  let abandon = (_cause: unknown) => {};
  const stop = (why: StopReason, cause: unknown) => {
    reason = why;
    abandon(cause);
    controller.abort(cause);
  };
  const onAbort = () => stop("aborted", signal?.reason);
  signal?.addEventListener("abort", onAbort);
  const cancelTimer = startTimer(clock, timeoutMs, () => stop("timeout", new Error(`over after ${timeoutMs} ms`)));
  try {
    if (heedsSignal) return { value: await work(controller.signal) };
    const stopped = new Promise<never>((_, reject) => {
      abandon = reject;
    });
    if (signal?.aborted) onAbort();
    return { value: await Promise.race([work(controller.signal), stopped]) };
  } catch (cause) {
    // A framework ends a rendering by throwing, and must get its error back as it is.
    if (reason === "failed" && typeof cause === "object" && cause !== null && "digest" in cause) throw cause;
    return { reason, cause };
  } finally {
    cancelTimer();
    signal?.removeEventListener("abort", onAbort);
  }
}
