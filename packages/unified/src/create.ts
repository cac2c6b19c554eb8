import type { GpuError, SideEffect } from "@gpu/core";
import { callContext, type GpuContext, providerOf, withAge, withOwner } from "./context.js";
import { pause, waitFor, withDeadline } from "./deadline.js";
import { deleteInstance } from "./delete.js";
import { asGpuError, endedUnsent, problem, refusal, retold, type UnifiedGpuError } from "./errors.js";
import type { CreateHandle } from "./handle.js";
import { newIdempotencyKey, timeOfKey } from "./idempotency-key.js";
import { type Instance, splitRef } from "./instance.js";
import { type Mark, makeMark } from "./mark.js";
import { roundUsd } from "./numbers.js";
import type { Offer } from "./offer.js";
import type { ConnectedProvider, PreparedCreate } from "./provider.js";
import { findPriorCreate, longestIntentMs, longestWorkMs, reconcile } from "./reconcile.js";
import { type AnyCreateRequest, commonFields } from "./request.js";
import { runAfter } from "./serial.js";
import { parseSshPublicKey } from "./ssh-key.js";
import { verifyInstance } from "./verify.js";

/** Offers older than this are read again before a create. */
const freshForMs = 60_000;
/** A key made here counts as unused for so long: later it may have been handed to another process. */
const unusedForMs = 60_000;
/** How long reading back may take. The instance exists all the same. */
const readBackMs = 20_000;

/** A create as it was asked for, checked. */
interface Plan {
  readonly provider: ConnectedProvider;
  readonly request: AnyCreateRequest;
  readonly offerId: string;
  readonly idempotencyKey: string;
  readonly mark: Mark;
  readonly justRead: Offer | undefined;
}

/**
 * Creates one instance: created, certainly not created, or `create_ambiguous` with a handle.
 * `justRead`: the offer as the caller has read it, which is not read again while it is fresh.
 */
export async function createInstance(context: GpuContext, request: AnyCreateRequest, justRead?: Offer): Promise<Instance> {
  const offerId = typeof request.offer === "string" ? request.offer : request.offer.id;
  const provider = providerOf(context, splitRef(offerId).provider, "create");
  checkFields(provider, request);
  const given = request.idempotencyKey;
  if (given !== undefined) checkKey(context, provider, given);
  const idempotencyKey = given ?? newIdempotencyKey(context.clock.now());
  const mark = await makeMark(context.owner, idempotencyKey, parametersOf(request, offerId, provider));
  const plan: Plan = { provider, request, offerId, idempotencyKey, mark, justRead };
  return oneAtATime(context, plan, () => createUnderKey(context, plan));
}

/** Under one key, one create after the other: the second finds what the first has made. */
async function oneAtATime(context: GpuContext, plan: Plan, work: () => Promise<Instance>): Promise<Instance> {
  const { idempotencyKey: key, mark, provider, request } = plan;
  const earlier = context.creates.get(key);
  if (earlier && earlier.mark !== mark.text) throw mismatch(provider, "was used with other parameters");
  const { signal } = request;
  const { result, over } = runAfter(earlier?.over, signal, async () => {
    if (signal?.aborted) throw endedUnsent(provider.id, signal);
    return work();
  });
  const entry = { mark: mark.text, over };
  context.creates.set(key, entry);
  try {
    return await result;
  } catch (thrown) {
    // Nothing exists under the key, so that it may be used otherwise.
    const isFree = asGpuError(thrown, provider.id, "create").sideEffect === "none";
    if (isFree && !earlier && context.creates.get(key) === entry) context.creates.delete(key);
    throw thrown;
  }
}

