import { GpuError } from "@gpu/core";
import { checkFields, ms, type Rules, signalRules } from "./arguments.js";
import { callContext, findInstance, type GpuContext, target } from "./context.js";
import { asGpuError, sentences, type UnifiedGpuError, withChanges } from "./errors.js";
import type { Instance } from "./instance.js";
import type { FoundInstance } from "./provider.js";
import { Watch } from "./time.js";

/** What a delete could prove. */
export type DeleteOutcome =
  | { readonly outcome: "deleted" }
  /** The vendor has accepted the request, or shows the instance as being deleted. The deletion is not verified yet. */
  | { readonly outcome: "deleting" }
  /** This `Gpu` never saw it, and the vendor does not have it: a mistyped ref, another account's key, or deleted by another process. */
  | { readonly outcome: "not_found" }
  /** It may still run and cost money. `error` has the reason. */
  | { readonly outcome: "unknown"; readonly error?: GpuError };

export interface DeleteOptions {
  /** How long to wait until the deletion is verified, in milliseconds. Default: 0, one read. */
  waitMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** Failures of the request after which a read can find out more; all others are thrown at once. */
const mayHaveArrived = new Set<string>([
  "not_found",
  "conflict",
  "network",
  "timeout",
  "unavailable",
  "rate_limited",
  "vendor_contract",
]);
const betweenReadsMs = 3_000;
const deleteRules = { waitMs: ms, ...signalRules } satisfies Rules<DeleteOptions>;

/** Deletes an instance and verifies the deletion. An instance that is already gone is `deleted` if this `Gpu` has seen it before. */
export async function deleteInstance(
  context: GpuContext,
  instance: { readonly ref: string } | string,
  options: DeleteOptions = {},
): Promise<DeleteOutcome> {
  checkFields("delete", options, deleteRules);
  const { waitMs = 0, signal } = options;
  const { provider, id, ref } = target(context, instance, "delete");
  const { settleMs } = provider;
  const age = context.memory.ageOf(ref);
  const watch = new Watch(context.time);
  const call = callContext(context, signal);
  /** Since when the vendor certainly had the instance, on the scale of `watch`. */
  let knownSince = age === undefined ? undefined : -age;
  let mayRequestAt = 0;

  const request = async (): Promise<GpuError | undefined> => {
    const error = await asValue(() => provider.delete(id, call), provider.id);
    if (GpuError.isInstance(error)) {
      if (error.sideEffect !== "none") context.memory.doubtDeletion(ref);
      mayRequestAt = watch.elapsed() + (error.retryAfterMs ?? 0);
      return error;
    }
    context.memory.acceptDeletion(ref);
    knownSince ??= watch.proven();
    return undefined;
  };

  let failure = await request();
  // Waiting does not change the reason of the refusal: nothing is being deleted.
  if (failure && !mayHaveArrived.has(failure.code)) throw failure;
  for (;;) {
    const began = watch.proven();
    const seen = await asValue(() => findInstance(context, provider, id, call), provider.id);
    const shown = GpuError.isInstance(seen) ? undefined : seen?.instance;
    if (shown) knownSince ??= watch.proven();
    // Whoever names it has seen it before this call.
    const settledAt = (knownSince ?? 0) + settleMs;
    const isGone = seen === undefined && began >= settledAt;
    if ((isGone && knownSince !== undefined) || shown?.status === "terminated") {
      context.memory.end(ref);
      context.emit({ type: "delete.verified", ref });
      return { outcome: "deleted" };
    }
    if (isGone) return { outcome: "not_found" };
    // After an accepted request, all that is left is to wait until the deletion is verified.
    const proofInMs = seen === undefined && !failure ? settledAt - watch.proven() : 0;
    const left = waitMs - watch.elapsed();
    const askedMs = GpuError.isInstance(seen) ? (seen.retryAfterMs ?? 0) : 0;
    const pauseMs = Math.max(Math.min(Math.max(betweenReadsMs, proofInMs), left), askedMs);
    if (left <= 0 || pauseMs > left || signal?.aborted) return unproven(seen, failure);
    await watch.pause(pauseMs, signal);
    // It is listed and the request was not accepted: it was too young, or the refusal is temporary.
    const isIdle = shown && shown.status !== "terminating" && watch.elapsed() >= mayRequestAt;
    if (failure && isIdle && mayBeRequestedAgain(failure)) {
      failure = await request();
      if (failure && !mayHaveArrived.has(failure.code)) return { outcome: "unknown", error: failure };
    }
  }
}

/** Deletes an instance that this `Gpu` created and must not keep. Returns a failure as an outcome, because the caller throws another error. */
export async function discard(context: GpuContext, instance: Pick<Instance, "ref">): Promise<DeleteOutcome["outcome"]> {
  return deleteInstance(context, instance, { waitMs: 120_000 }).then(
    ({ outcome }) => outcome,
    () => "unknown",
  );
}

/**
 * Deletes an instance that this `Gpu` created and must not keep. Returns the error to throw, with the instance as it was. The error has
 * the side effect `none` if the deletion is verified, and the `ref` otherwise.
 */
export async function discardWith(context: GpuContext, instance: Instance, error: GpuError): Promise<UnifiedGpuError> {
  const outcome = await discard(context, instance);
  if (outcome === "deleted") return withChanges(error, { sideEffect: "none" }, { instance });
  const message = sentences(error.message, `Its deletion is not verified (${outcome}): delete ${instance.ref}.`);
  return withChanges(error, { sideEffect: "committed", message }, { ref: instance.ref, instance });
}

/** Whether the request certainly did not arrive, or may be sent twice: on a vendor that reuses ids, a late one would hit another's machine. */
function mayBeRequestedAgain({ code, retryable, sideEffect }: GpuError): boolean {
  return retryable || sideEffect === "none" || code === "conflict";
}

function unproven(seen: FoundInstance | GpuError | undefined, failure: GpuError | undefined): DeleteOutcome {
  if (!failure) return { outcome: "deleting" };
  if (GpuError.isInstance(seen)) return { outcome: "unknown", error: seen };
  if (seen?.instance.status === "terminating") return { outcome: "deleting" };
  // A list that may not show it yet proves nothing.
  return seen === undefined && failure.code === "not_found" ? { outcome: "unknown" } : { outcome: "unknown", error: failure };
}

/** Returns a failure as a value, because the request may have taken effect. */
async function asValue<T>(work: () => Promise<T>, provider: string): Promise<T | GpuError> {
  try {
    return await work();
  } catch (thrown) {
    return asGpuError(thrown, provider, "delete");
  }
}
