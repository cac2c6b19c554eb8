import { ClientOptions, ClientOptions as ClientOptions$1, Clock, GpuError, GpuError as GpuError$1, GpuErrorCode, GpuErrorInit, HttpCall, HttpClient, HttpInit, HttpResult, Middleware, OperationOptions, OperationResult, SideEffect } from "@gpu/core";
import { CreateInstanceRequest, FalClient, FalClient as FalClient$1, components as FalComponents, operations as FalOperations, paths as FalPaths } from "@gpu/fal";
import { CreateInstanceRequest as CreateInstanceRequest$1, LambdaClient, LambdaClient as LambdaClient$1, components as LambdaComponents, operations as LambdaOperations, paths as LambdaPaths } from "@gpu/lambda";
import { CreateInstanceRequest as CreateInstanceRequest$2, NovitaClient, NovitaClient as NovitaClient$1, components as NovitaComponents, operations as NovitaOperations, paths as NovitaPaths } from "@gpu/novita";
import { CreateInstanceRequest as CreateInstanceRequest$3, RuncrateClient, RuncrateClient as RuncrateClient$1, components as RuncrateComponents, operations as RuncrateOperations, paths as RuncratePaths } from "@gpu/runcrate";
import { CreateInstanceRequest as CreateInstanceRequest$4, GpuRequest, RunPodClient, RunPodClient as RunPodClient$1, components as RunPodComponents, operations as RunPodOperations, paths as RunPodPaths } from "@gpu/runpod";
import { CreateInstanceRequest as CreateInstanceRequest$5, ShadeformClient, ShadeformClient as ShadeformClient$1, components as ShadeformComponents, operations as ShadeformOperations, paths as ShadeformPaths } from "@gpu/shadeform";
import { CreateInstanceRequest as CreateInstanceRequest$6, ThunderComputeClient, ThunderComputeClient as ThunderComputeClient$1, components as ThunderComputeComponents, operations as ThunderComputeOperations, paths as ThunderComputePaths } from "@gpu/thunder-compute";
import { CreateInstanceRequest as CreateInstanceRequest$7, VastClient, VastClient as VastClient$1, components as VastComponents, operations as VastOperations, paths as VastPaths } from "@gpu/vast";
/** A create that is being sent, as plain JSON: enough to find out later what became of it. It holds no secret. */
interface CreateHandle {
  readonly version: 1;
  readonly provider: string;
  /** Id of the offer, with the provider. */
  readonly offer: string;
  readonly idempotencyKey: string;
  /** The mark of the instance, without its expiry: digests of owner, key and parameters. */
  readonly mark: string;
  /** When the create was about to be sent, ISO 8601. It was sent within 30 s, or never, unless a function given as `apiKey` delayed it. With an idempotency key of the vendor (fal), it may be sent again while the vendor remembers the key. */
  readonly sentAt: string;
  /** When the connection of the paid call ended, ISO 8601. Missing in a handle that was stored before sending: `reconcile` then waits longer. */
  readonly connectedUntil?: string;
  /** Ids that the provider listed just before, if it stores no mark: an id that is new since then may be this instance. */
  readonly before?: readonly string[];
}
declare const formFactors: readonly ["sxm", "pcie", "nvl", "oam"];
/** How a GPU is built into its machine. It affects the speed between GPUs, and the price. */
type FormFactor = (typeof formFactors)[number];
/** A GPU by its parts, never by one vendor's spelling. */
interface GpuIdentity {
  /** Canonical model, such as `H100`; the vendor's own spelling when the table does not know it. */
  readonly model: GpuModel;
  readonly vendor: "nvidia" | "amd" | "intel" | "unknown";
  /** Memory of one GPU in GB; null when neither the vendor nor the table has it. */
  readonly vramGb: number | null;
  readonly formFactor: FormFactor | null;
  /** As the vendor spells it. */
  readonly rawName: string;
  /** Whether the table has the model. Other GPUs are listed too. */
  readonly known: boolean;
}
/**
 * The models that clouds rent, in the order in which spellings are tried: longer names before names that they contain.
 * Canonical spelling after gpuhunt; sizes in GB of one GPU.
 */
