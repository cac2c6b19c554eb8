import { GpuError } from "@gpu/core";
import { ageOf, callContext, findInstance, type GpuContext, target } from "./context.js";
import { pause } from "./deadline.js";
import { asGpuError } from "./errors.js";
import type { ConnectedProvider, FoundInstance } from "./provider.js";

/** What a delete could prove. */
export type DeleteOutcome =
  | { readonly outcome: "deleted" }
  /** The vendor has taken the order and still shows the instance. */
  | { readonly outcome: "deleting" }
  /** It may still run, and cost. `error` says why nothing better is known. */
  | { readonly outcome: "unknown"; readonly error?: GpuError };

export interface DeleteOptions {
  /** How long to wait for the proof, in milliseconds. Default: 0, one look. */
  waitMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** Failures of the order after which it is worth looking; all others go to the caller at once. */
const mayHaveArrived = new Set<string>([
  "not_found",
  "conflict",
  "network",
  "timeout",
  "unavailable",
  "rate_limited",
  "vendor_contract",
]);
const betweenLooksMs = 3_000;

/** Deletes an instance and looks whether it is gone. Already gone is deleted. */
export async function deleteInstance(
  context: GpuContext,
  instance: { readonly ref: string; readonly createdAt?: string | null } | string,
  { waitMs = 0, signal }: DeleteOptions = {},
): Promise<DeleteOutcome> {
  const { provider, id, ref } = target(context, instance, "delete");
  let createdAt = typeof instance === "string" ? null : (instance.createdAt ?? null);
  const started = context.clock.now();
  let failure = await order(provider, context, id, signal);
  for (;;) {
    // Refused for a reason that waiting does not mend: the caller must know, and nothing is being deleted.
    if (failure && !mayHaveArrived.has(failure.code)) throw failure;
    const seen = await look(provider, context, id, signal);
    const shown = GpuError.isInstance(seen) ? undefined : seen?.instance;
    createdAt = shown?.createdAt ?? createdAt;
    const left = started + waitMs - context.clock.now();
    // Of unknown age and not shown, it may be too young for the vendor to know it, if the order did not arrive. Waiting tells; who does
    // not wait is told that what the vendor does not know is gone.
    const mayShowUp =
      failure && context.clock.now() - started < provider.settleMs && (failure.code !== "not_found" || waitMs > 0);
    const age = ageOf(context, provider, ref, createdAt);
    const isMissing = seen === undefined && (age === "old" || (age === "unknown" && !mayShowUp));
    if (isMissing || shown?.status === "terminated") {
      context.emit({ type: "delete.verified", ref });
      return { outcome: "deleted" };
    }
    if (left <= 0 || signal?.aborted) return unproven(seen, failure);
    await pause(context.clock, Math.min(betweenLooksMs, left), signal);
    // Shown and not ordered: it was too young for the order, or the order was refused for the moment.
    if (failure && shown && shown.status !== "terminating" && mayBeOrderedAgain(failure)) {
      failure = await order(provider, context, id, signal);
    }
  }
}

/** Whether the order certainly did not arrive, or may be given twice: on a vendor that reuses ids, a late one would hit another's machine. */
function mayBeOrderedAgain({ code, retryable, sideEffect }: GpuError): boolean {
  return retryable || sideEffect === "none" || code === "conflict";
}

function unproven(seen: FoundInstance | GpuError | undefined, failure: GpuError | undefined): DeleteOutcome {
  if (GpuError.isInstance(seen)) return { outcome: "unknown", error: seen };
  // Missing from a list that may not yet show it: no proof.
  if (seen === undefined)
    return failure && failure.code !== "not_found" ? { outcome: "unknown", error: failure } : { outcome: "unknown" };
  if (failure && seen.instance.status !== "terminating") return { outcome: "unknown", error: failure };
  return { outcome: "deleting" };
}

/** Gives the order. A failure is not the end: the order may have arrived all the same. */
async function order(
  provider: ConnectedProvider,
  context: GpuContext,
  id: string,
  signal: AbortSignal | undefined,
): Promise<GpuError | undefined> {
  try {
    await provider.delete(id, callContext(context, signal));
    return undefined;
  } catch (thrown) {
    return asGpuError(thrown, provider.id, "delete");
  }
}

async function look(
  provider: ConnectedProvider,
  context: GpuContext,
  id: string,
  signal: AbortSignal | undefined,
): Promise<FoundInstance | GpuError | undefined> {
  try {
    return await findInstance(provider, id, callContext(context, signal));
  } catch (thrown) {
    return asGpuError(thrown, provider.id, "delete");
  }
}
