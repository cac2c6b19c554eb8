import type { Clock } from "@gpu/core";

/** Runs work that must end in time. The work's signal aborts with the caller's, and when the time is over. */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal | undefined,
  onTimeout: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  const timer = new AbortController();
  let timedOut: Error | undefined;
  const late = clock.sleep(ms, timer.signal).then(
    () => {
      if (timer.signal.aborted) return new Promise<never>(() => {});
      timedOut = onTimeout();
      controller.abort(timedOut);
      throw timedOut;
    },
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([work(controller.signal), late]);
  } catch (error) {
    throw timedOut ?? error;
  } finally {
    timer.abort();
    signal?.removeEventListener("abort", abort);
  }
}

/** Runs work whose signal aborts with the caller's, or when the time is over. What the work gives all the same is not lost. */
export async function withTimeLimit<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = new AbortController();
  const abort = () => limit.abort();
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  void pause(clock, ms, timer.signal).then(abort);
  try {
    return await work(limit.signal);
  } finally {
    timer.abort();
    signal?.removeEventListener("abort", abort);
  }
}

/** Waits; ends early, without an error, when the signal aborts. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  await clock.sleep(ms, signal).catch(() => {});
}

/** Waits for what others do; ends early, without an error, when the signal aborts. */
export async function waitFor(others: Promise<unknown> | undefined, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return;
  const ended = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    signal?.addEventListener("abort", () => resolve(), { signal: ended.signal });
  });
  try {
    await Promise.race([others, aborted]);
  } finally {
    ended.abort();
  }
}
