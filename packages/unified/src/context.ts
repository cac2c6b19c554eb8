import { type Clock, GpuError } from "@gpu/core";
import { refusal } from "./errors.js";
import type { GpuEvent } from "./events.js";
import { type Instance, splitRef } from "./instance.js";
import { readMark } from "./mark.js";
import type { CallContext, ConnectedProvider, FoundInstance } from "./provider.js";

/** The last create under an idempotency key. */
export interface KeyedCreate {
  readonly mark: string;
  /** Resolves when it is over, whatever came of it. */
  readonly over: Promise<void>;
}

/** What all calls of one `Gpu` share. */
export interface GpuContext {
  readonly providers: ReadonlyMap<string, ConnectedProvider>;
  readonly clock: Clock;
  readonly owner: string;
  /** The digest by which this owner's instances are known. */
  readonly ownerDigest: () => Promise<string>;
  readonly emit: (event: GpuEvent) => void;
  /** When this `Gpu` created what, in milliseconds since the epoch: an instance may be missing from lists for a while after. */
  readonly createdAt: Map<string, number>;
  /** Keys that this `Gpu` has made and not yet used: nothing can have been created under them. */
  readonly unusedKeys: Set<string>;
  /** The creates of this `Gpu` by idempotency key: those under way, and those that may have made an instance. */
  readonly creates: Map<string, KeyedCreate>;
}

/** A provider that failed while others may have answered. */
export interface ProviderFailure {
  readonly provider: string;
  readonly error: GpuError;
}

/** The provider of a name, or a refusal that names those there are. */
export function providerOf(context: GpuContext, id: string, operation: string): ConnectedProvider {
  const provider = context.providers.get(id);
  if (provider) return provider;
  const known = [...context.providers.keys()].join(", ") || "none";
  throw refusal(id || "gpu", operation, "configuration", `no provider "${id}" was given to createGpu; there are: ${known}`);
}

/** The provider and vendor's id of an instance or its `ref`. */
export function target(
  context: GpuContext,
  instance: { ref: string } | string,
  operation: string,
): { provider: ConnectedProvider; id: string; ref: string } {
  const ref = typeof instance === "string" ? instance : instance.ref;
  const { provider, id } = splitRef(ref);
  if (!provider || !id) throw refusal("gpu", operation, "invalid_request", `"${ref}" is not of the form provider:id`);
  return { provider: providerOf(context, provider, operation), id, ref };
}

export function callContext(context: GpuContext, signal?: AbortSignal): CallContext {
  return { clock: context.clock, signal };
}

/** One instance; undefined when the vendor's list does not have it either: a 404 alone may be anybody's, such as a server's in between. */
export async function findInstance(
  provider: ConnectedProvider,
  id: string,
  call: CallContext,
): Promise<FoundInstance | undefined> {
  const found = await provider.get(id, call);
  if (found) return found;
  try {
    return (await provider.list(call)).find(({ instance }) => instance.id === id);
  } catch (error) {
    // A list that was answered, and read, and is not whole by what the vendor says: what it says of the instance twice counts.
    if (!GpuError.isInstance(error) || error.code !== "vendor_contract" || error.status !== undefined) throw error;
    return provider.get(id, call);
  }
}

/** An instance with the fact whose it is. */
export async function withOwner<Id extends string>(
  context: GpuContext,
  { instance, mark }: FoundInstance<Id>,
): Promise<Instance<Id>> {
  const known = withAge(context, instance);
  if (mark === "unknown") return { ...known, owned: "unknown" };
  const owned = mark !== undefined && readMark(mark)?.owner === (await context.ownerDigest());
  return { ...known, owned };
}

/** An instance with its time of creation, where the vendor does not say it and this `Gpu` has created it: whoever gets it, in another process too, can tell whether a vendor that does not list it may be late. */
export function withAge<I extends Pick<Instance, "ref" | "createdAt">>(context: GpuContext, instance: I): I {
  const created = context.createdAt.get(instance.ref);
  return instance.createdAt === null && created !== undefined
    ? { ...instance, createdAt: new Date(created).toISOString() }
    : instance;
}

/** Whether the instance is so young that a vendor may not yet list it. */
export function ageOf(
  context: GpuContext,
  provider: ConnectedProvider,
  ref: string,
  createdAt: string | null | undefined,
): "young" | "old" | "unknown" {
  const written = createdAt ? Date.parse(createdAt) : Number.NaN;
  const created = context.createdAt.get(ref) ?? written;
  if (Number.isNaN(created)) return "unknown";
  return context.clock.now() - created < provider.settleMs ? "young" : "old";
}
