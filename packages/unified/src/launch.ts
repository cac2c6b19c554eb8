import type { GpuError } from "@gpu/core";
import type { GpuContext, ProviderFailure } from "./context.js";
import { createInstance, guardPrice } from "./create.js";
import { deleteInstance } from "./delete.js";
import { asGpuError, refusal, retold, UnifiedGpuError } from "./errors.js";
import { newIdempotencyKey } from "./idempotency-key.js";
import type { Instance } from "./instance.js";
import type { Offer } from "./offer.js";
import { findOffers, type OfferFilter, type SkippedOffer } from "./offers.js";
import type { CommonFields, Provider } from "./provider.js";
import { type AnyCreateRequest, type CreateOptions, commonFields } from "./request.js";
import { type WaitOptions, waitUntilReady } from "./wait.js";

/** What `launch` takes: which offer, what on it, and how dear it may be. */
export interface LaunchRequest<P extends Provider = Provider>
  extends Omit<OfferFilter<P["id"]>, "gpu" | "maxUsdPerHour">,
    CommonFields,
    Pick<CreateOptions<P>, "onIntent" | "providerOptions" | "signal"> {
  gpu: string;
  /** US dollars an hour for the whole instance. Offers without a price are left out. */
  maxUsdPerHour: number;
  /** Default: `ready`. `created` returns as soon as the vendor has the instance. */
  until?: "ready" | "created" | undefined;
  /** How many creates may be tried. Default: 10. */
  maxAttempts?: number | undefined;
  /** How the wait for readiness goes. */
  wait?: Omit<WaitOptions, "signal"> | undefined;
}

/** One offer that was tried. */
export interface Attempt {
  readonly offer: Offer;
  readonly outcome: "created" | "failed";
  readonly error?: GpuError;
}

/** What a launch did on its way. */
export interface LaunchReport {
  readonly attempts: readonly Attempt[];
  readonly skipped: readonly SkippedOffer[];
  readonly failures: readonly ProviderFailure[];
}

/** An instance, and what was done to get it. */
export interface LaunchResult<I extends Instance = Instance> extends LaunchReport {
  readonly instance: I;
}

/** What a failed attempt means for the next. */
type NextStep = "next offer" | "next provider" | "stop";

/** Cheapest offer first, one after the other, never a second while the first may exist. */
export async function launch(context: GpuContext, request: LaunchRequest): Promise<LaunchResult> {
  const { until = "ready", maxAttempts = 10, signal, gpuCount = 1 } = request;
  if (!(request.maxUsdPerHour > 0))
    throw refusal("gpu", "launch", "invalid_request", "maxUsdPerHour must be a positive number of US dollars");
  const found = await findOffers(context, { ...request, gpuCount }, { signal });
  const attempts: Attempt[] = [];
  const skipped: SkippedOffer[] = [...found.skipped];
  const report = (): LaunchReport => ({ attempts, skipped, failures: found.failures });
  const passed = new Map<string, string>();
  for (const offer of found.offers) {
    const reason = passed.get(offer.provider) ?? cannotServe(context, offer, request);
    if (reason !== undefined) {
      skipped.push({ offer, reason });
      context.emit({ type: "offer.skipped", offer: offer.id, reason });
      continue;
    }
    if (attempts.length >= maxAttempts) break;
    if (signal?.aborted) throw withReport(refusal("gpu", "launch", "aborted", "ended by the caller", signal.reason), report());
    try {
      const instance = await createInstance(context, createRequest(context, request, offer));
      const ready = until === "created" ? instance : await boot(context, instance, offer, request);
      attempts.push({ offer, outcome: "created" });
      return { instance: ready, ...report() };
    } catch (thrown) {
      const error = asGpuError(thrown, offer.provider, "launch");
      attempts.push({ offer, outcome: "failed", error });
      const step = nextStep(error);
      if (step === "stop") throw withReport(error, report());
      if (step === "next provider") passed.set(offer.provider, `the provider failed before: ${error.code}`);
    }
  }
  throw withReport(noOffer(request, report()), report());
}

