import { GpuError } from "@gpu/core";
import { callContext, type GpuContext, providerOf, withOwner } from "./context.js";
import { pause } from "./deadline.js";
import { asGpuError, endedUnsent, refusal } from "./errors.js";
import type { CreateHandle } from "./handle.js";
import { timeOfKey } from "./idempotency-key.js";
import type { Instance } from "./instance.js";
import { isSameCreate, isSameKey, readMark } from "./mark.js";
import type { ConnectedProvider, FoundInstance } from "./provider.js";

/** What became of a create. */
export type ReconcileOutcome =
  | { readonly outcome: "created"; readonly instance: Instance }
  /** The vendor's lists were read after everything must have shown in them, and it was not there. */
  | { readonly outcome: "absent"; readonly candidates: readonly Instance[] }
  /** It may exist. `candidates` are instances that may be it; `error` says why nothing better is known. */
  | { readonly outcome: "unknown"; readonly candidates: readonly Instance[]; readonly error?: GpuError };

/** A create is sent at most so long after its handle was made. */
export const longestIntentMs = 30_000;
/** For how long a vendor may be at work on a create that nobody hears from any more. */
export const longestWorkMs = 60_000;

/**
 * Looks for the instance of a create until the vendor's lists have settled. Sends nothing that costs money.
 * `doneBy`: when the vendor's work was done at the latest, in milliseconds since the epoch; by default a minute after the last time that it may have been sent.
 */
export async function reconcile(
  context: GpuContext,
  handle: CreateHandle,
  signal: AbortSignal | undefined,
  doneBy?: number,
): Promise<ReconcileOutcome> {
  checkHandle(handle);
  const provider = providerOf(context, handle.provider, "reconcile");
  const settledAt = (doneBy ?? lastSentAt(provider, handle) + longestWorkMs) + provider.settleMs;
  for (let round = 0; ; round += 1) {
    const started = context.clock.now();
    const listed = await listOnce(provider, context, signal);
    if (GpuError.isInstance(listed)) {
      if (signal?.aborted || context.clock.now() >= settledAt) return { outcome: "unknown", candidates: [], error: listed };
    } else {
      const same = listed.filter(({ mark }) => isSameCreate(mark, handle.mark));
      const [only] = same;
      if (only && same.length === 1) {
        context.createdAt.set(only.instance.ref, Date.parse(only.instance.createdAt ?? "") || started);
        return { outcome: "created", instance: await withOwner(context, only) };
      }
      const candidates = await Promise.all(
        (only ? same : possible(provider, listed, handle)).map((found) => withOwner(context, found)),
      );
      if (only) return { outcome: "unknown", candidates };
      if (started >= settledAt) {
        const provable = provider.guarantee !== "key" || handle.before !== undefined;
        const isAbsent = provable && candidates.length === 0;
        return { outcome: isAbsent ? "absent" : "unknown", candidates };
      }
    }
    await pauseBetween(context, round, settledAt, signal);
    if (signal?.aborted) return { outcome: "unknown", candidates: [] };
  }
}

/** Until when the create of a handle may have been sent: under a key of the vendor's, as long as that is remembered. */
function lastSentAt({ keyWindowMs = 0 }: ConnectedProvider, { sentAt, idempotencyKey }: CreateHandle): number {
  const sent = Date.parse(sentAt);
  return Math.max(sent + longestIntentMs, (timeOfKey(idempotencyKey) ?? sent) + keyWindowMs);
}

/** What the vendor already has under a key: nothing, the same create, or another one. */
export type PriorCreate =
  | { readonly kind: "none" }
  | { readonly kind: "same"; readonly found: FoundInstance }
  | { readonly kind: "other"; readonly found: FoundInstance }
  | { readonly kind: "unclear"; readonly found: readonly FoundInstance[] };

/** Looks for an earlier create under the same key, until the lists have settled: an earlier caller may have crashed a moment ago, and the vendor be at work for it. */
export async function findPriorCreate(
  context: GpuContext,
  provider: ConnectedProvider,
  markText: string,
  keyTime: number | undefined,
  signal: AbortSignal | undefined,
): Promise<PriorCreate> {
  const settledAt = context.clock.now() + longestWorkMs + provider.settleMs;
  for (let round = 0; ; round += 1) {
    const started = context.clock.now();
    const listed = await provider.list(callContext(context, signal));
    const underKey = listed.filter(({ mark }) => isSameKey(mark, markText));
    const [first] = underKey;
    if (first && underKey.length > 1) return { kind: "unclear", found: underKey };
    if (first) return { kind: isSameCreate(first.mark, markText) ? "same" : "other", found: first };
    if (started >= settledAt) {
      const unmarked = listed.filter((found) => isUnmarked(provider, found) && mayBeSince(found.instance.createdAt, keyTime));
      return unmarked.length > 0 ? { kind: "unclear", found: unmarked } : { kind: "none" };
    }
    await pauseBetween(context, round, settledAt, signal);
    if (signal?.aborted) throw endedUnsent(provider.id, signal);
  }
}

async function listOnce(
  provider: ConnectedProvider,
  context: GpuContext,
  signal: AbortSignal | undefined,
): Promise<FoundInstance[] | GpuError> {
  try {
    return await provider.list(callContext(context, signal));
  } catch (error) {
    return asGpuError(error, provider.id, "reconcile");
  }
}

/** 2 s between two lists, growing to 10 s; the last one when they have settled. */
async function pauseBetween(
  context: GpuContext,
  round: number,
  settledAt: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const left = Math.max(settledAt - context.clock.now(), 1);
  await pause(context.clock, Math.min(2_000 * 1.5 ** round, 10_000, left), signal);
}

/** Instances without a readable mark that may be the one: new since the key was first used. */
function possible(provider: ConnectedProvider, listed: readonly FoundInstance[], handle: CreateHandle): FoundInstance[] {
  const sent = Date.parse(handle.sentAt);
  // An earlier call under the key may have made it.
  const since = Math.min(sent, timeOfKey(handle.idempotencyKey) ?? sent);
  return listed.filter(
    (found) =>
      isUnmarked(provider, found) &&
      (handle.before ? !handle.before.includes(found.instance.id) : mayBeSince(found.instance.createdAt, since)),
  );
}

/** Whether its mark cannot be told. A vendor that may drop a mark shows none then. */
function isUnmarked({ guarantee }: ConnectedProvider, { mark }: FoundInstance): boolean {
  return mark === "unknown" || (mark === undefined && guarantee === "best-effort");
}

/** Whether something may have been created since a time; clocks may differ by a minute. */
function mayBeSince(createdAt: string | null, time: number | undefined): boolean {
  const created = createdAt === null ? Number.NaN : Date.parse(createdAt);
  return time === undefined || Number.isNaN(created) || created >= time - 60_000;
}

function checkHandle(handle: CreateHandle): void {
  const whole =
    handle.version === 1 &&
    typeof handle.provider === "string" &&
    typeof handle.mark === "string" &&
    readMark(handle.mark) !== undefined &&
    !Number.isNaN(Date.parse(handle.sentAt));
  if (!whole) throw refusal("gpu", "reconcile", "invalid_request", "this is no handle of a create, or one of another version");
}
