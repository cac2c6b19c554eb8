import type { CreateHandle } from "./handle.js";
import { timeOfKey } from "./idempotency-key.js";
import type { ConnectedProvider, FoundInstance } from "./provider.js";

/** How far a vendor's clock and ours may differ: some vendors leave out the time zone. */
const clockToleranceMs = 24 * 3_600_000;

/** Instances that a create may have made: they show no mark, and may be newer than the first use of its key. */
export function possibleIn(
  listed: readonly FoundInstance[],
  { guarantee }: ConnectedProvider,
  { before, idempotencyKey, sentAt }: Pick<CreateHandle, "before" | "idempotencyKey" | "sentAt">,
): FoundInstance[] {
  const sent = Date.parse(sentAt);
  // An earlier call under the key may have made it.
  const since = Math.min(sent, timeOfKey(idempotencyKey) ?? sent) - clockToleranceMs;
  return listed.filter(({ mark, instance: { id, createdAt } }) => {
    // A vendor with the guarantee `best-effort` may have dropped the mark.
    const isUnmarked = mark === "unknown" || (mark === undefined && guarantee === "best-effort");
    return isUnmarked && !before?.includes(id) && !(Date.parse(createdAt ?? "") < since);
  });
}
