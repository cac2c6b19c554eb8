import { instanceAccess } from "./actions.js";
import { signalOf } from "./arguments.js";
import type { GpuContext } from "./context.js";
import { type DeleteOptions, type DeleteOutcome, deleteInstance, discardWith } from "./delete.js";
import { UnifiedGpuError, unifiedError } from "./errors.js";
import type { Access, Instance } from "./instance.js";
import { type LaunchRequest, launch } from "./launch.js";

/** The key of `Symbol.asyncDispose`, where the compiler's `lib` has it: without `esnext.disposable` a `Lease` has no such method. */
type DisposeKey = SymbolConstructor extends { readonly asyncDispose: infer Key extends symbol } ? Key : never;

/** A lease without the method of `await using`. */
interface LeaseMethods<I extends Instance> {
  /** The instance as `launch` returned it. */
  readonly instance: I;
  /** `held` until it is deleted or detached. */
  readonly state: "held" | "deleted" | "detached";
  /** How to log in by SSH. */
  access(options?: { signal?: AbortSignal | undefined }): Promise<Access>;
  /** Deletes the instance now, as `gpu.delete` does. Once the vendor has accepted it, the end of the scope does nothing. */
  delete(options?: DeleteOptions): Promise<DeleteOutcome>;
  /** Keeps the instance: the end of the scope no longer deletes it. Its expiry stays. */
  detach(): void;
}

/**
 * A rented instance that the end of its scope deletes: `await using lease = await gpu.lease(…)`. The deletion is verified, for up
 * to two minutes. When it may have failed, the scope ends with an error that has the instance's `ref`. Experimental.
 */
export type Lease<I extends Instance = Instance> = LeaseMethods<I> & { readonly [Key in DisposeKey]: () => Promise<void> };

/** Runtimes without the symbol get the one that polyfills register. */
const disposeKey: symbol = (Symbol as { readonly asyncDispose?: symbol }).asyncDispose ?? Symbol.for("Symbol.asyncDispose");
/** How long the end of a scope waits until the deletion is verified. */
const endMs = 120_000;

/** Launches an instance and binds it to a scope. If the launch fails after the create, the instance is deleted too. */
export async function lease(context: GpuContext, request: LaunchRequest): Promise<Lease> {
  const { instance } = await launch(context, request).catch(async (thrown: unknown) => {
    // Without a lease nobody would delete it. The launch made the key itself, so the instance belongs to this lease.
    const error = UnifiedGpuError.isInstance(thrown) && thrown.sideEffect === "committed" ? thrown : undefined;
    throw error?.instance ? await discardWith(context, error.instance, error) : thrown;
  });
  let state: Lease["state"] = "held";
  const methods: LeaseMethods<Instance> = {
    instance,
    get state() {
      return state;
    },
    access: async (options) => instanceAccess(context, instance, signalOf("access", options)),
    async delete(options) {
      const outcome = await deleteInstance(context, instance, options);
      if (outcome.outcome !== "unknown") state = "deleted";
      return outcome;
    },
    detach() {
      if (state === "held") state = "detached";
    },
  };
  const dispose = async () => {
    if (state !== "held") return;
    const end = await methods.delete({ waitMs: endMs });
    if (end.outcome === "unknown") throw notEnded(instance, end.error);
  };
  return Object.defineProperty(methods, disposeKey, { value: dispose }) as Lease;
}

function notEnded(instance: Instance, cause: unknown): UnifiedGpuError {
  const { provider, ref } = instance;
  const reason = `the lease ended, and the deletion of ${ref} is not verified: it may still run and cost money; delete it again`;
  return unifiedError(provider, "lease", "unavailable", reason, "committed", cause, { ref, instance });
}
