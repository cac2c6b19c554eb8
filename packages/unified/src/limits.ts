import { isCount, isOptional, isPositive, requireArguments } from "./arguments.js";
import { type GpuContext, type KeyedCreate, readList } from "./context.js";
import type { Plan } from "./create/plan.js";
import { preflightError, unifiedError } from "./errors.js";
import { isSameCreate, readMark } from "./mark.js";
import { askAll } from "./offers.js";
import type { ConnectedProvider, FoundInstance } from "./provider.js";
import { msUntilSettled } from "./reconcile.js";
import { possibleIn } from "./unmarked.js";
import { roundUsd } from "./vendor-values.js";

/** What the instances of one owner may come to, checked before each create. Not a lock between processes. */
export interface GpuLimits {
  /** US dollars an hour of all instances together. */
  readonly maxUsdPerHour?: number | undefined;
  readonly maxInstances?: number | undefined;
  /** When the instances of a provider cannot be listed: `refuse` every create (default), or count without them and `ignore` it. */
  readonly onUnreadable?: "refuse" | "ignore" | undefined;
}

/** An instance, or a create that may have made one. */
interface Counted {
  readonly name: string;
  readonly usdPerHour: number | null;
}

/** A create of this `Gpu` that may have made an instance, as known before the list is read. */
interface Pending {
  readonly create: KeyedCreate;
  /** A list that is read now shows its instance if there is one. */
  readonly isSettled: boolean;
  /** Its instance was deleted, and the deletion was verified. */
  readonly isDeleted: boolean;
}

/** Throws `invalid_request` for limits that would not limit. */
export function checkLimitOptions(limits: GpuLimits | undefined): void {
  if (limits === undefined) return;
  const { maxUsdPerHour, maxInstances, onUnreadable } = limits;
  requireArguments("createGpu", [
    [isOptional(maxUsdPerHour, isPositive), "limits.maxUsdPerHour must be a positive number of US dollars"],
    [isOptional(maxInstances, isCount), "limits.maxInstances must be a whole number, at least 1"],
    [maxUsdPerHour !== undefined || maxInstances !== undefined, "limits needs maxUsdPerHour or maxInstances"],
    [
      isOptional(onUnreadable, (value) => value === "refuse" || value === "ignore"),
      "limits.onUnreadable must be refuse or ignore",
    ],
  ]);
}

/** Refuses a create that could take the owner's instances above the limits. `usdPerHour` is its price, or its own limit. */
export async function checkLimits(
  context: GpuContext,
  { provider, request, offerId, idempotencyKey }: Plan,
  usdPerHour: number | null,
): Promise<void> {
  const { maxInstances = Number.POSITIVE_INFINITY, maxUsdPerHour } = context.limits ?? {};
  const counted = await countInstances(context, provider, idempotencyKey, request.signal);
  const refuse = (code: "limit_exceeded" | "limit_unknown", reason: string) =>
    preflightError(provider.id, "create", code, `${reason}; nothing was created`);
  const names = (some: readonly Counted[]) => some.map(({ name }) => name).join(", ");
  if (counted.length >= maxInstances) {
    throw refuse(
      "limit_exceeded",
      `limits.maxInstances is ${maxInstances}, and ${counted.length} are counted: ${names(counted)}`,
    );
  }
  if (maxUsdPerHour === undefined) return;
  const all = [...counted, { name: offerId, usdPerHour }];
  const unpriced = all.filter((one) => one.usdPerHour === null);
  if (unpriced.length > 0) {
    const advice = "give maxUsdPerHour to a create whose price is not known";
    throw refuse("limit_unknown", `limits.maxUsdPerHour needs the price of ${names(unpriced)}; ${advice}`);
  }
  const sum = roundUsd(all.reduce((total, one) => total + (one.usdPerHour ?? 0), 0));
  if (sum <= maxUsdPerHour) return;
  const parts = all.map((one) => `${one.name} (${one.usdPerHour})`).join(", ");
  throw refuse("limit_exceeded", `limits.maxUsdPerHour is ${maxUsdPerHour}, and these come to ${sum} USD an hour: ${parts}`);
}

