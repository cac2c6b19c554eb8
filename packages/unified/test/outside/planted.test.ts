import { describe, expect, it } from "vitest";
import { planted } from "./planted.js";
import { runProgramme } from "./programme.js";
import { type PromiseName, promises } from "./promises.js";
import type { Subject } from "./world.js";

/** Maximum number of seeds to try until a fault is found. */
const mostSeeds = 1_000;

/** The first seed that breaks the promise with the fault, and keeps it without. */
async function seedThatFinds(promise: PromiseName, subject: Subject): Promise<number | undefined> {
  for (let seed = 1; seed <= mostSeeds; seed++) {
    const { broken } = await runProgramme(seed, { subject });
    if (!broken.some((one) => one.promise === promise)) continue;
    const plain = await runProgramme(seed);
    if (!plain.broken.some((one) => one.promise === promise)) return seed;
  }
  return undefined;
}

/** One fault of each kind, each found within a few seeds. The soak task plants all faults. */
const usual: readonly PromiseName[] = [
  "noneMeansNothingWasMade",
  "deletedMeansGone",
  "everyFailureIsAGpuError",
  "readyMeansReady",
];
const names = process.env["GPU_SOAK"] === undefined ? usual : (Object.keys(promises) as PromiseName[]);

describe("the random programmes find a planted fault", () => {
  it.each(names)("%s", { timeout: 120_000 }, async (promise) => {
    expect(await seedThatFinds(promise, planted[promise])).toBeTypeOf("number");
  });
});
