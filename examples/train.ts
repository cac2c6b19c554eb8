// Your own code, made testable with the simulator: its `Gpu` is a parameter. See train.test.ts.
import type { Access, Gpu, Instance } from "@gpu/unified";

/** Rents a machine, runs a job on it, and always deletes it. Throws when the deletion could not be verified. */
export async function train(gpu: Gpu, sshPublicKey: string, job: (access: Access) => Promise<void>): Promise<void> {
  const { instance } = await gpu.launch({ gpu: "H100", name: "train", sshPublicKey, maxUsdPerHour: 4 });
  try {
    await job(await gpu.access(instance));
  } finally {
    await deleteVerified(gpu, instance);
  }
}

async function deleteVerified(gpu: Gpu, instance: Instance): Promise<void> {
  const { outcome } = await gpu.delete(instance, { waitMs: 5 * 60_000 });
  if (outcome !== "deleted") throw new Error(`${instance.ref} may still run: its deletion could not be verified (${outcome})`);
}
