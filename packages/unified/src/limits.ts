import { count, type Rules, usdPerHour } from "./arguments.js";
import { type GpuContext, type KeyedCreate, readList } from "./context.js";
import type { Plan } from "./create/plan.js";
import { preflightError } from "./errors.js";
import { isSameCreate, readMark } from "./mark.js";
import { askAll } from "./offers.js";
import type { CallContext, ConnectedProvider, FoundInstance } from "./provider.js";
import { msUntilSettled } from "./reconcile.js";
import { possibleIn } from "./unmarked.js";
import { roundUsd } from "./vendor-values.js";

/** Limits for all instances of one owner, checked before each create. Not a lock between processes. */
export interface GpuLimits {
  /** US dollars an hour of all instances together. */
  readonly maxUsdPerHour?: number | undefined;
  readonly maxInstances?: number | undefined;
  /** What to do when the instances of a provider cannot be listed: `refuse` every create (default), or `ignore` the provider. */
  readonly onUnreadable?: "refuse" | "ignore" | undefined;
}

/** An instance, or a create that may have made one. */
interface Counted {
  readonly name: string;
  readonly usdPerHour: number | null;
}

/** A create of this `Gpu` that may have made an instance, as known before the list is read. */
interface Pending extends Counted {
  readonly create: KeyedCreate;
  /** A list that is read now shows its instance, if it exists. */
  readonly isSettled: boolean;
  /** Its instance was deleted, and the deletion was verified. */
  readonly isDeleted: boolean;
}

export const limitRules = {
  maxUsdPerHour: usdPerHour,
  maxInstances: count,
  onUnreadable: [(value) => value === "refuse" || value === "ignore", "refuse or ignore"],
} satisfies Rules<GpuLimits>;

/** Throws `configuration` for limits without a bound. */
export function checkLimitOptions({ maxUsdPerHour = 0, maxInstances = 0 }: GpuLimits = { maxInstances: 1 }): void {
  if (maxUsdPerHour || maxInstances) return;
  throw preflightError("gpu", "createGpu", "configuration", "limits needs maxUsdPerHour or maxInstances");
}

/** Refuses a create that could take the owner's instances above the limits. `usdPerHour` is its price, or its own limit. */
export async function checkLimits(context: GpuContext, plan: Plan, usdPerHour: number | null): Promise<void> {
  const { maxInstances = Number.POSITIVE_INFINITY, maxUsdPerHour = Number.POSITIVE_INFINITY } = context.limits ?? {};
  const all = [...(await countInstances(context, plan)), { name: plan.offerId, usdPerHour }];
  const refuse = (code: "limit_exceeded" | "limit_unknown", limit: string) => {
    const parts = all.map((one) => `${one.name} (${one.usdPerHour ?? "price unknown"})`).join(", ");
    throw preflightError(plan.provider.id, "create", code, `limits.${limit}; counted with this create: ${parts}`);
  };
  if (all.length > maxInstances) refuse("limit_exceeded", `maxInstances is ${maxInstances}`);
  if (maxUsdPerHour === Number.POSITIVE_INFINITY) return;
  if (all.some((one) => one.usdPerHour === null))
    refuse("limit_unknown", "maxUsdPerHour cannot be checked, because a price is unknown");
  const sum = roundUsd(all.reduce((total, one) => total + (one.usdPerHour ?? 0), 0));
  if (sum > maxUsdPerHour) refuse("limit_exceeded", `maxUsdPerHour is ${maxUsdPerHour}, and the sum would be ${sum}`);
}

/** The owner's instances at all providers, and those that this `Gpu` created, or may have created, and no list shows yet. */
async function countInstances(context: GpuContext, { provider, idempotencyKey, request }: Plan): Promise<Counted[]> {
  const providers = [...context.providers.values()];
  const owner = await context.ownerDigest();
  // Read before the lists, because their content may be as old as their start.
  const pending = new Map(providers.map((one) => [one.id, pendingOf(context, one, idempotencyKey)]));
  const ask = async (one: ConnectedProvider, call: CallContext) =>
    countListed(one, await readList(context, one, call), pending.get(one.id) ?? [], owner);
  const { signal } = request;
  const { results, failures } = await askAll(context, providers, "create", { signal }, ask);
  for (const { provider: id, error } of failures) {
    // Without a key nothing can have been created there. The error has a cause if a function failed to return the key.
    const hasNoKey = error.code === "configuration" && error.cause === undefined;
    if (!hasNoKey && context.limits?.onUnreadable !== "ignore") {
      const reason = `the limits cannot be checked: the instances of ${id} cannot be listed (${error.code})`;
      throw preflightError(provider.id, "create", "limit_unknown", reason, error);
    }
    context.emit({ type: "limits.unread", provider: id, error });
    results.push((pending.get(id) ?? []).filter(({ isDeleted }) => !isDeleted));
  }
  return results.flat();
}

function pendingOf(context: GpuContext, provider: ConnectedProvider, ownKey: string): Pending[] {
  return [...context.creates].flatMap(([key, create]) => {
    const { handle, made, connectedUntil, usdPerHour = null } = create;
    const isSent = made !== undefined || connectedUntil !== undefined;
    if (key === ownKey || !isSent || handle?.provider !== provider.id) return [];
    const ref = `${provider.id}:${made}`;
    const age = context.memory.ageOf(ref) ?? Number.POSITIVE_INFINITY;
    return {
      create,
      name: made === undefined ? `a create of ${handle.offer}` : ref,
      usdPerHour,
      isSettled: made === undefined ? msUntilSettled(context, provider, handle) <= 0 : age >= provider.settleMs,
      isDeleted: made !== undefined && age === Number.POSITIVE_INFINITY,
    };
  });
}

function countListed(
  provider: ConnectedProvider,
  listed: readonly FoundInstance[],
  pending: readonly Pending[],
  owner: string,
): Counted[] {
  const isOf = ({ create: { made, mark } }: Pending, found: FoundInstance) =>
    made === undefined ? isSameCreate(found.mark, mark) : found.instance.id === made;
  const shown = listed.filter(
    ({ instance: { status }, mark }) => status !== "terminated" && (mark === "unknown" || readMark(mark)?.owner === owner),
  );
  const unlisted = pending.filter((one) => {
    if (listed.some((found) => isOf(one, found))) return false;
    const { handle, made } = one.create;
    if (!one.isSettled || !handle) return true;
    // Its instance may be one without a visible mark, which is counted anyway.
    return made === undefined && possibleIn(listed, provider, handle).some((found) => !shown.includes(found));
  });
  return [
    ...shown.map((found) => ({
      name: found.instance.ref,
      usdPerHour: found.instance.usdPerHour ?? pending.find((one) => isOf(one, found))?.usdPerHour ?? null,
    })),
    ...unlisted,
  ];
}
