import type { GpuError } from "@gpu/core";
import type { GpuContext } from "../context.js";
import { withTimeLimit } from "../deadline.js";
import { type UnifiedGpuError, unifiedError, withChanges } from "../errors.js";
import type { CreateHandle } from "../handle.js";
import { ageOfKey } from "../idempotency-key.js";
import type { PreparedCreate } from "../provider.js";
import { reconcile } from "../reconcile.js";
import { longestWorkMs } from "../settled-list.js";
import { isoOf } from "../time.js";
import type { Plan } from "./plan.js";
import { type Created, sendInWindow } from "./send.js";

/** The outcome of a failed paid call: certainly without effect, found nevertheless, or unknown. */
export async function settleFailure(
  context: GpuContext,
  plan: Plan,
  prepared: PreparedCreate,
  handle: CreateHandle,
  error: GpuError,
): Promise<Created> {
  const { signal } = plan.request;
  if (error.sideEffect === "none") throw error;
  if (error.code === "aborted" || signal?.aborted) throw ambiguous(handle, error);
  context.emit({ type: "create.reconciling", handle, error });
  if (plan.provider.guarantee === "key") return sendAgain(context, plan, prepared, handle, error);
  const { reconcileMs } = plan.known;
  const search = (inner: AbortSignal | undefined) => reconcile(context, handle, inner);
  const result = await (reconcileMs === undefined ? search(signal) : withTimeLimit(context.clock, reconcileMs, signal, search));
  if (result.outcome === "created") {
    const { instance } = result;
    plan.create.made = instance.id;
    return { id: instance.id, reconciled: instance };
  }
  // No vendor documents how long it works on a create after a time-out, so absence from a list proves nothing then.
  const mayProve = error.code !== "timeout" && error.sideEffect !== "committed";
  if (result.outcome === "absent" && mayProve) throw notCreated(plan, error);
  throw ambiguous(handle, error);
}

/** Asks the vendor for the outcome by sending the key again. While the vendor may work on the first request, a second could make another instance. */
async function sendAgain(
  context: GpuContext,
  plan: Plan,
  prepared: PreparedCreate,
  handle: CreateHandle,
  error: GpuError,
): Promise<Created> {
  if (!(await waitForWork(context, plan))) throw ambiguous(handle, error);
  const created = await sendInWindow(context, plan, prepared).catch(() => undefined);
  // The response may be that of an earlier request, with an old state of the instance.
  if (created) return { id: created.id };
  throw ambiguous({ ...handle, connectedUntil: isoOf(context.time.instant()) }, error);
}

/** Waits until no earlier request under the key can be in progress. Returns false if the vendor may have forgotten the key by then. */
export async function waitForWork(context: GpuContext, plan: Plan): Promise<boolean> {
  const { provider, request, idempotencyKey } = plan;
  const { connectedUntil } = plan.create;
  const { time } = context;
  const leftMs = longestWorkMs - (connectedUntil === undefined ? 0 : Math.max(time.now() - connectedUntil, 0));
  const isInWindow = (inMs: number) => ageOfKey(context, idempotencyKey) + inMs < (provider.keyWindowMs ?? 0);
  if (!isInWindow(Math.max(leftMs, 0))) return false;
  for (let waited = 0; waited < leftMs && !request.signal?.aborted; ) {
    waited += await time.pause(leftMs - waited, request.signal);
  }
  return !request.signal?.aborted && isInWindow(0);
}

function notCreated({ provider }: Plan, error: GpuError): UnifiedGpuError {
  const { status, code, vendorMessage } = error;
  const cause = `${status === undefined ? code : `${code}, status ${status}`}${vendorMessage ? `: ${vendorMessage}` : ""}`;
  const message = `${provider.id} create: the request failed (${cause}), and the vendor's settled list shows that nothing was created`;
  return withChanges(error, { sideEffect: "none", message, cause: error });
}

/** The error of an unknown outcome. `why` continues the first clause. */
export function ambiguous(handle: CreateHandle, cause: unknown, why = ""): UnifiedGpuError {
  const reason = `an instance of ${handle.offer} may have been created${why}; keep the error's handle and call gpu.reconcile(handle) before you create again`;
  return unifiedError(handle.provider, "create", "create_ambiguous", reason, "possible", cause, { handle });
}
