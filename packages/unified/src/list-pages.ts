import { GpuError } from "@gpu/core";
import { refusal } from "./errors.js";
import type { FoundInstance } from "./provider.js";

/** How often a list that changes under way is read. */
const mostReadings = 4;

/**
 * All instances of a list that comes in pages. When one is deleted between two pages, those behind it move up, and one of them may
 * be on neither page: a list of several pages is read until two readings agree.
 */
export async function listPages<Id extends string, Page>(
  provider: Id,
  pages: () => AsyncIterable<Page>,
  instancesOf: (page: Page) => readonly FoundInstance<Id>[],
): Promise<FoundInstance<Id>[]> {
  let previous: string | undefined;
  for (let reading = 0; reading < mostReadings; reading += 1) {
    const found = new Map<string, FoundInstance<Id>>();
    let count = 0;
    try {
      for await (const page of pages()) {
        count += 1;
        for (const one of instancesOf(page)) found.set(one.instance.id, one);
      }
    } catch (error) {
      // Fewer items than the total: the list changed under way.
      const mayPass = GpuError.isInstance(error) && error.code === "vendor_contract" && error.retryable;
      if (!mayPass || reading === mostReadings - 1) throw error;
      continue;
    }
    const ids = [...found.keys()].sort().join("\n");
    if (count <= 1 || ids === previous) return [...found.values()];
    previous = ids;
  }
  // What no page has shown may still exist, and cost.
  throw refusal(provider, "list", "vendor_contract", `the list changed in each of ${mostReadings} readings; list again`);
}
