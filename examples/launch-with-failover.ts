// Rents the cheapest H100 that boots, on whichever cloud, and never two, crashes included: node launch-with-failover.ts
import { readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { type CreateHandle, type Gpu, GpuError, type Instance } from "@gpu/unified";
import { clouds } from "./clouds.ts";

/**
 * One instance. `file` holds the create that is under way: after a crash, the next run looks what became of it before it rents anything.
 * Error when that cannot be found out: then a person must look.
 */
export async function launchOnce(gpu: Gpu, sshPublicKey: string, file: string): Promise<Instance> {
  const unfinished = await readHandle(file);
  if (unfinished) {
    const result = await gpu.reconcile(unfinished);
    if (result.outcome === "unknown") {
      const candidates = result.candidates.map(({ ref }) => ref).join(", ") || "none";
      throw new Error(`a create of ${unfinished.offer} may have gone through; candidates: ${candidates}`, { cause: result });
    }
    await rm(file);
    if (result.outcome === "created") return result.instance;
  }
  try {
    const { instance, attempts } = await gpu.launch({
      gpu: "H100",
      name: "train-42",
      sshPublicKey,
      maxUsdPerHour: 4,
      // Awaited before anything that costs money is sent.
      onIntent: (handle) => writeFile(file, JSON.stringify(handle)),
    });
    for (const { offer, error } of attempts) if (error) console.warn(`${offer.id}: ${error.code}`);
    await rm(file);
    return instance;
  } catch (error) {
    // Certainly nothing there. Otherwise the file stays, for the next run.
    if (GpuError.isInstance(error) && error.sideEffect === "none") await rm(file, { force: true });
    throw error;
  }
}

async function readHandle(file: string): Promise<CreateHandle | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

if (import.meta.main) {
  const sshPublicKey = await readFile(`${homedir()}/.ssh/id_ed25519.pub`, "utf8");
  const { ref, usdPerHour } = await launchOnce(clouds, sshPublicKey.trim(), "launch.json");
  console.log(`${ref} is ready and costs ${usdPerHour ?? "an unknown number of"} USD an hour`);
}
