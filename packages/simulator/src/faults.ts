import type { OperationRoute, VendorName } from "./vendor.js";
import type { OperationName } from "./vendors/index.js";

/** What goes wrong. Where a fault needs a number, it has a default. */
export type FaultKind =
  /** The vendor does what was asked, then the connection is reset. */
  | { kind: "answer_lost" }
  /**
   * The vendor does what was asked, then answers 500. `replayed`: on fal, the 500 is what a repeated idempotency key gets too;
   * by default that gets the answer of the success.
   */
  | { kind: "error_after_commit"; replayed?: boolean | undefined }
  /** The vendor does what was asked, then sends half of its JSON with the status of success. */
  | { kind: "unreadable_answer" }
  /** 500, and nothing was done. */
  | { kind: "error_before_commit" }
  /** The connection is reset, and nothing was done. */
  | { kind: "reset_before" }
  /**
   * The vendor does what was asked and answers `ms` later. Default: 600,000, longer than any sensible
   * timeout. Time passes in steps of 5 s, so that clients that look at the clock can end their wait.
   */
  | { kind: "slow"; ms?: number | undefined }
  /** 429 with `Retry-After`, in seconds; null leaves the header out. Default: 1. Nothing was done. */
  | { kind: "rate_limited"; retryAfterSeconds?: number | null | undefined }
  /** Sold out, in the vendor's words. Nothing was done. */
  | { kind: "no_capacity" }
  /** The account is empty, in the vendor's words. Nothing was done. */
  | { kind: "insufficient_funds" }
  /** The key was good until now. */
  | { kind: "expired_key" }
  /** The key is refused. */
  | { kind: "unauthorized" }
  /** The key may not do this. */
  | { kind: "forbidden" }
  /** Every instance in the answer has a status that nobody knows. Default: `HIBERNATING`. */
  | { kind: "unknown_status"; status?: string | undefined }
  /**
   * Numbers in the answer are strings. `field`: only fields of this name, and there a string of digits becomes a number too,
   * a boolean a string. Without it: every number; where the answer has none, every boolean.
   */
  | { kind: "wrong_type"; field?: string | undefined }
  /** A page behind the first answers 500. Only for lists in pages. */
  | { kind: "page_2_fails" }
  /** The list of instances is `ms` old: younger ones are missing, deleted ones are still there. Default: 30,000. */
  | { kind: "list_lag"; ms?: number | undefined }
  /** The machine is made and never gets ready. Only for operations that boot one. */
  | { kind: "stuck" }
  /** The machine is made and ends in the vendor's failure. Only for operations that boot one. */
  | { kind: "boot_fails" };

/** A fault, and where and how often it strikes. */
export type Fault<Vendor extends VendorName = VendorName> = FaultKind & {
  vendor: Vendor;
  /** Default: every operation. */
  operation?: OperationName<Vendor> | undefined;
  /** How many requests it strikes. Default: 1; Infinity for all. */
  times?: number | undefined;
};

/** A fault in its place. */
export interface FaultHandle {
  /** How many requests it has struck. */
  readonly strikes: number;
  /** Takes it away; what it has done stays. */
  remove(): void;
}

type Kind = FaultKind["kind"];
type OfKind<K extends Kind> = Extract<FaultKind, { kind: K }>;

interface Placed {
  fault: FaultKind & { vendor: VendorName; operation?: string | undefined };
  left: number;
  strikes: number;
}

/** The faults in place. */
export interface Faults {
  place(fault: Placed["fault"] & { times?: number | undefined }, routes: Readonly<Record<string, OperationRoute>>): FaultHandle;
  /** The first fault of one of these kinds for a request, if any; it has struck then. */
  strike<K extends Kind>(vendor: VendorName, operation: string, kinds: readonly K[]): OfKind<K> | undefined;
}

/** Makes a registry without faults. */
export function createFaults(): Faults {
  const placed = new Set<Placed>();
  return {
    place(fault, routes) {
      refuseIdle(fault, routes);
      const entry: Placed = { fault, left: fault.times ?? 1, strikes: 0 };
      placed.add(entry);
      return {
        get strikes() {
          return entry.strikes;
        },
        remove: () => void placed.delete(entry),
      };
    },
    strike<K extends Kind>(vendor: VendorName, operation: string, kinds: readonly K[]) {
      for (const entry of placed) {
        const { fault } = entry;
        if (fault.vendor !== vendor || (fault.operation !== undefined && fault.operation !== operation)) continue;
        if (!isOfKind(fault, kinds)) continue;
        entry.left -= 1;
        entry.strikes += 1;
        if (entry.left <= 0) placed.delete(entry);
        return fault;
      }
      return undefined;
    },
  };
}

function isOfKind<K extends Kind>(fault: FaultKind, kinds: readonly K[]): fault is OfKind<K> {
  return kinds.some((kind) => kind === fault.kind);
}

const needs: Partial<Record<Kind, [keyof OperationRoute, string]>> = {
  page_2_fails: ["laterPage", "lists in pages"],
  list_lag: ["listsInstances", "lists instances"],
  stuck: ["boots", "boots a machine"],
  boot_fails: ["boots", "boots a machine"],
};

/** A fault that can never strike would make a test that cannot fail. */
function refuseIdle(
  fault: Placed["fault"] & { times?: number | undefined },
  routes: Readonly<Record<string, OperationRoute>>,
): void {
  const { vendor, operation, kind, times = 1 } = fault;
  if (!(times > 0)) throw new RangeError(`${kind}: times must be above 0, not ${times}`);
  const candidates = operation === undefined ? Object.values(routes) : [routes[operation]];
  if (candidates.includes(undefined)) {
    throw new Error(`${vendor} has no operation ${operation}; it has ${Object.keys(routes).join(", ")}`);
  }
  const [property, meaning] = needs[kind] ?? [];
  if (property && !candidates.some((route) => route?.[property])) {
    throw new Error(`${kind} cannot strike ${operation ?? "any operation"} of ${vendor}: it strikes only what ${meaning}`);
  }
}
