import type { VendorName } from "./generated/vendor-names.js";
import type { definitions } from "./generated/vendors.js";
import { anything, checkName, checkOptions, milliseconds, SimulatorError } from "./options.js";
import { flag, Invalid, integer, nullable, oneOf, type Rule, text } from "./validation.js";
import type { OperationRoute, OtherMachines } from "./vendor.js";

/** What goes wrong. */
export type FaultKind =
  /** The request is processed, then the connection is reset. */
  | { kind: "response_lost" }
  /**
   * The request is processed, then a 500 is sent. `replayed`: on fal, a repeated idempotency key gets the 500 too. Default: it gets
   * the successful response.
   */
  | { kind: "error_after_commit"; replayed?: boolean | undefined }
  /** The request is processed. The response has the status of a success and half of its JSON (`half`, the default), or a page of HTML. */
  | { kind: "unreadable_response"; form?: "half" | "html" | undefined }
  /** The request is processed and the response is empty. `status`: 200 or 204. Default: 204. */
  | { kind: "empty_response"; status?: 200 | 204 | undefined }
  /** The JSON has another content type. Default: `text/plain`. */
  | { kind: "content_type"; value?: string | undefined }
  /** A 500 is sent, and the request is not processed. */
  | { kind: "error_before_commit" }
  /** The connection is reset, and the request is not processed. */
  | { kind: "reset_before" }
  /** The connection fails, and nothing is sent. `error`: the reason. Default: `no_route`. */
  | { kind: "unreachable"; error?: ConnectFailure | undefined }
  /**
   * The request is processed at once and the response arrives `ms` later. Default: 600,000, longer than any sensible timeout.
   * Time passes in steps of 5 s, so that clients that poll the clock can end their wait.
   */
  | { kind: "slow"; ms?: number | undefined }
  /** Like `slow`, but the request is processed after `ms`. Default: 30,000. */
  | { kind: "slow_start"; ms?: number | undefined }
  /**
   * A timeout outside the client ends the request: `fetch` rejects with `error` (`headers`) after `ms` (30,000). `effect`: the
   * request was processed (`done`, the default), is never processed (`none`), or is processed `lateMs` (30,000) after the rejection
   * (`late`). An idempotency key is stored only when late work is done.
   */
  | {
      kind: "fetch_timeout";
      error?: FetchTimeout | undefined;
      ms?: number | undefined;
      effect?: "done" | "none" | "late" | undefined;
      lateMs?: number | undefined;
    }
  /** 429 with `Retry-After` in seconds; null omits the header. Default: 1. The request is not processed. */
  | { kind: "rate_limited"; retryAfterSeconds?: number | null | undefined }
  /** The vendor's error for out of stock, with another `status` or `message` if given. The request is not processed. */
  | { kind: "no_capacity"; status?: number | undefined; message?: string | undefined }
  /** The vendor's error for an empty account. The request is not processed. */
  | { kind: "insufficient_funds" }
  /** The vendor's error for an expired key. */
  | { kind: "expired_key" }
  /** The vendor's error for an unknown key. */
  | { kind: "unauthorized" }
  /** The vendor's error for a key without the permission. */
  | { kind: "forbidden" }
  /** Every instance in the response has an undocumented status. Default: `HIBERNATING`. */
  | { kind: "unknown_status"; status?: string | undefined }
  /**
   * Numbers in the response are strings; without any number, booleans are. `field`: only fields of this name, where strings of
   * digits also become numbers, and booleans become strings.
   */
  | { kind: "wrong_type"; field?: string | undefined }
  /** Fields of this name are `missing` (default) or `null` in the response, at any depth. */
  | { kind: "missing_field"; field: string; as?: "missing" | "null" | undefined }
  /**
   * The field that carries the caller's mark (tags, name, SSH keys) is `missing` (default) or `null` in instances younger than `ms`.
   * Default: in all instances.
   */
  | { kind: "mark_hidden"; as?: "missing" | "null" | undefined; ms?: number | undefined }
  /** Like `mark_hidden`, for the price of an instance. On Thunder Compute, which has no such field, for catalogue prices. */
  | { kind: "price_hidden"; as?: "missing" | "null" | undefined; ms?: number | undefined }
  /** A page after the first is a 500. Only for lists in pages. */
  | { kind: "page_2_fails" }
  /** Every page has a next page. Only for lists with cursors. */
  | { kind: "endless_pages" }
  /** Every page request returns the first page. Only for lists in pages. */
  | { kind: "page_ignored" }
  /**
   * The list reports that there is more, without a way to read it. `sign`: the field that reports it: `null_cursor` or
   * `repeated_cursor` on fal and RunPod, `repeated_cursor` on Lambda and Vast.ai, `total` on Novita, `cursor`, `hasMore` or `total` on
   * Runcrate. Default: the first.
   */
  | { kind: "cut_page"; sign?: string | undefined }
  /** The list of instances is `ms` old: younger ones are missing, deleted ones are still there. Default: 30,000. */
  | { kind: "list_lag"; ms?: number | undefined }
  /** 404 for an instance younger than `ms`. Default: 5,000. Only for operations on one instance by its id. */
  | { kind: "not_found_yet"; ms?: number | undefined }
  /** The machine is created and never becomes ready. Only for operations that boot a machine. */
  | { kind: "stuck" }
  /** The machine is created and ends in the vendor's failure status. Only for operations that boot a machine. */
  | { kind: "boot_fails" }
  /** The new spot machine is reclaimed by the vendor `ms` after its create. Default: 600,000. Only for creates on the spot market. */
  | { kind: "preempted"; ms?: number | undefined }
  /**
   * The new machine has another GPU than requested (`gpu`, the default; not on fal and Vast.ai), another number of GPUs (`count`; not on
   * Vast.ai), or is rented on the other market (`market`: spot for on demand, or the reverse; Shadeform, Novita and Vast.ai).
   */
  | { kind: "other_machine"; what?: keyof OtherMachines | undefined }
  /** The new machine gets a number above 2^53. Only on Thunder Compute. */
  | { kind: "big_id" };

