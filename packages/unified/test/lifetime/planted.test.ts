import { describe, expect, it } from "vitest";
import type { InvariantName } from "./invariants.js";
import { planted } from "./planted.js";
import { runProgramme } from "./programme.js";

/** Maximum number of seeds to try until a fault is found. */
const mostSeeds = 400;
/** Programmes that run concurrently. */
const batch = 16;

/** The first seed that breaks the invariant with the fault, and keeps it without. */
async function seedThatFinds(invariant: InvariantName): Promise<number | undefined> {
  for (let first = 1; first <= mostSeeds; first += batch) {
    const seeds = Array.from({ length: batch }, (_, index) => first + index);
    const found = await Promise.all(
      seeds.map(async (seed) => {
        const { broken } = await runProgramme(seed, { subject: planted[invariant] });
        return broken.some((one) => one.invariant === invariant);
      }),
    );
    for (const seed of seeds.filter((_, index) => found[index])) {
      const plain = await runProgramme(seed);
      if (!plain.broken.some((one) => one.invariant === invariant)) return seed;
    }
  }
  return undefined;
}

/** Faults found within a few seeds. The soak task plants all faults. */
const usual: readonly InvariantName[] = ["othersAreKept", "copiesAreKept", "noneBeforeItsTime", "expiredAreGone"];
const names = process.env["GPU_SOAK"] === undefined ? usual : (Object.keys(planted) as InvariantName[]);

describe("the random programmes find a planted fault", () => {
  it.each(names)("%s", { timeout: 300_000 }, async (invariant) => {
    expect(await seedThatFinds(invariant)).toBeTypeOf("number");
  });
});
