import { withOwnSignal } from "./deadline.js";
import type { CallContext } from "./provider.js";
import { Timekeeper } from "./time.js";

/** Keeps calls of one client `intervalMs` apart, where the vendor rejects earlier ones. Others of the account may still call in between. */
export function turns(intervalMs: number): (context: CallContext) => Promise<void> {
  let time: Timekeeper | undefined;
  let nextAt = Number.NEGATIVE_INFINITY;
  return async ({ clock, signal }) => {
    time ??= new Timekeeper(clock);
    const now = time.now();
    const at = Math.max(now, nextAt);
    nextAt = at + intervalMs;
    if (at <= now) return;
    let isTaken = false;
    try {
      // Clocks add a listener for each wait, and Node warns of many on one signal.
      await withOwnSignal(signal, (own) => clock.sleep(at - now, own.signal));
      isTaken = !signal?.aborted;
    } finally {
      // The last turn is free again, so that calls that end early do not hold up later ones.
      if (!isTaken && nextAt === at + intervalMs) nextAt = at;
    }
  };
}
