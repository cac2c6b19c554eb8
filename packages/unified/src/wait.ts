import type { GpuError } from "@gpu/core";
import { callback, checkFields, isMs, isObject, ms, type Rules, signalRules } from "./arguments.js";
import { callContext, findInstance, type GpuContext, target, withOwner } from "./context.js";
import { withDeadline } from "./deadline.js";
import { asGpuError, unifiedError } from "./errors.js";
import { notify } from "./events.js";
import type { Access, Instance } from "./instance.js";
import { type ConnectedProvider, unlessNotFound } from "./provider.js";
import { backoffMs, Watch } from "./time.js";

export interface WaitOptions {
  /** In milliseconds. After it, one more read is made. Default: 15 minutes, or twice the vendor's longest boot time, if that is longer. */
  timeoutMs?: number | undefined;
  /** Called with each read. Its errors are ignored. */
  onProgress?: ((instance: Instance) => void) | undefined;
  /** Checks whether the machine can be reached from this process. Called until it returns true. */
  probe?: ((access: Access, signal: AbortSignal) => Promise<boolean>) | undefined;
  /** The vendor's boot time, as in the offer. After the first read, the next one waits for the minimum. */
  bootSeconds?: { readonly min: number | null; readonly max: number | null } | undefined;
  signal?: AbortSignal | undefined;
}

const defaultTimeoutMs = 15 * 60_000;
const probeTimeoutMs = 15_000;
/** How long the last read may take: one attempt of the client. */
const lastReadMs = 60_000;
/** Failures that another read cannot change. */
const lasting = new Set<string>(["configuration", "unsupported", "invalid_request"]);
/** How many reads in a row must be unauthenticated: a single one may come from a proxy. */
const mostUnauthenticatedReads = 3;

const isBound = (seconds: unknown) => seconds === null || seconds === undefined || isMs(seconds);

export const waitRules = {
  timeoutMs: ms,
  onProgress: callback,
  probe: callback,
  bootSeconds: [
    (value) => isObject(value) && "min" in value && "max" in value && isBound(value.min) && isBound(value.max),
    "an object with min and max, each a number of seconds or null",
  ],
} satisfies Rules<Omit<WaitOptions, "signal">>;

/**
 * Reads the instance until it can be used. Ends when the vendor shows that it failed or is gone (`instance_failed`), and with `wait_timeout`
 * after the time. A read that fails or cannot be understood does not end the wait.
 */
