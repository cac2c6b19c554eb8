import type { Contestant } from "./clients.ts";

const warmUpRounds = 1_000;
const rounds = 10_000;

export interface Speed {
  name: string;
  /** Microseconds of a call, without the slowest tenth, which is the machine's. */
  microseconds: number;
  /** To the first contestant. */
  ratio: number;
}

/** Times calls one by one, every contestant once a round and in another order each round, so that all meet the same machine. */
export async function measureSpeed(contestants: readonly Contestant[]): Promise<Speed[]> {
  const samples = new Map(contestants.map((contestant) => [contestant, new Float64Array(rounds)]));
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    for (const contestant of shuffled(contestants)) {
      const start = performance.now();
      await contestant.call();
      const time = performance.now() - start;
      const own = samples.get(contestant);
      if (own && round >= 0) own[round] = time;
    }
  }
  const means = [...samples].map(([{ name }, own]) => ({ name, microseconds: trimmedMean(own) * 1_000 }));
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
