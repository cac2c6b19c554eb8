import type { GpuIdentity } from "./gpu-models.js";
import type { Market } from "./offer.js";

/** The status of an instance, the same for all vendors. `unknown`: a status of the vendor that this package does not know. */
export type InstanceStatus =
  | "pending"
  | "starting"
  | "running"
  | "updating"
  | "stopping"
  | "stopped"
  | "terminating"
  | "terminated"
  | "failed"
  | "unknown";

/** What an instance costs in its current status: `compute` is everything, `storage` only its disk. */
export type Billing = "compute" | "storage" | "none" | "unknown";

/** A rented machine. Plain JSON, without secrets. */
export interface Instance<Id extends string = string> {
  /** `provider:id`. Every call accepts it instead of the instance. */
  readonly ref: InstanceRef<Id>;
  readonly provider: Id;
  /** The vendor's id. */
  readonly id: string;
  readonly name: string | null;
  readonly status: InstanceStatus;
  /** The vendor's own status; null if the instance was not read yet. */
  readonly rawStatus: string | null;
  /** Running, and its address is known. The machine's SSH server may need a little longer. */
  readonly ready: boolean;
  readonly billing: Billing;
  readonly gpu: GpuIdentity | null;
  readonly gpuCount: number | null;
  /** How it is rented; `unknown` when the vendor does not show it. */
  readonly market: Market | "unknown";
  /** US dollars an hour for the whole instance; null when the vendor does not show it. */
  readonly usdPerHour: number | null;
  readonly region: string | null;
  /** Public IP address or host name. */
  readonly address: string | null;
  readonly ports: readonly InstancePort[];
  /** ISO 8601, from the vendor or, where it shows none, from the `Gpu` that created the instance. */
  readonly createdAt: string | null;
  /** The vendor's message about a failure, redacted. */
  readonly error: string | null;
  /** When the instance expires, ISO 8601; null without an expiry. Experimental. */
  readonly expiresAt: string | null;
  /**
   * What ends the instance at its expiry: the vendor itself, or a `gpu.sweep()` of its owner. Null when it has no expiry, and when the
   * vendor did not show the expiry when it was read. Experimental.
   */
  readonly expiryEnforcedBy: "vendor" | "sweep" | null;
  /** Whether this owner created it; `unknown` where the vendor keeps no mark. */
  readonly owned: boolean | "unknown";
  /** Facts that could not be compared with the offer of the create. Only on instances that `create` and `launch` return. */
  readonly unverified?: readonly UnverifiedField[];
}

/** An instance of one of several providers, as a union: a comparison of `provider` narrows it. */
export type InstanceOf<Id extends string> = Id extends string ? Instance<Id> : never;

/** A fact of an offer that the vendor may not show on the instance. */
export type UnverifiedField = "gpu" | "gpuCount" | "market";

/** `provider:id` of an instance. `gpu.parseRef` checks one that was stored as text. */
export type InstanceRef<Id extends string = string> = `${Id}:${string}`;

/** A port of an instance and how it is reached from outside. */
export interface InstancePort {
  readonly port: number;
  readonly protocol: "tcp" | "http" | "udp" | (string & {});
  /** Host and port, or URL, from outside; null when the vendor does not show it. */
  readonly endpoint: string | null;
}

/** How to log in by SSH. */
export interface Access {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** A password only where the vendor supports no keys. Do not log it. */
  readonly auth: { readonly kind: "key" } | { readonly kind: "password"; readonly password: string };
}

/** The start of an instance: every fact but its status is unknown. */
export function bareInstance<Id extends string>(provider: Id, id: string) {
  return {
    ref: `${provider}:${id}`,
    provider,
    id,
    name: null,
    rawStatus: null,
    billing: "unknown",
    gpu: null,
    gpuCount: null,
    market: "unknown",
    usdPerHour: null,
    region: null,
    address: null,
    ports: [],
    createdAt: null,
    error: null,
  } as const satisfies Partial<Instance<Id>>;
}

/** Access by SSH key; undefined while host or port is unknown. */
export function accessByKey(user: string, host: string | null, port: number | null): Access | undefined {
  return host === null || port === null ? undefined : { host, port, user, auth: { kind: "key" } };
}

/** Splits `provider:id`. */
export function splitRef(ref: string): { provider: string; id: string } {
  const colon = ref.indexOf(":");
  return { provider: ref.slice(0, Math.max(colon, 0)), id: ref.slice(colon + 1) };
}
