import { GpuError, type SideEffect } from "@gpu/core";
import { callContext, type GpuContext, type KeyedCreate, readList } from "../context.js";
import { withinScope } from "../deadline.js";
import { discardWith } from "../delete.js";
import { abortedBeforeSend, asGpuError, rethrowControlFlow, sentences, UnifiedGpuError, withChanges } from "../errors.js";
import type { CreateHandle } from "../handle.js";
import { ageOfKey } from "../idempotency-key.js";
import { type Instance, splitRef } from "../instance.js";
import { changeIntent } from "../intents.js";
import { confirmExpiry, markWithExpiry } from "../lifetime.js";
import { checkLimits } from "../limits.js";
import { isSameCreate } from "../mark.js";
import type { Offer } from "../offer.js";
import type { ConnectedProvider, PreparedCreate } from "../provider.js";
import type { AnyCreateRequest } from "../request.js";
import { runAfter } from "../serial.js";
import { isoOf } from "../time.js";
import { verifyInstance } from "../verify.js";
import { type CheckedCreate, type CreateKnowledge, optionsOf, type Plan, pickCommonFields, planCreate } from "./plan.js";
import { checkExtras, checkPriceAndStock, guardPrice, wholePrice } from "./price.js";
import { adoptPrior, adoptReturned, keyTooOld, mismatch } from "./prior.js";
import { type Created, declareIntent, noteCreated, readBack, sendInWindow } from "./send.js";
import { settleFailure } from "./settle.js";

/** How long a key made here counts as unused: later it may have been passed to another process. */
const unusedForMs = 60_000;

/** Creates one instance: created, certainly not created, or `create_ambiguous` with a handle. */
export async function createInstance(
  context: GpuContext,
  request: AnyCreateRequest,
  known: CreateKnowledge = {},
): Promise<Instance> {
  const checked = await planCreate(context, request, known);
  const handle = handleOf(context, checked);
  try {
    const instance = await oneAtATime(context, checked, (plan) => createUnderKey(context, plan));
    await changeIntent(context, "clear", handle);
    return instance;
  } catch (thrown) {
    // Whatever else fails, the caller learns the instance.
    if (UnifiedGpuError.isInstance(thrown) && (thrown.ref ?? thrown.instance)) await changeIntent(context, "clear", handle);
    throw thrown;
  }
}

/** Runs creates under one key one after the other: the second finds the instance of the first. */
async function oneAtATime(
  context: GpuContext,
  checked: CheckedCreate,
  work: (plan: Plan) => Promise<Instance>,
): Promise<Instance> {
  const { idempotencyKey: key, mark, provider, request } = checked;
  const earlier = context.creates.get(key);
  if (earlier && !isSameCreate(earlier.mark, mark.text)) throw mismatch(provider, "was used with other parameters");
  const create: KeyedCreate = earlier ?? { mark: mark.text, keyMadeAt: context.unusedKeys.get(key) };
  const { signal } = request;
  const { result, over } = runAfter(create.over, signal, async () => {
    if (signal?.aborted) throw abortedBeforeSend(provider.id, signal);
    return work({ ...checked, create });
  });
  create.over = over;
  context.creates.set(key, create);
  try {
    return await result;
  } catch (thrown) {
    // Nothing exists under the key, so it can be used for another create.
    const isFree = asGpuError(thrown, provider.id, "create").sideEffect === "none";
    if (isFree && !earlier && create.over === over) context.creates.delete(key);
    throw thrown;
  }
}

async function createUnderKey(context: GpuContext, plan: Plan): Promise<Instance> {
  const { provider, request } = plan;
  const isUnused = takeUnused(context, plan);
  if (!isUnused) {
    const prior = await adoptPrior(context, plan, handleOf(context, plan));
    if (prior) return verify(plan, prior, undefined, "none");
  }
  const spend = () => prepareAndSend(context, plan, isUnused);
  const { created, current, plan: ready } = await (context.limits ? context.spending(request.signal, spend) : spend());
  const { id, refusal } = created;
  if (refusal) throw await discardWith(context, noteCreated(context, ready, id), refusal);
  // For a key that was used before, the vendor may return an old state of that instance, so it is read again.
  const mayBePrior = provider.guarantee === "key" && !isUnused;
  if (mayBePrior) return verify(ready, await adoptReturned(context, ready, id), current, "possible");
  const instance = created.reconciled ?? confirmExpiry(context, await readBack(context, ready, created), ready.mark);
  const affordable = await guardPrice(context, instance, ready.request.maxUsdPerHour);
  return verify(ready, affordable, current, "committed");
}

/** Runs the checks before the paid call, the call, and the finding of its outcome. */
async function prepareAndSend(
  context: GpuContext,
  plan: Plan,
  isUnused: boolean,
): Promise<{ created: Created; current: Offer | undefined; plan: Plan }> {
  const { provider, request } = plan;
  refuseExpiredKey(context, plan);
  const { prepared, current, plan: ready } = await withoutCost(provider, () => prepare(context, plan, isUnused));
  const { usdPerHour = null } = current ?? (typeof request.offer === "string" ? {} : request.offer);
  const price = wholePrice(usdPerHour, prepared.extraUsdPerHour) ?? request.maxUsdPerHour ?? null;
  if (context.limits) await checkLimits(context, ready, price);
  // Without a reliable mark, the create is later found as a new entry of the list. The instance of an earlier call is not new.
  const before = isUnused && provider.guarantee !== "name" ? await listIds(context, provider, request.signal) : undefined;
  const handle = handleOf(context, plan, before);
  Object.assign(plan.create, { handle, usdPerHour: price });
  try {
    await declareIntent(context, ready, handle);
    return { created: await send(context, ready, prepared, handle), current, plan: ready };
  } catch (thrown) {
    // With an idempotency key of the vendor, an earlier request may have made an instance.
    const isFree = GpuError.isInstance(thrown) && thrown.sideEffect === "none" && (isUnused || provider.guarantee !== "key");
    if (isFree) await changeIntent(context, "clear", handle);
    // This handle has the time when the connection ended.
    const later = UnifiedGpuError.isInstance(thrown) ? thrown.handle : undefined;
    if (later?.connectedUntil !== undefined) await changeIntent(context, "write", later);
    throw thrown;
  }
}

