import { GpuError } from "@gpu/core";
import { checkFields, count, duration, ms, type Rules } from "./arguments.js";
import { type Round, waitForCapacity } from "./capacity-wait.js";
import type { GpuContext } from "./context.js";
import { createInstance } from "./create/create.js";
import { pickCommonFields } from "./create/plan.js";
import { guardPrice } from "./create/price.js";
import { discard, discardWith } from "./delete.js";
import { asGpuError, isControlFlow, preflightError, UnifiedGpuError, withChanges } from "./errors.js";
import type { GpuModel } from "./gpu-models.js";
import { newIdempotencyKey } from "./idempotency-key.js";
import type { Instance, UnverifiedField } from "./instance.js";
import { noOffer, withReport } from "./launch-report.js";
import { checkLifetime, unmetLifetime } from "./lifetime.js";
import type { Offer } from "./offer.js";
import { filterRules, type OfferFilter, type OfferSearch, searchOffers } from "./offers.js";
import type { CommonFields, Provider } from "./provider.js";
import type { Attempt, LaunchReport, SkippedOffer } from "./report.js";
import { type AnyCreateRequest, type CreateOptions, checkProviderOptions, fieldRules, unmetFields } from "./request.js";
import { verifyInstance } from "./verify.js";
import { type WaitOptions, waitRules, waitUntilReady } from "./wait.js";

/** The request of `launch`: the filter of offers, the instance, and the price limit. */
export interface LaunchRequest<P extends Provider = Provider, Id extends P["id"] = P["id"]>
  extends Omit<OfferFilter<Id>, "gpu" | "maxUsdPerHour">,
    CommonFields,
    Pick<CreateOptions<P>, "onIntent" | "providerOptions" | "signal" | "ttlMs" | "maxUsd"> {
  gpu: GpuModel;
  /** US dollars an hour for the whole instance. Offers without a price are left out. */
  maxUsdPerHour: number;
  /** Default: `ready`. `created` returns as soon as the vendor has the instance. */
  until?: "ready" | "created" | undefined;
  /** How many creates may be tried. Default: 10. */
  maxAttempts?: number | undefined;
  /** How many machines may fail to boot before the launch ends. Default: 2. */
  maxFailedBoots?: number | undefined;
  /** How long to reconcile a create with an unknown outcome, in milliseconds. Default: 120,000. */
  reconcileMs?: number | undefined;
  /**
   * For how long to read the offers again while none can be rented, in milliseconds: they are sold out, gone or above the limit, none is
   * listed, or a provider cannot be read at the moment. `maxAttempts` applies to each round of reads. Default: 0, one round. Experimental.
   */
  waitForCapacityMs?: number | undefined;
  /** Options of the wait for readiness. */
  wait?: Omit<WaitOptions, "signal"> | undefined;
}

/** The instance, and a report of the launch. */
export interface LaunchResult<I extends Instance = Instance> extends LaunchReport<I["provider"]> {
  readonly instance: I;
  /** Facts that the vendor does not show of the instance, and that could not be compared with the offer. */
  readonly unverified: readonly UnverifiedField[];
}

/** The state that the rounds of a launch share. */
interface Progress {
  readonly attempts: Attempt[];
  /** Providers, clouds of an aggregator and offers that are not tried any more, each with the reason. */
  readonly ruledOut: Map<string, string>;
  readonly failed: { boots: number; mismatches: number };
}

/** Tries one offer after the other, cheapest first. Ends when an instance of an earlier attempt may exist. */
export async function launch(context: GpuContext, request: LaunchRequest): Promise<LaunchResult> {
  checkFields("launch", request, requestRules, ["gpu", "maxUsdPerHour"]);
  checkProviderOptions(context, "launch", request.providerOptions);
  checkLifetime(context, "launch", request);
  const progress: Progress = { attempts: [], ruledOut: new Map(), failed: { boots: 0, mismatches: 0 } };
  return waitForCapacity(context, request, () => tryOffers(context, request, progress));
}

