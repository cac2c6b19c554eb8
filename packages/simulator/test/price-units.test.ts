// A price read in the wrong unit is off by a factor of 100 or more. These tests compare each price field of a response, in the unit
// that the document states, with the simulator's catalogue and ledger.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Clouds, startClouds } from "./clouds.js";
import { lambdaKey, lambdaPlace } from "./scenarios/lambda.js";
import { runpodCreate } from "./scenarios/runpod.js";
import { vastAsk, vastBody } from "./scenarios/vast.js";

const hourMs = 3_600_000;
const diskGb = 72;
/** 0.20 US dollars per GB and month of 720 hours. */
const vastDisk = (diskGb * 0.2) / 720;

type Vendor = "lambda" | "runpod" | "vast";

/** Matches the units in the documents' descriptions. */
const units = {
  "US cents per hour": /US cents per hour/,
  "US dollars per hour": /US dollars per hour/,
  "US dollars per GB and month": /US dollars per GB and month/,
  "US dollars per GB": /US dollars per GB(?! and)/,
  "US dollars": /US dollars(?! per)/,
} as const;
type Unit = keyof typeof units;
const perHour = "US dollars per hour";
const perMonth = "US dollars per GB and month";
const perGb = "US dollars per GB";
const total = "US dollars";

/** A price field by schema and name, its unit, and the value in a response with the expected value from the catalogue or ledger. */
type Row = [field: string, unit: Unit, read?: (world: World) => Promise<[shown: unknown, expected: number | undefined]>];

interface World extends Clouds {
  /** The catalogue price of the first product whose id contains `text`, in US dollars per hour. */
  priceOf(vendor: Vendor, text: string): number;
  /** The amount billed for the first rental of a kind, in US dollars. */
  billed(kind: string): number | undefined;
}

function start(): World {
  const clouds = startClouds({ vendors: { lambda: {}, runpod: {}, vast: { createIntervalMs: 0, balanceUsd: 42.5 } } });
  const { simulator } = clouds;
  return {
    ...clouds,
    priceOf: (vendor, text) =>
      simulator
        .catalogue(vendor)
        .products()
        .find(({ id }) => id.includes(text))?.usdPerHour ?? Number.NaN,
    billed: (wanted) => simulator.ledger().find(({ kind }) => kind === wanted)?.usd,
  };
}

const gpuOf = async ({ runpod }: World) => await runpod.getGpuType({ path: { id: "NVIDIA H100 80GB HBM3" } });
async function pod({ runpod, simulator }: World) {
  const { id } = await runpod.createInstance({ body: { ...runpodCreate(), disk: diskGb } });
  await simulator.clock.advance(hourMs);
  return await runpod.getInstance({ path: { id } });
}
async function vastOffer({ vast }: World, type: "ondemand" | "bid" = "ondemand") {
  const { offers } = await vast.searchOffers({ body: { ask_contract_id: { eq: vastAsk }, allocated_storage: diskGb, type } });
  return offers[0];
}
async function vastInstance({ vast, simulator }: World, price?: number) {
  const body = { ...vastBody, disk: diskGb, ...(price !== undefined && { price }) };
  const { new_contract: id } = await vast.createInstance({ path: { id: vastAsk }, body });
  await simulator.clock.advance(120_000);
  return (await vast.getInstance({ path: { id } })).instances;
}
/** The GPU part of the price. The simulator's offer prices include 32 GB of disk. */
const vastGpus = (world: World) => world.priceOf("vast", String(vastAsk)) - (32 * 0.2) / 720;

const secureH100 = "SECURE/US-KS-2/NVIDIA H100 80GB HBM3";
const sharedH100 = "COMMUNITY/any/NVIDIA H100 80GB HBM3";

