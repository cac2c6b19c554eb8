import { Clock } from "@gpu/core";
/** Something to rent. */
interface Product {
  readonly id: string;
  /** US dollars per hour for one unit: a GPU on Novita, a whole machine elsewhere. */
  usdPerHour: number;
  /** How many units are free. Infinity: no limit. */
  free: number;
}
/** A vendor's products. Tests may change prices and stock. */
interface Catalogue<P extends Product = Product> {
  products(): readonly Readonly<P>[];
  /** Throws an Error for an unknown product, and a RangeError when the vendor's currency unit cannot express the price. */
  setPrice(id: string, usdPerHour: number): void;
  /** Sets how many units are free. Throws an Error for an unknown product. */
  setFree(id: string, free: number): void;
}
/** A clock whose time passes without waiting. Pass it to clients as `clock`. */
interface VirtualClock extends Clock {
  /**
   * Advances the time by `ms`. Each sleeper on the way wakes at its own time, and its work settles before time goes on.
   * Rejects with a RangeError unless `ms` is a finite number from 0 on.
   */
  advance(ms: number): Promise<void>;
  /**
   * Stops automatic time until the returned function is called. Use it for real work that the clock cannot see (a file, a digest,
   * another server), so that no timeout fires meanwhile. The simulator holds the clock while it processes a request.
   */
  hold(): () => void;
}
/** Options of `createVirtualClock`. */
interface VirtualClockOptions {
  /** The first time. Default: 2026-01-01T00:00:00Z. */
  startAt?: Date | number | undefined;
  /**
   * - `automatic` (default): when the program is idle, time jumps to the earliest sleeper. Idle: no request is being processed,
   *   nothing holds the clock, and for `quietMs` no `sleep` has begun or ended and no request was sent.
   * - `manual`: only `advance` moves time.
   * - `real`: follows the system clock, `speed` times as fast; `advance` adds to it. For servers that other processes use.
   */
  pace?: "automatic" | "manual" | "real" | undefined;
  /** Only for `automatic`: idle time before a jump, in real milliseconds. Default: 2. 0: one turn of the event loop. */
  quietMs?: number | undefined;
  /** Only for `real`: virtual milliseconds per real millisecond. Default: 1. */
  speed?: number | undefined;
}
/** Creates a virtual clock. Throws a `SimulatorError` when an option is unknown or wrong. */
export declare function createVirtualClock(options?: VirtualClockOptions): VirtualClock;
/** The name of a vendor that the simulator stands in for. */
type VendorName = "fal" | "lambda" | "novita" | "runcrate" | "runpod" | "shadeform" | "thunder-compute" | "vast";
/** The request that had an effect. */
interface RequestReference {
  /** Its `number` in `requests()`. */
  number: number;
  operation: string;
}
/** A rental: when it began, by which request, and its cost so far. */
interface LedgerEntry {
  vendor: VendorName;
  kind: "instance" | "cluster" | "volume" | "snapshot";
  /** The vendor's id; the uuid on Thunder Compute. */
  id: string;
  /** Null where the vendor has no names. */
  name: string | null;
  /** Id of the product in the catalogue; the size for volumes and snapshots. */
  product: string;
  /** ISO 8601. */
  createdAt: string;
  createdBy: RequestReference;
  /** When deletion was requested; null before. ISO 8601. */
  endedAt: string | null;
  /** Null while it runs, and when the vendor ended it without a request. */
  endedBy: RequestReference | null;
  /** The current price in US dollars per hour; 0 while nothing is charged. */
  usdPerHour: number;
  /** Charged time in milliseconds, rounded up as the vendor does. Simultaneous charges count once. */
  billedMs: number;
  /** Cost so far in US dollars, rounded to millionths. */
  usd: number;
}
/** The charges of one rental. */
interface Rental {
  /** Sets the price of `line` from `at` on. `at` may be in the future. */
  charge(line: ChargeLine, usdPerHour: number, at: number): void;
  /** Sets the price of `line` to 0 from `at` on. */
  stop(line: ChargeLine, at: number): void;
  /** Ends all charges. `by` is undefined when the vendor ended it without a request. */
  end(at: number, by: RequestReference | undefined): void;
  rename(name: string): void;
  /** Cost until `at` in US dollars, not rounded. */
  cost(at: number): number;
}
/** What is charged. Both may run at once. */
type ChargeLine = "compute" | "storage";
/** The rentals of one vendor, with the times of its clock. */
interface VendorLedger {
  /** Opens the rental that a request began. `name` is null where the vendor has no names. */
  open(kind: LedgerEntry["kind"], rented: {
    readonly id: string | number;
    readonly name: string | null;
    readonly product: string;
  }, request: {
    readonly at: number;
    readonly reference: RequestReference;
  }): Rental;
  /** The vendor's entries at a moment, oldest first. */
  entries(at: number): LedgerEntry[];
  /** Cost of all rentals until `at` in US dollars. */
  spent(at: number): number;
}
/** Boot outcome of a new machine. */
type BootOutcome = "ready" | "stuck" | "fails";
/** Pseudo-random values from a seed. */
interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** Whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  pick<T>(from: readonly [T, ...T[]]): T;
  /** Lower-case hexadecimal digits. */
  hex(length: number): string;
  /** Lower-case letters and digits. */
  letters(length: number): string;
  bytes(length: number): Uint8Array;
  /** In the form of RFC 9562, version 4. */
  uuid(): string;
  /** From 198.18.0.0/15, which RFC 2544 reserves for tests. */
  ipv4(): string;
}
/** The behaviour of a vendor that a test can change. */
interface VendorSettings {
  /** From a create until the status reports that the machine is ready, in milliseconds. */
  bootMs: number;
  /** From then until the address is known, in milliseconds. */
  addressMs: number;
  /** How old lists of instances are, in milliseconds: newer instances are missing, and instances deleted since then are listed. */
  settleMs: number;
  /** Items on a page, where the vendor has pages and the request does not set the number. */
  pageSize: number;
  /** Number of the first page, where the vendor counts pages: 0 or 1. Other vendors ignore it. */
  firstPage: number;
  /** How far the vendor's clock is ahead, in milliseconds; negative: behind. Affects times in bodies and the `Date` header. */
  clockOffMs: number;
  /** The minimum time between two creates, in milliseconds: an earlier one is rejected as rate limited. Only for Lambda and Vast.ai. */
  createIntervalMs: number;
  /** The initial balance of the account in US dollars, for vendors that report it. */
  balanceUsd: number;
}
/** Defaults of settings that few vendors need. */
declare const defaultSettings: {
  readonly firstPage: 0;
  readonly clockOffMs: 0;
  readonly createIntervalMs: 0;
};
/** How faults distort the pages of a list. */
interface PagesTraits {
  /** The query parameter that selects the page. */
  readonly parameter?: string;
  /** By sign: returns a body that reports more items without a way to read them. */
  readonly cut: Readonly<Record<string, (body: Fields, query: URLSearchParams) => Fields>>;
  /** Returns a body that reports a next page. */
  readonly endless?: (body: Fields, query: URLSearchParams) => Fields;
}
/** The fields of a JSON object. */
type Fields = Readonly<Record<string, unknown>>;
/** Returns the body of a create for a machine with another GPU or GPU count, or on the other market. */
interface OtherMachines {
  readonly gpu?: (body: Fields) => Fields;
  readonly count?: (body: Fields) => Fields;
  readonly market?: (body: Fields) => Fields;
}
/** One operation of a vendor. */
interface OperationRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As in the vendor's document, relative to its base URL. */
  readonly path: string;
  /** The path begins at the root of the host instead, outside of the base URL. */
  readonly atRoot?: true;
  /** Needs no key. */
  readonly public?: true;
  /** Boots a machine, which may hang or fail. */
  readonly boots?: true;
  /** Lists instances, so the list may be old. */
  readonly listsInstances?: true;
  /** For lists in pages: whether the query requests a page after the first. */
  readonly laterPage?: (query: URLSearchParams) => boolean;
  /** For lists in pages, and for other lists that can report more items. */
  readonly pages?: PagesTraits;
  /** Returns the id of the instance in a request. */
  readonly instanceId?: (request: Pick<ApiRequest, "path" | "query" | "body">) => unknown;
  /** Response fields of an instance that can carry the caller's mark. */
  readonly markFields?: readonly string[];
  /** Response fields with the price of an instance. */
  readonly priceFields?: readonly string[];
  /** For creates: whether the request is for a spot machine, which may be reclaimed. */
  readonly rentsSpot?: (body: Fields) => boolean;
  /** For creates: how the fault `other_machine` changes the request. */
  readonly otherMachines?: OtherMachines;
  /** Returns a machine's number as a JSON number. */
  readonly numbersMachines?: true;
}
/** A parsed request for a handler. */
interface ApiRequest {
  readonly reference: RequestReference;
  /** When it arrived, by the vendor's clock. */
  readonly at: number;
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** The parsed JSON; undefined when there is no body. */
  readonly body: unknown;
  /** The time that a list of instances shows: before `at` while lists are old. */
  readonly listAt: number;
  readonly bootOutcome: BootOutcome;
  /** How long after its create a spot machine is reclaimed; Infinity when it never is. */
  readonly preemptedAfterMs: number;
  /** Whether a new machine gets a number above 2^53. */
  readonly wantsBigId: boolean;
}
/** A handler's response. */
interface ApiResponse {
  status: number;
  /** Sent as JSON; undefined sends an empty body. */
  body?: unknown;
  /** Sent as plain text instead of a body. */
  text?: string;
  headers?: Readonly<Record<string, string>>;
}
/** Processes one operation. Throws `ApiError` or `Invalid` to reject the request. */
type Handler = (request: ApiRequest) => ApiResponse | Promise<ApiResponse>;
/** A vendor's error responses. */
interface ErrorResponses {
  invalidRequest(problem: string): ApiResponse;
  unauthorized(): ApiResponse;
  expiredKey(): ApiResponse;
  forbidden(): ApiResponse;
  notFound(): ApiResponse;
  rateLimited(): ApiResponse;
  internalError(): ApiResponse;
  noCapacity(body: unknown): ApiResponse;
  insufficientFunds(): ApiResponse;
  /** For an unknown path or method. Default: `notFound`. */
  unknownPath?(method: string, path: string): ApiResponse;
  /** An error with this status and message in the vendor's format. Default: `{ message }`. */
  failure?(status: number, message: string): ApiResponse;
}
/** The environment of a vendor. */
interface World {
  readonly now: () => number;
  /** The vendor's own sequence: calls to other vendors do not change it. */
  readonly random: Random;
  readonly ledger: VendorLedger;
  readonly settings: VendorSettings;
}
/** A running vendor. */
interface VendorServer<Operation extends string> {
  /** A valid key, without a prefix. */
  readonly apiKey: string;
  /** Throws `ApiError` unless the request is authorized. Not called for public operations. */
  authorize(request: Pick<ApiRequest, "headers">): void;
  readonly handlers: Readonly<Record<Operation, Handler>>;
  readonly catalogue: Catalogue;
  /** Applies everything that the vendor does by itself until now. */
  settle?(): void;
}
/** The definition of a vendor, one in each file of `vendors/`. */
interface VendorDefinition<Operation extends string = string> {
  readonly vendor: VendorName;
  /** Without a trailing slash. `listen` serves the path of the first one. */
  readonly baseUrls: readonly [string, ...string[]];
  readonly operations: Readonly<Record<Operation, OperationRoute>>;
  readonly errorResponses: ErrorResponses;
  /** Each uninterrupted charge is rounded up to a multiple of this, in milliseconds. Default: 1,000. */
  readonly billingStepMs?: number;
  readonly defaults: Omit<VendorSettings, keyof typeof defaultSettings> & Partial<VendorSettings>;
  /** The same response is sent again to a request with the same key in this header. */
  readonly replay?: {
    readonly operation: Operation;
    readonly header: string;
    readonly windowMs: number;
  };
  start(world: World): VendorServer<Operation>;
}
/** The definition of every vendor, by its name. */
declare const definitions: {
  readonly fal: VendorDefinition<"createInstance" | "listInstances" | "getInstance" | "deleteInstance" | "getClusterMetrics" | "getAccountBilling" | "listApiKeys" | "createApiKey" | "deleteApiKey">;
  readonly lambda: VendorDefinition<"createInstance" | "listInstances" | "getInstance" | "deleteInstance" | "listInstanceTypes" | "listRegions" | "listImages" | "updateInstance" | "restartInstance" | "listSshKeys" | "createSshKey" | "deleteSshKey" | "listVolumes" | "listFilesystems" | "createVolume" | "deleteVolume" | "listFirewallRules" | "replaceFirewallRules" | "listFirewallRulesets" | "createFirewallRuleset" | "getGlobalFirewallRuleset" | "updateGlobalFirewallRuleset" | "getFirewallRuleset" | "updateFirewallRuleset" | "deleteFirewallRuleset" | "listAuditEvents">;
  readonly novita: VendorDefinition<"createInstance" | "listInstances" | "getInstance" | "deleteInstance" | "listInstanceTypes" | "updateInstance" | "restartInstance" | "listVolumes" | "createVolume" | "deleteVolume" | "listInstanceTypesV2" | "listRegionsV2" | "listInstancesV2" | "createInstanceV2" | "getInstanceV2" | "deleteInstanceV2" | "startInstanceV2" | "stopInstanceV2" | "restartInstanceV2" | "updateInstancePortsV2" | "resizeInstanceRootfsV2" | "renewInstanceV2" | "updateInstanceAutoRenewalV2" | "updateInstanceAutoMigrationV2" | "upgradeInstanceV2" | "migrateInstanceV2" | "changeInstanceBillingV2" | "updateInstanceWebTerminalV2" | "listTemplatesV2" | "createTemplateV2" | "getTemplateV2" | "deleteTemplateV2" | "listNetworksV2" | "createNetworkV2" | "getNetworkV2" | "updateNetworkV2" | "deleteNetworkV2" | "saveInstanceImageV2" | "listJobsV2" | "getJobV2" | "cancelJobV2" | "listImagesV2" | "deleteImageV2" | "listImagePrewarmsV2" | "createImagePrewarmV2" | "getImagePrewarmV2" | "deleteImagePrewarmsV2" | "startInstance" | "stopInstance" | "upgradeInstance" | "migrateInstance" | "renewInstance" | "changeInstanceBilling" | "updateInstanceAutoRenewal" | "updateInstanceAutoMigration" | "getInstanceMetrics" | "listCpuInstanceTypes" | "listClusters" | "updateVolume" | "listTemplates" | "getTemplate" | "createTemplate" | "deleteTemplate" | "listRegistryCredentials" | "createRegistryCredential" | "deleteRegistryCredential" | "saveInstanceImage" | "listJobs" | "cancelJob" | "listNetworks" | "getNetwork" | "createNetwork" | "updateNetwork" | "deleteNetwork" | "updateTemplate" | "getImagePrewarmQuota" | "listImagePrewarms" | "createImagePrewarm" | "updateImagePrewarm" | "deleteImagePrewarms" | "getBalance" | "listMonthlyBills" | "listBills">;
  readonly runcrate: VendorDefinition<"createInstance" | "listInstances" | "getInstance" | "deleteInstance" | "listInstanceTypes" | "listSshKeys" | "createSshKey" | "deleteSshKey" | "listVolumes" | "createVolume" | "deleteVolume" | "updateVolume" | "listTemplates" | "getBalance" | "getInstanceStatus" | "createInstanceSshCertificate" | "listStorageRegions" | "getVolume" | "listTransactions" | "getUsage" | "listWorkspaces" | "listEnvironments" | "createEnvironment" | "getEnvironment" | "updateEnvironment" | "deleteEnvironment">;
  readonly runpod: VendorDefinition<"createInstance" | "listInstances" | "getInstance" | "deleteInstance" | "updateInstance" | "listSshKeys" | "listVolumes" | "createVolume" | "deleteVolume" | "listCpuInstanceTypes" | "listClusters" | "updateVolume" | "listTemplates" | "getTemplate" | "createTemplate" | "deleteTemplate" | "listRegistryCredentials" | "createRegistryCredential" | "deleteRegistryCredential" | "updateTemplate" | "getVolume" | "runInstanceAction" | "getInstanceLogs" | "replaceSshKeys" | "listGpuTypes" | "getGpuType" | "listDataCenters" | "getDataCenter" | "getCpuInstanceType" | "listPublicTemplates" | "getRegistryCredential" | "listBillingRecords" | "listInstanceBillingRecords" | "listVolumeBillingRecords" | "listClusterBillingRecords" | "createCluster" | "getCluster" | "updateCluster" | "deleteCluster" | "listClusterInstances">;
  readonly shadeform: VendorDefinition<"createInstance" | "listInstances" | "getInstance" | "deleteInstance" | "listInstanceTypes" | "updateInstance" | "restartInstance" | "listSshKeys" | "createSshKey" | "deleteSshKey" | "listVolumes" | "createVolume" | "deleteVolume" | "listClusters" | "listTemplates" | "getTemplate" | "createTemplate" | "deleteTemplate" | "updateTemplate" | "getVolume" | "createCluster" | "getCluster" | "deleteCluster" | "listClusterTypes" | "getSshKey" | "setDefaultSshKey" | "listVolumeTypes" | "listFeaturedTemplates">;
  readonly "thunder-compute": VendorDefinition<"createInstance" | "listInstances" | "deleteInstance" | "listInstanceTypes" | "updateInstance" | "listSshKeys" | "createSshKey" | "deleteSshKey" | "listInstanceTypesV2" | "listTemplates" | "updateInstancePorts" | "addInstanceSshKey" | "checkToken" | "listPrices" | "listAvailability" | "listPricesV2" | "listAvailabilityV2" | "createSnapshot" | "listSnapshots" | "deleteSnapshot">;
  readonly vast: VendorDefinition<"createInstance" | "listInstances" | "getInstance" | "deleteInstance" | "updateInstance" | "restartInstance" | "listSshKeys" | "createSshKey" | "deleteSshKey" | "listVolumes" | "createVolume" | "deleteVolume" | "listTemplates" | "createTemplate" | "deleteTemplate" | "updateTemplate" | "createSnapshot" | "searchOffers" | "recycleInstance" | "changeBid" | "prepayInstance" | "requestInstanceLogs" | "updateSshKey" | "listInstanceSshKeys" | "attachInstanceSshKey" | "detachInstanceSshKey" | "searchVolumeOffers" | "getCurrentUser" | "listInvoices" | "listCharges">;
};
/** What goes wrong. */
type FaultKind =
/** The request is processed, then the connection is reset. */
{
  kind: "response_lost";
} |
/**
 * The request is processed, then a 500 is sent. `replayed`: on fal, a repeated idempotency key gets the 500 too. Default: it gets
 * the successful response.
 */
{
  kind: "error_after_commit";
  replayed?: boolean | undefined;
} |
/** The request is processed. The response has the status of a success and half of its JSON (`half`, the default), or a page of HTML. */
{
  kind: "unreadable_response";
  form?: "half" | "html" | undefined;
} |
/** The request is processed and the response is empty. `status`: 200 or 204. Default: 204. */
{
  kind: "empty_response";
  status?: 200 | 204 | undefined;
} |
/** The JSON has another content type. Default: `text/plain`. */
{
  kind: "content_type";
  value?: string | undefined;
} |
/** A 500 is sent, and the request is not processed. */
{
  kind: "error_before_commit";
} |
/** The connection is reset, and the request is not processed. */
{
  kind: "reset_before";
} |
/** The connection fails, and nothing is sent. `error`: the reason. Default: `no_route`. */
{
  kind: "unreachable";
  error?: ConnectFailure | undefined;
} |
/**
 * The request is processed at once and the response arrives `ms` later. Default: 600,000, longer than any sensible timeout.
 * Time passes in steps of 5 s, so that clients that poll the clock can end their wait.
 */
{
  kind: "slow";
  ms?: number | undefined;
} |
/** Like `slow`, but the request is processed after `ms`. Default: 30,000. */
{
  kind: "slow_start";
  ms?: number | undefined;
} |
/**
 * A timeout outside the client ends the request: `fetch` rejects with `error` (`headers`) after `ms` (30,000). `effect`: the
 * request was processed (`done`, the default), is never processed (`none`), or is processed `lateMs` (30,000) after the rejection
 * (`late`). An idempotency key is stored only when late work is done.
 */
{
  kind: "fetch_timeout";
  error?: FetchTimeout | undefined;
  ms?: number | undefined;
  effect?: "done" | "none" | "late" | undefined;
  lateMs?: number | undefined;
} |
/** 429 with `Retry-After` in seconds; null omits the header. Default: 1. The request is not processed. */
{
  kind: "rate_limited";
  retryAfterSeconds?: number | null | undefined;
} |
/** The vendor's error for out of stock, with another `status` or `message` if given. The request is not processed. */
{
  kind: "no_capacity";
  status?: number | undefined;
  message?: string | undefined;
} |
/** The vendor's error for an empty account. The request is not processed. */
{
  kind: "insufficient_funds";
} |
/** The vendor's error for an expired key. */
{
  kind: "expired_key";
} |
/** The vendor's error for an unknown key. */
{
  kind: "unauthorized";
} |
/** The vendor's error for a key without the permission. */
{
  kind: "forbidden";
} |
/** Every instance in the response has an undocumented status. Default: `HIBERNATING`. */
{
  kind: "unknown_status";
  status?: string | undefined;
} |
/**
 * Numbers in the response are strings; without any number, booleans are. `field`: only fields of this name, where strings of
 * digits also become numbers, and booleans become strings.
 */
{
  kind: "wrong_type";
  field?: string | undefined;
} |
/** Fields of this name are `missing` (default) or `null` in the response, at any depth. */
{
  kind: "missing_field";
  field: string;
  as?: "missing" | "null" | undefined;
} |
/**
 * The field that carries the caller's mark (tags, name, SSH keys) is `missing` (default) or `null` in instances younger than `ms`.
 * Default: in all instances.
 */
{
  kind: "mark_hidden";
  as?: "missing" | "null" | undefined;
  ms?: number | undefined;
} |
/** Like `mark_hidden`, for the price of an instance. On Thunder Compute, which has no such field, for catalogue prices. */
{
  kind: "price_hidden";
  as?: "missing" | "null" | undefined;
  ms?: number | undefined;
} |
/** A page after the first is a 500. Only for lists in pages. */
{
  kind: "page_2_fails";
} |
/** Every page has a next page. Only for lists with cursors. */
{
  kind: "endless_pages";
} |
/** Every page request returns the first page. Only for lists in pages. */
{
  kind: "page_ignored";
} |
/**
 * The list reports that there is more, without a way to read it. `sign`: the field that reports it: `null_cursor` or
 * `repeated_cursor` on fal and RunPod, `repeated_cursor` on Lambda and Vast.ai, `total` on Novita, `cursor`, `hasMore` or `total` on
 * Runcrate. Default: the first.
 */
{
  kind: "cut_page";
  sign?: string | undefined;
} |
/** The list of instances is `ms` old: younger ones are missing, deleted ones are still there. Default: 30,000. */
{
  kind: "list_lag";
  ms?: number | undefined;
} |
/** 404 for an instance younger than `ms`. Default: 5,000. Only for operations on one instance by its id. */
{
  kind: "not_found_yet";
  ms?: number | undefined;
} |
/** The machine is created and never becomes ready. Only for operations that boot a machine. */
{
  kind: "stuck";
} |
/** The machine is created and ends in the vendor's failure status. Only for operations that boot a machine. */
{
  kind: "boot_fails";
} |
/** The new spot machine is reclaimed by the vendor `ms` after its create. Default: 600,000. Only for creates on the spot market. */
{
  kind: "preempted";
  ms?: number | undefined;
} |
/**
 * The new machine has another GPU than requested (`gpu`, the default; not on fal and Vast.ai), another number of GPUs (`count`; not on
 * Vast.ai), or is rented on the other market (`market`: spot for on demand, or the reverse; Shadeform, Novita and Vast.ai).
 */
{
  kind: "other_machine";
  what?: keyof OtherMachines | undefined;
} |
/** The new machine gets a number above 2^53. Only on Thunder Compute. */
{
  kind: "big_id";
};
/** Why a connection fails; see the fault `unreachable`. */
type ConnectFailure = (typeof connectFailures)[number];
declare const connectFailures: readonly ["no_route", "all_addresses", "no_local_port", "refused", "dns", "connect_timeout", "proxy", "tls", "dispatcher"];
/** The timeout that ends a request: undici's for headers or body, a signal in the caller's `fetch`, or the system's for reads. */
type FetchTimeout = (typeof fetchTimeouts)[number];
declare const fetchTimeouts: readonly ["headers", "body", "signal", "read"];
/** The names of a vendor's operations, as the typed clients have them. */
type OperationName<Vendor extends VendorName = VendorName> = Vendor extends VendorName ? keyof (typeof definitions)[Vendor]["operations"] : never;
/** A fault, and which requests it affects. */
type Fault<Vendor extends VendorName = VendorName> = FaultKind & {
  vendor: Vendor;
  /** Default: every operation. */
  operation?: OperationName<Vendor> | undefined;
  /** How many requests it affects. Default: 1. Infinity: all of them. */
  times?: number | undefined;
};
/** A fault that was placed. */
interface FaultHandle {
  /** How many requests it has affected. */
  readonly strikes: number;
  /** Removes the fault. Its effects remain. */
  remove(): void;
}
/** An invalid use of the simulator. The message names the argument and its allowed values. */
export declare class SimulatorError extends Error {
  name: string;
  /** `does_not_apply`: the fault is valid, but can never affect this vendor or operation. */
  readonly code: "invalid_option" | "does_not_apply";
  constructor(message: string, code?: SimulatorError["code"]);
}
/** A received request, without its key and body. */
interface RequestRecord {
  /** Counted from 1 over all vendors. */
  number: number;
  vendor: VendorName;
  /** Null when the vendor has no such operation. */
  operation: string | null;
  method: string;
  /** Relative to the base URL, without the query. */
  path: string;
  /** ISO 8601, by the virtual clock. */
  at: string;
  /** Null until there is a response; stays null when the response was lost. */
  status: number | null;
  /** The kinds of the faults that affected it. */
  faults: string[];
  idempotencyKey: string | null;
}
/** The running servers. */
interface Listening {
  /** The base URL of each simulated vendor, without a trailing slash: `http://127.0.0.1:PORT/v1`. */
  readonly urls: Readonly<Partial<Record<VendorName, string>>>;
  /** Stops the servers and closes every connection. */
  close(): Promise<void>;
}
/** Options of `createSimulator`. */
interface SimulatorOptions {
  /** The simulated vendors, as a list of names or with settings by name. Default: all. */
  vendors?: readonly VendorName[] | { readonly [Vendor in VendorName]?: Partial<VendorSettings>; } | undefined;
  /** Determines ids, addresses, keys and passwords. Default: `"gpu"`. */
  seed?: string | number | undefined;
  /** Default: `createVirtualClock()`, which moves by itself while the program is idle. */
  clock?: VirtualClock | undefined;
}
/** GPU clouds in memory. */
interface Simulator {
  /**
   * Pass it to clients as `fetch`, or replace the global `fetch` with it. It serves the hosts of the simulated vendors. Any other
   * host fails like an unknown host: nothing reaches the network.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** A valid API key for each vendor, without a prefix. */
  readonly keys: Readonly<Record<VendorName, string>>;
  /** Pass it to clients as `clock`. */
  readonly clock: VirtualClock;
  /** Places a fault. Throws a `SimulatorError` when a part of it is misspelled, or when it can never apply. */
  fault<Vendor extends VendorName>(fault: Fault<Vendor>): FaultHandle;
  /** All rentals with their costs so far, oldest first. */
  ledger(): LedgerEntry[];
  /** Every received request, in order. */
  requests(): readonly Readonly<RequestRecord>[];
  /** A vendor's products, prices and stock, to read and to change. Throws a `SimulatorError` when the vendor is not simulated. */
  catalogue(vendor: VendorName): Catalogue;
  /**
   * Serves each vendor on a free loopback port, for other processes. Needs `node:http`. Other processes run in real time: use a
   * clock with `pace: "real"`, or `advance`.
   */
  listen(): Promise<Listening>;
}
/**
 * Creates a simulator. It uses no timer or port until something sleeps or `listen` is called. Throws a `SimulatorError` when an
 * option is unknown or wrong.
 */
export declare function createSimulator(options?: SimulatorOptions): Simulator;
export type { Catalogue, ConnectFailure, Fault, FaultHandle, FaultKind, FetchTimeout, LedgerEntry, Listening, OperationName, Product, RequestRecord, RequestReference, Simulator, SimulatorOptions, VendorName, VendorSettings, VirtualClock, VirtualClockOptions };