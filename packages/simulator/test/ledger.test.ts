import { describe, expect, it } from "vitest";
import type { VendorName } from "../src/index.js";
import { type Clouds, startClouds } from "./clouds.js";
import { scenarios } from "./generated/vendors.js";
import { novitaBody } from "./scenarios/novita.js";
import { thunderBody } from "./scenarios/thunder-compute.js";

const hour = 3_600_000;

describe("the ledger", () => {
  /** For each vendor, the price per hour in dollars and the unbilled time before it. */
  const bills: [VendorName, { freeMs: number; usdPerHour: number; product: string; name: string | null }][] = [
    ["thunder-compute", { freeMs: 15_000, usdPerHour: 1.09, product: "a100xl_x1", name: null }],
    ["shadeform", { freeMs: 180_000, usdPerHour: 2.1, product: "hyperstack/H100/montreal-canada-2", name: "train-42" }],
    ["fal", { freeMs: 0, usdPerHour: 1.89, product: "gpu_1x_h100_sxm5", name: null }],
    ["novita", { freeMs: 9_000, usdPerHour: 0.35, product: "4090.16c62g/us-ca-6", name: "train-42" }],
    ["runcrate", { freeMs: 240_000, usdPerHour: 1.49, product: "bold-tesla-a100-fa6f", name: "train-42" }],
  ];
  it.each(bills)(
    "charges %s from the vendor's start of billing until deletion",
    async (vendor, { freeMs, usdPerHour, product, name }) => {
      const clouds = startClouds();
      const { simulator } = clouds;
      const id = await scenarios[vendor].driver.create(clouds);
      if (freeMs > 0) expect(simulator.ledger()).toMatchObject([{ usd: 0, billedMs: 0, usdPerHour: 0, endedAt: null }]);
      await simulator.clock.advance(freeMs + 2 * hour);
      expect(simulator.ledger()).toMatchObject([{ usd: 2 * usdPerHour, usdPerHour, billedMs: 2 * hour }]);
      await scenarios[vendor].driver.delete(clouds, id);
      await simulator.clock.advance(10 * hour);
      expect(simulator.ledger()).toEqual([
        {
          vendor,
          kind: "instance",
          id: expect.any(String),
          name,
          product,
          createdAt: "2026-01-01T00:00:00.000Z",
          createdBy: { number: 1, operation: "createInstance" },
          endedAt: new Date(Date.UTC(2026, 0, 1) + freeMs + 2 * hour).toISOString(),
          endedBy: { number: 2, operation: "deleteInstance" },
          usdPerHour: 0,
          billedMs: 2 * hour,
          usd: 2 * usdPerHour,
        },
      ]);
    },
  );

  it.each([
    ["thunder-compute", 60_000],
    ["shadeform", 1_000],
    ["fal", 1_000],
    ["novita", 1_000],
    ["runcrate", 1_000],
  ] as const)("rounds the time of %s up to %i ms", async (vendor, roundedMs) => {
    const clouds = startClouds({ vendors: { [vendor]: { bootMs: 0, addressMs: 0 } } });
    await scenarios[vendor].driver.create(clouds);
    await clouds.simulator.clock.advance(1);
    expect(clouds.simulator.ledger()).toMatchObject([{ billedMs: roundedMs }]);
    await clouds.simulator.clock.advance(roundedMs);
    expect(clouds.simulator.ledger()).toMatchObject([{ billedMs: 2 * roundedMs }]);
  });

  it("charges nothing for a machine deleted before it ran, where billing begins with running", async () => {
    const clouds = startClouds({ vendors: ["runcrate"] });
    await scenarios.runcrate.driver.delete(clouds, await scenarios.runcrate.driver.create(clouds));
    await clouds.simulator.clock.advance(hour);
    expect(clouds.simulator.ledger()).toMatchObject([{ usd: 0, billedMs: 0 }]);
  });

  it("charges Thunder's extra vCPUs and disk, and a change from its completion on", async () => {
    const { thunderCompute, simulator } = startClouds();
    await thunderCompute.createInstance({ body: { ...thunderBody, cpu_cores: 12, disk_size_gb: 300 } });
    await simulator.clock.advance(15_000 + hour);
    const first = 1.09 + 4 * 0.04 + 200 * 0.0003;
    expect(simulator.ledger()[0]?.usd).toBeCloseTo(first, 6);
    await thunderCompute.updateInstance({ path: { id: "0" }, body: { num_gpus: 2, cpu_cores: 16 } });
    await simulator.clock.advance(10_000 + hour);
    // The first period ends within a minute, which is charged in full.
    expect(simulator.ledger()[0]?.usd).toBeCloseTo(first * (61 / 60) + 2.18 + 100 * 0.0003, 6);
  });

  it("charges a stopped Novita instance for its disk above 60 GB, and nothing below", async () => {
    const clouds = startClouds();
    const { novita, simulator } = clouds;
    const large = (await novita.createInstance({ body: { ...novitaBody, rootfsSize: 100 } })).id;
    const small = await scenarios.novita.driver.create(clouds);
    await simulator.clock.advance(9_000 + hour);
    for (const instanceId of [large, small]) await novita.stopInstance({ body: { instanceId } });
    await simulator.clock.advance(10_000);
    const [before] = simulator.ledger();
    await simulator.clock.advance(24 * hour);
    const [after, other] = simulator.ledger();
    expect((after?.usd ?? 0) - (before?.usd ?? 0)).toBeCloseTo(40 * 0.005, 6);
    expect(after?.usdPerHour).toBeCloseTo((40 * 0.005) / 24, 6);
    expect(other).toMatchObject({ usdPerHour: 0, billedMs: hour + 10_000 });
  });

  it("has volumes and snapshots, with the requests that created them", async () => {
    const { shadeform, simulator } = startClouds();
    const body = { cloud: "verda", region: "helsinki-finland-2", size_in_gb: 500, name: "data" } as const;
    const { id } = await shadeform.createVolume({ body });
    await simulator.clock.advance(hour);
    expect(simulator.ledger()).toMatchObject([
      { kind: "volume", id, product: "500 GB", usd: 0.14, createdBy: { operation: "createVolume" } },
    ]);
    expect(await shadeform.getVolume({ path: { id } })).toMatchObject({ cost_estimate: "0.14" });
  });

  it("keeps the price of a rental when the catalogue changes", async () => {
    const clouds = startClouds();
    const { simulator, runcrate } = clouds;
    await scenarios.runcrate.driver.create(clouds);
    simulator.catalogue("runcrate").setPrice("bold-tesla-a100-fa6f", 9.99);
    expect((await runcrate.listInstanceTypes({ query: { gpu_type: "A100" } })).data).toMatchObject([{ hourly_rate: 9.99 }]);
    expect((await runcrate.listInstances()).data).toMatchObject([{ cost_per_hour: 1.49 }]);
    await simulator.clock.advance(240_000 + hour);
    expect(simulator.ledger()).toMatchObject([{ usd: 1.49 }]);
  });
});

