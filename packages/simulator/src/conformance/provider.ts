import type { ClientOptions, Clock } from "@gpu/core";

/**
 * The parts of a `Provider` of `@gpu/unified` that the cases use. The type is structural, so that this package does not depend on
 * that one.
 */
export interface ProviderUnderTest {
  /** Selects the simulated vendor: a `VendorName`, or a name that your own `cloud` has. */
  readonly id: string;
  connect(defaults: ClientOptions): ConnectedProviderUnderTest;
}

/** Passed to every call. */
export interface CallContextUnderTest {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** A provider with its client. */
export interface ConnectedProviderUnderTest {
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
  readonly actions: {
    readonly [Action in "start" | "stop" | "restart"]?:
      | ((id: string, context: CallContextUnderTest) => Promise<void>)
      | undefined;
  };
}

export interface OfferUnderTest {
  readonly id: string;
  readonly provider: string;
  readonly gpu: { readonly model: string; readonly known: boolean };
  readonly gpuCount: number;
  readonly usdPerHour: number | null;
  readonly usdPerGpuHour: number | null;
  readonly diskGb?: { readonly included: number | null };
  readonly market: string;
  readonly availability: string;
}

export interface CreateUnderTest {
  /** The part of the offer's id after the provider. */
  readonly offer: string;
  readonly mark: string;
  readonly idempotencyKey: string;
  readonly options: object;
  readonly name?: string | undefined;
  readonly sshPublicKey?: string | undefined;
  readonly image?: string | undefined;
}

export interface PreparedUnderTest {
  send(context: CallContextUnderTest): Promise<{ readonly id: string; readonly found?: FoundUnderTest | undefined }>;
}

export interface FoundUnderTest {
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

export interface AccessUnderTest {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly auth: { readonly kind: string };
}

/** The parts of `createGpu` of `@gpu/unified` that the cases use. A method, so that its parameters are compared bivariantly. */
export interface WholeApi {
  createGpu(options: {
    readonly providers: readonly ProviderUnderTest[];
    readonly owner?: string | undefined;
    readonly defaults?: ClientOptions | undefined;
  }): GpuUnderTest;
}

/** A `Gpu` with this provider only. */
export interface GpuUnderTest {
  create(request: GpuCreateUnderTest): Promise<InstanceUnderTest>;
  launch(
    request: GpuLaunchUnderTest,
  ): Promise<{ readonly instance: InstanceUnderTest; readonly unverified?: readonly string[] | undefined }>;
  delete(instance: InstanceUnderTest | string, options?: { waitMs?: number }): Promise<{ readonly outcome: string }>;
  reconcile(handle: object): Promise<{ readonly outcome: string; readonly instance?: InstanceUnderTest }>;
  waitUntilReady(instance: InstanceUnderTest | string, options?: { timeoutMs?: number }): Promise<InstanceUnderTest>;
  newIdempotencyKey(): string;
}

/** Fields of a create with the same meaning for every vendor. */
export interface GpuFieldsUnderTest {
  readonly name?: string;
  readonly sshPublicKey?: string;
  readonly image?: string;
}

/** The id of an offer, prefixed with its provider. */
export type OfferId = `${string}:${string}`;

export interface GpuCreateUnderTest extends GpuFieldsUnderTest {
  readonly offer: OfferId;
  readonly idempotencyKey?: string;
  readonly maxUsdPerHour?: number;
  readonly onIntent?: () => unknown;
}

export interface GpuLaunchUnderTest extends GpuFieldsUnderTest {
  readonly gpu: string;
  readonly gpuCount: number;
  readonly maxUsdPerHour: number;
  readonly until: "created";
}

export interface InstanceUnderTest {
  readonly ref: string;
  readonly id: string;
  readonly status: string;
  readonly ready: boolean;
  readonly gpu: { readonly model: string } | null;
  readonly gpuCount: number | null;
  readonly usdPerHour: number | null;
  /** What could not be compared with the request. */
  readonly unverified?: readonly string[] | undefined;
}
