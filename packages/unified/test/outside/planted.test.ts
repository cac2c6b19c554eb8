import { describe, expect, it } from "vitest";
import { planted } from "./planted.js";
import { runProgramme } from "./programme.js";
import { type PromiseName, promises } from "./promises.js";
import type { Subject } from "./world.js";

/** How many programmes may pass before a fault is found. */
const mostSeeds = 1_000;

/** The first seed whose programme breaks the promise with the fault, and keeps it without. */
async function seedThatFinds(promise: PromiseName, subject: Subject): Promise<number | undefined> {
  for (let seed = 1; seed <= mostSeeds; seed++) {
    const { broken } = await runProgramme(seed, { subject });
    if (!broken.some((one) => one.promise === promise)) continue;
    const plain = await runProgramme(seed);
    if (!plain.broken.some((one) => one.promise === promise)) return seed;
  }
  return undefined;
}

describe("a planted fault is found by the random programmes", () => {
  it.each(Object.keys(promises) as PromiseName[])("%s", { timeout: 120_000 }, async (promise) => {
    expect(await seedThatFinds(promise, planted[promise])).toBeTypeOf("number");
  });
});