/** Compares the instance with its offer, as read or given. Of an offer's id, at most the market is known. */
function verify({ provider, request }: Plan, instance: Instance, current: Offer | undefined, sideEffect: SideEffect): Instance {
  const offer = current ?? request.offer;
  if (typeof offer !== "string") return verifyInstance(instance, offer, sideEffect);
  const { id } = splitRef(offer);
  const market = provider.marketOf?.(id);
  if (market) verifyInstance(instance, { id: `${provider.id}:${id}`, market }, sideEffect);
  return instance;
}

/** Whether the key was just made here, and not used yet. */
function takeUnused({ unusedKeys, time }: GpuContext, { idempotencyKey: key }: Plan): boolean {
  const madeAt = unusedKeys.get(key);
  unusedKeys.delete(key);
  return madeAt !== undefined && time.now() - madeAt < unusedForMs;
}

/** Everything before the paid call. Returns the offer if it was read again, and the plan with its expiry. Parallel reads end with this function. */
function prepare(
  context: GpuContext,
  plan: Plan,
  isKeyNew: boolean,
): Promise<{ prepared: PreparedCreate; current: Offer | undefined; plan: Plan }> {
  const { provider, request, offerId, idempotencyKey } = plan;
  return withinScope(request.signal, async ({ signal }) => {
    const current = await checkPriceAndStock(context, plan, signal);
    const { id: offer } = splitRef(offerId);
    const options = optionsOf(request, provider);
    const prepareAt = async (usdPerHour: number | null) => {
      const mark = markWithExpiry(context, plan, usdPerHour);
      const expiry = mark.expiresAt === null ? {} : { expiresAt: isoOf(mark.expiresAt), maxUsd: request.maxUsd };
      const fields = { ...pickCommonFields(request), offer, mark: mark.text, ...expiry, idempotencyKey, isKeyNew, options };
      return { mark, prepared: await provider.prepareCreate(fields, callContext(context, signal)) };
    };
    const price = current?.usdPerHour ?? null;
    let { mark, prepared } = await prepareAt(price);
    const whole = current ? checkExtras(plan, current, prepared) : null;
    if (request.maxUsd === undefined) return { prepared, current, plan: { ...plan, mark } };
    // Extras of the request raise the price, so the sum is reached sooner.
    if (whole !== price) ({ mark, prepared } = await prepareAt(whole));
    const maxUsdPerHour = Math.min(whole ?? 0, request.maxUsdPerHour ?? Number.POSITIVE_INFINITY);
    return { prepared, current, plan: { ...plan, mark, request: { ...request, maxUsdPerHour } } };
  });
}

/** Runs work before the paid call. If it fails, no instance was created. */
async function withoutCost<T>(provider: ConnectedProvider, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const error = asGpuError(thrown, provider.id, "create", "none");
    if (error.sideEffect === "none") throw error;
    throw withChanges(error, { sideEffect: "none", message: sentences(error.message, "No instance was requested.") });
  }
}

/** Sends the paid call, once, and finds out its outcome. */
async function send(context: GpuContext, plan: Plan, prepared: PreparedCreate, handle: CreateHandle): Promise<Created> {
  const { provider, request } = plan;
  const { signal } = request;
  if (signal?.aborted) throw abortedBeforeSend(provider.id, signal);
  refuseExpiredKey(context, plan);
  context.emit({ type: "create.attempt", provider: provider.id, offer: handle.offer });
  try {
    return await sendInWindow(context, plan, prepared);
  } catch (thrown) {
    const error = asGpuError(thrown, provider.id, "create");
    return settleFailure(context, plan, prepared, { ...handle, connectedUntil: isoOf(context.time.instant()) }, error);
  }
}

function refuseExpiredKey(context: GpuContext, plan: Plan): void {
  const { keyWindowMs } = plan.provider;
  if (keyWindowMs === undefined || ageOfKey(context, plan.idempotencyKey) < keyWindowMs) return;
  throw keyTooOld(plan, handleOf(context, plan));
}

function handleOf(
  context: GpuContext,
  { provider, offerId, idempotencyKey, mark }: CheckedCreate,
  before?: readonly string[],
): CreateHandle {
  return {
    version: 1,
    provider: provider.id,
    offer: offerId,
    idempotencyKey,
    mark: mark.text,
    sentAt: isoOf(context.time.instant()),
    ...(before && { before }),
  };
}

async function listIds(
  context: GpuContext,
  provider: ConnectedProvider,
  signal: AbortSignal | undefined,
): Promise<string[] | undefined> {
  try {
    return (await readList(context, provider, callContext(context, signal))).map(({ instance }) => instance.id);
  } catch (error) {
    rethrowControlFlow(error);
    // The create itself does not need the response.
    return undefined;
  }
}
