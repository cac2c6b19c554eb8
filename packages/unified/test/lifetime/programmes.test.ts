import { describe, expect, it } from "vitest";
import { type InvariantName, invariants } from "./invariants.js";
import { runProgramme } from "./programme.js";

/**
 * Each seed is one random programme. `GPU_SEED=42 npx vitest run test/lifetime/programmes.test.ts` runs one seed and prints a trace.
 * The soak task runs a tenth of `GPU_SOAK` seeds (2,000 by default), starting with `GPU_FIRST_SEED` (default 1).
 */
const { GPU_SOAK, GPU_SEED, GPU_FIRST_SEED } = process.env;

/** Takes a few seconds. */
const usualCount = 50;
/** Enough programmes to reach every outcome. */
const fullCount = 2_000;
const count = GPU_SOAK === undefined ? usualCount : Math.ceil(Number(GPU_SOAK) / 10);
const firstSeed = Number(GPU_FIRST_SEED ?? 1);
/** Programmes that run concurrently, because each spends time waiting for the event loop. */
const lanes = 16;

/** Without these the programmes would prove little. */
const wanted = [
  "create: done",
  "create: crashed",
  "create: adopted",
  "extend: done",
  "lease: the process crashed",
  "lease: ended",
  "rented: unmarked",
  "rented: damaged mark",
  "rented: colliding",
  "rented: copy",
  "sweep: deleted",
  "sweep: deleting",
  "sweep: unknown",
  "sweep: crashed",
  "sweep: a failure",
  "kept: not_owned",
  "kept: mark_not_shown",
  "kept: no_expiry",
  "kept: not_expired",
  "kept: ended",
  "kept: clock_unsure",
  "kept: mark_not_unique",
  "kept: recycled_ids",
  "kept: not_read",
  "kept: dry_run",
];

describe.skipIf(GPU_SEED !== undefined)(`${count} random programmes with sweeps, from seed ${firstSeed}`, () => {
  const broken = new Map<InvariantName, string[]>();
  const outcomes = new Map<string, number>();

  it("run", { timeout: 600_000 }, async () => {
    let seed = firstSeed;
    async function runLane(): Promise<void> {
      for (let own = seed++; own < firstSeed + count; own = seed++) {
        const report = await runProgramme(own);
        for (const { invariant, what } of report.broken)
          broken.set(invariant, [...(broken.get(invariant) ?? []), `GPU_SEED=${own}: ${what}`]);
        for (const [outcome, times] of report.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + times);
      }
    }
    await Promise.all(Array.from({ length: lanes }, runLane));
  });

  it.each(Object.keys(invariants) as InvariantName[])("keep the invariant %s", (invariant) => {
    const found = broken.get(invariant) ?? [];
    expect(found.length, `${found.length} findings:\n${found.slice(0, 10).join("\n")}`).toBe(0);
  });

  it("are reproducible from their seed", async () => {
    const linesOf = async (seed: number) => {
      const lines: string[] = [];
      await runProgramme(seed, { trace: (line) => lines.push(line) });
      return lines;
    };
    for (const seed of [3, 17, 42]) expect(await linesOf(seed)).toEqual(await linesOf(seed));
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
