import { waitFor } from "./deadline.js";

/** A task that follows another one. */
interface Queued<T> {
  readonly result: Promise<T>;
  /** Resolves when both have ended, even with errors. Keeps no reference to their results. */
  readonly over: Promise<void>;
}

/** Runs a task when an earlier one is over. When the signal aborts, it runs at once, and must check the signal. */
export function runAfter<T>(
  earlier: Promise<void> | undefined,
  signal: AbortSignal | undefined,
  task: () => Promise<T>,
): Queued<T> {
  const result = waitFor(earlier, signal).then(task);
  // The next task also waits for the earlier one, which may still run if this task did not wait for it.
  return { result, over: Promise.allSettled([earlier, result]).then(() => {}) };
}

/** Runs tasks one after the other, first in first out, whether or not the earlier ones fail; see `runAfter`. */
export type SerialQueue = <T>(signal: AbortSignal | undefined, task: () => Promise<T>) => Promise<T>;

export function serialQueue(): SerialQueue {
  let last: Promise<void> | undefined;
  return (signal, task) => {
    const { result, over } = runAfter(last, signal, task);
    last = over;
    return result;
  };
}
