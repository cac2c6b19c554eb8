// Your own code, made testable with the simulator: its `Gpu` is a parameter. See train.test.ts.
import type { Access, Gpu } from "@gpu/unified";
import { endOnSignal } from "@gpu/unified/node";

/**
 * Rents a machine, runs a job on it, and deletes it, whatever happens: at the end of the job, on SIGINT and SIGTERM, and when the
 * process dies, by the next sweep after four hours. Throws when the deletion may have failed.
 */
export async function train(gpu: Gpu, sshPublicKey: string, job: (access: Access) => Promise<void>): Promise<void> {
  await using lease = await gpu.lease({ gpu: "H100", name: "train", sshPublicKey, maxUsdPerHour: 4, ttlMs: 4 * 3_600_000 });
  endOnSignal(lease);
  await job(await lease.access());
}