/** Why a connection fails; see the fault `unreachable`. */
export type ConnectFailure = (typeof connectFailures)[number];
export const connectFailures = [
  "no_route",
  "all_addresses",
  "no_local_port",
  "refused",
  "dns",
  "connect_timeout",
  "proxy",
  "tls",
  "dispatcher",
] as const;

/** The timeout that ends a request: undici's for headers or body, a signal in the caller's `fetch`, or the system's for reads. */
export type FetchTimeout = (typeof fetchTimeouts)[number];
export const fetchTimeouts = ["headers", "body", "signal", "read"] as const;

/** The names of a vendor's operations, as the typed clients have them. */
export type OperationName<Vendor extends VendorName = VendorName> = Vendor extends VendorName
  ? keyof (typeof definitions)[Vendor]["operations"]
  : never;

/** A fault, and which requests it affects. */
export type Fault<Vendor extends VendorName = VendorName> = FaultKind & {
  vendor: Vendor;
  /** Default: every operation. */
  operation?: OperationName<Vendor> | undefined;
  /** How many requests it affects. Default: 1. Infinity: all of them. */
  times?: number | undefined;
};

/** A fault that was placed. */
export interface FaultHandle {
  /** How many requests it has affected. */
  readonly strikes: number;
  /** Removes the fault. Its effects remain. */
  remove(): void;
}

type Kind = FaultKind["kind"];
type OfKind<K extends Kind> = Extract<FaultKind, { kind: K }>;
type PlacedFault = FaultKind & { vendor: VendorName; operation?: string | undefined; times?: number | undefined };

interface Placed {
  fault: PlacedFault;
  left: number;
  strikes: number;
}

/** The placed faults. */
export interface Faults {
  place(fault: PlacedFault, routes: Readonly<Record<string, OperationRoute>>): FaultHandle;
  /** Takes the first fault of these kinds that affects a request, and counts it. */
  strike<K extends Kind>(vendor: VendorName, operation: string, kinds: readonly K[]): OfKind<K> | undefined;
}

