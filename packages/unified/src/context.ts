import type { Clock } from "@gpu/core";
import { preflightError } from "./errors.js";
import type { GpuEvent } from "./events.js";
import type { CreateHandle } from "./handle.js";
import { type Instance, splitRef } from "./instance.js";
import type { IntentStore } from "./intents.js";
import { expiryOf } from "./lifetime.js";
import type { GpuLimits } from "./limits.js";
import { readMark } from "./mark.js";
import type { Memory } from "./memory.js";
import type { CallContext, ConnectedProvider, FoundInstance } from "./provider.js";
import type { SerialQueue } from "./serial.js";
import type { Timekeeper } from "./time.js";

/** The creates of one `Gpu` under one idempotency key. Times are on the scale of `Timekeeper.now`. */
export interface KeyedCreate {
  readonly mark: string;
  /** When this `Gpu` made the key; undefined for a key from elsewhere. */
  readonly keyMadeAt: number | undefined;
  /** Resolves when the last create is over, whether or not it succeeded. */
  over?: Promise<void>;
  /** The vendor's id of the instance that was created. */
  made?: string | undefined;
  /** When the connection of the last paid call ended; infinite while it is open. */
  connectedUntil?: number;
  /** The handle of the last paid call, set just before its intent is declared. */
  handle?: CreateHandle;
  /** The price by its offer, or its limit where that is unknown, in US dollars an hour; null when both are. */
  usdPerHour?: number | null;
}

/** What all calls of one `Gpu` share. */
export interface GpuContext {
  readonly providers: ReadonlyMap<string, ConnectedProvider>;
  readonly clock: Clock;
  readonly time: Timekeeper;
  readonly memory: Memory;
  readonly owner: string;
  /** The digest that identifies this owner's instances. */
  readonly ownerDigest: () => Promise<string>;
  readonly emit: (event: GpuEvent) => void;
  /** Keys that this `Gpu` has made and not yet used, with the time: nothing can have been created under them. */
  readonly unusedKeys: Map<string, number>;
  /** By idempotency key: the creates in progress, and those that may have created an instance. */
  readonly creates: Map<string, KeyedCreate>;
  readonly limits: GpuLimits | undefined;
  readonly intents: IntentStore | undefined;
  /** With limits, creates spend money one after the other, so that each is counted before the next. */
  readonly spending: SerialQueue;
}

/** The provider with this id. Throws `configuration` with the configured ids when there is none. */
export function providerOf(context: GpuContext, id: string, operation: string): ConnectedProvider {
  const provider = context.providers.get(id);
  if (provider) return provider;
  const known = [...context.providers.keys()].join(", ") || "none";
  const reason = `no provider "${id}" was given to createGpu; its providers are: ${known}`;
  throw preflightError(id || "gpu", operation, "configuration", reason);
}

/** The provider and vendor's id of an instance or its `ref`. */
export function target(
  context: GpuContext,
  instance: { ref: string } | string,
  operation: string,
): { provider: ConnectedProvider; id: string; ref: string } {
  const ref: unknown = typeof instance === "string" ? instance : instance?.ref;
  const { provider, id } = splitRef(typeof ref === "string" ? ref : "");
  if (!provider || !id) {
    const given = typeof ref === "string" ? `"${ref}"` : ref === null ? "null" : typeof ref;
    const reason = `takes an instance, or its ref of the form provider:id, not ${given}`;
    throw preflightError("gpu", operation, "invalid_request", reason);
  }
  return { provider: providerOf(context, provider, operation), id, ref: `${provider}:${id}` };
}

export function callContext(context: GpuContext, signal?: AbortSignal): CallContext {
  return { clock: context.clock, signal };
}

/** One instance; undefined when the vendor has none with this id. */
export async function readInstance(
  context: GpuContext,
  provider: ConnectedProvider,
  id: string,
  call: CallContext,
): Promise<FoundInstance | undefined> {
  const found = await provider.get(id, call);
  return found && remember(context, found);
}

/** All instances of a provider. */
export async function readList(context: GpuContext, provider: ConnectedProvider, call: CallContext): Promise<FoundInstance[]> {
  return (await provider.list(call)).map((found) => remember(context, found));
}

/** One instance; undefined when the vendor's complete list does not have it either: a 404 alone may come from a proxy. */
export async function findInstance(
  context: GpuContext,
  provider: ConnectedProvider,
  id: string,
  call: CallContext,
): Promise<FoundInstance | undefined> {
  const found = await readInstance(context, provider, id, call);
  return found ?? (await readList(context, provider, call)).find(({ instance }) => instance.id === id);
}

/** Records that the instance was seen, and adds facts that the vendor does not show, but this `Gpu` knows because it created it. */
export function remember<Id extends string>(context: GpuContext, found: FoundInstance<Id>): FoundInstance<Id> {
  const { mark, createdAt } = context.memory.see(found.instance.ref);
  const isMarked = found.mark !== undefined && found.mark !== "unknown";
  if (createdAt === undefined || mark === undefined) return found;
  const instance = { ...found.instance, createdAt: found.instance.createdAt ?? createdAt };
  return { ...found, instance, ...(!isMarked && { mark, isMarkAssumed: true }) };
}

/** An instance with its owner and expiry. */
export async function withOwner<Id extends string>(context: GpuContext, found: FoundInstance<Id>): Promise<Instance<Id>> {
  const { instance, mark } = found;
  const owned = mark === "unknown" ? mark : readMark(mark)?.owner === (await context.ownerDigest());
  return { ...instance, ...expiryOf(found), owned };
}
