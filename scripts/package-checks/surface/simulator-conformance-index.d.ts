import { ClientOptions, Clock } from "@gpu/core";
/**
 * A simulated vendor as the cases need it; the simulator is one. The operations for creating, listing, reading and deleting an
 * instance must be named `createInstance`, `listInstances`, `getInstance` and `deleteInstance`.
 */
interface Cloud {
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
  fault(fault: CloudFault): {
    readonly strikes: number;
    remove(): void;
  };
  /** All rentals, oldest first. */
  ledger(): readonly CloudRental[];
  /** Every request, in order. */
  requests(): readonly {
    readonly operation: string | null;
  }[];
  /** Prices and stock. Without it, cases that change a price are skipped. */
  catalogue?(vendor: string): CloudCatalogue;
}
/** A fault; the README of this package lists them. */
interface CloudFault {
  readonly vendor: string;
  readonly kind: string;
  /** Default: every operation. */
  readonly operation?: string | undefined;
  /** How many requests it affects. Default: 1. */
  readonly times?: number | undefined;
  readonly [option: string]: unknown;
}
interface CloudRental {
  readonly kind: string;
  readonly id: string;
  readonly name: string | null;
  readonly product: string;
  readonly usdPerHour: number;
  /** ISO 8601; null while it runs. */
  readonly endedAt: string | null;
}
interface CloudCatalogue {
  products(): readonly {
    readonly id: string;
    readonly usdPerHour: number;
  }[];
  setPrice(id: string, usdPerHour: number): void;
  setFree(id: string, free: number): void;
}
/** The settings of a case. A cloud without such a feature, such as pages, ignores them. */
interface CloudSettings {
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
type MakeCloud = (settings: CloudSettings) => Cloud;
/**
 * The parts of a `Provider` of `@gpu/unified` that the cases use. The type is structural, so that this package does not depend on
 * that one.
 */
interface ProviderUnderTest {
  /** Selects the simulated vendor: a `VendorName`, or a name that your own `cloud` has. */
  readonly id: string;
  connect(defaults: ClientOptions): ConnectedProviderUnderTest;
}
/** Passed to every call. */
interface CallContextUnderTest {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}
/** A provider with its client. */
interface ConnectedProviderUnderTest {
  readonly guarantee: "key" | "name" | "best-effort";
  readonly settleMs: number;
  /** Fields that a create needs. */
  readonly needs: readonly string[];
  listOffers(context: CallContextUnderTest): Promise<readonly OfferUnderTest[]>;
  prepareCreate(request: CreateUnderTest, context: CallContextUnderTest): Promise<PreparedUnderTest>;
  get(id: string, context: CallContextUnderTest): Promise<FoundUnderTest | undefined>;
  list(context: CallContextUnderTest): Promise<readonly FoundUnderTest[]>;
  delete(id: string, context: CallContextUnderTest): Promise<void>;
  access(id: string, context: CallContextUnderTest): Promise<AccessUnderTest | undefined>;
  readonly actions: { readonly [Action in "start" | "stop" | "restart"]?: ((id: string, context: CallContextUnderTest) => Promise<void>) | undefined; };
}
interface OfferUnderTest {
  readonly id: string;
  readonly provider: string;
  readonly gpu: {
    readonly model: string;
    readonly known: boolean;
  };
  readonly gpuCount: number;
  readonly usdPerHour: number | null;
  readonly usdPerGpuHour: number | null;
  readonly diskGb?: {
    readonly included: number | null;
  };
  readonly market: string;
  readonly availability: string;
}
interface CreateUnderTest {
  /** The part of the offer's id after the provider. */
  readonly offer: string;
  readonly mark: string;
  readonly idempotencyKey: string;
  readonly options: object;
  readonly name?: string | undefined;
  readonly sshPublicKey?: string | undefined;
  readonly image?: string | undefined;
}
interface PreparedUnderTest {
  send(context: CallContextUnderTest): Promise<{
    readonly id: string;
    readonly found?: FoundUnderTest | undefined;
  }>;
}
interface FoundUnderTest {
  readonly mark: string | undefined;
  readonly instance: {
    readonly ref: string;
    readonly id: string;
    readonly name: string | null;
    readonly status: string;
    readonly rawStatus: string | null;
    readonly ready: boolean;
    readonly billing: string;
    readonly usdPerHour: number | null;
    readonly address: string | null;
  };
}
interface AccessUnderTest {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly auth: {
    readonly kind: string;
  };
}
/** The parts of `createGpu` of `@gpu/unified` that the cases use. A method, so that its parameters are compared bivariantly. */
interface WholeApi {
  createGpu(options: {
    readonly providers: readonly ProviderUnderTest[];
    readonly owner?: string | undefined;
    readonly defaults?: ClientOptions | undefined;
  }): GpuUnderTest;
}
/** A `Gpu` with this provider only. */
interface GpuUnderTest {
  create(request: GpuCreateUnderTest): Promise<InstanceUnderTest>;
  launch(request: GpuLaunchUnderTest): Promise<{
    readonly instance: InstanceUnderTest;
    readonly unverified?: readonly string[] | undefined;
  }>;
  delete(instance: InstanceUnderTest | string, options?: {
    waitMs?: number;
  }): Promise<{
    readonly outcome: string;
  }>;
  reconcile(handle: object): Promise<{
    readonly outcome: string;
    readonly instance?: InstanceUnderTest;
  }>;
  waitUntilReady(instance: InstanceUnderTest | string, options?: {
    timeoutMs?: number;
  }): Promise<InstanceUnderTest>;
  newIdempotencyKey(): string;
}
/** Fields of a create with the same meaning for every vendor. */
interface GpuFieldsUnderTest {
  readonly name?: string;
  readonly sshPublicKey?: string;
  readonly image?: string;
}
/** The id of an offer, prefixed with its provider. */
type OfferId = `${string}:${string}`;
interface GpuCreateUnderTest extends GpuFieldsUnderTest {
  readonly offer: OfferId;
  readonly idempotencyKey?: string;
  readonly maxUsdPerHour?: number;
  readonly onIntent?: () => unknown;
}
interface GpuLaunchUnderTest extends GpuFieldsUnderTest {
  readonly gpu: string;
  readonly gpuCount: number;
  readonly maxUsdPerHour: number;
  readonly until: "created";
}
interface InstanceUnderTest {
  readonly ref: string;
  readonly id: string;
  readonly status: string;
  readonly ready: boolean;
  readonly gpu: {
    readonly model: string;
  } | null;
  readonly gpuCount: number | null;
  readonly usdPerHour: number | null;
  /** What could not be compared with the request. */
  readonly unverified?: readonly string[] | undefined;
}
/** Creates the provider to test, with the options of its client. */
type MakeProvider = (options: ClientOptions) => ProviderUnderTest;
/** A provider does not behave as required. */
export declare class ConformanceError extends Error {
  name: string;
}
/** A test of one requirement. */
export interface ConformanceCase {
  readonly name: string;
  /** Rejects with a `ConformanceError` that describes the failure. */
  run(): Promise<void>;
}
/** Options of `cases`. `createGpu` of `@gpu/unified` adds the cases of its functions with this provider. */
export interface CasesOptions extends Partial<WholeApi> {
  /** Creates the simulated vendor. Default: the simulator with the vendor of the provider's id. */
  readonly cloud?: MakeCloud | undefined;
}
/**
 * The tests that every provider of `@gpu/unified` must pass, for any test runner: the life cycle, lists and pages, and every fault at
 * every request of every step. With `createGpu`, also the results of creates, deletes, waits and launches. Each case has its own
 * simulated vendor and virtual clock.
 *
 * `makeProvider` receives the options of the vendor's client, with `fetch`, `clock` and `apiKey`:
 * `for (const { name, run } of cases((options) => shadeform(options), { createGpu })) test(name, run);`
 */
export declare function cases(makeProvider: MakeProvider, options?: CasesOptions): ConformanceCase[];
export type { AccessUnderTest, CallContextUnderTest, Cloud, CloudCatalogue, CloudFault, CloudRental, CloudSettings, ConnectedProviderUnderTest, CreateUnderTest, FoundUnderTest, GpuCreateUnderTest, GpuFieldsUnderTest, GpuLaunchUnderTest, GpuUnderTest, InstanceUnderTest, MakeCloud, MakeProvider, OfferId, OfferUnderTest, PreparedUnderTest, ProviderUnderTest, WholeApi };