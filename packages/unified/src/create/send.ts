import { GpuError } from "@gpu/core";
import { callContext, type GpuContext, readInstance, remember, withOwner } from "../context.js";
import { waitFor, withDeadline } from "../deadline.js";
import { abortedBeforeSend, preflightError, unifiedError } from "../errors.js";
import type { CreateHandle } from "../handle.js";
import { ageOfKey } from "../idempotency-key.js";
import { bareInstance, type Instance } from "../instance.js";
import { expiryOf } from "../lifetime.js";
import type { FoundInstance, PreparedCreate } from "../provider.js";
import { longestIntentMs } from "../reconcile.js";
import { backoffMs, Watch } from "../time.js";
import type { Plan } from "./plan.js";

/** How long one read of a new instance may take. */
const readMs = 20_000;
/** How long a new instance is read again if a limit depends on it. */
const limitedReadMs = 60_000;

/** The vendor's response to the paid call, or the instance that reconciling found after it was lost. */
export type Created = Awaited<ReturnType<PreparedCreate["send"]>> & { readonly reconciled?: Instance };

/** Stores the handle, and awaits the caller's `onIntent`. Nothing is sent if one of them rejects or they take too long. */
export async function declareIntent(context: GpuContext, { provider, request }: Plan, handle: CreateHandle): Promise<void> {
  const began = context.time.now();
  context.emit({ type: "create.intent", handle });
  const { signal } = request;
  const declared = (async () => {
    await context.intents?.write(handle);
    await request.onIntent?.(handle);
  })();
  const ended = declared.catch(() => {});
  await waitFor(ended, signal);
  if (signal?.aborted) throw abortedBeforeSend(provider.id, signal);
  try {
    await declared;
  } catch (cause) {
    const reason = "the handle was not stored: intents or onIntent rejected, so nothing was sent";
    throw preflightError(provider.id, "create", "aborted", reason, cause);
  }
  // `reconcile` relies on the time of the handle, so a clock that jumped since is an error too.
  if (Math.max(context.time.now() - began, context.time.instant() - Date.parse(handle.sentAt)) > longestIntentMs) {
    const reason = `storing the handle took longer than ${longestIntentMs / 1_000} s (intents, onIntent), so nothing was sent`;
    throw preflightError(provider.id, "create", "aborted", reason);
  }
}

/** Sends the paid call, once. If the vendor remembers the key for a limited time, no attempt starts after it. */
export async function sendInWindow(
  context: GpuContext,
  { provider, request, idempotencyKey, create }: Plan,
  prepared: PreparedCreate,
): Promise<Created> {
  const { signal } = request;
  create.connectedUntil = Number.POSITIVE_INFINITY;
  try {
    if (provider.keyWindowMs === undefined) return await prepared.send(callContext(context, signal));
    const leftMs = provider.keyWindowMs - ageOfKey(context, idempotencyKey);
    const late = () =>
      unifiedError(provider.id, "create", "timeout", "no response before the vendor forgets the idempotency key", "possible");
    return await withDeadline(context.clock, leftMs, signal, late, (inner) => prepared.send(callContext(context, inner)));
  } finally {
    create.connectedUntil = context.time.now();
  }
}

/**
 * Reads the new instance. Without a limit, an instance that cannot be read now is returned as pending. With a limit, it is read for up
 * to a minute until it can be checked; after that the error is `limit_unknown`.
 */
export async function readBack(context: GpuContext, plan: Plan, { id, found }: Created): Promise<Instance> {
  const { provider, request } = plan;
  const { maxUsdPerHour, signal } = request;
  const pending = noteCreated(context, plan, id);
  const { ref } = pending;
  const watch = new Watch(context.time);
  let error: unknown;
  let last: Instance | undefined;
  for (let round = 0; ; round += 1) {
    try {
      const read = round === 0 && found ? remember(context, found) : await readOnce(context, plan, id);
      if (read) last = { ...(await withOwner(context, read)), owned: true };
      if (last && (maxUsdPerHour === undefined || last.usdPerHour !== null || !provider.showsPrice)) return last;
      error = undefined;
    } catch (thrown) {
      // The instance exists, and the caller pays for it and must get its id. The next read shows its status.
      error = thrown;
    }
    if (maxUsdPerHour === undefined) return pending;
    const askedMs = GpuError.isInstance(error) ? (error.retryAfterMs ?? 0) : 0;
    const pauseMs = Math.max(backoffMs(round, 2_000, 10_000), askedMs);
    if (signal?.aborted || watch.elapsed() + pauseMs > limitedReadMs) break;
    await watch.pause(pauseMs, signal);
  }
  const lack = last ? "shows no price" : "cannot be read";
  const reason = `${ref} was created and ${lack}, so the limit of ${maxUsdPerHour} USD an hour cannot be checked: read its price, or delete it`;
  throw unifiedError(provider.id, "create", "limit_unknown", reason, "committed", error, { ref, instance: last ?? pending });
}

/** Records the instance that was created under the key, and returns it as pending. */
export function noteCreated(context: GpuContext, plan: Plan, id: string): Instance {
  context.memory.create(`${plan.provider.id}:${id}`, plan.mark.text);
  plan.create.made = id;
  return pendingInstance(context, plan, id);
}

function readOnce(context: GpuContext, { provider, request }: Plan, id: string): Promise<FoundInstance | undefined> {
  const late = () =>
    unifiedError(provider.id, "create", "timeout", `the new instance was not read within ${readMs} ms`, "committed");
  return withDeadline(context.clock, readMs, request.signal, late, (inner) =>
    readInstance(context, provider, id, callContext(context, inner)),
  );
}

/** An instance that exists, but that the vendor does not show yet. */
export function pendingInstance(context: GpuContext, { provider, mark }: Plan, id: string): Instance {
  const instance = bareInstance(provider.id, id);
  return {
    ...instance,
    status: "pending",
    ready: false,
    createdAt: context.memory.get(instance.ref)?.createdAt ?? null,
    ...expiryOf({ mark: mark.text, isMarkAssumed: true }),
    owned: true,
  };
}
