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
    try {
      await clock.sleep(at - now, signal);
    } catch (error) {
      // The last turn is free again, so that calls that end early do not hold up later ones.
      if (nextAt === at + intervalMs) nextAt = at;
      throw error;
    }
  };
}