/** Waits for the instance; one that fails or is late is deleted, with proof, before anything else is tried. */
async function boot(context: GpuContext, instance: Instance, offer: Offer, request: LaunchRequest): Promise<Instance> {
  const { wait, signal, maxUsdPerHour } = request;
  let ready: Instance;
  try {
    ready = await waitUntilReady(context, instance, { bootSeconds: offer.bootSeconds, ...wait, signal });
  } catch (thrown) {
    const error = asGpuError(thrown, offer.provider, "launch");
    const detail = { ref: instance.ref, instance };
    // The caller ends the launch, not the machine: it is theirs to keep or delete.
    if (error.code === "aborted") throw retold(error, { sideEffect: "committed" }, detail);
    const { outcome } = await deleteInstance(context, instance, { waitMs: 120_000 }).catch(() => ({
      outcome: "unknown" as const,
    }));
    if (outcome === "deleted") throw retold(error, { sideEffect: "none" });
    throw retold(
      error,
      { sideEffect: "committed", message: `${error.message} Its deletion is not proven (${outcome}): delete ${instance.ref}.` },
      detail,
    );
  }
  // A vendor may say the price only now.
  return guardPrice(context, ready, maxUsdPerHour);
}

/** What one offer failed with, while the provider's others may do. */
const offerFailures = new Set<string>(["no_capacity", "offer_gone", "price_exceeded", "instance_failed", "wait_timeout"]);
/** What would fail everywhere, or what the caller must decide. */
const finalFailures = new Set<string>(["invalid_request", "aborted", "idempotency_mismatch", "create_ambiguous"]);

/** Never on while something may exist; else as the code says. */
function nextStep({ sideEffect, code }: GpuError): NextStep {
  if (sideEffect !== "none" || finalFailures.has(code)) return "stop";
  return offerFailures.has(code) ? "next offer" : "next provider";
}

/** Why an offer cannot be tried with this request; undefined when it can. */
function cannotServe(context: GpuContext, offer: Offer, request: LaunchRequest): string | undefined {
  if (offer.availability === "unavailable") return "out of stock";
  const provider = context.providers.get(offer.provider);
  // A name is made up where the vendor needs one.
  const missing = provider?.needs.filter((field) => field !== "name" && request[field] === undefined) ?? [];
  if (missing.length > 0) return `needs ${missing.join(" and ")}`;
  const surplus = provider?.lacks.filter((field) => request[field] !== undefined) ?? [];
  if (surplus.length > 0) return `has no place for ${surplus.join(" and ")}`;
  const { diskGb } = request;
  const { min, max } = offer.diskGb;
  if (diskGb !== undefined && max !== null && diskGb > max) return `has at most ${max} GB of disk`;
  return diskGb !== undefined && min !== null && diskGb < min ? `has at least ${min} GB of disk` : undefined;
}

function createRequest(context: GpuContext, request: LaunchRequest, offer: Offer): AnyCreateRequest {
  const { maxUsdPerHour, onIntent, providerOptions, signal } = request;
  const fields: CommonFields = Object.fromEntries(commonFields.map((field) => [field, request[field]]));
  // Some vendors take a name once only.
  const name = request.name ?? `gpu-${newIdempotencyKey(context.clock.now()).slice(-8)}`;
  return { ...fields, name, offer, maxUsdPerHour, onIntent, providerOptions, signal };
}

function noOffer(request: LaunchRequest, { attempts, failures, skipped }: LaunchReport): GpuError {
  const parts = [
    attempts.length > 0 ? `${attempts.length} tried, the last failed with ${attempts.at(-1)?.error?.code}` : undefined,
    skipped.length > 0 ? `${skipped.length} left out` : undefined,
    // A provider that could not be read is no provider without stock.
    failures.length > 0
      ? `not read: ${failures.map(({ provider, error }) => `${provider} (${error.code})`).join(", ")}`
      : undefined,
  ].filter((part) => part !== undefined);
  const what = `${request.gpuCount ?? 1} × ${request.gpu} for at most ${request.maxUsdPerHour} USD an hour`;
  const reason = `no instance with ${what}: ${parts.join("; ") || "no such offer"}`;
  return refusal("gpu", "launch", "no_offer", reason, attempts.at(-1)?.error ?? failures[0]?.error);
}

function withReport(error: GpuError, report: LaunchReport): UnifiedGpuError {
  const details = error instanceof UnifiedGpuError ? { handle: error.handle, ref: error.ref, instance: error.instance } : {};
  return retold(error, {}, { ...details, launch: report });
}
