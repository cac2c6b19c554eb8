import type { KnownGpuName, Offer as VastOffer } from "@gpu/vast";
import { type GpuIdentity, identifyGpu } from "../gpu-models.js";
import type { Market, Offer } from "../offer.js";
import { newOffer } from "../vendor-offer.js";
import { roundUsd, toNumber, toSize, toText } from "../vendor-values.js";

/** The disk of a create that asks for none, in GB. Prices of offers include it. */
export const defaultDiskGb = 32;
/** The vendor accepts no smaller disk: https://docs.vast.ai/api-reference/creating-instances-with-api */
export const smallestDiskGb = 8;
/** Disk prices are per month of 30 days. */
const hoursPerMonth = 720;
const microsPerUsd = 1_000_000;
/** Offers below are left out, as by the vendor's own default filters. */
const leastReliability = 0.95;

/** The names by which offers can be searched. */
const gpuNames = {
  "H100 SXM": true,
  "H100 PCIE": true,
  "H100 NVL": true,
  H200: true,
  "H200 NVL": true,
  B200: true,
  "GH200 SXM": true,
  "A100 SXM4": true,
  "A100 PCIE": true,
  A100X: true,
  A10: true,
  A16: true,
  A30: true,
  A40: true,
  L4: true,
  L40: true,
  L40S: true,
  "RTX A2000": true,
  "RTX A4000": true,
  "RTX A4500": true,
  "RTX A5000": true,
  "RTX A6000": true,
  "RTX 2000Ada": true,
  "RTX 4000Ada": true,
  "RTX 4500Ada": true,
  "RTX 5000Ada": true,
  "RTX 5880Ada": true,
  "RTX 6000Ada": true,
  "RTX PRO 4000": true,
  "RTX PRO 4500": true,
  "RTX PRO 5000": true,
  "RTX PRO 6000": true,
  "RTX PRO 6000 S": true,
  "RTX PRO 6000 WS": true,
  "RTX PRO 6000 Max-Q": true,
  "RTX 5090": true,
  "RTX 5080": true,
  "RTX 5070 Ti": true,
  "RTX 5070": true,
  "RTX 4090": true,
  "RTX 4090D": true,
  "RTX 4080S": true,
  "RTX 4080": true,
  "RTX 4070S Ti": true,
  "RTX 3090 Ti": true,
  "RTX 3090": true,
  "Tesla T4": true,
  "Tesla P40": true,
  "Tesla P100": true,
  "Tesla V100": true,
  "Q RTX 6000": true,
  "Q RTX 8000": true,
  "Titan RTX": true,
  InstinctMI250X: true,
  "RX 7900 XTX": true,
} satisfies Record<KnownGpuName, true>;

/** The vendor's names of the GPUs that may be wanted; none when the table has no name for them. */
export function namesOf(isGpu: (gpu: GpuIdentity) => boolean): string[] {
  // A name does not tell the memory.
  return Object.keys(gpuNames).filter((name) => isGpu({ ...toGpu(name, null, null), vramGb: null }));
}

/** A bid of a number of millionths of a US dollar per hour, in US dollars. */
export function usdOfBid(micros: number): number {
  return micros / microsPerUsd;
}

/**
 * What disk costs, in US dollars per hour; null without a price. Hosts set prices per GB and month.
 * https://docs.vast.ai/api-reference/openapi.yaml
 */
export function diskUsdPerHour(diskGb: number, storageCost: unknown): number | null {
  const perMonth = toNumber(storageCost);
  return perMonth === null || perMonth < 0 ? null : (diskGb * perMonth) / hoursPerMonth;
}

/**
 * An ask as an offer, with the default disk in its price. As spot, its price is `bidMicros`, without it the lowest bid. Undefined for
 * what is no offer.
 */
