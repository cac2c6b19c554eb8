import type { GpuIdentity } from "./gpu-models.js";

/** Something that can be rented, at a price. Plain JSON. */
export interface Offer<Id extends string = string> {
  /** The id, which a create accepts, such as `shadeform:hyperstack/H100_sxm5/canada-1/on_demand`. */
  readonly id: `${Id}:${string}`;
  readonly provider: Id;
  /** The cloud behind an aggregator. */
  readonly upstreamCloud: string | null;
  readonly gpu: GpuIdentity;
  readonly gpuCount: number;
  /** US dollars an hour for the whole instance; null when the vendor publishes none. Never 0 for "unknown". */
  readonly usdPerHour: number | null;
  /** US dollars an hour for one GPU of it. */
  readonly usdPerGpuHour: number | null;
  readonly market: Market;
  readonly availability: Availability;
  /** The vendor's own region. */
  readonly region: string | null;
  /** The region as the vendor displays it, such as `US, Kansas City, KS`, where that differs. */
  readonly regionName?: string | null;
  readonly cpuCores: number | null;
  /** System memory in GB. */
  readonly memoryGb: number | null;
  /** Disk in GB: how much the price includes, and how much can be requested. */
  readonly diskGb: { readonly included: number | null; readonly min: number | null; readonly max: number | null };
  readonly kind: "vm" | "container" | "baremetal";
  /** The vendor's estimate of the time until the machine can be used, in seconds. */
  readonly bootSeconds: { readonly min: number | null; readonly max: number | null };
  /** When price and stock were read, ISO 8601. */
  readonly observedAt: string;
}

/** An offer of one of several providers, as a union: a comparison of `provider` narrows it. */
export type OfferOf<Id extends string> = Id extends string ? Offer<Id> : never;

export type Market = "on_demand" | "spot";

/** `unknown`: the vendor does not show it before the create. */
export type Availability = "available" | "low" | "unavailable" | "unknown";