export function createFaults(): Faults {
  const placed = new Set<Placed>();
  return {
    place(fault, routes) {
      checkFault(fault, routes);
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

/** The options of a kind, and the operations that it can affect. */
interface KindRules<K extends Kind> {
  options: { readonly [Option in Exclude<keyof OfKind<K>, "kind">]-?: Rule<unknown> };
  /** Options that have no default. */
  required?: readonly string[];
  /** Default: it applies to every operation. */
  appliesTo?: {
    /** Describes the operations, for the error message. */
    what: string;
    has(route: OperationRoute, fault: OfKind<K>): boolean;
    /** The values that are possible, for the error message. */
    choices?(routes: readonly OperationRoute[]): readonly string[];
  };
}

const duration = milliseconds();
/** A duration that may be Infinity. */
const anyDuration = milliseconds({ endless: true });
const hiddenAs = oneOf("missing", "null");
const emptyStatus: Rule<number> = (value, at) => {
  if (value === 200 || value === 204) return value;
  throw new Invalid(`${at} must be 200 or 204`);
};

const kinds: { readonly [K in Kind]: KindRules<K> } = {
  response_lost: { options: {} },
  error_after_commit: { options: { replayed: flag } },
  unreadable_response: { options: { form: oneOf("half", "html") } },
  empty_response: { options: { status: emptyStatus } },
  content_type: { options: { value: text(1) } },
  error_before_commit: { options: {} },
  reset_before: { options: {} },
  unreachable: { options: { error: oneOf(...connectFailures) } },
  slow: { options: { ms: duration } },
  slow_start: { options: { ms: duration } },
  fetch_timeout: {
    options: { error: oneOf(...fetchTimeouts), ms: duration, effect: oneOf("done", "none", "late"), lateMs: duration },
  },
  rate_limited: { options: { retryAfterSeconds: nullable(integer(0)) } },
  no_capacity: { options: { status: integer(400, 599), message: text(1) } },
  insufficient_funds: { options: {} },
  expired_key: { options: {} },
  unauthorized: { options: {} },
  forbidden: { options: {} },
  unknown_status: { options: { status: text(1) } },
  wrong_type: { options: { field: text(1) } },
  missing_field: { options: { field: text(1), as: hiddenAs }, required: ["field"] },
  mark_hidden: {
    options: { as: hiddenAs, ms: anyDuration },
    appliesTo: { what: "with instances that carry a mark", has: ({ markFields }) => markFields !== undefined },
  },
  price_hidden: {
    options: { as: hiddenAs, ms: anyDuration },
    appliesTo: { what: "with prices of instances", has: ({ priceFields }) => priceFields !== undefined },
  },
  page_2_fails: { options: {}, appliesTo: { what: "with pages", has: ({ laterPage }) => laterPage !== undefined } },
  endless_pages: { options: {}, appliesTo: { what: "with pages", has: ({ pages }) => pages?.endless !== undefined } },
  page_ignored: { options: {}, appliesTo: { what: "with pages", has: ({ pages }) => pages?.parameter !== undefined } },
  cut_page: {
    options: { sign: text(1) },
    appliesTo: {
      what: "that can report more items by that sign",
      has({ pages }, { sign }) {
        return pages !== undefined && (sign === undefined || Object.hasOwn(pages.cut, sign));
      },
      choices: (routes) => routes.flatMap(({ pages }) => Object.keys(pages?.cut ?? {})),
    },
  },
  list_lag: {
    options: { ms: duration },
    appliesTo: { what: "that list instances", has: ({ listsInstances }) => listsInstances === true },
  },
  not_found_yet: {
    options: { ms: anyDuration },
    appliesTo: { what: "on one instance", has: ({ instanceId }) => instanceId !== undefined },
  },
  stuck: { options: {}, appliesTo: { what: "that boot a machine", has: ({ boots }) => boots === true } },
  boot_fails: { options: {}, appliesTo: { what: "that boot a machine", has: ({ boots }) => boots === true } },
  preempted: {
    options: { ms: duration },
    appliesTo: { what: "that rent spot machines", has: ({ rentsSpot }) => rentsSpot !== undefined },
  },
  other_machine: {
    options: { what: oneOf("gpu", "count", "market") },
    appliesTo: {
      what: "whose machine has such an alternative",
      has: ({ otherMachines }, { what = "gpu" }) => otherMachines?.[what] !== undefined,
    },
  },
  big_id: { options: {}, appliesTo: { what: "that number machines", has: ({ numbersMachines }) => numbersMachines === true } },
};

export const faultKinds: readonly string[] = Object.keys(kinds);

/** Rejects misspelled faults, and faults that can never apply: a test with them could not fail. */
function checkFault(fault: PlacedFault, routes: Readonly<Record<string, OperationRoute>>): void {
  const { vendor, operation, kind, times = 1 } = fault;
  checkName(kind, faultKinds, "fault: kind");
  const { options, required = [], appliesTo }: KindRules<Kind> = kinds[kind];
  const where = `fault ${kind}`;
  checkOptions(fault, { vendor: anything, operation: anything, kind: anything, times: anything, ...options }, where);
  const absent = required.find((name) => !(name in fault));
  if (absent !== undefined) throw new SimulatorError(`${where} needs the option ${absent}`);
  if (!(typeof times === "number" && times > 0))
    throw new SimulatorError(`${where}: times must be above 0, not ${String(times)}`);
  if (operation !== undefined && !Object.hasOwn(routes, operation)) {
    throw new SimulatorError(`${vendor} has no operation ${operation}; it has ${Object.keys(routes).join(", ")}`);
  }
  const candidates = Object.entries(routes).flatMap(([name, route]) =>
    operation === undefined || name === operation ? [route] : [],
  );
  if (!appliesTo || candidates.some((route) => appliesTo.has(route, fault as never))) return;
  const choices = [...new Set(appliesTo.choices?.(candidates))].join(", ");
  const which = choices === "" ? "" : `: ${choices}`;
  throw new SimulatorError(
    `${kind} cannot apply to ${operation ?? "any operation"} of ${vendor}: it applies only to operations ${appliesTo.what}${which}`,
    "does_not_apply",
  );
}