export function toOffer(
  ask: VastOffer,
  market: Market,
  observedAt: string,
  bidMicros: number | undefined,
): Offer<"vast"> | undefined {
  const id = toNumber(ask?.id);
  const name = toText(ask?.gpu_name);
  if (id === null || name === null) return undefined;
  const lowest = toSize(ask.min_bid);
  const lowestMicros = lowest === null ? undefined : Math.ceil(Number((lowest * microsPerUsd).toFixed(3)));
  const micros = bidMicros ?? lowestMicros;
  if (market === "spot" && micros === undefined) return undefined;
  const ofGpus = market === "spot" ? usdOfBid(micros ?? 0) : toSize(ask.dph_base);
  const ofDisk = diskUsdPerHour(defaultDiskGb, ask.storage_cost);
  const gpuCount = toSize(ask.num_gpus) ?? 0;
  const wins = market === "on_demand" || lowestMicros === undefined || (micros ?? 0) >= lowestMicros;
  // Ids are `ASK` on demand and `ASK/bid/MICROS` for a bid, in millionths of a US dollar per hour.
  return newOffer("vast", market === "spot" ? [id, "bid", micros ?? 0] : [id], {
    gpu: toGpu(name, ask.gpu_ram, gpuCount),
    gpuCount,
    usdPerHour: ofGpus === null || ofDisk === null ? null : roundUsd(ofGpus + ofDisk),
    market,
    // Anyone may rent it in the next second.
    availability: ask.rentable === false || !wins ? "unavailable" : "available",
    ...toPlace(ask.geolocation),
    cpuCores: toSize(ask.cpu_cores_effective),
    memoryGb: memoryOf(ask),
    diskGb: { included: defaultDiskGb, min: smallestDiskGb, max: toSize(ask.disk_space) },
    kind: "container",
    observedAt,
  });
}

/** The GPU by the vendor's name. Memory is in MB, as tools report it, and tells a card of 40 GB from one of 80. */
export function toGpu(name: string, memoryMb: unknown, gpuCount: number | null): GpuIdentity {
  // `InstinctMI250X` lacks a space.
  const spelled = name.replace(/^Instinct(?=\S)/, "Instinct ");
  return { ...identifyGpu(spelled, { vramGb: toSize(memoryMb), gpuCount }), rawName: name };
}

/** The country, by whose letters the vendor filters, and the place as it is shown: `Texas, US`, or `, US` without more. */
export function toPlace(geolocation: unknown): { region: string | null; regionName: string | null } {
  const regionName = toText(toText(geolocation)?.replace(/^[,\s]+/, ""));
  const [, country] = /(?:^|,\s*)([A-Z]{2})$/.exec(regionName ?? "") ?? [];
  return { region: country ?? regionName, regionName };
}

/** Memory in GB: the offer's share of the machine's, by its cores. */
function memoryOf({ cpu_ram, cpu_cores, cpu_cores_effective }: VastOffer): number | null {
  const [ramMb, cores, own] = [toSize(cpu_ram), toSize(cpu_cores), toSize(cpu_cores_effective)];
  return ramMb === null || cores === null || own === null ? null : Math.round((ramMb * own) / cores / 1_024);
}

/** The filters of a search for offers that can be relied on and reached by SSH. */
export const usualFilters = {
  verified: { eq: true },
  rentable: { eq: true },
  rented: { eq: false },
  reliability: { gte: leastReliability },
  direct_port_count: { gte: 1 },
} as const;

/** Whether an ask is what the usual filters ask for, with room for the disk of its price: the vendor was seen to ignore some. */
export function isUsual({ verification, reliability, reliability2, direct_port_count, disk_space }: VastOffer): boolean {
  const reliable = toNumber(reliability2) ?? toNumber(reliability);
  return (
    (toNumber(disk_space) ?? defaultDiskGb) >= defaultDiskGb &&
    verification === "verified" &&
    (reliable === null || reliable >= leastReliability) &&
    (toNumber(direct_port_count) ?? 1) >= 1
  );
}
