import { type GpuContext, providerOf } from "../context.js";
import { preflightError } from "../errors.js";
import { newIdempotencyKey, timeOfKey } from "../idempotency-key.js";
import { splitRef } from "../instance.js";
import { checkLifetime, unmetLifetime } from "../lifetime.js";
import { type Mark, makeMark } from "../mark.js";
import type { Offer } from "../offer.js";
import type { ConnectedProvider } from "../provider.js";
import { type AnyCreateRequest, commonFields, unmetFields } from "../request.js";
import { parseSshPublicKey } from "../ssh-key.js";

/** A create as it was asked for, checked. */
export interface Plan {
  readonly provider: ConnectedProvider;
  readonly request: AnyCreateRequest;
  readonly offerId: string;
  readonly idempotencyKey: string;
  /** Without the expiry until the create is prepared: that is not part of what makes two creates the same. */
  readonly mark: Mark;
  readonly known: CreateKnowledge;
}

/** What `launch` adds to a create. */
export interface CreateKnowledge {
  /** The offer as the caller has just read it: it is not read again while it is fresh. */
  readonly justRead?: Offer;
  /** How long an unknown outcome is reconciled, in milliseconds. Default: until the vendor's lists have settled. */
  readonly reconcileMs?: number;
}

/** Checks a request before anything is sent. */
export async function planCreate(context: GpuContext, request: AnyCreateRequest, known: CreateKnowledge): Promise<Plan> {
  const offerId = typeof request.offer === "string" ? request.offer : request.offer?.id;
  if (typeof offerId !== "string")
    throw preflightError("gpu", "create", "invalid_request", "`offer` is neither an offer nor its id");
  const provider = providerOf(context, splitRef(offerId).provider, "create");
  checkFields(provider, request);
  checkLifetime(context, "create", request);
  const unkept = unmetLifetime(provider, request);
  if (unkept !== undefined) throw preflightError(provider.id, "create", "unsupported", unkept);
  const given = request.idempotencyKey;
  if (given !== undefined) checkKey(context, provider, given);
  const idempotencyKey = given ?? newIdempotencyKey(context.time.instant());
  // Nobody else has seen a key that is made here.
  if (given === undefined) context.unusedKeys.set(idempotencyKey, context.time.now());
  const mark = await makeMark(context.owner, idempotencyKey, parametersOf(request, offerId, provider));
  return { provider, request, offerId, idempotencyKey, mark, known };
}

/** The fields that mean the same with every vendor. */
export function pickCommonFields(request: AnyCreateRequest) {
  return Object.fromEntries(commonFields.map((field) => [field, request[field]]));
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
function checkFields(provider: ConnectedProvider, request: AnyCreateRequest): void {
  const unmet = unmetFields(provider, request);
  if (unmet !== undefined) throw preflightError(provider.id, "create", "unsupported", unmet);
  if (request.sshPublicKey !== undefined && !parseSshPublicKey(request.sshPublicKey)) {
    const hint = request.sshPublicKey.includes("PRIVATE KEY") ? "; this is a private key, which must stay with you" : "";
    throw preflightError(
      provider.id,
      "create",
      "invalid_request",
      `sshPublicKey is not one line of an OpenSSH public key${hint}`,
    );
  }
  const { maxUsdPerHour, diskGb } = request;
  if (maxUsdPerHour !== undefined && !(typeof maxUsdPerHour === "number" && maxUsdPerHour > 0)) {
    throw preflightError(provider.id, "create", "invalid_request", "maxUsdPerHour must be a positive number of US dollars");
  }
  if (diskGb !== undefined && !(Number.isInteger(diskGb) && diskGb > 0)) {
    throw preflightError(provider.id, "create", "invalid_request", "diskGb must be a positive whole number of GB");
  }
}

function checkKey(context: GpuContext, provider: ConnectedProvider, key: unknown): void {
  if (typeof key !== "string" || key.trim() === "") {
    throw preflightError(provider.id, "create", "invalid_request", "the idempotency key must be text, and not empty");
  }
  const time = timeOfKey(key);
  if (time === undefined && provider.guarantee !== "name") {
    const reason = "takes only idempotency keys of gpu.newIdempotencyKey(), which contain the time they were made";
    throw preflightError(provider.id, "create", "unsupported", reason);
  }
  if (time !== undefined && !context.unusedKeys.has(key) && time > context.time.instant() + 60_000) {
    throw preflightError(provider.id, "create", "invalid_request", "the idempotency key was made in the future; check the clock");
  }
}
