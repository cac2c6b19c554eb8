import type { Cluster, InstanceType } from "@gpu/novita";
import { identifyGpu } from "../gpu-models.js";
import type { Availability, Market, Offer } from "../offer.js";
import { newOffer } from "../vendor-offer.js";
import { objectsIn, roundUsd, toNumber, toSize, toText, toUsd } from "../vendor-values.js";

/** The cluster part of an offer whose product has no listed cluster: the vendor chooses one. */
export const anyCluster = "any";

/** Root disk that costs nothing, in GB: https://novitaai.mintlify.dev/docs/guides/gpu-instance-pricing */
export const freeDiskGb = 60;

/** The hourly price of the root disk above the free part, in US dollars: half a cent per GB and day, whether or not the instance runs. Same page. */
export function diskUsdPerHour(diskGb: number): number {
  return roundUsd((Math.max(0, diskGb - freeDiskGb) * 0.005) / 24);
}

/** A create accepts one to eight GPUs. The catalogue does not have the limit of each product. */
const gpuCounts = [1, 2, 4, 8] as const;

/** The offers of a product: in each of its clusters, with each number of GPUs, on demand and, at another price, spot. */
export function toOffers(product: InstanceType, clusterIds: ClusterIds, observedAt: string): Offer<"novita">[] {
  const id = toText(product.id);
  if (id === null) return [];
  const gpu = identifyGpu(toText(product.name) ?? id, { id });
  const stock = stockOf(product);
  return pricesOf(product).flatMap(({ market, usdPerGpuHour }) =>
    clusterIds.of(product).flatMap((cluster) =>
      gpuCounts.map((gpuCount) =>
        newOffer("novita", market === "spot" ? [id, cluster, gpuCount, market] : [id, cluster, gpuCount], {
          gpu,
          gpuCount,
          usdPerHour: usdPerGpuHour === null ? null : roundUsd(usdPerGpuHour * gpuCount),
          market,
          // Stock for one GPU may not suffice for several. Without stock for one there is none for several.
          availability: gpuCount === 1 || stock === "unavailable" ? stock : "unknown",
          region: cluster === anyCluster ? null : cluster,
          regionName: clusterIds.nameOf(cluster),
          cpuCores: times(product.cpuPerGpu, gpuCount),
          memoryGb: times(product.memoryPerGpu, gpuCount),
          diskGb: { included: freeDiskGb, min: toSize(product.minRootFS), max: toSize(product.maxRootFS) },
          kind: "container",
          observedAt,
        }),
      ),
    ),
  );
}

function times(perGpu: unknown, gpuCount: number): number | null {
  const size = toSize(perGpu);
  return size === null ? null : size * gpuCount;
}

function pricesOf({ billingMethods, price, spotPrice }: InstanceType): { market: Market; usdPerGpuHour: number | null }[] {
  const methods: readonly unknown[] = Array.isArray(billingMethods) ? billingMethods : [];
  const isOnDemand = methods.length === 0 || methods.some((method) => method !== "spot" && method !== "monthly");
  const usdSpot = usdOf(spotPrice);
  return [
    ...(isOnDemand ? [{ market: "on_demand" as const, usdPerGpuHour: usdOf(price) }] : []),
    // A price of 0 means that there is no spot offer.
    ...(usdSpot === null ? [] : [{ market: "spot" as const, usdPerGpuHour: usdSpot }]),
  ];
}

/** The hourly price of one GPU, in whole 1/100000 of a dollar. A fraction would be in another unit. */
function usdOf(price: unknown): number | null {
  return Number.isInteger(toNumber(price)) ? toUsd(price, 100_000) : null;
}

function stockOf({ availableDeploy, inventoryState }: InstanceType): Availability {
  if (availableDeploy === false || inventoryState === "none") return "unavailable";
  if (inventoryState === "low") return "low";
  return availableDeploy === true || inventoryState === "normal" || inventoryState === "high" ? "available" : "unknown";
}

/** The ids of clusters by the names that products use: a name such as `US-CA-06 (California)`, the code at its start, or the id. */
export interface ClusterIds {
  /** The ids of a product's clusters; only `any` if none of them is known. */
  of(product: InstanceType): string[];
  /** The displayed name of a cluster. */
  nameOf(id: string): string | null;
}

export function indexClusters(clusters: readonly Cluster[]): ClusterIds {
  const ids = new Map<string, string>();
  const names = new Map<string, string | null>();
  for (const cluster of objectsIn(clusters)) {
    const id = toText(cluster.id);
    const name = toText(cluster.name);
    if (id === null) continue;
    names.set(id, name);
    for (const key of [id, ...(name === null ? [] : [name, codeOf(name)])]) ids.set(key.toLowerCase(), id);
  }
  const idOf = (region: unknown): string[] => {
    const name = toText(region);
    const id = name === null ? undefined : (ids.get(name.toLowerCase()) ?? ids.get(codeOf(name).toLowerCase()));
    return id === undefined ? [] : [id];
  };
  return {
    of({ regions }) {
      const known = new Set(Array.isArray(regions) ? regions.flatMap(idOf) : []);
      return known.size > 0 ? [...known] : [anyCluster];
    },
    nameOf: (id) => names.get(id) ?? null,
  };
}

/** `US-CA-06` of `US-CA-06 (California)`. */
function codeOf(name: string): string {
  return name.replace(/\s*\(.*$/, "").trim();
}
