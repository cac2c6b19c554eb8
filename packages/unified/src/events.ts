import type { GpuError } from "@gpu/core";
import type { CreateHandle } from "./handle.js";
import type { InstanceStatus } from "./instance.js";

/** An event of a call, for logs and progress. No event contains a secret. */
export type GpuEvent =
  | { readonly type: "offer.skipped"; readonly offer: string; readonly reason: string }
  | { readonly type: "create.intent"; readonly handle: CreateHandle }
  | { readonly type: "create.attempt"; readonly provider: string; readonly offer: string }
  | { readonly type: "create.reconciling"; readonly handle: CreateHandle; readonly error: GpuError }
  | {
      readonly type: "wait.status";
      readonly ref: string;
      readonly status: InstanceStatus;
      readonly rawStatus: string | null;
      readonly elapsedMs: number;
    }
  /** The vendor did not show the expiry when a new or extended instance was read back: possibly nothing ends the instance. */
  | { readonly type: "expiry.unconfirmed"; readonly ref: string; readonly expiresAt: string }
  | { readonly type: "delete.verified"; readonly ref: string }
  /** A launch with `waitForCapacityMs` reads the offers again after the pause. `error` has the reasons and the attempts so far. */
  | {
      readonly type: "capacity.waiting";
      readonly elapsedMs: number;
      readonly pauseMs: number;
      readonly error: GpuError;
    }
  /** The limits were checked without this provider, which has no key or cannot be listed. */
  | { readonly type: "limits.unread"; readonly provider: string; readonly error: GpuError };

/** Calls an observer. Its errors and rejections must not affect the call. */
export function notify<T>(observer: ((value: T) => unknown) | undefined, value: T): void {
  try {
    const outcome = observer?.(value);
    if (outcome instanceof Promise) outcome.catch(() => {});
  } catch {
    // It only observes.
  }
}
