import type { GpuError } from "@gpu/core";
import { ageOf, callContext, findInstance, type GpuContext, target, withOwner } from "./context.js";
import { pause, withDeadline } from "./deadline.js";
import { asGpuError, problem, type UnifiedGpuError } from "./errors.js";
import { notify } from "./events.js";
import type { Access, Instance } from "./instance.js";
import { type ConnectedProvider, unlessNotFound } from "./provider.js";

export interface WaitOptions {
  /** Default: 15 minutes, or twice the longest boot time that the vendor names, if that is longer. */
  timeoutMs?: number | undefined;
  /** Called with each reading. What it throws is dropped. */
  onProgress?: ((instance: Instance) => void) | undefined;
  /** Checks from where the caller is whether the machine can be reached; asked again until it says true. */
  probe?: ((access: Access, signal: AbortSignal) => Promise<boolean>) | undefined;
  /** How long the vendor says that a boot takes, as in the offer: after the first reading, the next waits for the shortest. */
  bootSeconds?: { readonly min: number | null; readonly max: number | null } | undefined;
  signal?: AbortSignal | undefined;
}

type Waited = { readonly ref: string; readonly createdAt?: string | null } | string;

const defaultTimeoutMs = 15 * 60_000;
const probeTimeoutMs = 15_000;

/** Reads the instance until it can be used; ends on failure states with the vendor's reason, and after the time with `wait_timeout`. */
export async function waitUntilReady(context: GpuContext, instance: Waited, options: WaitOptions = {}): Promise<Instance> {
  const { provider, id, ref } = target(context, instance, "waitUntilReady");
  const { signal, bootSeconds } = options;
  const timeoutMs = options.timeoutMs ?? Math.max(defaultTimeoutMs, (bootSeconds?.max ?? 0) * 2_000);
  const started = context.clock.now();
  let last: Instance | undefined;
  let lastError: GpuError | undefined;
  const inTime = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const left = Math.max(timeoutMs - (context.clock.now() - started), 1);
    return withDeadline(context.clock, left, signal, () => late(provider.id, ref, last, timeoutMs, lastError), work);
  };
  for (let round = 0; ; round += 1) {
    try {
      const read = await inTime((inner) => findInstance(provider, id, callContext(context, inner)));
      lastError = undefined;
      if (read) last = await withOwner(context, read);
      if (last) report(context, last, started, options);
      const reason = failureOf(last, read !== undefined, isYoung(context, provider, instance, ref, started));
      if (reason !== undefined) throw failed(provider.id, ref, last, reason);
      const seen = last;
      if (seen && read && (await inTime((inner) => isUsable(context, provider, seen, options.probe, inner)))) return seen;
    } catch (thrown) {
      if (signal?.aborted) throw stopped(provider.id, ref, last, signal);
      const error = asGpuError(thrown, provider.id, "waitUntilReady", "none");
      if (!error.retryable) throw error;
      // A reading that failed says nothing about the instance.
      lastError = error;
    }
    const elapsed = context.clock.now() - started;
    if (signal?.aborted) throw stopped(provider.id, ref, last, signal);
    if (elapsed >= timeoutMs) throw late(provider.id, ref, last, timeoutMs, lastError);
    await pause(context.clock, Math.min(delayMs(round, bootSeconds?.min ?? 0, elapsed), timeoutMs - elapsed), signal);
  }
}

/** First the boot time that the vendor names, then 2 s, growing to 15 s. */
function delayMs(round: number, bootMinSeconds: number, elapsedMs: number): number {
  const untilBoot = bootMinSeconds * 1_000 - elapsedMs;
  return Math.max(Math.min(15_000, 2_000 * 1.5 ** round), Math.min(untilBoot, 60_000));
}

/** Why it will not become ready; undefined while it may. Where the vendor's answers may still lag behind, only what is final counts. */
function failureOf(instance: Instance | undefined, isShown: boolean, isYoung: boolean): string | undefined {
  if (!isShown) return isYoung ? undefined : "the vendor no longer has it";
  if (!instance) return undefined;
  const isFinal = ["failed", "terminating", "terminated"].includes(instance.status);
  // Started a moment ago, it may still be shown as stopped.
  if (!isFinal && (instance.status !== "stopped" || isYoung)) return undefined;
  return instance.error ?? `its status is ${instance.rawStatus ?? instance.status}`;
}

/** Whether so little time has gone by since its creation, or since the wait began, that the vendor may not yet show what it did. */
function isYoung(context: GpuContext, provider: ConnectedProvider, instance: Waited, ref: string, started: number): boolean {
  const createdAt = typeof instance === "string" ? undefined : instance.createdAt;
  return context.clock.now() - started < provider.settleMs || ageOf(context, provider, ref, createdAt) === "young";
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
  // A 404 here proves as little as one of the look before.
  const access = await unlessNotFound(() => provider.access(instance.id, callContext(context, signal)));
  if (!access) return false;
  try {
    const slow = () => new Error("the probe took too long");
    return await withDeadline(context.clock, probeTimeoutMs, signal, slow, (inner) => probe(access, inner));
  } catch {
    // A probe that fails has not reached the machine yet.
    return false;
  }
}

function report(context: GpuContext, instance: Instance, started: number, { onProgress }: WaitOptions): void {
  const { ref, status, rawStatus } = instance;
  context.emit({ type: "wait.status", ref, status, rawStatus, elapsedMs: context.clock.now() - started });
  notify(onProgress, instance);
}

/** It exists, whatever is wrong with it. */
function ended(
  code: "instance_failed" | "wait_timeout" | "aborted",
  provider: string,
  reason: string,
  ref: string,
  instance: Instance | undefined,
  cause?: unknown,
): UnifiedGpuError {
  return problem(provider, "waitUntilReady", code, reason, "committed", cause, { ref, instance });
}

function failed(provider: string, ref: string, instance: Instance | undefined, reason: string): UnifiedGpuError {
  return ended("instance_failed", provider, `${ref} will not become ready: ${reason}`, ref, instance);
}

function late(
  provider: string,
  ref: string,
  instance: Instance | undefined,
  timeoutMs: number,
  cause: GpuError | undefined,
): UnifiedGpuError {
  const status = instance ? `its status is ${instance.status}` : "it was not seen yet";
  const reason = `${ref} is not ready after ${Math.round(timeoutMs / 1_000)} s; ${status}. It goes on, and may cost money`;
  return ended("wait_timeout", provider, reason, ref, instance, cause);
}

function stopped(provider: string, ref: string, instance: Instance | undefined, { reason }: AbortSignal): UnifiedGpuError {
  return ended("aborted", provider, `the caller ended the wait for ${ref}; the instance goes on`, ref, instance, reason);
}