export async function waitUntilReady(
  context: GpuContext,
  instance: { readonly ref: string } | string,
  options: WaitOptions = {},
): Promise<Instance> {
  checkFields("waitUntilReady", options, { ...waitRules, ...signalRules });
  const { provider, id, ref } = target(context, instance, "waitUntilReady");
  const { signal, bootSeconds, probe, onProgress } = options;
  const timeoutMs = options.timeoutMs ?? Math.max(defaultTimeoutMs, (bootSeconds?.max ?? 0) * 2_000);
  const watch = new Watch(context.time);
  const age = context.memory.ageOf(ref);
  let knownSince = age === undefined ? undefined : -age;
  let last: Instance | undefined;
  let lastError: GpuError | undefined;
  let unauthenticatedReads = 0;
  /** The error of the wait. The instance exists, so the side effect is `committed`. */
  const ended = (code: "instance_failed" | "wait_timeout" | "aborted", reason: string, cause?: unknown) =>
    unifiedError(provider.id, "waitUntilReady", code, reason, "committed", cause, { ref, instance: last });
  const throwIfAborted = () => {
    if (!signal?.aborted) return;
    throw ended("aborted", `the caller aborted the wait for ${ref}; the instance still exists`, signal.reason);
  };
  for (let round = 0; ; round += 1) {
    const isLast = watch.elapsed() >= timeoutMs;
    const inTime = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
      const ms = isLast ? lastReadMs : Math.max(timeoutMs - watch.elapsed(), 1);
      const slow = () => unifiedError(provider.id, "waitUntilReady", "timeout", `no whole response within ${ms} ms`, "none");
      return withDeadline(context.clock, ms, signal, slow, work);
    };
    // Taken before the read: its content may be as old as its start.
    const began = watch.proven();
    const isYoung = began < provider.settleMs || (knownSince !== undefined && began - knownSince < provider.settleMs);
    let reason: string | undefined;
    try {
      const read = await inTime((inner) => findInstance(context, provider, id, callContext(context, inner)));
      unauthenticatedReads = 0;
      lastError = undefined;
      if (read) {
        knownSince ??= watch.proven();
        last = await withOwner(context, read);
        const { status, rawStatus } = last;
        context.emit({ type: "wait.status", ref, status, rawStatus, elapsedMs: watch.elapsed() });
        notify(onProgress, last);
      }
      reason = failureOf(last, read !== undefined, isYoung);
      const seen = last;
      if (reason === undefined && seen && read && (await inTime((inner) => isUsable(context, provider, seen, probe, inner)))) {
        return seen;
      }
    } catch (thrown) {
      lastError = asGpuError(thrown, provider.id, "waitUntilReady", "none");
      const { code } = lastError;
      unauthenticatedReads = code === "unauthenticated" ? unauthenticatedReads + 1 : 0;
      if (!signal?.aborted && (lasting.has(code) || unauthenticatedReads >= mostUnauthenticatedReads)) throw lastError;
    }
    if (reason !== undefined && knownSince === undefined) {
      const unknown = `the vendor has no ${ref}; check the ref, and the account of the API key`;
      throw unifiedError(provider.id, "waitUntilReady", "not_found", unknown, "none");
    }
    if (reason !== undefined) throw ended("instance_failed", `${ref} will not become ready: ${reason}`);
    throwIfAborted();
    const left = timeoutMs - watch.elapsed();
    const askedMs = lastError?.retryAfterMs ?? 0;
    if (isLast || askedMs > left + lastReadMs) {
      const status = last ? `its status is ${last.status}` : "it was not seen yet";
      const late = `${ref} is not ready after ${Math.round(timeoutMs / 1_000)} s; ${status}. It still exists, and may cost money`;
      throw ended("wait_timeout", late, lastError);
    }
    const delay = Math.min(delayMs(round, bootSeconds?.min ?? 0, watch.elapsed()), left);
    await watch.pause(Math.max(delay, askedMs), signal);
    throwIfAborted();
  }
}

/** First the vendor's boot time, then 2 s, growing to 15 s. */
function delayMs(round: number, bootMinSeconds: number, elapsedMs: number): number {
  const untilBoot = bootMinSeconds * 1_000 - elapsedMs;
  return Math.max(backoffMs(round, 2_000, 15_000), Math.min(untilBoot, 60_000));
}

/** Why the instance will not become ready; undefined while it may. While the vendor's responses may lag, only final states count. */
function failureOf(instance: Instance | undefined, isShown: boolean, isYoung: boolean): string | undefined {
  if (!isShown) return isYoung ? undefined : "the vendor no longer has it";
  if (!instance) return undefined;
  const isFinal = ["failed", "terminating", "terminated"].includes(instance.status);
  // An instance that was just started may still be shown as stopped.
  if (!isFinal && (instance.status !== "stopped" || isYoung)) return undefined;
  return instance.error ?? `its status is ${instance.rawStatus ?? instance.status}`;
}

async function isUsable(
  context: GpuContext,
  provider: ConnectedProvider,
  instance: Instance,
  probe: WaitOptions["probe"],
  signal: AbortSignal,
): Promise<boolean> {
  if (!instance.ready) return false;
  if (!probe) return true;
  // A 404 here is as inconclusive as one of the previous read.
  const access = await unlessNotFound(() => provider.access(instance.id, callContext(context, signal)));
  if (!access) return false;
  try {
    const slow = () => new Error("the probe took too long");
    return await withDeadline(context.clock, probeTimeoutMs, signal, slow, (inner) => probe(access, inner));
  } catch {
    // A failed probe means that the machine is not reachable yet.
    return false;
  }
}