/** Tries each offer that is listed now. */
async function tryOffers(
  context: GpuContext,
  request: LaunchRequest,
  { attempts, ruledOut, failed }: Progress,
): Promise<Round<LaunchResult>> {
  const { maxAttempts = 10, maxFailedBoots = 2, signal } = request;
  const found = await searchOffers(context, "launch", request, { signal }, 1);
  const skipped: SkippedOffer[] = [...found.skipped];
  const report = (): LaunchReport => ({ attempts, skipped, failures: found.failures });
  /** What this round does not try again. */
  const passed = new Map(ruledOut);
  const hindrance = (offer: Offer) =>
    passed.get(offer.provider) ?? passed.get(cloudOf(offer)) ?? passed.get(offer.id) ?? cannotServe(context, offer, request);
  const before = attempts.length;
  const passing: GpuError[] = [];
  let ended: { reason: string; error: GpuError } | undefined;
  for (const offer of found.offers) {
    const reason =
      hindrance(offer) ??
      (isSoldOut(offer) ? "out of stock" : undefined) ??
      ended?.reason ??
      (attempts.length - before < maxAttempts ? undefined : `not reached: ${maxAttempts} creates were tried (maxAttempts)`);
    if (reason !== undefined) {
      skipped.push({ offer, reason });
      context.emit({ type: "offer.skipped", offer: offer.id, reason });
      continue;
    }
    if (signal?.aborted)
      throw withReport(preflightError("gpu", "launch", "aborted", "aborted by the caller", signal.reason), report());
    try {
      const instance = await rent(context, request, offer);
      attempts.push({ offer, outcome: "created" });
      return { result: { instance, unverified: instance.unverified ?? [], ...report() } };
    } catch (thrown) {
      const error = asGpuError(thrown, offer.provider, "launch");
      attempts.push({ offer, outcome: "failed", error });
      const scope = scopeOf(error, offer);
      if (scope === "launch") throw withReport(error, report());
      // The next machine of this offer may be above the limit too, and each costs money.
      const isTooExpensive = error.code === "price_exceeded" && UnifiedGpuError.isInstance(error) && !!error.instance;
      if (isTooExpensive) ruledOut.set(offer.id, "its machine was above the limit");
      const isPassing = !isTooExpensive && passingFailures.has(error.code);
      if (isPassing) passing.push(error);
      if (scope !== "offer") {
        const [name, why] = [scope === "cloud" ? cloudOf(offer) : offer.provider, `the ${scope} failed before: ${error.code}`];
        for (const map of isPassing ? [passed] : [passed, ruledOut]) map.set(name, why);
      }
      if (bootFailures.has(error.code)) failed.boots += 1;
      if (error.code === "instance_mismatch") failed.mismatches += 1;
      if (failed.boots >= maxFailedBoots)
        ended ??= { error, reason: `not reached: ${failed.boots} boots failed (maxFailedBoots)` };
      if (failed.mismatches > 1) ended ??= { error, reason: "not reached: a second machine was not what was asked for" };
    }
  }
  for (const { provider, error } of found.failures) {
    if (passingFailures.has(error.code) && !ruledOut.has(provider)) passing.push(error);
  }
  const waitsMs = passing.map(({ retryAfterMs = 0 }) => retryAfterMs);
  if (mayBeHadLater(found, (offer) => hindrance(offer) === undefined)) waitsMs.push(0);
  const error = withReport(ended?.error ?? noOffer(request, found, report()), report());
  return { error, waitsMs: ended ? [] : waitsMs };
}

function isSoldOut({ availability }: Offer): boolean {
  return availability === "unavailable";
}

/** Whether a matching offer is sold out or too expensive at the moment, or none is listed: some vendors omit sold-out offers. */
function mayBeHadLater(found: OfferSearch, canServe: (offer: Offer) => boolean): boolean {
  const { offers, skipped, aboveLimit, providersRead, unknownModel } = found;
  if (offers.length + skipped.length + aboveLimit.length === 0) return providersRead > 0 && !unknownModel;
  return [...offers.filter(isSoldOut), ...aboveLimit].some(canServe);
}

const requestRules = {
  ...filterRules,
  ...fieldRules,
  until: [(value) => value === "ready" || value === "created", "ready or created"],
  maxAttempts: count,
  maxFailedBoots: count,
  reconcileMs: duration,
  waitForCapacityMs: ms,
  wait: waitRules,
} satisfies Rules<LaunchRequest>;

