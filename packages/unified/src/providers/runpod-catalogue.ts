import type { Cloud, GpuType } from "@gpu/runpod";
import { identifyGpu } from "../gpu-models.js";
import type { Availability, Offer } from "../offer.js";
import { newOffer } from "../vendor-offer.js";
import { objectsIn, roundUsd, toNumber, toSize, toText, toUsd } from "../vendor-values.js";

export const clouds = ["SECURE", "COMMUNITY"] as const satisfies readonly Cloud[];
export type CloudName = (typeof clouds)[number];

/** The numbers of GPUs for which offers are made when none is asked for. Others can be rented too, up to the limit of the type. */
export const gpuCounts = [1, 2, 4, 8] as const;

/** The data center part of an offer that can be placed anywhere. */
export const anyDataCenter = "any";

/** Container disk of a create without `diskGb`, in GB. Prices of offers include it. */
export const defaultDiskGb = 20;

/** Disk of a running instance costs 0.10 US dollars per GB and month, which is counted here as 730 hours: https://docs.runpod.io/pods/pricing */
export function diskUsdPerHour(diskGb: number): number {
  return roundUsd((diskGb * 0.1) / 730);
}

/**
 * The offers of a GPU type in one cloud, with `gpuCount` GPUs: one for each data center with stock. None if the cloud does not sell
 * it: flag, limit and price disagree in some rows, and a cloud without the type has a placeholder as its price.
 */
export function toOffers(type: GpuType, cloud: CloudName, gpuCount: number, observedAt: string): Offer<"runpod">[] {
  const id = toText(type.id);
  const key = cloud === "SECURE" ? "secure" : "community";
  const usdOfGpu = toUsd(type.price?.[key], 1);
  const isSold = type[key] === true && (toNumber(type.maxCount?.[key]) ?? 0) >= gpuCount && toNumber(type.price?.[key]) !== 0;
  if (id === null || id === "unknown" || !isSold) return [];
  const machine = {
    gpu: identifyGpu(id, { vramGb: toSize(type.memory), vendor: brandOf(type.manufacturer), id: toText(type.name) }),
    gpuCount,
    usdPerHour: usdOfGpu === null ? null : roundUsd(usdOfGpu * gpuCount + diskUsdPerHour(defaultDiskGb)),
    // CPU cores and memory stay unknown: a request can only set minimums.
    diskGb: { included: defaultDiskGb, min: 1, max: null },
    kind: "container",
    observedAt,
  } as const;
  const offer = (region: string | null, level: unknown) => {
    const path = [cloud, region ?? anyDataCenter, encodeURIComponent(id), gpuCount];
    return newOffer("runpod", path, { ...machine, availability: availabilityOf(level), region });
  };
  // The list of data centers is about the secure cloud.
  const places = cloud === "SECURE" ? objectsIn(type.dataCenters) : [];
  const offers = places.flatMap((place) => {
    const dataCenter = toText(place.id);
    return dataCenter === null ? [] : offer(dataCenter, place.availability);
  });
  return offers.length > 0 ? offers : [offer(null, type.availability)];
}

function availabilityOf(level: unknown): Availability {
  if (level === "NONE") return "unavailable";
  if (level === "LOW") return "low";
  return level === "MEDIUM" || level === "HIGH" ? "available" : "unknown";
}

function brandOf(manufacturer: unknown): "nvidia" | "amd" | undefined {
  return manufacturer === "NVIDIA" ? "nvidia" : manufacturer === "AMD" ? "amd" : undefined;
}
