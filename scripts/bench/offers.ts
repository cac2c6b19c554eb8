import { setTimeout as sleep } from "node:timers/promises";
import { createShadeformClient } from "@gpu/shadeform";
import { createSimulator } from "@gpu/simulator";
import { createGpu, shadeform } from "@gpu/unified";
import { providers, type VendorName } from "@gpu-scripts/demo/generated/providers.ts";
import { median } from "./median.ts";
import type { Table } from "./table.ts";

/** The duration of every response. */
const responseMs = 300;
const deadlineMs = 1_000;
const rounds = 5;
const manyOffers = 100_000;

const names = Object.keys(providers) as VendorName[];

/** Times `gpu.offers()` with slow vendors, with one that hangs, and with very many offers, each against a lower bound. Medians. */
export async function measureOffers(): Promise<Table> {
  const simulator = createSimulator();
  /** A `Gpu` with these vendors. Every request takes `responseMs`; those of `hanging` never end. */
  const clouds = (selected: readonly VendorName[], hanging?: VendorName) =>
    createGpu({
      providers: selected.map((name) =>
        providers[name].provider({
          apiKey: simulator.keys[name],
          fetch: async (url, init) => {
            await (name === hanging ? forever(init.signal) : sleep(responseMs));
            return simulator.fetch(url, init);
          },
        }),
      ),
    });

  const alone = new Map(names.map((name) => [name, [] as number[]]));
  const together: number[] = [];
  const withHanging: number[] = [];
  // Interleaved, so that a slow moment of the machine affects all cases.
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, times] of alone) times.push(await timeOf(() => expectFailures(clouds([name]), [])));
    together.push(await timeOf(() => expectFailures(clouds(names), [])));
    withHanging.push(await timeOf(() => expectFailures(clouds(names, "novita"), ["novita"])));
  }
  const [slowest = "", slowestMs = Number.NaN] =
    [...alone].map(([name, times]) => [name, median(times)] as const).sort((a, b) => b[1] - a[1])[0] ?? [];
  const rows = [
    row(`${names.length} vendors at once`, median(together), `the slowest alone, ${slowest}`, slowestMs),
    row(`${names.length} vendors, one hangs and is reported`, median(withHanging), "its deadline", deadlineMs),
    await measureMany(),
  ];
  return { head: ["gpu.offers()", "time", "lower bound", "time", "ratio"], rows };
}

async function expectFailures(gpu: ReturnType<typeof createGpu>, expected: readonly string[]): Promise<void> {
  const { failures } = await gpu.offers({ deadlineMs });
  const failed = failures.map(({ provider }) => provider);
  if (failed.join() !== expected.join())
    throw new Error(`these failed: ${failed.join(", ") || "none"}; expected: ${expected.join()}`);
}

/** A vendor with very many matching offers. The lower bound is its client, which reads the same response. */
async function measureMany(): Promise<string[]> {
  const body = await manyTypes();
  const client = createShadeformClient({
    apiKey: "benchmark-key-0123456789",
    fetch: async () => new Response(body, { headers: { "content-type": "application/json" } }),
  });
  const gpu = createGpu({ providers: [shadeform({ client })] });
  const reading: number[] = [];
  const whole: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    reading.push(await timeOf(() => client.listInstanceTypes()));
    whole.push(
      await timeOf(async () => {
        const { offers } = await gpu.offers({ market: "any", vramGb: 1, maxUsdPerHour: 1_000 });
        if (offers.length !== manyOffers) throw new Error(`${offers.length} offers were found`);
      }),
    );
  }
  const count = manyOffers.toLocaleString("en");
  return row(`${count} offers read, normalised, filtered, sorted`, median(whole), "reading the response alone", median(reading));
}

/** The simulator's catalogue, repeated under other cloud names. */
async function manyTypes(): Promise<string> {
  const simulator = createSimulator();
  const client = createShadeformClient({ apiKey: simulator.keys.shadeform, fetch: simulator.fetch });
  const { instance_types: known } = await client.listInstanceTypes();
  const types: { cloud: string; availability: unknown[] }[] = [];
  let offers = 0;
  for (let copy = 0; offers < manyOffers; copy += 1) {
    for (const type of known.filter(({ configuration }) => configuration.num_gpus > 0)) {
      const availability = type.availability.slice(0, manyOffers - offers);
      // Different prices: sorting equal prices is less work.
      types.push({ ...type, cloud: `cloud-${copy}`, hourly_price: type.hourly_price + (copy % 97), availability } as never);
      offers += availability.length;
    }
  }
  return JSON.stringify({ instance_types: types });
}

function forever(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function row(name: string, milliseconds: number, bound: string, boundMilliseconds: number): string[] {
  const ratio = milliseconds / boundMilliseconds;
  return [name, `${milliseconds.toFixed(0)} ms`, bound, `${boundMilliseconds.toFixed(0)} ms`, ratio.toFixed(2)];
}
