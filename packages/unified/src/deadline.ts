import { type Clock, followAbort } from "@gpu/core";

/** Runs work with its own signal, which aborts with the caller's. */
export async function withOwnSignal<T>(
  signal: AbortSignal | undefined,
  work: (controller: AbortController) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  if (signal?.aborted) abort();
  const unfollow = followAbort(signal, abort);
  try {
    return await work(controller);
  } finally {
    unfollow();
  }
}

/** The same, but the signal also aborts when the work ends, to stop parallel requests. */
export function withinScope<T>(signal: AbortSignal | undefined, work: (controller: AbortController) => Promise<T>): Promise<T> {
  return withOwnSignal(signal, async (controller) => {
    try {
      return await work(controller);
    } finally {
      controller.abort();
    }
  });
}

/** Runs work that must end in time. The work's signal aborts with the caller's, and when the time is over. */
export function withDeadline<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal | undefined,
  onTimeout: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withinScope(signal, (controller) => raceTimer(clock, ms, controller, onTimeout, work));
}

async function raceTimer<T>(
  clock: Clock,
  ms: number,
  controller: AbortController,
  onTimeout: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
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
  }
}

/** Runs work whose signal aborts with the caller's, or when the time is over. A result that arrives nevertheless is kept. */
export function withTimeLimit<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withinScope(signal, async (controller) => {
    const timer = new AbortController();
    void clock.sleep(ms, timer.signal).then(
      () => controller.abort(),
      () => {},
    );
    try {
      return await work(controller.signal);
    } finally {
      timer.abort();
    }
  });
}

/** Waits for the work of another call; ends early, without an error, when the signal aborts. */
export async function waitFor(others: Promise<unknown> | undefined, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return;
  let unfollow = () => {};
  const aborted = new Promise<void>((resolve) => {
    unfollow = followAbort(signal, resolve);
  });
  try {
    await Promise.race([others, aborted]);
  } finally {
    unfollow();
  }
}
