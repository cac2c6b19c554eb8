import { checkFields } from "../arguments.js";
import { type GpuContext, type KeyedCreate, providerOf } from "../context.js";
import { preflightError } from "../errors.js";
import { newIdempotencyKey, timeOfKey } from "../idempotency-key.js";
import { splitRef } from "../instance.js";
import { checkLifetime, unmetLifetime } from "../lifetime.js";
import { type Mark, makeMark } from "../mark.js";
import type { Offer } from "../offer.js";
import type { CommonFields, ConnectedProvider } from "../provider.js";
import { type AnyCreateRequest, checkProviderOptions, commonFields, createRules, unmetFields } from "../request.js";

/** A checked create under its key. */
export interface Plan extends CheckedCreate {
  /** What this `Gpu` knows of the creates under the key. */
  readonly create: KeyedCreate;
}

/** A create whose request is checked. */
export interface CheckedCreate {
  readonly provider: ConnectedProvider;
  readonly request: AnyCreateRequest;
  readonly offerId: string;
  readonly idempotencyKey: string;
  /** Without the expiry until the create is prepared: two creates with different expiries are the same create. */
  readonly mark: Mark;
  readonly known: CreateKnowledge;
}

/** What `launch` adds to a create. */
export interface CreateKnowledge {
  /** The offer that the caller has just read. It is not read again while it is fresh. */
  readonly justRead?: Offer;
  /** How long an unknown outcome is reconciled, in milliseconds. Default: until the vendor's lists have settled. */
  readonly reconcileMs?: number;
}

/** Checks a request before anything is sent. */
export async function planCreate(context: GpuContext, request: AnyCreateRequest, known: CreateKnowledge): Promise<CheckedCreate> {
  checkFields("create", request, createRules, ["offer"]);
  checkProviderOptions(context, "create", request.providerOptions);
  const offerId = typeof request.offer === "string" ? request.offer : request.offer.id;
  const provider = providerOf(context, splitRef(offerId).provider, "create");
  checkSupport(provider, request);
  checkMarket(provider, request.offer);
  checkLifetime(context, "create", request);
  const unkept = unmetLifetime(provider, request);
  if (unkept !== undefined) throw preflightError(provider.id, "create", "unsupported", unkept);
  const given = request.idempotencyKey;
  if (given !== undefined) checkKey(context, provider, given);
  const idempotencyKey = given ?? newIdempotencyKey(context.time.instant());
  // Only this call has a key that is made here.
  if (given === undefined) context.unusedKeys.set(idempotencyKey, context.time.now());
  const mark = await makeMark(context.owner, idempotencyKey, parametersOf(request, offerId, provider));
  return { provider, request, offerId, idempotencyKey, mark, known };
}

/** The fields that mean the same with every vendor. Line ends of a script are LF: a shell reads a CR as part of the command. */
export function pickCommonFields(request: CommonFields): CommonFields {
  const startupScript = request.startupScript?.replaceAll("\r\n", "\n");
  return { ...Object.fromEntries(commonFields.map((field) => [field, request[field]])), startupScript };
}

/** The fields of the vendor's own request. */
export function optionsOf(request: AnyCreateRequest, provider: ConnectedProvider): object {
  return request.providerOptions?.[provider.id] ?? {};
}

/** What makes two creates the same under one key. */
function parametersOf(request: AnyCreateRequest, offer: string, provider: ConnectedProvider): unknown {
  const { ttlMs, maxUsd } = request;
  return { offer, ...pickCommonFields(request), options: optionsOf(request, provider), ttlMs, maxUsd };
}

/** Checks at run time what the compiler could not. */
function checkSupport(provider: ConnectedProvider, request: AnyCreateRequest): void {
  const unmet = unmetFields(provider, request);
  if (unmet !== undefined) throw preflightError(provider.id, "create", "unsupported", unmet);
}

/** The id decides what is rented, so an offer must not have the id of the other market. */
function checkMarket(provider: ConnectedProvider, offer: Offer | string): void {
  if (typeof offer === "string") return;
  const market = provider.marketOf?.(splitRef(offer.id).id);
  if (market === undefined || offer.market === undefined || market === offer.market) return;
  const reason = `${offer.id} is the id of an offer ${market === "spot" ? "as spot" : "on demand"}, and the offer's market is ${offer.market}`;
  throw preflightError(provider.id, "create", "invalid_request", reason);
}

function checkKey(context: GpuContext, provider: ConnectedProvider, key: string): void {
  const time = timeOfKey(key);
  if (time === undefined && provider.guarantee !== "name") {
    const reason = "takes only idempotency keys of gpu.newIdempotencyKey(), which contain the time they were made";
    throw preflightError(provider.id, "create", "unsupported", reason);
  }
  if (time !== undefined && !context.unusedKeys.has(key) && time > context.time.instant() + 60_000) {
    throw preflightError(provider.id, "create", "invalid_request", "the idempotency key was made in the future; check the clock");
  }
}
