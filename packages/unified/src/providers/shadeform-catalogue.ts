import type { InstanceType, InstanceTypeAvailability, Instance as ShadeformInstance } from "@gpu/shadeform";
import { type FormFactor, type GpuIdentity, identifyGpu } from "../gpu-models.js";
import type { Market, Offer } from "../offer.js";
import { newOffer } from "../vendor-offer.js";
import { objectsIn, toNumber, toSize, toText, toUsd, usdOfCents } from "../vendor-values.js";

const kinds = ["vm", "container", "baremetal"] as const;
const makers = ["nvidia", "amd", "intel"] as const;

/** A type has one price on demand, and stock in each region; spot is a separate entry. */
export function toOffers(type: InstanceType, observedAt: string): Offer<"shadeform">[] {
  const cloud = toText(type.cloud);
  const name = toText(type.shade_instance_type);
  if (!cloud || !name || isCpuOnly(type.configuration)) return [];
  // By the grammar of the names: `H100x8` has eight, no suffix means one.
  const gpuCount = toSize(type.configuration?.num_gpus) ?? Number(/x(\d+)(?:_\d+)?$/.exec(name)?.[1] ?? 1);
  const gpu = toGpu(type.configuration, name) ?? identifyGpu(name);
  const onDemand = usdOfCents(type.hourly_price);
  // Facts that are the same in every region are read once, because there are thousands of types.
  const machine = {
    upstreamCloud: cloud,
    gpu,
    gpuCount,
    cpuCores: toSize(type.configuration?.vcpus),
    memoryGb: toSize(type.configuration?.memory_in_gb),
    diskGb: { included: toSize(type.configuration?.storage_in_gb), min: null, max: null },
    kind: kinds.find((kind) => kind === type.deployment_type) ?? "vm",
    bootSeconds: { min: toSize(type.boot_time?.min_boot_in_sec), max: toSize(type.boot_time?.max_boot_in_sec) },
    observedAt,
  };
  return objectsIn(type.availability).flatMap((entry): Offer<"shadeform">[] => {
    const region = toText(entry.region);
    const market = marketOf(entry);
    if (!region || !market) return [];
    return [
      newOffer("shadeform", [cloud, name, region, market], {
        ...machine,
        usdPerHour: market === "spot" ? usdOfText(entry.hourly_price) : onDemand,
        market,
        availability: entry.available === true ? "available" : entry.available === false ? "unavailable" : "unknown",
        region,
        regionName: toText(entry.display_name),
      }),
    ];
  });
}

/** Older entries have no rental type. An entry that is neither on demand nor spot cannot be rented. */
function marketOf({ rental_type }: InstanceTypeAvailability): Market | undefined {
  if (rental_type === "spot") return "spot";
  return (rental_type ?? "on_demand") === "on_demand" ? "on_demand" : undefined;
}

/** An hourly price in US dollars. A number would be whole cents. */
export function usdOfText(price: unknown): number | null {
  return typeof price === "string" ? toUsd(price, 1) : null;
}

type Configuration = Partial<InstanceType["configuration"] | ShadeformInstance["configuration"]> | null | undefined;

function isCpuOnly(configuration: Configuration): boolean {
  return toNumber(configuration?.num_gpus) === 0 || toText(configuration?.gpu_type)?.toUpperCase() === "CPU";
}

/** The GPU of a type or an instance; null when there is none. `id`: the name of the type, such as `A100_80G`. */
export function toGpu(configuration: Configuration, id: string | null): GpuIdentity | null {
  const name = toText(configuration?.gpu_type);
  if (!name || isCpuOnly(configuration)) return null;
  const maker = toText(configuration?.gpu_manufacturer)?.toLowerCase();
  const formFactor = /^(?:sxm|pcie|nvl(?!ink)|oam)/.exec(toText(configuration?.interconnect)?.toLowerCase() ?? "")?.[0];
  return identifyGpu(name, {
    vendor: makers.find((one) => one === maker),
    vramGb: toSize(configuration?.vram_per_gpu_in_gb),
    formFactor: formFactor as FormFactor | undefined,
    gpuCount: toSize(configuration?.num_gpus),
    id,
  });
}
