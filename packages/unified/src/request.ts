import {
  callback,
  duration,
  isCount,
  isFilled,
  isMap,
  isObject,
  isText,
  type Rules,
  signalRules,
  text,
  usdPerHour,
} from "./arguments.js";
import { type GpuContext, providerOf } from "./context.js";
import type { CreateHandle } from "./handle.js";
import type { Lifetime } from "./lifetime.js";
import type { Offer } from "./offer.js";
import type { CommonField, CommonFields, ConnectedProvider, Provider, ProviderTypes } from "./provider.js";
import { parseSshPublicKey } from "./ssh-key.js";

/** The types of the configured provider with this id. */
export type TypesOf<P extends Provider, Id extends string> = [Extract<P, { id: Id }>] extends [never]
  ? ProviderTypes
  : NonNullable<Extract<P, { id: Id }>["types"]>;

/** An offer, or its id. */
export type OfferArgument<P extends Provider> = Offer<P["id"]> | `${P["id"]}:${string}`;

/** The provider that an offer or its id names. */
export type ProviderIdOf<O> = O extends { provider: infer Id extends string }
  ? Id
  : O extends `${infer Id}:${string}`
    ? Id
    : string;

type IsUnion<T, Whole = T> = T extends Whole ? ([Whole] extends [T] ? false : true) : never;

/** The one configured provider that is known at compile time; never when it could be several. */
type OneProvider<P extends Provider, O> = string extends P["id"] | ProviderIdOf<O>
  ? never
  : IsUnion<ProviderIdOf<O>> extends false
    ? Extract<ProviderIdOf<O>, P["id"]>
    : never;

declare const unsupported: unique symbol;

/** No value has this type. The compiler's error for a value contains `Message`. */
export interface Unsupported<Message extends string> {
  readonly [unsupported]: Message;
}

/** The common fields for one vendor: fields that it needs are required, and unsupported ones do not compile. */
type FieldsFor<Types extends ProviderTypes, Id extends string> = {
  [Field in Types["needs"]]: NonNullable<CommonFields[Field]>;
} & { [Field in Exclude<CommonField, Types["needs"] | Types["lacks"]>]?: CommonFields[Field] } & {
  [Field in Types["lacks"]]?: Unsupported<`${Id} does not support ${Field}`> | undefined;
};

/** Fields of each vendor's own request. Only those of the offer's provider are used. */
export type ProviderOptionsMap<P extends Provider> = {
  readonly [Id in P["id"]]?: TypesOf<P, Id>["createOptions"] | undefined;
};

/** The fields of a create in addition to the common ones. */
export interface CreateOptions<P extends Provider = Provider> extends Lifetime {
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
export type CreateRequest<P extends Provider = Provider, O = OfferArgument<P>> = { readonly offer: O } & CreateOptions<P> &
  ([OneProvider<P, O>] extends [never] ? CommonFields : FieldsFor<TypesOf<P, OneProvider<P, O>>, OneProvider<P, O>>);

/** A create without its types per provider, for internal use. */
export type AnyCreateRequest = { readonly offer: Offer | string } & CreateOptions & CommonFields;

export const commonFields = [
  "name",
  "sshPublicKey",
  "image",
  "startupScript",
  "env",
  "diskGb",
] as const satisfies readonly CommonField[];

/** What `create` and `launch` have in common. */
export const fieldRules = {
  name: text,
  sshPublicKey: [
    (value) => isText(value) && parseSshPublicKey(value as string) !== undefined,
    "one line of an OpenSSH public key, and not a private key",
  ],
  image: text,
  startupScript: text,
  env: [(value) => isMap(value, isText), "an object whose values are strings"],
  diskGb: [isCount, "a positive whole number of GB"],
  onIntent: callback,
  ttlMs: duration,
  maxUsd: usdPerHour,
  providerOptions: [
    (value) => isMap(value, (options) => options === undefined || isObject(options)),
    "an object with an object for each provider",
  ],
  ...signalRules,
} satisfies Rules<CommonFields & Pick<CreateOptions, "onIntent" | "providerOptions" | "signal" | "ttlMs" | "maxUsd">>;

export const createRules = {
  ...fieldRules,
  offer: [
    (value) => /^[^:]+:./.test(String(isObject(value) && "id" in value ? value.id : value)),
    "an offer or its id, provider:…",
  ],
  maxUsdPerHour: usdPerHour,
  idempotencyKey: [isFilled, "a string that is not empty"],
} satisfies Rules<AnyCreateRequest>;

/** Throws `configuration` for options of a provider that this `Gpu` does not have: they would have no effect. */
export function checkProviderOptions(context: GpuContext, operation: string, options: object = {}): void {
  for (const id of Object.keys(options)) providerOf(context, id, operation);
}

/** Why a vendor cannot serve the fields of a request: a required one is missing, or one is not supported. Undefined if it can. */
export function unmetFields({ needs, lacks }: ConnectedProvider, request: CommonFields): string | undefined {
  const missing = needs.filter((field) => request[field] === undefined || request[field] === "");
  if (missing.length > 0) return `needs ${missing.join(" and ")}`;
  const unsupported = lacks.filter((field) => request[field] !== undefined);
  return unsupported.length > 0 ? `does not support ${unsupported.join(" and ")}` : undefined;
}
