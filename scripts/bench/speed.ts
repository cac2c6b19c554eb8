import { fork } from "node:child_process";
import { once } from "node:events";
import { type Contestant, contestants, generateRedoclyClient } from "./clients.ts";
import type { Table } from "./table.ts";

const warmUpRounds = 1_000;
const rounds = 10_000;

/** Times calls of a server in its own process: means without the slowest tenth, with their ratio to raw fetch. */
export async function measureSpeed(): Promise<Table> {
  await generateRedoclyClient();
  const server = fork(new URL("server.ts", import.meta.url));
  try {
    const [port] = (await once(server, "message")) as [number];
    const means = await meansOf(await contestants(`http://127.0.0.1:${port}`));
    const [[, base] = ["", Number.NaN]] = means;
    return {
      head: ["one call", "time", "ratio"],
      rows: means.map(([name, time]) => [name, `${(time * 1_000).toFixed(0)} µs`, (time / base).toFixed(2)]),
    };
  } finally {
    server.disconnect();
  }
}

/** Milliseconds of a call by contestant. Each round calls every one once, in random order, so that a slow moment affects all of them. */
async function meansOf(contestants: readonly Contestant[]): Promise<[name: string, milliseconds: number][]> {
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
  return [...samples].map(([{ name }, times]) => [name, trimmedMean(times)]);
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