async function createUnderKey(context: GpuContext, plan: Plan): Promise<Instance> {
  const { provider, request, idempotencyKey, mark } = plan;
  const { signal } = request;
  const isUnused = request.idempotencyKey === undefined || takeUnused(context, request.idempotencyKey);
  refuseExpiredKey(context, plan);
  if (!isUnused) {
    const prior = await adoptPrior(context, plan);
    if (prior) return verify(refuseDearPrior(prior, request.maxUsdPerHour, "none"), request.offer, "none");
  }
  const { prepared, current } = await withoutCost(provider, async () => {
    const current = await checkPriceAndStock(context, plan);
    const { id: offer } = splitRef(plan.offerId);
    const options = optionsOf(request, provider);
    const fields = { ...pickCommonFields(request), offer, mark: mark.text, idempotencyKey, isKeyNew: isUnused, options };
    const prepared = await provider.prepareCreate(fields, callContext(context, signal));
    if (current) refuseExtras(plan, current, prepared);
    return { prepared, current };
  });
  // Where no mark can be relied on, what is new in the list tells most afterwards. What an earlier call under the key has made is not new.
  const before = isUnused && provider.guarantee !== "name" ? await listIds(context, provider, signal) : undefined;
  const handle = handleOf(context, plan, before);
  await declareIntent(context, plan, handle);
  const instance = await send(context, plan, prepared, handle);
  // To a key that was used before, the vendor may have answered with what that use made.
  const mayBePrior = provider.guarantee === "key" && !isUnused;
  const affordable = mayBePrior
    ? refuseDearPrior(instance, request.maxUsdPerHour, "possible")
    : await guardPrice(context, instance, request.maxUsdPerHour);
  return verify(affordable, current ?? request.offer, mayBePrior ? "possible" : "committed");
}

/** An id alone does not tell what to compare with. */
function verify(instance: Instance, offer: Offer | string, sideEffect: SideEffect): Instance {
  return typeof offer === "string" ? instance : verifyInstance(instance, offer, sideEffect);
}

/** Whether the key was made here a moment ago, and not used yet. */
function takeUnused(context: GpuContext, key: string): boolean {
  return context.unusedKeys.delete(key) && context.clock.now() - (timeOfKey(key) ?? 0) < unusedForMs;
}

/** Work that comes before the paid call: whatever it fails with, no instance was created. */
async function withoutCost<T>(provider: ConnectedProvider, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const error = asGpuError(thrown, provider.id, "create", "none");
    if (error.sideEffect === "none") throw error;
    throw retold(error, { sideEffect: "none", message: `${error.message} No instance was ordered.` });
  }
}

/** Sends the paid call, once, and finds out what became of it. */
async function send(context: GpuContext, plan: Plan, prepared: PreparedCreate, handle: CreateHandle): Promise<Instance> {
  const { provider, request } = plan;
  const { signal } = request;
  if (signal?.aborted) throw endedUnsent(provider.id, signal);
  refuseExpiredKey(context, plan);
  context.emit({ type: "create.attempt", provider: provider.id, offer: handle.offer });
  try {
    return await readBack(context, plan, await sendInWindow(context, plan, prepared));
  } catch (thrown) {
    return settleFailure(context, plan, prepared, handle, asGpuError(thrown, provider.id, "create"));
  }
}

type Created = Awaited<ReturnType<PreparedCreate["send"]>>;

/** Sends it; where the vendor remembers the key for a while only, no attempt starts after that. */
async function sendInWindow(
  context: GpuContext,
  { provider, request, idempotencyKey }: Plan,
  prepared: PreparedCreate,
): Promise<Created> {
  const { signal } = request;
  if (provider.keyWindowMs === undefined) return prepared.send(callContext(context, signal));
  const leftMs = provider.keyWindowMs - ageOf(context, idempotencyKey);
  const late = () =>
    problem(provider.id, "create", "timeout", "no answer before the vendor forgets the idempotency key", "possible");
  return withDeadline(context.clock, leftMs, signal, late, (inner) => prepared.send(callContext(context, inner)));
}

/** The new instance as the vendor shows it; what cannot be read back now is pending, and no error. */
async function readBack(context: GpuContext, { provider, request }: Plan, { id, found }: Created): Promise<Instance> {
  const ref = `${provider.id}:${id}` as const;
  context.createdAt.set(ref, context.clock.now());
  try {
    const late = () => new Error("reading back took too long");
    const read =
      found ??
      (await withDeadline(context.clock, readBackMs, request.signal, late, (inner) =>
        provider.get(id, callContext(context, inner)),
      ));
    if (read) return { ...withAge(context, read.instance), owned: true };
  } catch {
    // It exists, and whoever pays for it must get its id: how it is doing will show at the next read.
  }
  const pending = {
    ref,
    provider: provider.id,
    id,
    name: null,
    status: "pending",
    rawStatus: null,
    ready: false,
    billing: "unknown",
    gpu: null,
    gpuCount: null,
    market: "unknown",
    usdPerHour: null,
    region: null,
    address: null,
    ports: [],
    createdAt: null,
    error: null,
    owned: true,
  } as const;
  return withAge(context, pending);
}

