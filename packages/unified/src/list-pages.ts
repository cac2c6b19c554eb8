import { type Clock, GpuError } from "@gpu/core";
import { preflightError } from "./errors.js";
import type { FoundInstance } from "./provider.js";
import { Timekeeper, Watch } from "./time.js";

/** How often a list is read that changes meanwhile. */
const mostReadings = 4;
/** More pages than any account has. Each loop of reads repeats a list that fails, so it must not be long. */
const mostPages = 100;
/** How long all reads may take together. Each page has the client's own time limits. */
const longestMs = 180_000;

/**
 * Reads all instances of a list in pages. When one is deleted between two pages, the later ones move up, and one of them may be on
 * neither page. So a list of several pages is read until two reads agree. Pages that begin after an id (`isKeyset`) do not move.
 */
export async function listPages<Id extends string, Page>(
  provider: Id,
  clock: Clock,
  pages: () => AsyncIterable<Page>,
  instancesOf: (page: Page) => readonly FoundInstance<Id>[],
  isKeyset = false,
): Promise<FoundInstance<Id>[]> {
  const watch = new Watch(new Timekeeper(clock));
  let previous: string | undefined;
  for (let reading = 0; reading < mostReadings; reading += 1) {
    const found = new Map<string, FoundInstance<Id>>();
    let count = 0;
    try {
      for await (const page of pages()) {
        count += 1;
        for (const one of instancesOf(page)) found.set(one.instance.id, one);
        if (count > mostPages)
          throw preflightError(provider, "list", "vendor_contract", `the list did not end within ${mostPages} pages`);
        if (count > 1 && watch.elapsed() > longestMs) {
          const reason = `the list did not end within ${longestMs / 1_000} s and ${count} pages`;
          throw preflightError(provider, "list", "timeout", reason);
        }
      }
    } catch (error) {
      // Fewer items than the total: the list changed meanwhile.
      const mayPass = GpuError.isInstance(error) && error.code === "vendor_contract" && error.retryable;
      if (!mayPass || reading === mostReadings - 1) throw error;
      continue;
    }
    const ids = [...found.keys()].sort().join("\n");
    if (count <= 1 || isKeyset || ids === previous) return [...found.values()];
    previous = ids;
  }
  // An instance that no page showed may still exist and cost money.
  throw preflightError(provider, "list", "vendor_contract", `the list changed in each of ${mostReadings} readings; list again`);
}
