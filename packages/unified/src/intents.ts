import type { GpuContext } from "./context.js";
import { asGpuError, preflightError } from "./errors.js";
import type { CreateHandle } from "./handle.js";
import { type ReconcileOutcome, reconcile } from "./reconcile.js";
import { type SerialQueue, serialQueue } from "./serial.js";

/**
 * Keeps the handles of creates whose outcome is not known, for after a crash. `fileIntents` of `@gpu/unified/node` is one.
 * Experimental.
 */
export interface IntentStore {
  /** Stores a handle before its create is sent, and replaces one with the same `provider` and `mark`. If it rejects, nothing is sent. */
  write(handle: CreateHandle): Promise<void>;
  /** Removes the handle of this `provider` and `mark`, if there is one: the outcome is known. If it rejects, the handle stays. */
  clear(handle: CreateHandle): Promise<void>;
  /** All handles that are left. */
  list(): Promise<readonly CreateHandle[]>;
}

/** What became of a create that was left in the store. */
export type ReconciledIntent = { readonly handle: CreateHandle } & ReconcileOutcome;

/** Changes the store after the paid call. Ignores failures, so that the instance is returned: reconciling a leftover handle later rents nothing. */
export async function changeIntent({ intents }: GpuContext, change: "write" | "clear", handle: CreateHandle): Promise<void> {
  try {
    await intents?.[change](handle);
  } catch {
    // See above.
  }
}

/** Reconciles every handle in the store, one after the other per provider, and removes those whose outcome is then known. */
export async function reconcileAll(context: GpuContext, signal: AbortSignal | undefined): Promise<ReconciledIntent[]> {
  const { intents } = context;
  const refuse = (reason: string, cause?: unknown) => preflightError("gpu", "reconcileAll", "configuration", reason, cause);
  if (!intents) throw refuse("there are no intents to reconcile; pass `intents` to createGpu");
  const handles = await intents.list().catch((cause: unknown) => {
    throw refuse(`the intents cannot be read: ${cause instanceof Error ? cause.message : cause}`, cause);
  });
  const queues = new Map<string, SerialQueue>();
  const reconcileOne = async (handle: CreateHandle): Promise<ReconciledIntent> => {
    const outcome = await reconcile(context, handle, signal).catch((thrown: unknown): ReconcileOutcome => {
      return { outcome: "unknown", candidates: [], error: asGpuError(thrown, "gpu", "reconcileAll", "none") };
    });
    if (outcome.outcome !== "unknown") await changeIntent(context, "clear", handle);
    return { handle, ...outcome };
  };
  return Promise.all(
    handles.map((handle) => {
      const queue = queues.get(handle?.provider) ?? serialQueue();
      queues.set(handle?.provider, queue);
      return queue(undefined, () => reconcileOne(handle));
    }),
  );
}