/** Whether a status ends the vendor's work. A server in between may give the others while the vendor goes on behind it. */
function endsWork(status: number | undefined): boolean {
  return status !== undefined && status <= 500 && status !== 408 && status !== 499;
}

/** A create that failed: certainly without effect, found after all, or unknown. */
async function settleFailure(
  context: GpuContext,
  plan: Plan,
  prepared: PreparedCreate,
  handle: CreateHandle,
  error: GpuError,
): Promise<Instance> {
  const { provider, request } = plan;
  const { signal } = request;
  if (error.sideEffect === "none") throw error;
  if (error.code === "aborted" || signal?.aborted) throw ambiguous(handle, error);
  context.emit({ type: "create.reconciling", handle, error });
  if (provider.guarantee === "key") {
    // Its key is the vendor's own way to ask what became of it; its lists know no marks.
    await pause(context.clock, 2_000, signal);
    const isInWindow = ageOf(context, handle.idempotencyKey) < (provider.keyWindowMs ?? 0);
    const created = isInWindow ? await sendInWindow(context, plan, prepared).catch(() => undefined) : undefined;
    if (created) return readBack(context, plan, created);
    throw ambiguous(handle, error);
  }
  // After a time-out the vendor's work may go on for ever: not to be listed proves nothing then.
  const mayProve = provider.guarantee === "name" && error.code !== "timeout" && error.sideEffect !== "committed";
  // However long the call took: what was made at its very end must have time to show.
  const doneBy = context.clock.now() + (mayProve && !endsWork(error.status) ? longestWorkMs : 0);
  const result = await reconcile(context, handle, signal, doneBy).catch(() => undefined);
  if (result?.outcome === "created") return result.instance;
  if (result?.outcome === "absent" && mayProve) {
    const message = `${error.message} The vendor's lists show that nothing was created.`;
    throw retold(error, { sideEffect: "none", message, cause: error });
  }
  throw ambiguous(handle, error);
}

function ambiguous(handle: CreateHandle, cause: unknown, why = ""): UnifiedGpuError {
  const reason = `an instance of ${handle.offer} may have been created${why}; keep the error's handle and call gpu.reconcile(handle) before you create again`;
  return problem(handle.provider, "create", "create_ambiguous", reason, "possible", cause, { handle });
}

function mismatch(provider: ConnectedProvider, what: string): UnifiedGpuError {
  const reason = `the idempotency key ${what}; use a new key for another instance`;
  return refusal(provider.id, "create", "idempotency_mismatch", reason);
}

function handleOf(
  context: GpuContext,
  { provider, offerId, idempotencyKey, mark }: Plan,
  before?: readonly string[],
): CreateHandle {
  return {
    version: 1,
    provider: provider.id,
    offer: offerId,
    idempotencyKey,
    mark: mark.text,
    sentAt: new Date(context.clock.now()).toISOString(),
    ...(before && { before }),
  };
}

/** What an earlier call under the same key has created, if anything. */
async function adoptPrior(context: GpuContext, plan: Plan): Promise<Instance | undefined> {
  const { provider, request, idempotencyKey, mark } = plan;
  // The vendor itself gives the same answer for the same key.
  if (provider.guarantee === "key") return undefined;
  const prior = await findPriorCreate(context, provider, mark.text, timeOfKey(idempotencyKey), request.signal);
  switch (prior.kind) {
    case "none":
      return undefined;
    case "same":
      return withOwner(context, prior.found);
    case "other":
      throw mismatch(provider, `already created ${prior.found.instance.ref} with other parameters`);
    case "unclear":
      throw ambiguous(handleOf(context, plan), undefined, " under this key before");
  }
}

