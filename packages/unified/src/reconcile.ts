import type { GpuError } from "@gpu/core";
import { isOptional, isText } from "./arguments.js";
import { type GpuContext, type KeyedCreate, providerOf, withOwner } from "./context.js";
import { preflightError } from "./errors.js";
import type { CreateHandle } from "./handle.js";
import { ageOfKey } from "./idempotency-key.js";
import type { Instance } from "./instance.js";
import { isSameCreate, readMark } from "./mark.js";
import type { ConnectedProvider, FoundInstance } from "./provider.js";
import { absenceMs, readUntilSettled } from "./settled-list.js";
import { possibleIn } from "./unmarked.js";

/** What became of a create. */
export type ReconcileOutcome<I extends Instance = Instance> =
  | { readonly outcome: "created"; readonly instance: I }
  /** A complete list that would contain it does not. */
  | { readonly outcome: "absent"; readonly candidates: readonly I[] }
  /** It may exist. `candidates` are instances that may be it; `error` has the reason. */
  | { readonly outcome: "unknown"; readonly candidates: readonly I[]; readonly error?: GpuError };

/** How long after its handle was made a create may be sent. */
export const longestIntentMs = 30_000;
/** How long the connection of a caller that has died may have lasted: the clients' time limit. */
const longestCallMs = 60_000;

/** Reads the vendor's lists for the instance of a create until they have settled. Sends nothing that costs money. */
export async function reconcile(
  context: GpuContext,
  handle: CreateHandle,
  signal: AbortSignal | undefined,
): Promise<ReconcileOutcome> {
  checkHandle(handle);
  const provider = providerOf(context, handle.provider, "reconcile");
  const show = (found: readonly FoundInstance[]) => Promise.all(found.map((one) => withOwner(context, one)));
  const settledInMs = msUntilSettled(context, provider, handle);
  const find = (listed: readonly FoundInstance[]) => {
    const same = listed.filter(({ mark }) => isSameCreate(mark, handle.mark));
    return same.length > 0 ? same : undefined;
  };
  const read = await readUntilSettled(context, provider, { operation: "reconcile", settledInMs, signal, find });
  switch (read.kind) {
    case "found": {
      const candidates = await show(read.value);
      const [instance, ...others] = candidates;
      return instance && others.length === 0 ? { outcome: "created", instance } : { outcome: "unknown", candidates };
    }
    case "settled": {
      const candidates = await show(possibleIn(read.listed, provider, handle));
      // Without marks, only a list from before the create can prove absence.
      const isProvable = (provider.guarantee !== "key" || handle.before !== undefined) && !isSending(context, handle);
      return { outcome: isProvable && candidates.length === 0 ? "absent" : "unknown", candidates };
    }
    case "failed":
      return { outcome: "unknown", candidates: [], error: read.error };
    case "aborted":
      return { outcome: "unknown", candidates: [] };
  }
}

/** In how many milliseconds a new list proves whether the create made an instance. */
export function msUntilSettled(context: GpuContext, provider: ConnectedProvider, handle: CreateHandle): number {
  return absenceMs(provider) - msSinceConnected(context, handle, provider.keyWindowMs);
}

/** What this `Gpu` knows of the create. */
function ownCreate({ creates }: GpuContext, { idempotencyKey, mark }: CreateHandle): KeyedCreate | undefined {
  const own = creates.get(idempotencyKey);
  return isSameCreate(own?.mark, mark) ? own : undefined;
}

function isSending(context: GpuContext, handle: CreateHandle): boolean {
  return ownCreate(context, handle)?.connectedUntil === Number.POSITIVE_INFINITY;
}

/** Milliseconds since the create's connection ended at the latest; negative while it may still be open. */
function msSinceConnected(context: GpuContext, handle: CreateHandle, keyWindowMs: number | undefined): number {
  const { time } = context;
  const { idempotencyKey, connectedUntil, sentAt } = handle;
  const own = ownCreate(context, handle)?.connectedUntil;
  const since = (instant: string) => Math.max(time.instant() - Date.parse(instant), 0);
  const connectedAgo =
    own !== undefined
      ? Math.max(time.now() - own, 0)
      : connectedUntil !== undefined
        ? since(connectedUntil)
        : since(sentAt) - longestIntentMs - longestCallMs;
  // With an idempotency key of the vendor, it may be sent again while the vendor remembers the key.
  return keyWindowMs === undefined ? connectedAgo : Math.min(connectedAgo, ageOfKey(context, idempotencyKey) - keyWindowMs);
}

function checkHandle(handle: CreateHandle): void {
  const { version, provider, offer, idempotencyKey, mark, sentAt, connectedUntil = sentAt, before } = handle ?? {};
  const isTime = (value: unknown) => isText(value) && !Number.isNaN(Date.parse(value as string));
  const isWhole =
    version === 1 &&
    [provider, offer, idempotencyKey, mark].every(isText) &&
    readMark(mark) !== undefined &&
    isTime(sentAt) &&
    isTime(connectedUntil) &&
    isOptional(before, (ids) => Array.isArray(ids) && ids.every(isText));
  if (isWhole) return;
  const reason =
    "takes the handle of a create, from onIntent or error.handle; the given value is not one, or has another version";
  throw preflightError("gpu", "reconcile", "invalid_request", reason);
}