const rows: Record<Vendor, Row[]> = {
  lambda: [
    [
      "InstanceType.price_cents_per_hour",
      "US cents per hour",
      async (world) => {
        await world.lambda.createSshKey({ body: lambdaKey });
        const body = { ...lambdaPlace, ssh_key_names: [lambdaKey.name] };
        const [id = ""] = (await world.lambda.createInstance({ body })).data.instance_ids;
        const { data } = await world.lambda.getInstance({ path: { id } });
        return [data.instance_type.price_cents_per_hour, world.priceOf("lambda", lambdaPlace.instance_type_name) * 100];
      },
    ],
  ],

  runpod: [
    ["GpuPrices.secure", perHour, async (w) => [(await gpuOf(w)).price?.secure, w.priceOf("runpod", secureH100)]],
    ["GpuPrices.community", perHour, async (w) => [(await gpuOf(w)).price?.community, w.priceOf("runpod", sharedH100)]],
    ["GpuPrices.serverless", perHour],
    ["CpuPrices.securePerVcpu", perHour],
    ["CpuPrices.serverlessPerVcpu", perHour],
    ["Instance.cost", perHour, async (w) => [(await pod(w)).cost, w.priceOf("runpod", secureH100)]],
    [
      "InstanceBillingRecord.totalAmount",
      total,
      async (w) => {
        await pod(w);
        const { records } = await w.runpod.listInstanceBillingRecords();
        return [records[0]?.totalAmount, w.priceOf("runpod", secureH100) + (diskGb * 0.1) / 730];
      },
    ],
    ["InstanceBillingRecord.gpuAmount", total],
    ["InstanceBillingRecord.cpuAmount", total],
    ["InstanceBillingRecord.diskAmount", total],
    [
      "VolumeBillingRecord.totalAmount",
      total,
      async (w) => {
        await w.runpod.createVolume({ body: { name: "datasets", size: 100, dataCenter: "US-KS-2" } });
        await w.simulator.clock.advance(100 * hourMs);
        const { records } = await w.runpod.listVolumeBillingRecords();
        return [records[0]?.totalAmount, w.billed("volume")];
      },
    ],
    ["VolumeBillingRecord.standardAmount", total],
    ["VolumeBillingRecord.highPerformanceAmount", total],
    [
      "BillingRecord.totalAmount",
      total,
      async (w) => {
        await pod(w);
        return [(await w.runpod.listBillingRecords()).records[0]?.totalAmount, w.billed("instance")];
      },
    ],
    [
      "BillingMetadata.totals.totalAmount",
      total,
      async (w) => {
        await pod(w);
        return [(await w.runpod.listBillingRecords()).metadata?.totals?.totalAmount, w.billed("instance")];
      },
    ],
    ["ClusterBillingRecord.totalAmount", total],
    ["ClusterBillingRecord.gpuAmount", total],
    ["ClusterBillingRecord.diskAmount", total],
    ["ClusterBillingRecord.networkingAmount", total],
  ],

  vast: [
    ["Offer.dph_base", perHour, async (w) => [(await vastOffer(w))?.dph_base, vastGpus(w)]],
    ["Offer.dph_total", perHour, async (w) => [(await vastOffer(w))?.dph_total, vastGpus(w) + vastDisk]],
    ["Offer.storage_cost", perMonth, async (w) => [(await vastOffer(w))?.storage_cost, (vastDisk / diskGb) * 720]],
    ["Offer.storage_total_cost", perHour, async (w) => [(await vastOffer(w))?.storage_total_cost, vastDisk]],
    [
      "Offer.min_bid",
      perHour,
      async (w) => {
        const offer = await vastOffer(w, "bid");
        return [offer?.min_bid, (offer?.dph_total ?? 0) - vastDisk];
      },
    ],
    ["Offer.inet_up_cost", perGb],
    ["Offer.inet_down_cost", perGb],
    ["PriceBreakdown.gpuCostPerHour", perHour, async (w) => [(await vastOffer(w))?.search?.gpuCostPerHour, vastGpus(w)]],
    ["PriceBreakdown.diskHour", perHour, async (w) => [(await vastOffer(w))?.search?.diskHour, vastDisk]],
    ["PriceBreakdown.totalHour", perHour, async (w) => [(await vastOffer(w))?.search?.totalHour, vastGpus(w) + vastDisk]],
    ["PriceBreakdown.discountTotalHour", perHour],
    ["PriceBreakdown.discountedTotalPerHour", perHour],
    ["CreateInstanceRequest.price", perHour, async (w) => [(await vastInstance(w, 0.3))?.dph_base, 0.3]],
    ["ChangeBidRequest.price", perHour],
    ["Instance.dph_base", perHour, async (w) => [(await vastInstance(w))?.dph_base, vastGpus(w)]],
    [
      "Instance.dph_total",
      perHour,
      async (w) => [(await vastInstance(w))?.dph_total, w.simulator.ledger().find(({ kind }) => kind === "instance")?.usdPerHour],
    ],
    ["Instance.storage_cost", perMonth, async (w) => [(await vastInstance(w))?.storage_cost, (vastDisk / diskGb) * 720]],
    ["Instance.storage_total_cost", perHour, async (w) => [(await vastInstance(w))?.storage_total_cost, vastDisk]],
    [
      "Instance.min_bid",
      perHour,
      async (w) => [(await vastInstance(w))?.min_bid, (await vastOffer(start(), "bid"))?.min_bid ?? undefined],
    ],
    ["Instance.inet_up_cost", perGb],
    ["Instance.inet_down_cost", perGb],
    ["PrepayInstanceRequest.amount", total],
    ["VolumeOffer.storage_cost", perMonth],
    ["VolumeOffer.storage_total_cost", perHour],
    ["Volume.storage_total_cost", perHour],
    ["User.credit", total, async (w) => [(await w.vast.getCurrentUser()).credit, 42.5]],
    ["User.balance", total, async (w) => [(await w.vast.getCurrentUser()).balance, 0]],
    ["User.balance_threshold", total],
    ["Invoice.amount", total],
    ["Charge.amount", total],
    ["ChargeItem.amount", total],
  ],
};

describe.each(Object.entries(rows) as [Vendor, Row[]][])("price fields of %s", (vendor, fields) => {
  it("are all listed", () => {
    expect(fields.map(([field]) => field).sort()).toEqual([...priceFields(vendor).keys()].sort());
  });
  it.each(fields)("%s is in %s", async (field, unit, read) => {
    expect(priceFields(vendor).get(field)).toMatch(units[unit]);
    if (!read) return;
    const [shown, expected] = await read(start());
    expect(shown).toBeCloseTo(expected ?? Number.NaN, 6);
  });
});

interface Schema {
  description?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
}

/** Descriptions of the document's number fields that mention a currency, by schema and field. */
function priceFields(vendor: Vendor): Map<string, string> {
  const file = new URL(`../../${vendor}/openapi.json`, import.meta.url);
  const document = JSON.parse(readFileSync(file, "utf8")) as { components: { schemas: Record<string, Schema> } };
  const found = new Map<string, string>();
  const visit = (path: string, { properties = {} }: Schema): void => {
    for (const [name, schema] of Object.entries(properties)) {
      const { description = "", type } = schema;
      if (/US (dollars|cents)/.test(description) && [type].flat().some((one) => one === "number" || one === "integer"))
        found.set(`${path}.${name}`, description);
      visit(`${path}.${name}`, schema);
    }
  };
  for (const [name, schema] of Object.entries(document.components.schemas)) visit(name, schema);
  return found;
}