export declare const gpuModels: {
  readonly GB300: {
    readonly pattern: RegExp;
  };
  readonly GB200: {
    readonly pattern: RegExp;
  };
  readonly GH200: {
    readonly pattern: RegExp;
    readonly sizes: readonly [96, 144];
  };
  readonly B300: {
    readonly pattern: RegExp;
  };
  readonly B200: {
    readonly pattern: RegExp;
    readonly sizes: readonly [180, 192];
  };
  readonly H200NVL: {
    readonly pattern: RegExp;
    readonly vramGb: 141;
    readonly formFactor: "nvl";
  };
  readonly H200: {
    readonly pattern: RegExp;
    readonly vramGb: 141;
  };
  readonly H100NVL: {
    readonly pattern: RegExp;
    readonly vramGb: 94;
    readonly formFactor: "nvl";
  };
  readonly H100: {
    readonly pattern: RegExp;
    readonly vramGb: 80;
  };
  readonly H20: {
    readonly pattern: RegExp;
    readonly vramGb: 96;
  };
  readonly A100: {
    readonly pattern: RegExp;
    readonly vramGb: 40;
    readonly sizes: readonly [40, 80];
  };
  readonly RTXPRO6000: {
    readonly pattern: RegExp;
    readonly vramGb: 96;
  };
  readonly RTX6000Ada: {
    readonly pattern: RegExp;
    readonly vramGb: 48;
  };
  readonly RTX5000Ada: {
    readonly pattern: RegExp;
    readonly vramGb: 32;
  };
  readonly RTX4000Ada: {
    readonly pattern: RegExp;
    readonly vramGb: 20;
  };
  readonly RTX2000Ada: {
    readonly pattern: RegExp;
    readonly vramGb: 16;
  };
  readonly RTX6000: {
    readonly pattern: RegExp;
    readonly vramGb: 24;
  };
  readonly A6000: {
    readonly pattern: RegExp;
    readonly vramGb: 48;
  };
  readonly A5000: {
    readonly pattern: RegExp;
    readonly vramGb: 24;
  };
  readonly A4500: {
    readonly pattern: RegExp;
    readonly vramGb: 20;
  };
  readonly A4000: {
    readonly pattern: RegExp;
    readonly vramGb: 16;
  };
  readonly L40S: {
    readonly pattern: RegExp;
    readonly vramGb: 48;
  };
  readonly L40: {
    readonly pattern: RegExp;
    readonly vramGb: 48;
  };
  readonly L4: {
    readonly pattern: RegExp;
    readonly vramGb: 24;
  };
  readonly A40: {
    readonly pattern: RegExp;
    readonly vramGb: 48;
  };
  readonly A30: {
    readonly pattern: RegExp;
    readonly vramGb: 24;
  };
  readonly A16: {
    readonly pattern: RegExp;
    readonly vramGb: 16;
  };
  readonly A10G: {
    readonly pattern: RegExp;
    readonly vramGb: 24;
  };
  readonly A10: {
    readonly pattern: RegExp;
    readonly vramGb: 24;
  };
  readonly RTX5090: {
    readonly pattern: RegExp;
    readonly vramGb: 32;
  };
  readonly RTX5080: {
    readonly pattern: RegExp;
    readonly vramGb: 16;
  };
  readonly RTX4090D: {
    readonly pattern: RegExp;
    readonly vramGb: 24;
  };
  readonly RTX4090: {
    readonly pattern: RegExp;
    readonly vramGb: 24;
  };
  readonly RTX4080: {
    readonly pattern: RegExp;
    readonly vramGb: 16;
  };
  readonly RTX3090Ti: {
    readonly pattern: RegExp;
    readonly vramGb: 24;
  };
  readonly RTX3090: {
    readonly pattern: RegExp;
    readonly vramGb: 24;
  };
  readonly RTX3080: {
    readonly pattern: RegExp;
    readonly sizes: readonly [10, 12];
  };
  readonly V100: {
    readonly pattern: RegExp;
    readonly vramGb: 16;
    readonly sizes: readonly [16, 32];
  };
  readonly T4: {
    readonly pattern: RegExp;
    readonly vramGb: 16;
  };
  readonly P100: {
    readonly pattern: RegExp;
    readonly vramGb: 16;
  };
  readonly MI355X: {
    readonly pattern: RegExp;
    readonly vendor: "amd";
    readonly vramGb: 288;
    readonly formFactor: "oam";
  };
  readonly MI325X: {
    readonly pattern: RegExp;
    readonly vendor: "amd";
    readonly vramGb: 256;
    readonly formFactor: "oam";
  };
  readonly MI300X: {
    readonly pattern: RegExp;
    readonly vendor: "amd";
    readonly vramGb: 192;
    readonly formFactor: "oam";
  };
  readonly MI250X: {
    readonly pattern: RegExp;
    readonly vendor: "amd";
    readonly vramGb: 128;
    readonly formFactor: "oam";
  };
  readonly Gaudi3: {
    readonly pattern: RegExp;
    readonly vendor: "intel";
    readonly vramGb: 128;
  };
  readonly Gaudi2: {
    readonly pattern: RegExp;
    readonly vendor: "intel";
    readonly vramGb: 96;
    readonly formFactor: "oam";
  };
};
/** A model that the table knows. */
type KnownGpuModel = keyof typeof gpuModels;
/** The name of a model. Editors complete the known ones; any other name is accepted too. */
type GpuModel = KnownGpuModel | (string & {});
/** What a vendor reports about a GPU in addition to its name. */
interface GpuHints {
  vendor?: "nvidia" | "amd" | "intel" | undefined;
  /** Memory of one GPU in GB. Figures from 4,000 are read as MiB. */
  vramGb?: number | null | undefined;
  formFactor?: FormFactor | null | undefined;
  /** How many GPUs the machine has: some vendors report the memory of all of them together. */
  gpuCount?: number | null | undefined;
  /** Another text of the vendor that may contain memory and form factor where the name does not, such as the id `A100-80GB.14c240g`. */
  id?: string | null | undefined;
}
/**
 * Reads a vendor's spelling of a GPU, such as `NVIDIA H100 80GB HBM3`, `A100_sxm4_80G`, `gpu_8x_h100_sxm5` or `a100xl`.
 * The vendor's own fields win over the name, the name over the id, and all of them over what the model implies. Memory that is
 * reported slightly off, such as 79 GB for an H100, becomes that of the model.
 */