/** With a limit, or an offer that is not fresh, price and stock are read again before money is spent. Gives the offer as it is now, where it was read. */
async function checkPriceAndStock(context: GpuContext, plan: Plan): Promise<Offer | undefined> {
  const { provider, request, offerId, justRead } = plan;
  const { offer, maxUsdPerHour, signal } = request;
  const isFresh = ({ observedAt }: Offer) => context.clock.now() - Date.parse(observedAt) <= freshForMs;
  if (maxUsdPerHour === undefined && (typeof offer === "string" || isFresh(offer))) return undefined;
  const offers = justRead && isFresh(justRead) ? [justRead] : await provider.listOffers(callContext(context, signal));
  const current = offers.find(({ id }) => id === offerId);
  if (!current) throw refusal(provider.id, "create", "offer_gone", `${offerId} is no longer offered`);
  if (current.availability === "unavailable") throw refusal(provider.id, "create", "no_capacity", `${offerId} is out of stock`);
  const limit = maxUsdPerHour ?? (typeof offer === "string" ? null : offer.usdPerHour);
  if (limit !== null) refuseDearer(provider, current, limit, maxUsdPerHour === undefined);
  return current;
}

/** A limit is one for the whole instance, with what the request asks for beside the offer. */
function refuseExtras({ provider, request }: Plan, { id, usdPerHour }: Offer, { extraUsdPerHour = 0 }: PreparedCreate): void {
  if (request.maxUsdPerHour === undefined || extraUsdPerHour === 0) return;
  const whole = usdPerHour === null || extraUsdPerHour === null ? null : roundUsd(usdPerHour + extraUsdPerHour);
  refuseDearer(provider, { id: `${id} with what is asked for beside it`, usdPerHour: whole }, request.maxUsdPerHour, false);
}

function refuseDearer(
  provider: ConnectedProvider,
  { id, usdPerHour }: Pick<Offer, "id" | "usdPerHour">,
  limit: number,
  fromOffer: boolean,
): void {
  if (usdPerHour !== null && usdPerHour <= limit) return;
  const price = usdPerHour === null ? "has no published price" : `costs ${usdPerHour} USD an hour`;
  const bound = fromOffer ? `the offer said ${limit}` : `the limit is ${limit}`;
  throw refusal(provider.id, "create", "price_exceeded", `${id} ${price}; ${bound}`);
}

/** An instance that turns out dearer than the limit is deleted, with proof. */
export async function guardPrice(context: GpuContext, instance: Instance, maxUsdPerHour: number | undefined): Promise<Instance> {
  if (maxUsdPerHour === undefined || instance.usdPerHour === null || instance.usdPerHour <= maxUsdPerHour) return instance;
  const { outcome } = await deleteInstance(context, instance, { waitMs: 120_000 }).catch(() => ({ outcome: "unknown" as const }));
  const { provider, ref, usdPerHour } = instance;
  const dear = `${ref} costs ${usdPerHour} USD an hour, the limit is ${maxUsdPerHour}`;
  if (outcome === "deleted") throw refusal(provider, "create", "price_exceeded", `${dear}; it was deleted again`);
  const reason = `${dear}; its deletion is not proven (${outcome}): delete it`;
  throw problem(provider, "create", "price_exceeded", reason, "committed", undefined, { ref, instance });
}

/** What an earlier create has made, or may have made, is not deleted for a limit of this one. */
function refuseDearPrior(instance: Instance, maxUsdPerHour: number | undefined, sideEffect: SideEffect): Instance {
  const { provider, ref, usdPerHour } = instance;
  if (maxUsdPerHour === undefined || usdPerHour === null || usdPerHour <= maxUsdPerHour) return instance;
  const reason = `${ref}, which exists under this idempotency key, costs ${usdPerHour} USD an hour; the limit is ${maxUsdPerHour}`;
  throw problem(provider, "create", "price_exceeded", reason, sideEffect, undefined, { ref, instance });
}

