import { createVirtualClock } from "../clock.js";
import { SimulatorError } from "../options.js";
import { createSimulator } from "../simulator.js";
import { vendorNames } from "../vendors/index.js";

/**
 * The stand-in for a vendor that the cases need: keys, faults and a ledger. The simulator is one. Operations have the names
 * `createInstance`, `listInstances`, `getInstance` and `deleteInstance`; others may have any.
 */
export interface Cloud {
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Passed to the provider's client. `advance` moves time on, for everybody who sleeps on the clock. */
  readonly clock: {
    now(): number;
    sleep(ms: number, signal?: AbortSignal): Promise<void>;
    advance(ms: number): Promise<void>;
  };
  /** The API key for each provider id. */
  readonly keys: Readonly<Record<string, string>>;
  /** Throws an error with the code `does_not_apply` where the vendor can never show this fault. */
  fault(fault: CloudFault): { readonly strikes: number; remove(): void };
  /** What was rented, oldest first. */
  ledger(): readonly CloudRental[];
  /** Every request, in order. */
  requests(): readonly { readonly operation: string | null }[];
  /** Prices and stock. Cases that change a price are left out without it. */
  catalogue?(vendor: string): CloudCatalogue;
}

/** One of the faults that the README of this package lists. */
export interface CloudFault {
  readonly vendor: string;
  readonly kind: string;
  /** Default: every operation. */
  readonly operation?: string | undefined;
  /** How many requests it affects. Default: 1. */
  readonly times?: number | undefined;
  readonly [option: string]: unknown;
}

export interface CloudRental {
  readonly kind: string;
  readonly id: string;
  readonly name: string | null;
  readonly product: string;
  readonly usdPerHour: number;
  /** ISO 8601; null while it runs. */
  readonly endedAt: string | null;
}

export interface CloudCatalogue {
  products(): readonly { readonly id: string; readonly usdPerHour: number }[];
  setPrice(id: string, usdPerHour: number): void;
  setFree(id: string, free: number): void;
}

/** What a case wants of its stand-in. One that has no such thing, such as pages, ignores it. */
export interface CloudSettings {
  /** Items on a page, where a request does not say. */
  readonly pageSize?: number;
  /** Number of the first page. */
  readonly firstPage?: number;
  /** How far the vendor's clock is ahead, in milliseconds. */
  readonly clockOffMs?: number;
  /** From a create until the machine runs, and from then until it can be reached, in milliseconds. */
  readonly bootMs?: number;
  readonly addressMs?: number;
}

/** Makes a new stand-in without machines; each case needs one. */
export type MakeCloud = (settings: CloudSettings) => Cloud;

/** The simulator, with the vendor that has the provider's id. */
export function simulatedCloud(id: string): MakeCloud {
  const vendor = vendorNames.find((name) => name === id);
  if (!vendor) {
    const known = vendorNames.join(", ");
    throw new SimulatorError(`the simulator has no vendor "${id}"; it has ${known}. Pass a stand-in of your own as \`cloud\``);
  }
  return (settings) => createSimulator({ vendors: { [vendor]: settings }, clock: createVirtualClock({ quietMs: 0 }) });
}

/** Places a fault; undefined where it can never affect anything. */
export function placeFault(cloud: Cloud, fault: CloudFault): { readonly strikes: number; remove(): void } | undefined {
  try {
    return cloud.fault(fault);
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === "does_not_apply") return undefined;
    throw error;
  }
}

/** Whether a fault can affect an operation, and there is such an operation. */
export function canFault(cloud: Cloud, vendor: string, operation: string, kind: string): boolean {
  if (!hasOperation(cloud, vendor, operation)) return false;
  const handle = placeFault(cloud, { vendor, operation, kind });
  handle?.remove();
  return handle !== undefined;
}

/** Whether the stand-in has an operation. */
export function hasOperation(cloud: Cloud, vendor: string, operation: string): boolean {
  try {
    cloud.fault({ vendor, operation, kind: "reset_before" }).remove();
    return true;
  } catch {
    return false;
  }
}