/** Creates an instance and waits for it. An instance that fails is deleted, and the deletion is verified, before the next attempt. */
async function rent(context: GpuContext, request: LaunchRequest, offer: Offer): Promise<Instance> {
  const { until = "ready", maxUsdPerHour, reconcileMs = 120_000 } = request;
  try {
    const created = await createInstance(context, createRequest(context, request, offer), { justRead: offer, reconcileMs });
    const instance = until === "created" ? created : await boot(context, created, offer, request);
    // Some vendors show price and GPU only when the instance is ready.
    return verifyInstance(await guardPrice(context, instance, maxUsdPerHour), offer, "committed");
  } catch (thrown) {
    const error = asGpuError(thrown, offer.provider, "launch");
    const wrong = UnifiedGpuError.isInstance(error) && error.code === "instance_mismatch" ? error.instance : undefined;
    throw wrong ? await discardWith(context, wrong, error) : error;
  }
}

/** Waits for the instance, and deletes it if it fails or takes too long. */
async function boot(context: GpuContext, instance: Instance, offer: Offer, request: LaunchRequest): Promise<Instance> {
  const { wait, signal } = request;
  try {
    return await waitUntilReady(context, instance, { bootSeconds: offer.bootSeconds, ...wait, signal });
  } catch (thrown) {
    if (isControlFlow(thrown)) await discard(context, instance);
    const error = asGpuError(thrown, offer.provider, "launch");
    // The caller aborted the launch, and decides whether to keep the machine.
    if (error.code === "aborted") throw withChanges(error, { sideEffect: "committed" }, { ref: instance.ref, instance });
    throw await discardWith(context, instance, error);
  }
}

const bootFailures = new Set<string>(["instance_failed", "wait_timeout"]);
/** Errors that may be gone in another round. */
const passingFailures = new Set<string>([
  "no_capacity",
  "offer_gone",
  "price_exceeded",
  "rate_limited",
  "unavailable",
  "network",
  "timeout",
]);
/** Errors that rule out one offer, but not the provider's others. */
const offerFailures = new Set<string>(["no_capacity", "offer_gone", "price_exceeded", ...bootFailures]);
/** Errors that rule out one cloud of an aggregator, but not its others. */
const cloudFailures = new Set<string>(["unavailable", "conflict", "not_found"]);
/** Errors that would occur everywhere, or that need a decision of the caller. */
const finalFailures = new Set<string>(["aborted", "idempotency_mismatch", "create_ambiguous", "limit_exceeded", "limit_unknown"]);

/** What a failed attempt rules out: the whole launch if an instance may exist, otherwise what the error's code rules out. */
function scopeOf(
  { sideEffect, code, status, cause }: GpuError,
  { upstreamCloud }: Offer,
): "offer" | "cloud" | "provider" | "launch" {
  if (sideEffect !== "none" || finalFailures.has(code)) return "launch";
  // The outcome was unknown until the lists showed that nothing was created.
  const wasUnknown = GpuError.isInstance(cause) && cause.sideEffect !== "none";
  if (wasUnknown || offerFailures.has(code)) return "offer";
  // Without a status, this package itself refused the request.
  if (code === "invalid_request") return upstreamCloud !== null && status !== undefined ? "offer" : "launch";
  return upstreamCloud !== null && cloudFailures.has(code) ? "cloud" : "provider";
}

function cloudOf({ provider, upstreamCloud }: Offer): string {
  return `${provider}/${upstreamCloud ?? ""}`;
}

/** Why an offer does not support this request; undefined if it does. */
function cannotServe(context: GpuContext, offer: Offer, request: LaunchRequest): string | undefined {
  const provider = context.providers.get(offer.provider);
  // `createRequest` generates a name if the vendor needs one.
  const unmet =
    provider && (unmetFields(provider, { ...request, name: request.name ?? "gpu" }) ?? unmetLifetime(provider, request));
  if (unmet !== undefined) return unmet;
  const { diskGb } = request;
  const { min, max } = offer.diskGb;
  if (diskGb !== undefined && max !== null && diskGb > max) return `has at most ${max} GB of disk`;
  return diskGb !== undefined && min !== null && diskGb < min ? `has at least ${min} GB of disk` : undefined;
}

function createRequest(context: GpuContext, request: LaunchRequest, offer: Offer): AnyCreateRequest {
  const { maxUsdPerHour, ttlMs, maxUsd, onIntent, providerOptions, signal } = request;
  // Some vendors require unique names.
  const name = request.name ?? `gpu-${newIdempotencyKey(context.clock.now()).slice(-8)}`;
  return { ...pickCommonFields(request), name, offer, maxUsdPerHour, ttlMs, maxUsd, onIntent, providerOptions, signal };
}
