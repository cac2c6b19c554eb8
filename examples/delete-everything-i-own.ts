// Deletes every instance of one owner on all clouds, and verifies it: node delete-everything-i-own.ts OWNER
import type { Gpu } from "@gpu/unified";
import { clouds } from "./clouds.ts";

/** The deleted instances, and those that must be checked by hand. */
export interface Cleanup {
  deleted: string[];
  /** These may still cost money. */
  unproven: string[];
}

/** Deletes the instances of `owner`. Instances of others, or of unknown owners, are not deleted. */
export async function deleteEverythingOf(gpu: Gpu, owner: string): Promise<Cleanup> {
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
      ...unattributed.map(({ ref }) => `${ref} (its cloud does not store an owner)`),
      ...failures.map(({ provider, error }) => `everything on ${provider} (${error.code})`),
    ],
  };
}

if (import.meta.main) {
  const { deleted, unproven } = await deleteEverythingOf(clouds, process.argv[2] ?? "examples");
  for (const ref of deleted) console.log(`deleted ${ref}`);
  for (const what of unproven) console.error(`check ${what}`);
  process.exitCode = unproven.length === 0 ? 0 : 1;
}
