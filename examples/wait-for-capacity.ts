// Waits for a spot H100 within a budget, and rents it when there is one: node wait-for-capacity.ts 2.00
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { createGpu, type Gpu, type Instance, shadeform } from "@gpu/unified";
import { fileIntents, sshProbe } from "@gpu/unified/node";

/** Rents one spot H100 as soon as there is one at this price or less, for up to half an hour. */
export async function rentWhenThereIsOne(gpu: Gpu, maxUsdPerHour: number, sshPublicKey: string): Promise<Instance> {
  // What a run that crashed may have rented comes first: it counts for the limits, too.
  for (const { handle, outcome } of await gpu.reconcileAll()) console.warn(`${handle.offer} of an earlier run: ${outcome}`);
  for (const { provider, usdAvailable } of (await gpu.balances()).balances) {
    if (usdAvailable !== null && usdAvailable < maxUsdPerHour) console.warn(`${provider} has only ${usdAvailable} USD left`);
  }
  const { instance } = await gpu.launch({
    gpu: "H100",
    market: "spot",
    name: "train-42",
    sshPublicKey,
    maxUsdPerHour,
    waitForCapacityMs: 30 * 60_000,
  });
  return instance;
}

if (import.meta.main) {
  const sshPublicKey = await readFile(`${homedir()}/.ssh/id_ed25519.pub`, "utf8");
  const gpu: Gpu = createGpu({
    providers: [shadeform()],
    owner: "examples",
    // All instances of this owner together.
    limits: { maxUsdPerHour: 10, maxInstances: 3 },
    intents: fileIntents("intents"),
    onEvent: (event) => {
      if (event.type === "capacity.waiting") console.log(`none yet, next read in ${event.pauseMs / 1_000} s`);
    },
  });
  const instance = await rentWhenThereIsOne(gpu, Number(process.argv[2] ?? 2), sshPublicKey.trim());
  await gpu.waitUntilReady(instance, { probe: sshProbe() });
  console.log(`${instance.ref} is ready and costs ${instance.usdPerHour} USD an hour`);
}
