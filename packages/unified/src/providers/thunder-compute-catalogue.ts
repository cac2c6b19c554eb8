import type { CreateInstanceRequest, InstanceType, Instance as ThunderInstance } from "@gpu/thunder-compute";
import { type GpuIdentity, identifyGpu } from "../gpu-models.js";
import { roundUsd, toNumber, toSize, toText, toUsd } from "../vendor-values.js";

/** Disk that the price includes, in GB for each GPU: https://www.thundercompute.com/docs/api-reference/utilities/get-current-pricing */
export const includedDiskGb = 100;

/** What Thunder Compute rents, and its prices, by the same keys. */
export interface Catalogue {
  readonly types: Readonly<Record<string, InstanceType>>;
  readonly prices: Readonly<Record<string, unknown>>;
}

/** A key of the catalogue, such as `h100_x1` or, from before July 2026, `h100_x1_prototyping`. */
export interface ConfigurationKey {
  /** The name that a create takes. */
  readonly gpuType: string;
  readonly gpuCount: number;
  readonly mode: CreateInstanceRequest["mode"];
  readonly withoutMode: string;
}

/** Undefined for a key of another form: nothing can be created from it. */
export function parseKey(key: string): ConfigurationKey | undefined {
  const [, withoutMode, gpuType, count, mode] = /^(([^\s/]+)_x([1-9]\d*))(?:_(prototyping|production))?$/.exec(key) ?? [];
  if (!withoutMode || !gpuType || !count) return undefined;
  return { gpuType: gpuType.toLowerCase(), gpuCount: Number(count), mode: mode as ConfigurationKey["mode"], withoutMode };
}

/** The GPU by its displayed name, or by its key where only that is known. */
export function gpuOf(gpuType: string, type: Partial<InstanceType> | undefined): GpuIdentity {
  const hints = { vramGb: toSize(type?.vramGB), id: gpuType };
  const displayed = identifyGpu(toText(type?.displayName) ?? gpuType, hints);
  const spelled = identifyGpu(gpuType, hints);
  return displayed.known || !spelled.known ? displayed : spelled;
}

/** The numbers of vCPUs that can be chosen, smallest first. The vendor does not sort them. */
export function coreCounts(type: Partial<InstanceType>): number[] {
  const options: readonly unknown[] = Array.isArray(type.vcpuOptions) ? type.vcpuOptions : [];
  return options.flatMap((option) => toSize(option) ?? []).sort((a, b) => a - b);
}

/** Memory in GiB: for each vCPU, or a maximum that is reduced for numbers of vCPUs below the largest. */
export function memoryOf(type: Partial<InstanceType>, cpuCores: number | null): number | null {
  const perCore = toSize(type.ramPerVCPUGiB);
  if (cpuCores === null || perCore === null) return null;
  const cap = toSize(type.ramCapGiB);
  const mostCores = coreCounts(type).at(-1) ?? cpuCores;
  return cap !== null ? cap - (mostCores - cpuCores) * perCore : cpuCores * perCore;
}

/** The instance's configuration in the catalogue, which spells GPUs in lower case. A configuration with a mode may allow other numbers of vCPUs. */
export function keyOf({ gpuType, numGpus, mode, cpuCores }: ThunderInstance, { types }: Catalogue): string | undefined {
  const key = `${toText(gpuType)?.toLowerCase()}_x${toNumber(numGpus)}`;
  const keys = [key, `${key}_${toText(mode)}`].filter((candidate) => Object.hasOwn(types, candidate));
  return keys.find((candidate) => coreCounts(types[candidate] ?? {}).includes(toNumber(cpuCores) ?? 0)) ?? keys[0];
}

/** The equipment of a configuration. */
export interface Equipment {
  readonly gpuCount: number | null;
  readonly cpuCores: number | null;
  readonly diskGb: number | null;
  readonly hasEphemeralDisk: boolean;
}

export function equipmentOf({ numGpus, cpuCores, storage, ephemeralDiskGB }: ThunderInstance): Equipment {
  return {
    gpuCount: toNumber(numGpus),
    cpuCores: toNumber(cpuCores),
    diskGb: toNumber(storage),
    hasEphemeralDisk: toSize(ephemeralDiskGB) !== null,
  };
}

/** The configuration's price plus its extras. Null if a part of the sum is unknown. */
export function priceOf(equipment: Equipment, key: string, catalogue: Catalogue): number | null {
  const base = toUsd(catalogue.prices[key], 1);
  const extra = extraPriceOf(equipment, key, catalogue);
  return base === null || extra === null ? null : roundUsd(base + extra);
}

/** The hourly price of the extras of a configuration, in US dollars; null if a part is unknown. */
export function extraPriceOf(
  { gpuCount, cpuCores, diskGb, hasEphemeralDisk }: Equipment,
  key: string,
  catalogue: Catalogue,
): number | null {
  const { types, prices } = catalogue;
  const allowed = coreCounts(types[key] ?? {});
  const [included] = allowed;
  if (gpuCount === null || cpuCores === null || diskGb === null || included === undefined) return null;
  // A number that this configuration does not allow belongs to another one, whose price is unknown.
  if (!allowed.includes(cpuCores)) return null;
  // The free size of a temporary disk is not documented.
  if (hasEphemeralDisk) return null;
  const extraCores = cpuCores - included;
  const extraDisk = Math.max(0, diskGb - includedDiskGb * gpuCount);
  const corePrice = extraCores > 0 ? toUsd(prices["additional_vcpus"], 1) : 0;
  const diskPrice = extraDisk > 0 ? toUsd(prices["disk_gb"], 1) : 0;
  return corePrice === null || diskPrice === null ? null : roundUsd(extraCores * corePrice + extraDisk * diskPrice);
}