/** The owner's instances at all providers, and those that this `Gpu` has made or may have made and that no list shows yet. */
async function countInstances(
  context: GpuContext,
  { id }: ConnectedProvider,
  ownKey: string,
  signal: AbortSignal | undefined,
): Promise<Counted[]> {
  const providers = [...context.providers.values()];
  const owner = await context.ownerDigest();
  // Before the lists: what they show may be as old as their beginning.
  const pendingAt = new Map(providers.map((provider) => [provider.id, pendingOf(context, provider, ownKey)]));
  const { results, failures } = await askAll(context, providers, "create", { signal }, async (provider, call) => {
    const listed = await readList(context, provider, call);
    return countListed(provider, listed, pendingAt.get(provider.id) ?? [], owner);
  });
  for (const { provider, error } of failures) {
    // Without a key nothing can have been created there. A function that failed to give the key is the error's cause.
    const hasNoKey = error.code === "configuration" && error.cause === undefined;
    if (!hasNoKey && context.limits?.onUnreadable !== "ignore") {
      const reason = `the limits cannot be checked because the instances of ${provider} cannot be listed (${error.code})`;
      throw unifiedError(id, "create", "limit_unknown", `${reason}; nothing was created`, "none", error);
    }
    context.emit({ type: "limits.unread", provider, error });
    results.push((pendingAt.get(provider) ?? []).flatMap(({ create, isDeleted }) => (isDeleted ? [] : toCounted(create))));
  }
  return results.flat();
}

function pendingOf(context: GpuContext, provider: ConnectedProvider, ownKey: string): Pending[] {
  return [...context.creates].flatMap(([key, create]) => {
    const { handle, made, connectedUntil } = create;
    const mayHaveMade = made !== undefined || connectedUntil !== undefined;
    if (key === ownKey || !mayHaveMade || handle?.provider !== provider.id) return [];
    const age = made === undefined ? undefined : (context.memory.ageOf(`${provider.id}:${made}`) ?? Number.POSITIVE_INFINITY);
    const isSettled = age === undefined ? msUntilSettled(context, provider, handle) <= 0 : age >= provider.settleMs;
    return [{ create, isSettled, isDeleted: age === Number.POSITIVE_INFINITY }];
  });
}

function countListed(
  provider: ConnectedProvider,
  listed: readonly FoundInstance[],
  pending: readonly Pending[],
  owner: string,
): Counted[] {
  const isShownAs = ({ made, mark }: KeyedCreate, found: FoundInstance) =>
    made === undefined ? isSameCreate(found.mark, mark) : found.instance.id === made;
  const shown = listed.filter(
    ({ instance: { status }, mark }) => status !== "terminated" && (mark === "unknown" || readMark(mark ?? "")?.owner === owner),
  );
  const unlisted = pending.filter(({ create, isSettled }) => {
    if (listed.some((found) => isShownAs(create, found))) return false;
    const { handle, made } = create;
    if (!isSettled || !handle) return true;
    // Its instance may be one that shows no mark; those are counted as what they are.
    return made === undefined && possibleIn(listed, provider, handle).some((found) => !shown.includes(found));
  });
  return [
    ...shown.map((found) => {
      const { ref, usdPerHour } = found.instance;
      const maker = pending.find(({ create }) => isShownAs(create, found));
      return { name: ref, usdPerHour: usdPerHour ?? maker?.create.usdPerHour ?? null };
    }),
    ...unlisted.map(({ create }) => toCounted(create)),
  ];
}

function toCounted({ handle, made, usdPerHour = null }: KeyedCreate): Counted {
  return { name: made === undefined ? `a create of ${handle?.offer}` : `${handle?.provider}:${made}`, usdPerHour };
}
