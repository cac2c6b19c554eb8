import { checkFields, isText, type Rules, signalRules } from "./arguments.js";
import { callContext, findInstance, type GpuContext, readList, withOwner } from "./context.js";
import { deleteInstance } from "./delete.js";
import { asGpuError } from "./errors.js";
import type { Instance } from "./instance.js";
import { requireOwner } from "./lifetime.js";
import { isSameKey, readMark } from "./mark.js";
import { askAll, selectProviders } from "./offers.js";
import type { ConnectedProvider, FoundInstance } from "./provider.js";
import type { ProviderFailure } from "./report.js";

export interface SweepOptions<Id extends string = string> {
  /** Deletes nothing: instances that would be deleted are kept with the reason `dry_run`. */
  dryRun?: boolean | undefined;
  /**
   * Providers that reuse ids (Thunder Compute) and at which no other process deletes. At one that is not listed here, `sweep` only
   * reports expired instances.
   */
  soleDeleter?: readonly Id[] | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Why an instance is kept:
 * - `not_owned`: it has no mark, or that of another owner.
 * - `mark_not_shown`: the vendor keeps no marks, or does not show this one (yet).
 * - `no_expiry`, `not_expired`: it has no expiry, or has not expired yet.
 * - `ended`: it is being deleted, or was.
 * - `clock_unsure`: it has or may have expired, but our clock and the vendor's (the `Date` of its response) differ by more than two
 *   minutes, or the vendor's is unknown.
 * - `mark_not_unique`: another instance has the same mark, such as a copy made in a dashboard.
 * - `subscription`: it is paid in advance.
 * - `recycled_ids`: only a sole deleter may delete here; see `soleDeleter`.
 * - `not_read`: it could not be read again right before the deletion; the error is in `failures`.
 * - `dry_run`: it would have been deleted.
 */
export type KeptReason =
  | "not_owned"
  | "mark_not_shown"
  | "no_expiry"
  | "not_expired"
  | "ended"
  | "clock_unsure"
  | "mark_not_unique"
  | "subscription"
  | "recycled_ids"
  | "not_read"
  | "dry_run";

/** An instance that a sweep did not delete. */
export interface KeptInstance<I extends Instance = Instance> {
  readonly instance: I;
  readonly reason: KeptReason;
}

/** What a sweep did. Each listed instance is in one of the first four. */
export interface SweepResult<I extends Instance = Instance> {
  /** Expired, and the deletion is verified. */
  readonly deleted: I[];
  /** Expired, and the vendor has accepted the delete request. */
  readonly deleting: I[];
  /** Expired, and the delete request may have failed: the next sweep tries again. */
  readonly unknown: I[];
  readonly kept: KeptInstance<I>[];
  /** Providers that could not be read, whose instances are unknown, and deletes that failed. */
  readonly failures: ProviderFailure[];
}

/** How far the vendor's clock and ours may differ. */
const clockToleranceMs = 2 * 60_000;
/** How long verifying a deletion may take, in addition to the provider's `settleMs`. */
const proofMs = 60_000;

/** The list of one provider, and the time when it arrived, by its clock and by ours. */
interface Listing {
  readonly provider: ConnectedProvider;
  readonly listed: readonly FoundInstance[];
  readonly clocks: Clocks;
}

interface Clocks {
  readonly ours: number;
  /** `NaN` when the response had no `Date`. */
  readonly vendors: number;
}

const sweepRules = {
  dryRun: [(value) => typeof value === "boolean", "true or false"],
  soleDeleter: [(value) => Array.isArray(value) && value.every(isText), "a list of provider ids"],
  ...signalRules,
} satisfies Rules<SweepOptions>;

/** Deletes the owner's expired instances. Reads each again right before, because its expiry may have been extended since the list. */
export async function sweep(context: GpuContext, options: SweepOptions = {}): Promise<SweepResult> {
  checkFields("sweep", options, sweepRules);
  const { soleDeleter, signal } = options;
  requireOwner(context.owner, "sweep", "sweep needs");
  selectProviders(context, soleDeleter, "sweep");
  const providers = [...context.providers.values()];
  const { results, failures } = await askAll(context, providers, "sweep", { signal }, (provider, call) =>
    readListing(context, provider, call.signal),
  );
  const result: SweepResult = { deleted: [], deleting: [], unknown: [], kept: [], failures };
  await Promise.all(
    results.flatMap((listing) => listing.listed.map((found) => sweepOne(context, listing, found, options, result))),
  );
  return result;
}

async function readListing(context: GpuContext, provider: ConnectedProvider, signal: AbortSignal | undefined): Promise<Listing> {
  let clocks: Clocks = { ours: context.time.instant(), vendors: Number.NaN };
  const onHeaders = (headers: Headers) => {
    clocks = { ours: context.time.instant(), vendors: Date.parse(headers.get("date") ?? "") };
  };
  const listed = await readList(context, provider, { ...callContext(context, signal), onHeaders });
  return { provider, listed, clocks };
}

async function sweepOne(
  context: GpuContext,
  { provider, listed, clocks }: Listing,
  found: FoundInstance,
  { dryRun = false, soleDeleter = [], signal }: SweepOptions,
  { deleted, deleting, unknown, kept, failures }: SweepResult,
): Promise<void> {
  const instance = await withOwner(context, found);
  const fail = (thrown: unknown) => failures.push({ provider: provider.id, error: asGpuError(thrown, provider.id, "sweep") });
  const findReason = async (): Promise<KeptReason | undefined> => {
    const reason = await reasonToKeep(context, found, clocks);
    if (reason !== undefined) return reason;
    // Compares only the key: another instance under it is a second create, or a copy.
    if (listed.filter(({ mark }) => isSameKey(mark, found.mark ?? "")).length > 1) return "mark_not_unique";
    if (provider.recyclesIds && !soleDeleter.includes(provider.id)) return "recycled_ids";
    if (dryRun) return "dry_run";
    try {
      const now = await findInstance(context, provider, found.instance.id, callContext(context, signal));
      return now && (await reasonToKeep(context, now, clocks));
    } catch (thrown) {
      fail(thrown);
      return "not_read";
    }
  };
  const reason = await findReason();
  if (reason !== undefined) {
    kept.push({ instance, reason });
    return;
  }
  try {
    const end = await deleteInstance(context, instance, { waitMs: provider.settleMs + proofMs, signal });
    if (end.outcome === "unknown" && end.error) fail(end.error);
    const list = { deleted, not_found: deleted, deleting, unknown }[end.outcome];
    list.push(instance);
  } catch (thrown) {
    fail(thrown);
    unknown.push(instance);
  }
}

/** Why an instance must be kept; undefined if it is the owner's and has certainly expired. */
async function reasonToKeep(
  context: GpuContext,
  found: FoundInstance,
  { ours, vendors }: Clocks,
): Promise<KeptReason | undefined> {
  if (found.mark === "unknown" || found.isMarkAssumed) return "mark_not_shown";
  const mark = readMark(found.mark);
  if (mark?.owner !== (await context.ownerDigest())) return "not_owned";
  if (["terminating", "terminated"].includes(found.instance.status)) return "ended";
  if (mark.expiresAt === null) return "no_expiry";
  if (found.isSubscription) return "subscription";
  const isExpiredBy = (now: number) => mark.expiresAt !== null && mark.expiresAt <= now;
  if (Math.abs(ours - vendors) <= clockToleranceMs) return isExpiredBy(ours) && isExpiredBy(vendors) ? undefined : "not_expired";
  return isExpiredBy(ours) || !(vendors < mark.expiresAt) ? "clock_unsure" : "not_expired";
}
