import type { GpuIdentity } from "./gpu-models.js";
import type { Market } from "./offer.js";

/** One life cycle for all vendors. `unknown` is a status that the vendor has and this package does not know. */
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

/** What an instance costs in its present status: `compute` all of it, `storage` its disk only. */
export type Billing = "compute" | "storage" | "none" | "unknown";

/** A rented machine. Plain JSON, and no secret in it. */
export interface Instance<Id extends string = string> {
  /** `provider:id`; every call takes it in place of the instance. */
  readonly ref: InstanceRef<Id>;
  readonly provider: Id;
  /** The vendor's id. */
  readonly id: string;
  readonly name: string | null;
  readonly status: InstanceStatus;
  /** As the vendor spells it; null while nothing was read back. */
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
  /** ISO 8601, by the vendor; where that shows none, by the `Gpu` that created it. */
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
  /** What could not be compared with the offer that it was created from. Only on instances that `create` and `launch` return. */
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
  /** With a password only where the vendor takes no key. Keep it out of logs. */
  readonly auth: { readonly kind: "key" } | { readonly kind: "password"; readonly password: string };
}

/** Splits `provider:id`. */
export function splitRef(ref: string): { provider: string; id: string } {
  const colon = ref.indexOf(":");
  return { provider: ref.slice(0, Math.max(colon, 0)), id: ref.slice(colon + 1) };
}
