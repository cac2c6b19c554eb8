import type { GpuContext } from "./context.js";
import { preflightError, type UnifiedGpuError, withChanges } from "./errors.js";
import { backoffMs, Watch } from "./time.js";

/** One round of a launch: it has an instance, or ends without one. */
export type Round<T> =
  | { readonly result: T }
  | {
      readonly error: UnifiedGpuError;
      /** For each temporary reason, how long the vendor asked to wait; 0 if it did not. Empty when another round cannot help. */
      readonly waitsMs: readonly number[];
    };

/** Runs rounds until one has a result, another cannot help, or the time is over. The last round begins after that time. */
export async function waitForCapacity<T>(
  context: GpuContext,
  { waitForCapacityMs = 0, signal }: { waitForCapacityMs?: number | undefined; signal?: AbortSignal | undefined },
  run: () => Promise<Round<T>>,
): Promise<T> {
  const watch = new Watch(context.time);
  for (let round = 0; ; round += 1) {
    const leftMs = waitForCapacityMs - watch.elapsed();
    const outcome = await run();
    if ("result" in outcome) return outcome.result;
    const { error, waitsMs } = outcome;
    if (leftMs <= 0 || waitsMs.length === 0) throw error;
    const stillLeftMs = Math.max(waitForCapacityMs - watch.elapsed(), 0);
    const pauseMs = Math.min(Math.max(backoffMs(round, 5_000, 60_000), Math.min(...waitsMs)), stillLeftMs);
    context.emit({ type: "capacity.waiting", elapsedMs: watch.elapsed(), pauseMs, error });
    await watch.pause(pauseMs, signal);
    if (!signal?.aborted) continue;
    const reason = "the caller aborted the wait for capacity; no instance was created";
    const aborted = preflightError("gpu", "launch", "aborted", reason, signal.reason);
    throw withChanges(aborted, {}, { launch: error.launch });
  }
}
