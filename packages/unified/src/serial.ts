import { waitFor } from "./deadline.js";

/**
 * Runs tasks one after the other, in the order in which they were given, whether or not the earlier ones fail. One whose signal
 * aborts is run at once, for its requests to say that they are not sent any more.
 */
export type SerialQueue = <T>(signal: AbortSignal | undefined, task: () => Promise<T>) => Promise<T>;

export function serialQueue(): SerialQueue {
  let last: Promise<unknown> = Promise.resolve();
  return (signal, task) => {
    const result = waitFor(last, signal).then(task);
    // Nothing of what came before is kept.
    last = Promise.allSettled([last, result]).then(() => {});
    return result;
  };
}
