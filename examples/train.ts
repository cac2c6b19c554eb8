// Code of one's own, as a test with the simulator wants it: it takes what it rents from as a parameter. See train.test.ts.
import type { Access, Gpu, Instance } from "@gpu/unified";

/** Rents a machine, runs a job on it, and deletes it whatever happens. Error when the deletion is not proven. */
export async function train(gpu: Gpu, sshPublicKey: string, job: (access: Access) => Promise<void>): Promise<void> {
  const { instance } = await gpu.launch({ gpu: "H100", name: "train", sshPublicKey, maxUsdPerHour: 4 });
  try {
    await job(await gpu.access(instance));
  } finally {
    await deleteForCertain(gpu, instance);
  }
}

async function deleteForCertain(gpu: Gpu, instance: Instance): Promise<void> {
  const { outcome } = await gpu.delete(instance, { waitMs: 5 * 60_000 });
  if (outcome !== "deleted") throw new Error(`${instance.ref} may still run: its deletion is not proven (${outcome})`);
}
