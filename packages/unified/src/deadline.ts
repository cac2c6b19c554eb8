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

/** Runs work whose signal aborts with the caller's, or when the time is over. A result that arrives nevertheless is kept. */
export function withTimeLimit<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  onTimeout?: () => unknown,
): Promise<T> {
  return withinScope(signal, (controller) =>
    withinScope(undefined, async (timer) => {
      const onTime = () => timer.signal.aborted || controller.abort(onTimeout?.());
      void clock.sleep(ms, timer.signal).then(onTime, () => {});
      return work(controller.signal);
    }),
  );
}

/** Runs work that must end in time: after it, `onTimeout` makes the error, whether or not the work ends. */
export function withDeadline<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal | undefined,
  onTimeout: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  let end = (_: Error) => {};
  const late = new Promise<never>((_, reject) => {
    end = reject;
  });
  const onTime = () => {
    const error = onTimeout();
    end(error);
    return error;
  };
  return withTimeLimit(clock, ms, signal, (inner) => Promise.race([late, work(inner)]), onTime);
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
