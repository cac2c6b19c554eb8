import { type ClientOptions, type Clock, GpuError } from "@gpu/core";
import { isObject } from "./arguments.js";
import { preflightError } from "./errors.js";
import type { GpuIdentity } from "./gpu-models.js";
import type { Access, Instance } from "./instance.js";
import type { Market, Offer } from "./offer.js";

/** The fields of a request that mean the same with every vendor. */
export interface CommonFields {
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

export type CommonField = keyof CommonFields;
export type InstanceAction = "start" | "stop" | "restart";

/** The types that differ between providers. */
export interface ProviderTypes {
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
export type Guarantee = "key" | "name" | "best-effort";

/** A provider. Those that are not imported are not in a bundle. */
export interface Provider<Id extends string = string, Types extends ProviderTypes = ProviderTypes> {
  readonly id: Id;
  /** Creates the provider's client. Its own options override the defaults. */
  connect(defaults: ClientOptions): ConnectedProvider<Id, Types>;
  /** Carries `Types` for the compiler; never set. */
  readonly types?: Types;
}

/** The interface that each vendor is mapped to. The code above it is the same for all vendors. */
export interface ConnectedProvider<Id extends string = string, Types extends ProviderTypes = ProviderTypes> {
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
export interface WantedOffers {
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
export interface CallContext {
  readonly signal?: AbortSignal | undefined;
  readonly clock: Clock;
  /** To be called with the headers of each response of a list: `sweep` reads the vendor's time from `Date`. */
  readonly onHeaders?: ((headers: Headers) => void) | undefined;
  /** To be called when offers that may be wanted were not read, and others are returned all the same. */
  readonly onUnread?: ((error: GpuError) => void) | undefined;
}

/** A create for one provider, with the mark. */
export interface ProviderCreateRequest extends CommonFields {
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
export interface PreparedCreate {
  /** What the request costs in addition to the price of its offer, such as more disk, in US dollars an hour. Null when unknown. Default: nothing. */
  readonly extraUsdPerHour?: number | null;
  /**
   * The one paid call. Returns the new instance's id, and the instance where the response has it. With `refusal`, the vendor refused the
   * request but created an instance: it is deleted, and the deletion is verified, before the refusal is thrown.
   */
  send(context: CallContext): Promise<{ id: string; found?: FoundInstance<string> | undefined; refusal?: GpuError | undefined }>;
}

/** An instance and the mark that it carries, if any. */
export interface FoundInstance<Id extends string = string> {
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
export type ProviderOptions<Client> = ClientOptions | { readonly client: Client };

/** Makes the vendor's client from a provider's options. */
export function connectClient<Client>(
  options: ProviderOptions<Client>,
  defaults: ClientOptions,
  create: (options: ClientOptions) => Client,
): Client {
  // The client itself refuses what is not an object of options.
  if (!isObject(options)) return create(options);
  if ("client" in options) {
    if (isObject(options.client) && Object.keys(options).length === 1) return options.client;
    const reason = "a provider takes options of its client, or a `client` alone, which must be an object";
    throw preflightError("gpu", "createGpu", "configuration", reason);
  }
  // An option that is given as undefined must not hide a default.
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return create({ ...defaults, ...given });
}

/** The result of a read; undefined for `not_found`. */
export async function unlessNotFound<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (GpuError.isInstance(error) && error.code === "not_found") return undefined;
    throw error;
  }
}
