import type { Contestant } from "./clients.ts";

const warmUpRounds = 1_000;
const rounds = 10_000;

export interface Speed {
  name: string;
  /** Mean microseconds of a call, without the slowest tenth. */
  microseconds: number;
  /** Ratio to the first contestant. */
  ratio: number;
}

/** Times calls one by one. Each round calls every contestant once, in random order, so that a slow moment affects all of them. */
export async function measureSpeed(contestants: readonly Contestant[]): Promise<Speed[]> {
  const samples = new Map(contestants.map((contestant) => [contestant, new Float64Array(rounds)]));
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    for (const contestant of shuffled(contestants)) {
      const start = performance.now();
      await contestant.call();
      const time = performance.now() - start;
      const times = samples.get(contestant);
      if (times && round >= 0) times[round] = time;
    }
  }
  const means = [...samples].map(([{ name }, times]) => ({ name, microseconds: trimmedMean(times) * 1_000 }));
  const base = means[0]?.microseconds ?? Number.NaN;
  return means.map((mean) => ({ ...mean, ratio: mean.microseconds / base }));
}

function trimmedMean(samples: Float64Array): number {
  const kept = samples.toSorted().subarray(0, Math.floor(samples.length * 0.9));
  return kept.reduce((sum, sample) => sum + sample, 0) / kept.length;
}

function shuffled<T>(items: readonly T[]): T[] {
  const copy = [...items];
  for (let last = copy.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
  }
  return copy;
}
