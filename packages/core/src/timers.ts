import type { Clock } from "./options.js";
import { clampTimer } from "./retry.js";

/** How often a custom clock is read, in milliseconds. */
const pollMs = 5;
// Captured at import: a test runner's fake timers must not stop the time limits of a virtual clock.
const { setInterval: repeat, clearInterval: stopRepeating } = globalThis;

/** Calls back after `ms` unless cancelled. */
function startTimer(clock: Clock | undefined, ms: number, expire: () => void): () => void {
  if (!clock) {
    const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(expire, clampTimer(ms));
    return () => clearTimeout(timer);
  }
  // Polls both clocks: sleeping on a virtual one could advance it.
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
    await doWithin(signal, () => new Promise(() => {}), ms);
  },
};

/** Milliseconds of a monotonic clock, if there is one. For ages and waits, not for dates. */
export function elapsedOf(clock: Clock): number {
  return clock.monotonic?.() ?? clock.now();
}

interface Followers {
  readonly callbacks: Set<() => void>;
  readonly notify: () => void;
}
const followers = new WeakMap<AbortSignal, Followers>();

/**
 * Calls back when a signal aborts, until the returned function is called. All callbacks share one listener of the signal, because
 * Node warns of a leak at more than ten.
 */
export function followAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (!signal) return () => {};
  let shared = followers.get(signal);
  if (!shared) {
    const callbacks = new Set<() => void>();
    // The listener itself holds the callbacks: in workerd the object of a signal may be replaced, and then it is not in the map.
    shared = { callbacks, notify: () => callbacks.forEach((one) => void one()) };
    followers.set(signal, shared);
    signal.addEventListener("abort", shared.notify);
  }
  const { callbacks, notify } = shared;
  // A separate function for each call, because a callback may be given twice.
  const own = () => callback();
  callbacks.add(own);
  return () => {
    callbacks.delete(own);
    if (callbacks.size > 0) return;
    signal.removeEventListener("abort", notify);
    followers.delete(signal);
  };
}

/** The value of the promise, or undefined as soon as the signal aborts. */
export async function unlessAborted<T>(signal: AbortSignal | undefined, promise: T | PromiseLike<T>): Promise<T | undefined> {
  if (!signal) return promise;
  const outcome = await doWithin(signal, async () => await promise);
  if (!outcome.reason) return outcome.value;
  if (outcome.reason === "failed") throw outcome.cause;
  return undefined;
}

/** The result of work: a value, or the reason why there is none. */
export type Outcome<T> = { value: T; reason?: undefined } | { reason: StopReason; cause: unknown };
export type StopReason = "timeout" | "aborted" | "failed";

/**
 * Runs work until it ends, the caller aborts or the time is over, by default never. Leaves no timer and no listener.
 * `heedsSignal`: the work itself ends when its signal aborts. Other work is abandoned.
 */
export async function doWithin<T>(
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  timeoutMs = Number.POSITIVE_INFINITY,
  clock?: Clock | undefined,
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
  const unfollow = followAbort(signal, onAbort);
  const cancelTimer = startTimer(clock, timeoutMs, () => stop("timeout", new Error(`timed out after ${timeoutMs} ms`)));
  try {
    if (heedsSignal) return { value: await work(controller.signal) };
    const stopped = new Promise<never>((_, reject) => {
      abandon = reject;
    });
    if (signal?.aborted) onAbort();
    return { value: await Promise.race([work(controller.signal), stopped]) };
  } catch (cause) {
    // A framework's control-flow error must reach the framework unchanged.
    if (reason === "failed" && typeof cause === "object" && cause !== null && "digest" in cause) throw cause;
    return { reason, cause };
  } finally {
    cancelTimer();
    unfollow();
  }
}
