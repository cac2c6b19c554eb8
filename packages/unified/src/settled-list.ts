import type { GpuError } from "@gpu/core";
import { callContext, type GpuContext, readList } from "./context.js";
import { asGpuError } from "./errors.js";
import type { ConnectedProvider, FoundInstance } from "./provider.js";
import { backoffMs, Watch } from "./time.js";

/** How long a vendor may work on a create after its connection ended. */
export const longestWorkMs = 60_000;
/** If a vendor asks for a longer pause than this, the loop ends. */
const longestPauseMs = 300_000;

/** How long after a create's connection ended a list proves that nothing was created. All callers use this rule. */
export function absenceMs({ settleMs }: ConnectedProvider): number {
  return longestWorkMs + settleMs;
}

/** The result of reading a list until it has settled. */
export type SettledRead<T> =
  | { readonly kind: "found"; readonly value: T }
  /** A complete list that was begun after all effects must be visible. */
  | { readonly kind: "settled"; readonly listed: readonly FoundInstance[] }
  | { readonly kind: "failed"; readonly error: GpuError }
  | { readonly kind: "aborted" };

interface SettledReadOptions<T> {
  readonly operation: "create" | "reconcile";
  readonly settledInMs: number;
  /** Whether the first failed list ends the loop. Otherwise only the last one does. */
  readonly endsOnFailure?: boolean;
  readonly signal: AbortSignal | undefined;
  readonly find: (listed: readonly FoundInstance[]) => T | undefined;
}

/** Reads the list until `find` returns a value, or until a list was begun at least `settledInMs` from now. */
export async function readUntilSettled<T>(
  context: GpuContext,
  provider: ConnectedProvider,
  { operation, settledInMs, endsOnFailure = false, signal, find }: SettledReadOptions<T>,
): Promise<SettledRead<T>> {
  const watch = new Watch(context.time);
  for (let round = 0; ; round += 1) {
    // Taken before the read: an instance that is created during the read may be missing.
    const isSettled = watch.proven() >= settledInMs;
    let error: GpuError | undefined;
    try {
      const listed = await readList(context, provider, callContext(context, signal));
      const value = find(listed);
      if (value !== undefined) return { kind: "found", value };
      if (isSettled) return { kind: "settled", listed };
    } catch (thrown) {
      error = asGpuError(thrown, provider.id, operation);
    }
    if (signal?.aborted) return { kind: "aborted" };
    const askedMs = error?.retryAfterMs ?? 0;
    if (error && (endsOnFailure || isSettled || askedMs > longestPauseMs)) return { kind: "failed", error };
    const left = Math.max(settledInMs - watch.proven(), 1);
    await watch.pause(Math.max(Math.min(backoffMs(round, 2_000, 30_000), left), askedMs), signal);
    if (signal?.aborted) return { kind: "aborted" };
  }
}
