import { createVirtualClock } from "../clock.js";
import { vendorNames } from "../generated/vendor-names.js";
import { SimulatorError } from "../options.js";
import { createSimulator } from "../simulator.js";

/**
 * A simulated vendor as the cases need it; the simulator is one. The operations for creating, listing, reading and deleting an
 * instance must be named `createInstance`, `listInstances`, `getInstance` and `deleteInstance`.
 */
export interface Cloud {
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Passed to the provider's client. `advance` wakes everything that sleeps on the clock until then. */
  readonly clock: {
    now(): number;
    sleep(ms: number, signal?: AbortSignal): Promise<void>;
    advance(ms: number): Promise<void>;
  };
  /** The API key for each provider id. */
  readonly keys: Readonly<Record<string, string>>;
  /** Throws an error with the code `does_not_apply` when the fault can never affect the vendor. */
  fault(fault: CloudFault): { readonly strikes: number; remove(): void };
  /** All rentals, oldest first. */
  ledger(): readonly CloudRental[];
  /** Every request, in order. */
  requests(): readonly { readonly operation: string | null }[];
  /** Prices and stock. Without it, cases that change a price are skipped. */
  catalogue?(vendor: string): CloudCatalogue;
}

/** A fault; the README of this package lists them. */
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

/** The settings of a case. A cloud without such a feature, such as pages, ignores them. */
export interface CloudSettings {
  /** Items on a page, where a request does not set the number. */
  readonly pageSize?: number;
  /** Number of the first page. */
  readonly firstPage?: number;
  /** How far the vendor's clock is ahead, in milliseconds. */
  readonly clockOffMs?: number;
  /** From a create until the machine runs (`bootMs`), and from then until its address is known (`addressMs`), in milliseconds. */
  readonly bootMs?: number;
  readonly addressMs?: number;
}

/** Creates a new cloud without machines. It is called at least once for each case. */
export type MakeCloud = (settings: CloudSettings) => Cloud;

/** The simulator with the vendor of this id. */
export function simulatedCloud(id: string): MakeCloud {
  const vendor = vendorNames.find((name) => name === id);
  if (!vendor) {
    const known = vendorNames.join(", ");
    throw new SimulatorError(`the simulator has no vendor "${id}"; it has ${known}. Pass your own as \`cloud\``);
  }
  return (settings) => createSimulator({ vendors: { [vendor]: settings }, clock: createVirtualClock({ quietMs: 0 }) });
}

/** Places a fault. Undefined when it can never apply. */
export function placeFault(cloud: Cloud, fault: CloudFault): { readonly strikes: number; remove(): void } | undefined {
  try {
    return cloud.fault(fault);
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === "does_not_apply") return undefined;
    throw error;
  }
}

/** Whether the operation exists and the fault can affect it. */
export function canFault(cloud: Cloud, vendor: string, operation: string, kind: string): boolean {
  if (!hasOperation(cloud, vendor, operation)) return false;
  const handle = placeFault(cloud, { vendor, operation, kind });
  handle?.remove();
  return handle !== undefined;
}

/** Whether the cloud has an operation. */
export function hasOperation(cloud: Cloud, vendor: string, operation: string): boolean {
  try {
    cloud.fault({ vendor, operation, kind: "reset_before" }).remove();
    return true;
  } catch {
    return false;
  }
}
