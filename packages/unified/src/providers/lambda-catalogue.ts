import type { InstanceType, InstanceTypeAvailability } from "@gpu/lambda";
import { type GpuIdentity, identifyGpu } from "../gpu-models.js";
import type { Offer } from "../offer.js";
import { newOffer } from "../vendor-offer.js";
import { objectsIn, toNumber, toSize, toText, usdOfCents } from "../vendor-values.js";

/** Seconds from launch to SSH, with one GPU and with several: https://docs.lambda.ai/public-cloud/on-demand/ */
const bootOfOne = { min: 180, max: 300 };
const bootOfSeveral = { min: 600, max: 900 };

/** One offer for each region with capacity. A type without any is one offer without a region, which is unavailable. */
export function toOffers(
  { instance_type: type, regions_with_capacity_available: regions }: InstanceTypeAvailability,
  observedAt: string,
): Offer<"lambda">[] {
  const name = toText(type?.name);
  const gpuCount = gpuCountOf(type);
  const gpu = toGpu(type);
  if (!name || gpu === null) return [];
  const machine = {
    gpu,
    gpuCount: gpuCount ?? 0,
    usdPerHour: usdOfCents(type.price_cents_per_hour),
    cpuCores: toSize(type.specs?.vcpus),
    memoryGb: toSize(type.specs?.memory_gib),
    diskGb: { included: toSize(type.specs?.storage_gib), min: null, max: null },
    kind: "vm",
    bootSeconds: gpuCount === 1 ? bootOfOne : bootOfSeveral,
    observedAt,
  } as const;
  const inStock = objectsIn(regions).flatMap((region): Offer<"lambda">[] => {
    const place = toText(region.name);
    if (!place) return [];
    const regionName = toText(region.description);
    return [newOffer("lambda", [name, place], { ...machine, availability: "available", region: place, regionName })];
  });
  if (inStock.length > 0) return inStock;
  const availability = Array.isArray(regions) ? "unavailable" : "unknown";
  return [newOffer("lambda", [name], { ...machine, availability })];
}

/** The GPU of a type; null when it has none. Its memory and form are in the description: `gpu_1x_a100_sxm4` has 40 GB. */
export function toGpu(type: InstanceType | null | undefined): GpuIdentity | null {
  const name = toText(type?.name);
  const described = toText(type?.gpu_description);
  const gpuCount = gpuCountOf(type);
  if (gpuCount === 0 || /^(?:n\/a|none)$/i.test(described ?? "")) return null;
  const spelled = described ?? name;
  return spelled === null ? null : identifyGpu(spelled, { gpuCount, id: name });
}

/** How many GPUs a type has: from its fields, or else from its name; null if neither shows it. */
export function gpuCountOf(type: InstanceType | null | undefined): number | null {
  const shown = toNumber(type?.specs?.gpus);
  if (shown !== null) return shown;
  const [, digits] = /^gpu_(\d+)x_/.exec(toText(type?.name) ?? "") ?? [];
  return digits === undefined ? null : Number(digits);
}