export declare function identifyGpu(rawName: string, hints?: GpuHints): GpuIdentity;
/** Something that can be rented, at a price. Plain JSON. */
interface Offer<Id extends string = string> {
  /** The id, which a create accepts, such as `shadeform:hyperstack/H100_sxm5/canada-1/on_demand`. */
  readonly id: `${Id}:${string}`;
  readonly provider: Id;
  /** The cloud behind an aggregator. */
  readonly upstreamCloud: string | null;
  readonly gpu: GpuIdentity;
  readonly gpuCount: number;
  /** US dollars an hour for the whole instance; null when the vendor publishes none. Never 0 for "unknown". */
  readonly usdPerHour: number | null;
  /** US dollars an hour for one GPU of it. */
  readonly usdPerGpuHour: number | null;
  readonly market: Market;
  readonly availability: Availability;
  /** The vendor's own region. */
  readonly region: string | null;
  /** The region as the vendor displays it, such as `US, Kansas City, KS`, where that differs. */
  readonly regionName?: string | null;
  readonly cpuCores: number | null;
  /** System memory in GB. */
  readonly memoryGb: number | null;
  /** Disk in GB: how much the price includes, and how much can be requested. */
  readonly diskGb: {
    readonly included: number | null;
    readonly min: number | null;
    readonly max: number | null;
  };
  readonly kind: "vm" | "container" | "baremetal";
  /** The vendor's estimate of the time until the machine can be used, in seconds. */
  readonly bootSeconds: {
    readonly min: number | null;
    readonly max: number | null;
  };
  /** When price and stock were read, ISO 8601. */
  readonly observedAt: string;
}
/** An offer of one of several providers, as a union: a comparison of `provider` narrows it. */
type OfferOf<Id extends string> = Id extends string ? Offer<Id> : never;
type Market = "on_demand" | "spot";
/** `unknown`: the vendor does not show it before the create. */
type Availability = "available" | "low" | "unavailable" | "unknown";
/** The status of an instance, the same for all vendors. `unknown`: a status of the vendor that this package does not know. */
type InstanceStatus = "pending" | "starting" | "running" | "updating" | "stopping" | "stopped" | "terminating" | "terminated" | "failed" | "unknown";
/** What an instance costs in its current status: `compute` is everything, `storage` only its disk. */
type Billing = "compute" | "storage" | "none" | "unknown";
/** A rented machine. Plain JSON, without secrets. */
interface Instance<Id extends string = string> {
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
type InstanceOf<Id extends string> = Id extends string ? Instance<Id> : never;
/** A fact of an offer that the vendor may not show on the instance. */
type UnverifiedField = "gpu" | "gpuCount" | "market";
/** `provider:id` of an instance. `gpu.parseRef` checks one that was stored as text. */
type InstanceRef<Id extends string = string> = `${Id}:${string}`;
/** A port of an instance and how it is reached from outside. */
interface InstancePort {
  readonly port: number;
  readonly protocol: "tcp" | "http" | "udp" | (string & {});
  /** Host and port, or URL, from outside; null when the vendor does not show it. */
  readonly endpoint: string | null;
}
/** How to log in by SSH. */
interface Access {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** A password only where the vendor supports no keys. Do not log it. */
  readonly auth: {
    readonly kind: "key";
  } | {
    readonly kind: "password";
    readonly password: string;
  };
}
/** An event of a call, for logs and progress. No event contains a secret. */
type GpuEvent = {
  readonly type: "offer.skipped";
  readonly offer: string;
  readonly reason: string;
} | {
  readonly type: "create.intent";
  readonly handle: CreateHandle;
} | {
  readonly type: "create.attempt";
  readonly provider: string;
  readonly offer: string;
} | {
  readonly type: "create.reconciling";
  readonly handle: CreateHandle;
  readonly error: GpuError$1;
} | {
  readonly type: "wait.status";
  readonly ref: string;
  readonly status: InstanceStatus;
  readonly rawStatus: string | null;
  readonly elapsedMs: number;
} |
/** The vendor did not show the expiry when a new or extended instance was read back: possibly nothing ends the instance. */
{
  readonly type: "expiry.unconfirmed";
  readonly ref: string;
  readonly expiresAt: string;
} | {
  readonly type: "delete.verified";
  readonly ref: string;
} |
/** A launch with `waitForCapacityMs` reads the offers again after the pause. `error` has the reasons and the attempts so far. */
{
  readonly type: "capacity.waiting";
  readonly elapsedMs: number;
  readonly pauseMs: number;
  readonly error: GpuError$1;
} |
/** The limits were checked without this provider, which has no key or cannot be listed. */
{
  readonly type: "limits.unread";
  readonly provider: string;
  readonly error: GpuError$1;
};
/** The fields of a request that mean the same with every vendor. */
interface CommonFields {
  /** A label. Vendors that keep no names ignore it. */
  name?: string | undefined;
  /** OpenSSH public key, one line. Registered first where the vendor takes an id. */
  sshPublicKey?: string | undefined;
  /** What the machine runs: a container image, an operating system or a template, depending on the vendor. */
  image?: string | undefined;
  /** Shell script that runs at the first boot. */
  startupScript?: string | undefined;
  /** Environment variables of the machine. */
  env?: Readonly<Record<string, string>> | undefined;
  /** Disk in GB. */
  diskGb?: number | undefined;
}
type CommonField = keyof CommonFields;
type InstanceAction = "start" | "stop" | "restart";
/** The types that differ between providers. */
interface ProviderTypes {
  /** The vendor's client. */
  client: unknown;
  /** `providerOptions.<id>` of a create: fields of the vendor's own request that the common ones do not cover. */
  createOptions: object;
  /** Common fields without which the vendor cannot create. */
  needs: CommonField;
  /** Common fields that the vendor does not support. */
  lacks: CommonField;
  actions: InstanceAction;
}
/**
 * How a create is found again when its response is lost.
 * `key`: by the vendor's idempotency key; the instance has no mark, and so no expiry. `name`: by a mark in a name or tag, found by listing. `best-effort`: by a mark that the vendor may not keep.
 */
type Guarantee = "key" | "name" | "best-effort";
/** A provider. Those that are not imported are not in a bundle. */
interface Provider<Id extends string = string, Types extends ProviderTypes = ProviderTypes> {
  readonly id: Id;
  /** Creates the provider's client. Its own options override the defaults. */
  connect(defaults: ClientOptions$1): ConnectedProvider<Id, Types>;
  /** Carries `Types` for the compiler; never set. */
  readonly types?: Types;
}
/** The interface that each vendor is mapped to. The code above it is the same for all vendors. */
interface ConnectedProvider<Id extends string = string, Types extends ProviderTypes = ProviderTypes> {
  readonly id: Id;
  readonly client: Types["client"];
  readonly guarantee: Guarantee;
  /** How long a new instance may be missing from the vendor's lists, in milliseconds. */
  readonly settleMs: number;
  readonly needs: readonly CommonField[];
  readonly lacks: readonly CommonField[];
  /** How long the vendor remembers an idempotency key, in milliseconds (guarantee `key`). */
  readonly keyWindowMs?: number;
  /**
   * Whether the vendor reuses ids for other instances. A delete by another process at the same time may then make a delete hit another
   * instance, so `sweep` only reports there.
   */
  readonly recyclesIds?: boolean;
  /** Whether the vendor shows the price of each instance. With a limit, an instance without a price is then read again. */
  readonly showsPrice?: boolean;
  /** Everything that can be rented, on demand and spot. Offers outside of `wanted` may be omitted, if the vendor has too many to read all. */
  listOffers(context: CallContext, wanted?: WantedOffers): Promise<Offer<Id>[]>;
  /** Does everything before the paid call: reads, checks, registration of the SSH key. Nothing here costs money. */
  prepareCreate(request: ProviderCreateRequest, context: CallContext): Promise<PreparedCreate>;
  /** One instance; undefined when the vendor has none with this id. */
  get(id: string, context: CallContext): Promise<FoundInstance<Id> | undefined>;
  /** On demand or spot, by the part of an offer's id after `provider:`. Absent if the id does not show it. */
  marketOf?(offer: string): Market;
  /** All instances, to the last page. */
  list(context: CallContext): Promise<FoundInstance<Id>[]>;
  /** Requests the deletion. Throws `not_found` if the vendor has no instance with this id. */
  delete(id: string, context: CallContext): Promise<void>;
  /** US dollars that can be spent; null where the account is not in dollars. Absent where the vendor's API does not report it. */
  balance?(context: CallContext): Promise<number | null>;
  /** How to log in; undefined until the vendor shows it. */
  access(id: string, context: CallContext): Promise<Access | undefined>;
  /** Replaces the mark of an instance, and the time at which the vendor itself ends it; only where the vendor can change both. */
  remark?(id: string, mark: string, expiresAt: string, context: CallContext): Promise<void>;
  readonly actions: Partial<Record<InstanceAction, (id: string, context: CallContext) => Promise<void>>>;
}
/** Which offers the caller needs. An absent field excludes no offer. */
interface WantedOffers {
  /** The part of one offer's id after `provider:`. */
  readonly offer?: string | undefined;
  /** Whether a GPU may be the requested one. Absent if the request has the vendor's own spelling. */
  readonly isGpu?: ((gpu: GpuIdentity) => boolean) | undefined;
  readonly gpuCount?: number | undefined;
  readonly market?: Market | undefined;
  /** US dollars an hour. It filters nothing: it only tells whether offers that were not read, all more expensive, are missed. */
  readonly maxUsdPerHour?: number | undefined;
}
/** The context of every call. */
interface CallContext {
  readonly signal?: AbortSignal | undefined;
  readonly clock: Clock;
  /** To be called with the headers of each response of a list: `sweep` reads the vendor's time from `Date`. */
  readonly onHeaders?: ((headers: Headers) => void) | undefined;
  /** To be called when offers that may be wanted were not read, and others are returned all the same. */
  readonly onUnread?: ((error: GpuError$1) => void) | undefined;
}
/** A create for one provider, with the mark. */
interface ProviderCreateRequest extends CommonFields {
  /** The part of the offer's id after `provider:`. */
  readonly offer: string;
  /** The mark by which the create is found again: 35 characters of a–z and 0–9. */
  readonly mark: string;
  readonly idempotencyKey: string;
  /** The expiry in the mark, ISO 8601, for a vendor that can end the instance itself. */
  readonly expiresAt?: string | undefined;
  /** What the instance may cost in total, in US dollars, for a vendor that can end the instance itself. */
  readonly maxUsd?: number | undefined;
  /** The key cannot have been used before, so this create made what the vendor returns for it. */
  readonly isKeyNew?: boolean;
  readonly options: object;
}
/** A create that is ready to be sent. */
interface PreparedCreate {
  /** What the request costs in addition to the price of its offer, such as more disk, in US dollars an hour. Null when unknown. Default: nothing. */
  readonly extraUsdPerHour?: number | null;
  /**
   * The one paid call. Returns the new instance's id, and the instance where the response has it. With `refusal`, the vendor refused the
   * request but created an instance: it is deleted, and the deletion is verified, before the refusal is thrown.
   */
  send(context: CallContext): Promise<{
    id: string;
    found?: FoundInstance<string> | undefined;
    refusal?: GpuError$1 | undefined;
  }>;
}
/** An instance and the mark that it carries, if any. */
interface FoundInstance<Id extends string = string> {
  /** The caller of the provider sets the other fields. */
  readonly instance: Omit<Instance<Id>, "owned" | "unverified" | "expiresAt" | "expiryEnforcedBy">;
  /** The mark; undefined if it certainly has none, `unknown` if the vendor keeps none or does not show it (yet). */
  readonly mark: string | undefined | "unknown";
  /** Set by the caller of the provider: the vendor did not show the mark with which this `Gpu` created the instance. */
  readonly isMarkAssumed?: boolean | undefined;
  /** When the vendor itself ends the instance, ISO 8601; null when it shows none. */
  readonly endsAt?: string | null | undefined;
  /** Paid in advance for a fixed term: `sweep` keeps it. */
  readonly isSubscription?: boolean | undefined;
}
/** Options of a provider: those of the vendor's client, or an existing client. */
type ProviderOptions<Client> = ClientOptions$1 | {
  readonly client: Client;
};
/** What became of a create. */
type ReconcileOutcome<I extends Instance = Instance> = {
  readonly outcome: "created";
  readonly instance: I;
} |
/** A complete list that would contain it does not. */
{
  readonly outcome: "absent";
  readonly candidates: readonly I[];
} |
/** It may exist. `candidates` are instances that may be it; `error` has the reason. */
{
  readonly outcome: "unknown";
  readonly candidates: readonly I[];
  readonly error?: GpuError$1;
};
/**
 * Keeps the handles of creates whose outcome is not known, for after a crash. `fileIntents` of `@gpu/unified/node` is one.
 * Experimental.
 */
interface IntentStore {
  /** Stores a handle before its create is sent, and replaces one with the same `provider` and `mark`. If it rejects, nothing is sent. */
  write(handle: CreateHandle): Promise<void>;
  /** Removes the handle of this `provider` and `mark`, if there is one: the outcome is known. If it rejects, the handle stays. */
  clear(handle: CreateHandle): Promise<void>;
  /** All handles that are left. */
  list(): Promise<readonly CreateHandle[]>;
}
/** What became of a create that was left in the store. */
type ReconciledIntent = {
  readonly handle: CreateHandle;
} & ReconcileOutcome;
/** Limits of an instance's lifetime. The earlier one counts. */
interface Lifetime {
  /** Milliseconds after which the instance expires, from the time of the idempotency key on. Needs an `owner`. Experimental. */
  ttlMs?: number | undefined;
  /**
   * What the instance may cost in total, in US dollars: it expires when its price reaches this sum. An instance that costs more
   * than its offer is deleted. Needs an `owner`. Experimental.
   */
  maxUsd?: number | undefined;
}
/** The types of the configured provider with this id. */
type TypesOf<P extends Provider, Id extends string> = [Extract<P, {
  id: Id;
}>] extends [never] ? ProviderTypes : NonNullable<Extract<P, {
  id: Id;
}>["types"]>;
/** An offer, or its id. */
type OfferArgument<P extends Provider> = Offer<P["id"]> | `${P["id"]}:${string}`;
/** The provider that an offer or its id names. */
type ProviderIdOf<O> = O extends {
  provider: infer Id extends string;
} ? Id : O extends `${infer Id}:${string}` ? Id : string;
type IsUnion<T, Whole = T> = T extends Whole ? ([Whole] extends [T] ? false : true) : never;
/** The one configured provider that is known at compile time; never when it could be several. */
type OneProvider<P extends Provider, O> = string extends P["id"] | ProviderIdOf<O> ? never : IsUnion<ProviderIdOf<O>> extends false ? Extract<ProviderIdOf<O>, P["id"]> : never;
declare const unsupported: unique symbol;
/** No value has this type. The compiler's error for a value contains `Message`. */
interface Unsupported<Message extends string> {
  readonly [unsupported]: Message;
}
/** The common fields for one vendor: fields that it needs are required, and unsupported ones do not compile. */
type FieldsFor<Types extends ProviderTypes, Id extends string> = { [Field in Types["needs"]]: NonNullable<CommonFields[Field]>; } & { [Field in Exclude<CommonField, Types["needs"] | Types["lacks"]>]?: CommonFields[Field]; } & { [Field in Types["lacks"]]?: Unsupported<`${Id} does not support ${Field}`> | undefined; };
/** Fields of each vendor's own request. Only those of the offer's provider are used. */
type ProviderOptionsMap<P extends Provider> = { readonly [Id in P["id"]]?: TypesOf<P, Id>["createOptions"] | undefined; };
/** The fields of a create in addition to the common ones. */
interface CreateOptions<P extends Provider = Provider> extends Lifetime {
  /** Price and stock are read again first, and an instance that exceeds the limit is deleted. US dollars an hour for the whole instance, including the requested disk and vCPUs. */
  maxUsdPerHour?: number | undefined;
  /** The same key returns the same instance. Use `gpu.newIdempotencyKey()`, and store the key before the call. Default: a new key for each call. */
  idempotencyKey?: string | undefined;
  /** Awaited before anything is sent that costs money; if it rejects, or takes more than 30 s, nothing is sent. Store the handle here to survive a crash. */
  onIntent?: ((handle: CreateHandle) => unknown) | undefined;
  signal?: AbortSignal | undefined;
  providerOptions?: ProviderOptionsMap<P> | undefined;
}
/** The request of `create`. For an offer of one known provider, the compiler requires the fields that it needs, and rejects unsupported ones. */
type CreateRequest<P extends Provider = Provider, O = OfferArgument<P>> = {
  readonly offer: O;
} & CreateOptions<P> & ([OneProvider<P, O>] extends [never] ? CommonFields : FieldsFor<TypesOf<P, OneProvider<P, O>>, OneProvider<P, O>>);
/** Limits for all instances of one owner, checked before each create. Not a lock between processes. */
interface GpuLimits {
  /** US dollars an hour of all instances together. */
  readonly maxUsdPerHour?: number | undefined;
  readonly maxInstances?: number | undefined;
  /** What to do when the instances of a provider cannot be listed: `refuse` every create (default), or `ignore` the provider. */
  readonly onUnreadable?: "refuse" | "ignore" | undefined;
}
/** A provider that could not be read. */
interface ProviderFailure<Id extends string = string> {
  readonly provider: Id;
  readonly error: GpuError$1;
}
/** An offer that was left out, and why. */
interface SkippedOffer<Id extends string = string> {
  readonly offer: OfferOf<Id>;
  readonly reason: string;
}
/** One offer that was tried. */
interface Attempt<Id extends string = string> {
  readonly offer: OfferOf<Id>;
  readonly outcome: "created" | "failed";
  readonly error?: GpuError$1;
}
/** The attempts of a launch, and the offers and providers that it skipped or could not read. */
interface LaunchReport<Id extends string = string> {
  readonly attempts: readonly Attempt<Id>[];
  readonly skipped: readonly SkippedOffer<Id>[];
  readonly failures: readonly ProviderFailure<Id>[];
}
/** Which offers are wanted. */
interface OfferFilter<Id extends string = string> {
  /**
   * Model, such as `H100` (SXM and PCIe) or `A100` (both memories); any GPU when absent. `8xH100` and `H100:8` set `gpuCount` too. For a GPU
   * that is not in the table of models, use the vendor's own spelling.
   */
  gpu?: GpuModel | undefined;
  /** The exact number of GPUs. */
  gpuCount?: number | undefined;
  /** The minimum memory of each GPU, in GB. */
  vramGb?: number | undefined;
  formFactor?: FormFactor | undefined;
  /** Default: `on_demand`. */
  market?: Market | "any" | undefined;
  /** The vendor's own region or the name that it displays, in any case. */
  region?: string | undefined;
  /** US dollars an hour for the whole instance. An offer without a price never passes. */
  maxUsdPerHour?: number | undefined;
  /** Only these providers are asked. */
  providers?: readonly Id[] | undefined;
}
/** How the providers are asked. */
interface AskOptions {
  signal?: AbortSignal | undefined;
  /** The deadline of each provider. Default: 20,000 ms. */
  deadlineMs?: number | undefined;
}
/** What could be read. A provider that failed, or whose offers are too many to read all, is in `failures`: the others are unknown, not none. */
interface OffersResult<Id extends string = string> {
  /** Cheapest first; without a price last. */
  readonly offers: OfferOf<Id>[];
  readonly failures: ProviderFailure<Id>[];
  /** Offers that may match, but have an unknown fact: `price_unknown`, `vram_unknown`, `form_factor_unknown`, `region_unknown` or `gpu_count_unknown`. */
  readonly skipped: SkippedOffer<Id>[];
}
interface ListOptions<Id extends string = string> extends AskOptions {
  /** Only instances that this owner created. */
  owner?: string | undefined;
  providers?: readonly Id[] | undefined;
}
/** Instances of all providers. A provider that failed is in `failures`: its instances are unknown, not none. */
interface ListResult<I extends Instance = Instance> {
  readonly instances: I[];
  /** With `owner`: instances that show no mark (yet). They may be the owner's, and cost, or another's. */
  readonly unattributed: I[];
  readonly failures: ProviderFailure<I["provider"]>[];
}
interface BalanceOptions<Id extends string = string> extends AskOptions {
  /** Only these providers are asked. */
  providers?: readonly Id[] | undefined;
}
/** What an account has left. */
interface Balance<Id extends string = string> {
  readonly provider: Id;
  /** US dollars that can be spent; null where the vendor's API does not report that. */
  readonly usdAvailable: number | null;
}
/** A provider that failed is in `failures`: its balance is unknown. */
interface BalancesResult<Id extends string = string> {
  readonly balances: Balance<Id>[];
  readonly failures: ProviderFailure<Id>[];
}
/** What an error of this package may have in addition to the fields of `GpuError`. */
interface UnifiedErrorDetails {
  handle?: CreateHandle | undefined;
  ref?: string | undefined;
  instance?: Instance | undefined;
  launch?: LaunchReport | undefined;
}
/** A `GpuError` with details of the unified API. */
export declare class UnifiedGpuError extends GpuError$1 {
  /** Of a create whose outcome is unknown: store it, and pass it to `gpu.reconcile`. Plain JSON. */
  readonly handle: CreateHandle | undefined;
  /** Of an instance that exists, or may exist, despite the error. */
  readonly ref: string | undefined;
  /** The instance as it was last seen. */
  readonly instance: Instance | undefined;
  /** What `launch` tried, left out and could not read. */
  readonly launch: LaunchReport | undefined;
  constructor(init: GpuErrorInit, details?: UnifiedErrorDetails);
  /** Whether a value is a `UnifiedGpuError`, also one from another copy of this package. */
  static isInstance(value: unknown): value is UnifiedGpuError;
}
/** What a delete could prove. */
type DeleteOutcome = {
  readonly outcome: "deleted";
} |
/** The vendor has accepted the request, or shows the instance as being deleted. The deletion is not verified yet. */
{
  readonly outcome: "deleting";
} |
/** This `Gpu` never saw it, and the vendor does not have it: a mistyped ref, another account's key, or deleted by another process. */
{
  readonly outcome: "not_found";
} |
/** It may still run and cost money. `error` has the reason. */
{
  readonly outcome: "unknown";
  readonly error?: GpuError$1;
};
interface DeleteOptions {
  /** How long to wait until the deletion is verified, in milliseconds. Default: 0, one read. */
  waitMs?: number | undefined;
  signal?: AbortSignal | undefined;
}
interface FalTypes {
  client: FalClient$1;
  createOptions: Pick<CreateInstanceRequest, "sector">;
  needs: "sshPublicKey";
  lacks: "image" | "startupScript" | "env" | "diskGb";
  actions: never;
}
/** Options of the fal provider. */
type FalOptions = ProviderOptions<FalClient$1> & {
  /** US dollars an hour by machine type, such as `{ gpu_1x_h100_sxm5: 2.1 }`: fal publishes no prices, so offers have none without this. */
  readonly usdPerHour?: Readonly<Record<string, number>> | undefined;
};
/** fal Compute: H100 machines with one GPU or eight. Prices are not published, stock is not known before the create. */
export declare function fal(options?: FalOptions): Provider<"fal", FalTypes>;
interface LambdaTypes {
  client: LambdaClient$1;
  /** `ssh_key_names` replaces `sshPublicKey`, and `user_data` replaces `startupScript`. `tags` are added to the mark's tag. */
  createOptions: Partial<Omit<CreateInstanceRequest$1, "region_name" | "instance_type_name" | "name" | "image">>;
  needs: "sshPublicKey";
  lacks: "env" | "diskGb";
  actions: "restart";
}
/** Options of the Lambda provider. */
type LambdaOptions = ProviderOptions<LambdaClient$1>;
/** Lambda: on-demand machines. A launch needs an SSH key; the catalogue lists regions with capacity, which is a hint only. */
export declare function lambda(options?: LambdaOptions): Provider<"lambda", LambdaTypes>;
interface NovitaTypes {
  client: NovitaClient$1;
  createOptions: Pick<CreateInstanceRequest$2, "imageAuth" | "imageAuthId" | "ports" | "tools" | "command" | "entrypoint" | "networkStorages" | "networkId" | "minCudaVersion">;
  needs: "image";
  lacks: "sshPublicKey" | "startupScript";
  actions: "start" | "stop" | "restart";
}
/** Options of the Novita provider. */
type NovitaOptions = ProviderOptions<NovitaClient$1>;
/**
 * Novita: GPU containers of one to eight GPUs, on demand and spot, with SSH by password. The price includes 60 GB of root disk;
 * more costs extra and is not in the price of an offer. The vendor does not document the unit of an instance's price, so that is null.
 */
export declare function novita(options?: NovitaOptions): Provider<"novita", NovitaTypes>;
interface RuncrateTypes {
  client: RuncrateClient$1;
  /** With `ssh_key_id` that key is installed, and `sshPublicKey` is not registered. */
  createOptions: Pick<CreateInstanceRequest$3, "ssh_key_id" | "startup_commands" | "storage_id" | "launch_script_base64">;
  needs: "name" | "sshPublicKey";
  lacks: never;
  actions: never;
}
/** Options of the Runcrate provider. */
type RuncrateOptions = ProviderOptions<RuncrateClient$1>;
/** Runcrate: GPU machines of several data centres. The catalogue has no stock; only a create shows it. */
export declare function runcrate(options?: RuncrateOptions): Provider<"runcrate", RuncrateTypes>;
interface RunPodTypes {
  client: RunPodClient$1;
  /** `ports` are exposed in addition to `22/tcp`, and replace those of a template. `gpu` has what the machine must have at least. */
  createOptions: Partial<Pick<CreateInstanceRequest$4, "templateId" | "registry" | "mounts" | "args" | "entrypoint" | "cmd" | "ports" | "startJupyter" | "globalNetworking">> & {
    gpu?: Omit<GpuRequest, "id" | "count">;
  };
  needs: never;
  lacks: "startupScript";
  actions: "start" | "stop" | "restart";
}
/** Options of the RunPod provider. */
type RunPodOptions = ProviderOptions<RunPodClient$1>;
/**
 * RunPod: containers on demand, in its own data centers and on machines of others. SSH needs an image that starts an SSH server and
 * installs `PUBLIC_KEY`, as those of `runpod/` do; without `image` one of them is used. The price of an offer includes 20 GB of disk.
 */
export declare function runpod(options?: RunPodOptions): Provider<"runpod", RunPodTypes>;
interface ShadeformTypes {
  client: ShadeformClient$1;
  /** `ssh_key_id` replaces `sshPublicKey`. `tags` are added to the mark's tag. `launch_configuration` excludes a container and a script. */
  createOptions: Partial<Omit<CreateInstanceRequest$5, "cloud" | "region" | "shade_instance_type" | "rental_type" | "name" | "os" | "envs">>;
  needs: "name";
  lacks: "diskGb";
  actions: "restart";
}
/** Options of the Shadeform provider. */
type ShadeformOptions = ProviderOptions<ShadeformClient$1>;
/** Shadeform: machines of about twenty clouds, on demand and spot. */
export declare function shadeform(options?: ShadeformOptions): Provider<"shadeform", ShadeformTypes>;
declare const provider = "thunder-compute";
type ProviderName = typeof provider;
interface ThunderComputeTypes {
  client: ThunderComputeClient$1;
  /** `cpu_cores` is one of the numbers that the configuration allows. Default: the smallest, which the price includes. */
  createOptions: Partial<Pick<CreateInstanceRequest$6, "cpu_cores" | "ephemeral_disk_gb" | "mode">>;
  needs: "sshPublicKey";
  lacks: "startupScript" | "env";
  actions: never;
}
/** Options of the Thunder Compute provider. */
type ThunderComputeOptions = ProviderOptions<ThunderComputeClient$1>;
/** Thunder Compute: machines with one to eight GPUs. The id of an instance is its `uuid`; the vendor chooses its name. */
export declare function thunderCompute(options?: ThunderComputeOptions): Provider<ProviderName, ThunderComputeTypes>;
interface VastTypes {
  client: VastClient$1;
  /** `env` is added to the common one; docker options are keys of it, such as `"-p 8080:8080": "1"`. The bid comes with the offer. */
  createOptions: Partial<Omit<CreateInstanceRequest$7, "image" | "disk" | "label" | "onstart" | "price" | "cancel_unavail" | "target_state">>;
  needs: never;
  lacks: never;
  actions: "start" | "stop" | "restart";
}
/** Options of the Vast.ai provider. */
type VastOptions = ProviderOptions<VastClient$1>;
/** Vast.ai: containers on machines of independent hosts. Each offer is one machine, and vanishes when anyone rents it. */
export declare function vast(options?: VastOptions): Provider<"vast", VastTypes>;
interface ExtendOptions {
  /** The new expiry, in milliseconds from now. A later expiry is kept. */
  ttlMs: number;
  signal?: AbortSignal | undefined;
}
interface WaitOptions {
  /** In milliseconds. After it, one more read is made. Default: 15 minutes, or twice the vendor's longest boot time, if that is longer. */
  timeoutMs?: number | undefined;
  /** Called with each read. Its errors are ignored. */
  onProgress?: ((instance: Instance) => void) | undefined;
  /** Checks whether the machine can be reached from this process. Called until it returns true. */
  probe?: ((access: Access, signal: AbortSignal) => Promise<boolean>) | undefined;
  /** The vendor's boot time, as in the offer. After the first read, the next one waits for the minimum. */
  bootSeconds?: {
    readonly min: number | null;
    readonly max: number | null;
  } | undefined;
  signal?: AbortSignal | undefined;
}
/** The request of `launch`: the filter of offers, the instance, and the price limit. */
interface LaunchRequest<P extends Provider = Provider, Id extends P["id"] = P["id"]> extends Omit<OfferFilter<Id>, "gpu" | "maxUsdPerHour">, CommonFields, Pick<CreateOptions<P>, "onIntent" | "providerOptions" | "signal" | "ttlMs" | "maxUsd"> {
  gpu: GpuModel;
  /** US dollars an hour for the whole instance. Offers without a price are left out. */
  maxUsdPerHour: number;
  /** Default: `ready`. `created` returns as soon as the vendor has the instance. */
  until?: "ready" | "created" | undefined;
  /** How many creates may be tried. Default: 10. */
  maxAttempts?: number | undefined;
  /** How many machines may fail to boot before the launch ends. Default: 2. */
  maxFailedBoots?: number | undefined;
  /** How long to reconcile a create with an unknown outcome, in milliseconds. Default: 120,000. */
  reconcileMs?: number | undefined;
  /**
   * For how long to read the offers again while none can be rented, in milliseconds: they are sold out, gone or above the limit, none is
   * listed, or a provider cannot be read at the moment. `maxAttempts` applies to each round of reads. Default: 0, one round. Experimental.
   */
  waitForCapacityMs?: number | undefined;
  /** Options of the wait for readiness. */
  wait?: Omit<WaitOptions, "signal"> | undefined;
}
/** The instance, and a report of the launch. */
interface LaunchResult<I extends Instance = Instance> extends LaunchReport<I["provider"]> {
  readonly instance: I;
  /** Facts that the vendor does not show of the instance, and that could not be compared with the offer. */
  readonly unverified: readonly UnverifiedField[];
}
/** The key of `Symbol.asyncDispose`, where the compiler's `lib` has it: without `esnext.disposable` a `Lease` has no such method. */
type DisposeKey = SymbolConstructor extends {
  readonly asyncDispose: infer Key extends symbol;
} ? Key : never;
/** A lease without the method of `await using`. */
interface LeaseMethods<I extends Instance> {
  /** The instance as `launch` returned it. */
  readonly instance: I;
  /** `held` until it is deleted or detached. */
  readonly state: "held" | "deleted" | "detached";
  /** How to log in by SSH. */
  access(options?: {
    signal?: AbortSignal | undefined;
  }): Promise<Access>;
  /** Deletes the instance now, as `gpu.delete` does. Once the vendor has accepted it, the end of the scope does nothing. */
  delete(options?: DeleteOptions): Promise<DeleteOutcome>;
  /** Keeps the instance: the end of the scope no longer deletes it. Its expiry stays. */
  detach(): void;
}
/**
 * A rented instance that the end of its scope deletes: `await using lease = await gpu.lease(…)`. The deletion is verified, for up
 * to two minutes. When it may have failed, the scope ends with an error that has the instance's `ref`. Experimental.
 */
type Lease<I extends Instance = Instance> = LeaseMethods<I> & { readonly [Key in DisposeKey]: () => Promise<void>; };
interface SweepOptions<Id extends string = string> {
  /** Deletes nothing: instances that would be deleted are kept with the reason `dry_run`. */
  dryRun?: boolean | undefined;
  /**
   * Providers that reuse ids (Thunder Compute) and at which no other process deletes. At one that is not listed here, `sweep` only
   * reports expired instances.
   */
  soleDeleter?: readonly Id[] | undefined;
  signal?: AbortSignal | undefined;
}
/**
 * Why an instance is kept:
 * - `not_owned`: it has no mark, or that of another owner.
 * - `mark_not_shown`: the vendor keeps no marks, or does not show this one (yet).
 * - `no_expiry`, `not_expired`: it has no expiry, or has not expired yet.
 * - `ended`: it is being deleted, or was.
 * - `clock_unsure`: it has or may have expired, but our clock and the vendor's (the `Date` of its response) differ by more than two
 *   minutes, or the vendor's is unknown.
 * - `mark_not_unique`: another instance has the same mark, such as a copy made in a dashboard.
 * - `subscription`: it is paid in advance.
 * - `recycled_ids`: only a sole deleter may delete here; see `soleDeleter`.
 * - `not_read`: it could not be read again right before the deletion; the error is in `failures`.
 * - `dry_run`: it would have been deleted.
 */
type KeptReason = "not_owned" | "mark_not_shown" | "no_expiry" | "not_expired" | "ended" | "clock_unsure" | "mark_not_unique" | "subscription" | "recycled_ids" | "not_read" | "dry_run";
/** An instance that a sweep did not delete. */
interface KeptInstance<I extends Instance = Instance> {
  readonly instance: I;
  readonly reason: KeptReason;
}
/** What a sweep did. Each listed instance is in one of the first four. */
interface SweepResult<I extends Instance = Instance> {
  /** Expired, and the deletion is verified. */
  readonly deleted: I[];
  /** Expired, and the vendor has accepted the delete request. */
  readonly deleting: I[];
  /** Expired, and the delete request may have failed: the next sweep tries again. */
  readonly unknown: I[];
  readonly kept: KeptInstance<I>[];
  /** Providers that could not be read, whose instances are unknown, and deletes that failed. */
  readonly failures: ProviderFailure[];
}
/** What `createGpu` takes. */
interface GpuOptions<P extends Provider = Provider> {
  readonly providers: readonly P[];
  /** Whose instances these are: part of the mark on every instance that is created. Default: no name. */
  readonly owner?: string | undefined;
  /** Options of every provider's client that do not give their own. Its `clock` is this API's too. */
  readonly defaults?: ClientOptions$1 | undefined;
  /** Limits for all instances of this owner, checked before each create. Experimental. */
  readonly limits?: GpuLimits | undefined;
  /** Where handles are kept from before a paid call until its outcome is known, for `reconcileAll` after a crash. Experimental. */
  readonly intents?: IntentStore | undefined;
  /** Called with the events of calls. Its errors and rejections are ignored. */
  readonly onEvent?: ((event: GpuEvent) => void) | undefined;
}
/** The ids of the providers that support an action. */
type ProvidersWith<P extends Provider, Action extends InstanceAction> = P extends Provider<infer Id, infer Types> ? (Action extends Types["actions"] ? Id : never) : never;
type Named<Id extends string> = Instance<Id> | InstanceRef<Id>;
/** An instance whose provider supports an action; otherwise a type whose name is the compiler's message. */
type NamedWith<P extends Provider, Id extends string, Action extends InstanceAction> = [Exclude<Id, ProvidersWith<P, Action>>] extends [never] ? Named<Id> : Unsupported<`${Exclude<Id, ProvidersWith<P, Action>>} does not support ${Action}`>;
interface Signalled {
  signal?: AbortSignal | undefined;
}
/** One API over GPU clouds. Without parameters, the type that helpers take. */
interface Gpu<P extends Provider = Provider> {
  /** The providers by id; `client` is the vendor's own client. */
  readonly providers: { readonly [Id in P["id"]]: ConnectedProvider<Id, TypesOf<P, Id>>; };
  /** Lists what can be rented, cheapest first. A provider that failed is in `failures`. */
  offers<Id extends P["id"] = P["id"]>(filter?: OfferFilter<Id> & AskOptions): Promise<OffersResult<Id>>;
  /** Creates an instance from the cheapest offer that succeeds. Never tries another offer while an earlier create may have succeeded. */
  launch<Id extends P["id"] = P["id"]>(request: LaunchRequest<P, Id>): Promise<LaunchResult<InstanceOf<Id>>>;
  /** Launches an instance that the end of its scope deletes: `await using lease = await gpu.lease(…)`. Experimental. */
  lease<Id extends P["id"] = P["id"]>(request: LaunchRequest<P, Id>): Promise<Lease<InstanceOf<Id>>>;
  /** Creates one instance: created, certainly not created, or `create_ambiguous` with a `handle`. */
  create<const O extends OfferArgument<P>>(request: CreateRequest<P, O>): Promise<InstanceOf<ProviderIdOf<O>>>;
  /** The balance of each account, where the vendor reports it. Experimental. */
  balances<Id extends P["id"] = P["id"]>(options?: BalanceOptions<Id>): Promise<BalancesResult<Id>>;
  /** Finds out what became of a create whose response was lost. Rents nothing. */
  reconcile(handle: CreateHandle, options?: Signalled): Promise<ReconcileOutcome<InstanceOf<P["id"]>>>;
  /** Finds out what became of the creates whose handles are left in `intents`, and clears those that are known then. Experimental. */
  reconcileAll(options?: Signalled): Promise<ReconciledIntent[]>;
  /** Waits until the instance runs and its address is known. */
  waitUntilReady<Id extends P["id"]>(instance: Named<Id>, options?: WaitOptions): Promise<InstanceOf<Id>>;
  /** How to log in by SSH. */
  access(instance: Named<P["id"]>, options?: Signalled): Promise<Access>;
  get<Id extends P["id"]>(instance: Named<Id>, options?: Signalled): Promise<InstanceOf<Id>>;
  list<Id extends P["id"] = P["id"]>(options?: ListOptions<Id>): Promise<ListResult<InstanceOf<Id>>>;
  /** Deletes an instance, and returns what it could verify. An instance that is already gone is `deleted` if this `Gpu` has seen it before, and `not_found` otherwise. */
  delete(instance: Named<P["id"]>, options?: DeleteOptions): Promise<DeleteOutcome>;
  /** Moves the expiry of an instance to `ttlMs` from now; `unsupported` where the vendor cannot change it. Experimental. */
  extend<Id extends P["id"]>(instance: Named<Id>, options: ExtendOptions): Promise<InstanceOf<Id>>;
  /** Deletes the owner's expired instances, verifies the deletions, and reports why it keeps each other instance. Safe to run every few minutes, from several places. Experimental. */
  sweep(options?: SweepOptions<P["id"]>): Promise<SweepResult<InstanceOf<P["id"]>>>;
  start<Id extends P["id"]>(instance: NamedWith<P, Id, "start">, options?: Signalled): Promise<void>;
  stop<Id extends P["id"]>(instance: NamedWith<P, Id, "stop">, options?: Signalled): Promise<void>;
  restart<Id extends P["id"]>(instance: NamedWith<P, Id, "restart">, options?: Signalled): Promise<void>;
  /** Checks a `ref` that was stored as text. Throws `invalid_request` for any other text, `configuration` when its provider is not one of this `Gpu`. */
  parseRef(text: string): InstanceRef<P["id"]>;
  /** A key for one create, to be stored before the call. A UUIDv7, which contains the time it was made. */
  newIdempotencyKey(): string;
}
/** Composes providers into one API. Nothing is sent, and no key is read, before the first call. */
export declare function createGpu<const P extends Provider>(options: GpuOptions<P>): Gpu<P>;
export { type Access, type AskOptions, type Attempt, type Availability, type Balance, type BalanceOptions, type BalancesResult, type Billing, type CallContext, type ClientOptions, type CommonField, type CommonFields, type ConnectedProvider, type CreateHandle, type CreateOptions, type CreateRequest, type DeleteOptions, type DeleteOutcome, type ExtendOptions, type FalClient, type FalComponents, type FalOperations, type FalOptions, type FalPaths, type FalTypes, type FormFactor, type FoundInstance, type Gpu, GpuError, type GpuErrorCode, type GpuEvent, type GpuIdentity, type GpuLimits, type GpuModel, type GpuOptions, type Guarantee, type HttpCall, type HttpClient, type HttpInit, type HttpResult, type Instance, type InstanceAction, type InstanceOf, type InstancePort, type InstanceRef, type InstanceStatus, type IntentStore, type KeptInstance, type KeptReason, type KnownGpuModel, type LambdaClient, type LambdaComponents, type LambdaOperations, type LambdaOptions, type LambdaPaths, type LambdaTypes, type LaunchReport, type LaunchRequest, type LaunchResult, type Lease, type Lifetime, type ListOptions, type ListResult, type Market, type Middleware, type NovitaClient, type NovitaComponents, type NovitaOperations, type NovitaOptions, type NovitaPaths, type NovitaTypes, type Offer, type OfferArgument, type OfferFilter, type OfferOf, type OffersResult, type OperationOptions, type OperationResult, type PreparedCreate, type Provider, type ProviderCreateRequest, type ProviderFailure, type ProviderOptions, type ProviderTypes, type ReconcileOutcome, type ReconciledIntent, type RunPodClient, type RunPodComponents, type RunPodOperations, type RunPodOptions, type RunPodPaths, type RunPodTypes, type RuncrateClient, type RuncrateComponents, type RuncrateOperations, type RuncrateOptions, type RuncratePaths, type RuncrateTypes, type ShadeformClient, type ShadeformComponents, type ShadeformOperations, type ShadeformOptions, type ShadeformPaths, type ShadeformTypes, type SideEffect, type SkippedOffer, type SweepOptions, type SweepResult, type ThunderComputeClient, type ThunderComputeComponents, type ThunderComputeOperations, type ThunderComputeOptions, type ThunderComputePaths, type ThunderComputeTypes, type Unsupported, type UnverifiedField, type VastClient, type VastComponents, type VastOperations, type VastOptions, type VastPaths, type VastTypes, type WaitOptions, type WantedOffers };