async function declareIntent(context: GpuContext, { provider, request }: Plan, handle: CreateHandle): Promise<void> {
  context.emit({ type: "create.intent", handle });
  const { signal } = request;
  const told = Promise.resolve().then(() => request.onIntent?.(handle));
  await waitFor(
    told.catch(() => {}),
    signal,
  );
  if (signal?.aborted) throw endedUnsent(provider.id, signal);
  try {
    await told;
  } catch (cause) {
    throw refusal(provider.id, "create", "aborted", "onIntent rejected, so nothing was sent", cause);
  }
  // Whoever reconciles the handle counts from its time.
  if (context.clock.now() - Date.parse(handle.sentAt) > longestIntentMs) {
    throw refusal(
      provider.id,
      "create",
      "aborted",
      `onIntent took longer than ${longestIntentMs / 1_000} s, so nothing was sent`,
    );
  }
}

/** Checks what the compiler could not: the fields that the vendor needs, and those that it has no place for. */
function checkFields(provider: ConnectedProvider, request: AnyCreateRequest): void {
  const missing = provider.needs.filter((field) => request[field] === undefined || request[field] === "");
  const surplus = provider.lacks.filter((field) => request[field] !== undefined);
  if (missing.length > 0) throw refusal(provider.id, "create", "unsupported", `cannot create without ${missing.join(" and ")}`);
  if (surplus.length > 0)
    throw refusal(provider.id, "create", "unsupported", `has no place for ${surplus.join(" and ")}; leave it out`);
  if (request.sshPublicKey !== undefined && !parseSshPublicKey(request.sshPublicKey)) {
    const hint = request.sshPublicKey.includes("PRIVATE KEY") ? "; this is a private key, which must stay with you" : "";
    throw refusal(provider.id, "create", "invalid_request", `sshPublicKey is not one line of an OpenSSH public key${hint}`);
  }
  const { maxUsdPerHour, diskGb } = request;
  if (maxUsdPerHour !== undefined && !(maxUsdPerHour > 0)) {
    throw refusal(provider.id, "create", "invalid_request", "maxUsdPerHour must be a positive number of US dollars");
  }
  if (diskGb !== undefined && !(Number.isInteger(diskGb) && diskGb > 0)) {
    throw refusal(provider.id, "create", "invalid_request", "diskGb must be a positive whole number of GB");
  }
}

function checkKey(context: GpuContext, provider: ConnectedProvider, key: string): void {
  if (key.trim() === "") throw refusal(provider.id, "create", "invalid_request", "the idempotency key is empty");
  const time = timeOfKey(key);
  if (time === undefined && provider.guarantee !== "name") {
    throw refusal(
      provider.id,
      "create",
      "unsupported",
      "takes only idempotency keys of gpu.newIdempotencyKey(), whose time tells their age",
    );
  }
  if (time !== undefined && time > context.clock.now() + 60_000) {
    throw refusal(provider.id, "create", "invalid_request", "the idempotency key was made in the future; check the clock");
  }
}

/** How old a key is, in milliseconds. */
function ageOf(context: GpuContext, key: string): number {
  const now = context.clock.now();
  return now - (timeOfKey(key) ?? now);
}

/** A vendor forgets a key after its window: a create under an older one could be a second. */
function refuseExpiredKey(context: GpuContext, plan: Plan): void {
  const { keyWindowMs } = plan.provider;
  if (keyWindowMs === undefined || ageOf(context, plan.idempotencyKey) < keyWindowMs) return;
  throw ambiguous(
    handleOf(context, plan),
    undefined,
    `: the idempotency key is older than ${keyWindowMs / 60_000} minutes, and nothing was sent now`,
  );
}

async function listIds(
  context: GpuContext,
  provider: ConnectedProvider,
  signal: AbortSignal | undefined,
): Promise<string[] | undefined> {
  try {
    return (await provider.list(callContext(context, signal))).map(({ instance }) => instance.id);
  } catch {
    // The create itself does not need it.
    return undefined;
  }
}

/** What makes two creates the same under one key. */
function parametersOf(request: AnyCreateRequest, offer: string, provider: ConnectedProvider): unknown {
  return { offer, ...pickCommonFields(request), options: optionsOf(request, provider) };
}

function pickCommonFields(request: AnyCreateRequest) {
  return Object.fromEntries(commonFields.map((field) => [field, request[field]]));
}

function optionsOf(request: AnyCreateRequest, provider: ConnectedProvider): object {
  return request.providerOptions?.[provider.id] ?? {};
}
