// Deletes every instance of one owner, on all clouds, with proof: node delete-everything-i-own.ts OWNER
import type { Gpu } from "@gpu/unified";
import { clouds } from "./clouds.ts";

/** What was deleted, and what is left for a person to look at. */
export interface Cleared {
  deleted: string[];
  /** These may still cost money. */
  unproven: string[];
}

/** Deletes what `owner` created. Touches nothing of others, and nothing whose owner cannot be told. */
export async function deleteEverythingOf(gpu: Gpu, owner: string): Promise<Cleared> {
  const { instances, unattributed, failures } = await gpu.list({ owner });
  const outcomes = await Promise.allSettled(instances.map((instance) => gpu.delete(instance, { waitMs: 5 * 60_000 })));
  const isDeleted = (index: number) => {
    const result = outcomes[index];
    return result?.status === "fulfilled" && result.value.outcome === "deleted";
  };
  return {
    deleted: instances.filter((_, index) => isDeleted(index)).map(({ ref }) => ref),
    unproven: [
      ...instances.filter((_, index) => !isDeleted(index)).map(({ ref }) => ref),
      ...unattributed.map(({ ref }) => `${ref} (its cloud keeps no owner)`),
      ...failures.map(({ provider, error }) => `everything on ${provider} (${error.code})`),
    ],
  };
}

if (import.meta.main) {
  const { deleted, unproven } = await deleteEverythingOf(clouds, process.argv[2] ?? "examples");
  for (const ref of deleted) console.log(`deleted ${ref}`);
  for (const what of unproven) console.error(`look at ${what}`);
  process.exitCode = unproven.length === 0 ? 0 : 1;
}
