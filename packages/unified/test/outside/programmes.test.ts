import { describe, expect, it } from "vitest";
import { runProgramme } from "./programme.js";
import { type PromiseName, promises } from "./promises.js";

/**
 * Each seed is one random programme. `GPU_SEED=42 npx vitest run test/outside/programmes.test.ts` runs one seed and prints a trace.
 * `GPU_SOAK=100000` runs 100,000 seeds, starting with `GPU_FIRST_SEED` (default 1).
 */
const { GPU_SOAK, GPU_SEED, GPU_FIRST_SEED } = process.env;

/** Takes a few seconds. The soak task runs more. */
const usualCount = 150;
/** Enough programmes to reach every outcome. */
const fullCount = 5_000;
const count = Number(GPU_SOAK ?? usualCount);
const firstSeed = Number(GPU_FIRST_SEED ?? 1);
const chunk = 500;

const broken = new Map<PromiseName, string[]>();
const outcomes = new Map<string, number>();

/** Without these the programmes would prove little. */
const wanted = [
  "create: done",
  "create: certainly not created",
  "create: limit_exceeded",
  "create: limit_unknown",
  "create: ambiguous",
  "create: crashed",
  "delete: deleted",
  "delete: deleting",
  "delete: not_found",
  "delete: unknown",
  "reconcile: created",
  "reconcile: absent",
  "reconcile: unknown",
  "launch: done",
  "launch: no_offer",
  "launch: stopped with a handle",
  "launch: aborted",
  "attempt: no_capacity",
  "attempt: price_exceeded",
  "attempt: instance_failed",
  "attempt: wait_timeout",
  "wait: done",
  "wait: instance_failed",
  "wait: wait_timeout",
];

async function runSeeds(from: number, to: number): Promise<void> {
  for (let seed = from; seed < to; seed++) {
    const report = await runProgramme(seed);
    for (const { promise, what } of report.broken)
      broken.set(promise, [...(broken.get(promise) ?? []), `GPU_SEED=${seed}: ${what}`]);
    for (const [outcome, times] of report.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + times);
  }
}

describe.skipIf(GPU_SEED !== undefined)("random programmes", () => {
  const starts = Array.from({ length: Math.ceil(count / chunk) }, (_, index) => firstSeed + index * chunk);
  it.each(starts)("run from seed %i", { timeout: 300_000 }, async (from) => {
    await runSeeds(from, Math.min(from + chunk, firstSeed + count));
  });

  it.each(Object.keys(promises) as PromiseName[])("keep the promise %s", (promise) => {
    const found = broken.get(promise) ?? [];
    expect(found.length, `${found.length} programmes broke it:\n${found.slice(0, 10).join("\n")}`).toBe(0);
  });

  it("are reproducible from their seed", async () => {
    const linesOf = async (seed: number) => {
      const lines: string[] = [];
      await runProgramme(seed, { trace: (line) => lines.push(line) });
      return lines;
    };
    for (const seed of [3, 17, 42, 322]) expect(await linesOf(seed)).toEqual(await linesOf(seed));
  });

  it.runIf(count >= fullCount)("reach every outcome", () => {
    const lines = [...outcomes].sort().map(([outcome, times]) => `${String(times).padStart(7)}  ${outcome}`);
    console.log(`${count} programmes, from seed ${firstSeed}\n${lines.join("\n")}`);
    expect(wanted.filter((outcome) => !outcomes.has(outcome))).toEqual([]);
  });
});

describe.runIf(GPU_SEED !== undefined)("one programme", () => {
  it(`of seed ${GPU_SEED}`, { timeout: 300_000 }, async () => {
    const lines: string[] = [];
    const report = await runProgramme(Number(GPU_SEED), { trace: (line) => lines.push(line) });
    console.log(lines.join("\n"));
    expect(report.broken).toEqual([]);
  });
});