describe("the catalogue", () => {
  it("rejects prices that the vendor cannot express, and unknown products", () => {
    const { simulator } = startClouds();
    expect(() => simulator.catalogue("shadeform").setPrice("hyperstack/H100/montreal-canada-2", 2.105)).toThrow(
      /multiple of 1\/100 USD/,
    );
    expect(() => simulator.catalogue("fal").setPrice("gpu_1x_h100_sxm5", 0)).toThrow(RangeError);
    expect(() => simulator.catalogue("fal").setPrice("none", 1)).toThrow(/no product none; there are gpu_1x_h100_sxm5/);
    expect(() => simulator.catalogue("fal").setFree("gpu_1x_h100_sxm5", -1)).toThrow(RangeError);
  });
});

describe("a seed", () => {
  async function run(seed: string): Promise<unknown> {
    const clouds: Clouds = startClouds({ seed });
    const seen: unknown[] = [clouds.simulator.keys];
    for (const { driver } of Object.values(scenarios)) {
      await driver.create(clouds);
      await clouds.simulator.clock.advance(300_000);
      seen.push(await driver.list(clouds));
    }
    // The idempotency key comes from the client.
    const requests = clouds.simulator.requests().map(({ idempotencyKey: _, ...request }) => request);
    return [seen, clouds.simulator.ledger(), requests];
  }

  it("determines all values; another seed produces others", async () => {
    expect(await run("one")).toEqual(await run("one"));
    expect(await run("one")).not.toEqual(await run("two"));
  });
});
