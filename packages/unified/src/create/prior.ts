import { GpuError, type SideEffect } from "@gpu/core";
import { callContext, findInstance, type GpuContext, withOwner } from "../context.js";
import { abortedBeforeSend, asGpuError, preflightError, type UnifiedGpuError, unifiedError } from "../errors.js";
import type { CreateHandle } from "../handle.js";
import { type Instance, splitRef } from "../instance.js";
import { isSameCreate, isSameKey } from "../mark.js";
import type { ConnectedProvider, FoundInstance } from "../provider.js";
import type { AnyCreateRequest } from "../request.js";
import { absenceMs, readUntilSettled } from "../settled-list.js";
import { possibleIn } from "../unmarked.js";
import type { Plan } from "./plan.js";
import { checkPriorPrice } from "./price.js";
import { noteCreated, pendingInstance } from "./send.js";
import { ambiguous, waitForWork } from "./settle.js";

const betweenReadsMs = 3_000;
/** A vendor that asks for a longer pause is not read again. */
const longestPauseMs = 60_000;

/** The instance that an earlier call under the same key created, if any. `handle` is the one of this call. */
export async function adoptPrior(context: GpuContext, plan: Plan, handle: CreateHandle): Promise<Instance | undefined> {
  const { provider, request } = plan;
  const { made } = plan.create;
  if (made !== undefined) return adoptMade(context, plan, made);
  if (provider.guarantee === "key") {
    // The vendor returns the same instance for the same key, but perhaps only after the first request has finished.
    if (await waitForWork(context, plan)) return undefined;
    if (request.signal?.aborted) throw abortedBeforeSend(provider.id, request.signal);
    throw keyTooOld(plan, handle);
  }
  const found = await findPrior(context, plan, handle);
  return found && checkPrior(context, request, found, "none");
}

/** The instance that this `Gpu` made under the key, found by its id, whatever the list shows. */
async function adoptMade(context: GpuContext, plan: Plan, id: string): Promise<Instance> {
  const { provider, request } = plan;
  const ref = `${provider.id}:${id}`;
  refuseDeleted(context, ref, "none");
  const age = context.memory.ageOf(ref) ?? 0;
  const found = await findInstance(context, provider, id, callContext(context, request.signal)).catch((thrown: unknown) => {
    throw asGpuError(thrown, provider.id, "create", "none");
  });
  if (found) return checkPrior(context, request, found, "none");
  if (age >= provider.settleMs) throw deadPrior(provider.id, ref, "is gone", "none");
  if (context.memory.get(ref)?.deletion === "unknown") {
    throw deadPrior(provider.id, ref, "is not shown, and was perhaps deleted by a request whose outcome is unknown", "none");
  }
  return checkPriorPrice(pendingInstance(context, plan, id), request, "none");
}

/**
 * The instance that the vendor returned for a key that was used before. The response may be old, so the instance is read until the
 * vendor shows it or its lists have settled.
 */
export async function adoptReturned(context: GpuContext, plan: Plan, id: string): Promise<Instance> {
  const { provider, request } = plan;
  const { signal } = request;
  const pending = noteCreated(context, plan, id);
  const { ref } = pending;
  refuseDeleted(context, ref, "possible");
  for (;;) {
    const isSettled = (context.memory.ageOf(ref) ?? 0) >= provider.settleMs;
    const read = await findInstance(context, provider, id, callContext(context, signal)).catch((thrown: unknown) => {
      return asGpuError(thrown, provider.id, "create");
    });
    if (read && !GpuError.isInstance(read)) return checkPrior(context, request, read, "possible");
    if (isSettled && !read) throw deadPrior(provider.id, ref, "is gone", "possible");
    const pauseMs = Math.max(betweenReadsMs, read?.retryAfterMs ?? 0);
    if (isSettled || signal?.aborted || pauseMs > longestPauseMs) {
      return checkPriorPrice(pending, request, "possible");
    }
    await context.time.pause(pauseMs, signal);
  }
}

/** The instance of an earlier create under the key. The vendor may still work on it if its caller has just crashed. */
async function findPrior(context: GpuContext, plan: Plan, handle: CreateHandle): Promise<FoundInstance | undefined> {
  const { provider, request, mark } = plan;
  const { signal } = request;
  const find = (listed: readonly FoundInstance[]) => {
    const underKey = listed.filter((one) => isSameKey(one.mark, mark.text));
    return underKey.length > 0 ? underKey : undefined;
  };
  const options = { operation: "create", settledInMs: absenceMs(provider), endsOnFailure: true, signal, find } as const;
  const read = await readUntilSettled(context, provider, options);
  if (read.kind === "failed") throw read.error;
  if (read.kind === "aborted") throw abortedBeforeSend(provider.id, signal);
  const isUnclear = read.kind === "found" ? read.value.length > 1 : possibleIn(read.listed, provider, handle).length > 0;
  if (isUnclear) throw ambiguous(handle, undefined, " under this key before");
  const [only] = read.kind === "found" ? read.value : [];
  if (only && !isSameCreate(only.mark, mark.text)) {
    throw mismatch(provider, `already created ${only.instance.ref} with other parameters`);
  }
  return only;
}

/** Accepts an existing instance only if it can be used, and costs no more than the limit. */
async function checkPrior(
  context: GpuContext,
  request: AnyCreateRequest,
  found: FoundInstance,
  sideEffect: SideEffect,
): Promise<Instance> {
  const instance = await withOwner(context, found);
  const { provider, ref, status, error } = instance;
  refuseDeleted(context, ref, sideEffect);
  if (["terminating", "terminated", "failed"].includes(status)) {
    throw deadPrior(provider, ref, `is ${status}${error === null ? "" : ` (${error})`}`, sideEffect, instance);
  }
  return checkPriorPrice(instance, request, sideEffect);
}

/** The vendor may still show an instance as running after it accepted a delete request. */
function refuseDeleted({ memory }: GpuContext, ref: string, sideEffect: SideEffect): void {
  if (memory.get(ref)?.deletion === "accepted") throw deadPrior(splitRef(ref).provider, ref, "was deleted", sideEffect);
}

function deadPrior(provider: string, ref: string, what: string, sideEffect: SideEffect, instance?: Instance): UnifiedGpuError {
  const reason = `${ref}, which was created under this idempotency key, ${what}; use a new key for another instance`;
  return unifiedError(provider, "create", "instance_failed", reason, sideEffect, undefined, { ref, instance });
}

/** A vendor forgets a key after its window: a create under an older key could make a second instance. */
export function keyTooOld({ provider }: Plan, handle: CreateHandle): UnifiedGpuError {
  const minutes = (provider.keyWindowMs ?? 0) / 60_000;
  const why = `: the vendor may forget the idempotency key after ${minutes} minutes, and nothing was sent now`;
  return ambiguous(handle, undefined, why);
}

export function mismatch(provider: ConnectedProvider, what: string): UnifiedGpuError {
  const reason = `the idempotency key ${what}; use a new key for another instance`;
  return preflightError(provider.id, "create", "idempotency_mismatch", reason);
}
