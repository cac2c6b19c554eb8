// Deletes the expired instances of one owner on all clouds, and reports what it keeps. For cron, every five minutes:
// */5 * * * * node /opt/sweeper/sweep.ts
import type { Gpu } from "@gpu/unified";
import { clouds } from "./clouds.ts";

/** One line for each instance and failure. `isClean`: no expired instance may still run, and every cloud could be read. */
export async function sweepOnce(gpu: Gpu): Promise<{ lines: string[]; isClean: boolean }> {
  const { deleted, deleting, unknown, kept, failures } = await gpu.sweep();
  const lines = [
    ...deleted.map(({ ref, expiresAt }) => `deleted ${ref}, expired at ${expiresAt}`),
    ...deleting.map(({ ref }) => `deleting ${ref}`),
    ...unknown.map(({ ref }) => `${ref} may still run`),
    ...kept.map(({ instance, reason }) => `kept ${instance.ref}: ${reason}`),
    ...failures.map(({ provider, error }) => `${provider} failed: ${error.code}`),
  ];
  // A cloud without a key is not in use here.
  const isClean = unknown.length === 0 && failures.every(({ error }) => error.code === "configuration");
  return { lines, isClean };
}

if (import.meta.main) {
  const { lines, isClean } = await sweepOnce(clouds);
  for (const line of lines) console.log(line);
  process.exitCode = isClean ? 0 : 1;
}
