import type { GpuContext } from "./context.js";
import type { Plan } from "./create/plan.js";
import { preflightError } from "./errors.js";
import { timeOfKey } from "./idempotency-key.js";
import type { Instance } from "./instance.js";
import { latestExpiry, type Mark, minuteMs, readMark, withExpiry } from "./mark.js";
import type { ConnectedProvider, FoundInstance } from "./provider.js";
import { isoOf } from "./time.js";

/** Limits of an instance's lifetime. The earlier one counts. */
export interface Lifetime {
  /** Milliseconds after which the instance expires, from the time of the idempotency key on. Needs an `owner`. Experimental. */
  ttlMs?: number | undefined;
  /**
   * What the instance may cost in total, in US dollars: it expires when its price reaches this sum. An instance that costs more
   * than its offer is deleted. Needs an `owner`. Experimental.
   */
  maxUsd?: number | undefined;
}

/** Whether a request asks for an expiry. */
function isLimited({ ttlMs, maxUsd }: Lifetime): boolean {
  return ttlMs !== undefined || maxUsd !== undefined;
}

/** Checks that the `Gpu` and the request have what a lifetime needs. */
export function checkLifetime(
  { owner }: GpuContext,
  operation: string,
  request: Lifetime & { idempotencyKey?: string | undefined },
) {
  const { idempotencyKey: key } = request;
  if (!isLimited(request)) return;
  if (key !== undefined && timeOfKey(key) === undefined) {
    const reason = "ttlMs and maxUsd need an idempotency key of gpu.newIdempotencyKey(), which contains the time it was made";
    throw preflightError("gpu", operation, "invalid_request", reason);
  }
  requireOwner(owner, operation, "ttlMs and maxUsd need");
}

/** Without a name, all callers without one would be the same owner. */
export function requireOwner(owner: string, operation: string, what: string): void {
  if (owner.trim() !== "") return;
  throw preflightError("gpu", operation, "configuration", `${what} an owner; pass \`owner\` to createGpu`);
}

/** Why a provider cannot store the expiry of a request; undefined if it can. */
export function unmetLifetime({ guarantee }: ConnectedProvider, request: Lifetime): string | undefined {
  return isLimited(request) && guarantee === "key"
    ? "cannot store an expiry, so it does not support ttlMs and maxUsd"
    : undefined;
}

/** The mark of a create with the expiry that the request asks for. `usdPerHour` is needed for `maxUsd` only. */
export function markWithExpiry(context: GpuContext, plan: Plan, usdPerHour: number | null): Mark {
  const { mark, idempotencyKey, request } = plan;
  const { ttlMs = Number.POSITIVE_INFINITY, maxUsd } = request;
  const provider = plan.provider.id;
  if (!isLimited(request)) return mark;
  if (maxUsd !== undefined && usdPerHour === null) {
    throw preflightError(provider, "create", "limit_unknown", "maxUsd needs a price, and the offer has none");
  }
  const madeAt = timeOfKey(idempotencyKey) ?? 0;
  const paidUntil =
    maxUsd === undefined || usdPerHour === null ? Number.POSITIVE_INFINITY : madeAt + (maxUsd / usdPerHour) * 3_600_000;
  // Marks round up to minutes, and rounding must not exceed the sum.
  const expiresAt = Math.min(madeAt + ttlMs, Math.floor(paidUntil / minuteMs) * minuteMs);
  if (expiresAt <= context.time.instant()) {
    const reason = `the instance would have expired at ${isoOf(expiresAt)}: its lifetime counts from the time of its idempotency key`;
    throw preflightError(provider, "create", "invalid_request", reason);
  }
  return withExpiry(mark, checkedExpiry(provider, "create", expiresAt));
}

/** An expiry, in milliseconds since the epoch, that a mark can hold. */
export function checkedExpiry(provider: string, operation: string, expiresAt: number): number {
  if (expiresAt <= latestExpiry) return expiresAt;
  throw preflightError(provider, operation, "invalid_request", `an expiry must be before ${isoOf(latestExpiry)}`);
}

/** When an instance expires, and what ends it then: the vendor's own expiry counts if it is earlier. */
export function expiryOf({
  mark,
  isMarkAssumed,
  endsAt = null,
}: Omit<FoundInstance, "instance">): Pick<Instance, "expiresAt" | "expiryEnforcedBy"> {
  const marked = readMark(mark)?.expiresAt ?? null;
  if (endsAt !== null && Date.parse(endsAt) <= (marked ?? Number.POSITIVE_INFINITY)) {
    return { expiresAt: isoOf(Date.parse(endsAt)), expiryEnforcedBy: "vendor" };
  }
  return {
    expiresAt: marked === null ? null : isoOf(marked),
    expiryEnforcedBy: marked === null || isMarkAssumed ? null : "sweep",
  };
}

/** Reports an expiry that the vendor does not show. Returns the instance. */
export function confirmExpiry({ emit }: GpuContext, instance: Instance, { expiresAt }: Mark): Instance {
  const isShown = instance.expiryEnforcedBy !== null && Date.parse(instance.expiresAt ?? "") === expiresAt;
  if (expiresAt !== null && !isShown) emit({ type: "expiry.unconfirmed", ref: instance.ref, expiresAt: isoOf(expiresAt) });
  return instance;
}
