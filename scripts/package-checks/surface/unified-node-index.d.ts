import { GpuError } from "@gpu/core";
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
declare const gpuModels: {
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
type Market = "on_demand" | "spot";
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
  readonly error?: GpuError;
};
interface DeleteOptions {
  /** How long to wait until the deletion is verified, in milliseconds. Default: 0, one read. */
  waitMs?: number | undefined;
  signal?: AbortSignal | undefined;
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
/**
 * Deletes the leased instance on SIGINT or SIGTERM. The delete request is sent at once, its outcome is printed to stderr with the
 * instance's `ref`, and the process exits with the signal's status (130 or 143). A second signal exits without waiting. A lease that
 * is detached or deleted is ignored. Returns a function that removes the handlers. Experimental.
 */
export declare function endOnSignal(lease: Pick<Lease, "instance" | "state" | "delete">): () => void;
/**
 * Stores the handles of creates in a folder, which it creates: one JSON file each, readable only by its owner, written and synced
 * before the create is sent. Several processes may share a folder. For `createGpu({ intents })`. Experimental.
 */
export declare function fileIntents(folder: string): IntentStore;
/**
 * A `probe` for `waitUntilReady` and `launch`: whether the machine's SSH server sends its banner to this process. It does not log in.
 * Experimental.
 */
export declare function sshProbe(): (access: Access, signal: AbortSignal) => Promise<boolean>;
export {};