// Rents the cheapest H100 that boots on any cloud, and never two, even after a crash: node launch-with-failover.ts
import { readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { type CreateHandle, type Gpu, GpuError, type Instance } from "@gpu/unified";
import { clouds } from "./clouds.ts";

/**
 * Launches one instance. `file` stores the pending create: after a crash, the next run resolves it before it rents anything.
 * Throws when it cannot be resolved; then check it by hand.
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
      // Awaited before the paid request is sent.
      onIntent: (handle) => writeFile(file, JSON.stringify(handle)),
    });
    for (const { offer, error } of attempts) if (error) console.warn(`${offer.id}: ${error.code}`);
    await rm(file);
    return instance;
  } catch (error) {
    // Nothing was created. Otherwise the next run needs the file.
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
