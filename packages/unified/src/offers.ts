import { callContext, type GpuContext, type ProviderFailure, providerOf } from "./context.js";
import { withDeadline } from "./deadline.js";
import { asGpuError, refusal } from "./errors.js";
import { type FormFactor, gpuMatcher } from "./gpu-models.js";
import type { Availability, Market, Offer } from "./offer.js";
import type { ConnectedProvider } from "./provider.js";

/** Which offers are wanted. */
export interface OfferFilter<Id extends string = string> {
  /** Model, such as `H100` (SXM and PCIe) or `A100` (both memories). Any GPU when absent. */
  gpu?: string | undefined;
  /** Exactly so many. */
  gpuCount?: number | undefined;
  /** At least so much memory on each GPU, in GB. */
  vramGb?: number | undefined;
  formFactor?: FormFactor | undefined;
  /** Default: `on_demand`. */
  market?: Market | "any" | undefined;
  /** The vendor's own region. */
  region?: string | undefined;
  /** US dollars an hour for the whole instance. An offer without a price never passes. */
  maxUsdPerHour?: number | undefined;
  /** Only these providers are asked. */
  providers?: readonly Id[] | undefined;
}

/** How the providers are asked. */
export interface AskOptions {
  signal?: AbortSignal | undefined;
  /** For each provider by itself. Default: 20,000 ms. */
  deadlineMs?: number | undefined;
}

/** An offer that was left out for a reason that the caller should know. */
export interface SkippedOffer {
  readonly offer: Offer;
  readonly reason: string;
}

/** What could be read. A provider that failed is in `failures`: its offers are unknown, not none. */
export interface OffersResult<Id extends string = string> {
  /** Cheapest first; without a price last. */
  readonly offers: Offer<Id>[];
  readonly failures: ProviderFailure[];
  /** Offers that would match but for an unknown price (`price_unknown`). */
  readonly skipped: SkippedOffer[];
}

const defaultDeadlineMs = 20_000;

/** Asks every provider at once. */
export async function findOffers(context: GpuContext, filter: OfferFilter, options: AskOptions): Promise<OffersResult> {
  const asked = selectProviders(context, filter.providers, "offers");
  const { results, failures } = await askAll(context, asked, "offers", options, (provider, call) => provider.listOffers(call));
  const isWanted = filterOf(filter);
  const skipped: SkippedOffer[] = [];
  const offers = results.flat().filter((offer) => {
    if (!isWanted(offer)) return false;
    if (filter.maxUsdPerHour === undefined) return true;
    if (offer.usdPerHour !== null) return offer.usdPerHour <= filter.maxUsdPerHour;
    skipped.push({ offer, reason: "price_unknown" });
    context.emit({ type: "offer.skipped", offer: offer.id, reason: "price_unknown" });
    return false;
  });
  return { offers: offers.sort(byPrice), failures, skipped };
}

/** The providers of these names; all of them without names. */
export function selectProviders(
  context: GpuContext,
  names: readonly string[] | undefined,
  operation: string,
): ConnectedProvider[] {
  return names === undefined ? [...context.providers.values()] : names.map((name) => providerOf(context, name, operation));
}

/** Asks several providers at once, each with its own deadline. A failure of one costs nothing of the others. Throws only `aborted`. */
export async function askAll<T>(
  context: GpuContext,
  providers: readonly ConnectedProvider[],
  operation: string,
  { signal, deadlineMs = defaultDeadlineMs }: AskOptions,
  ask: (provider: ConnectedProvider, call: ReturnType<typeof callContext>) => Promise<T>,
): Promise<{ results: T[]; failures: ProviderFailure[] }> {
  const failures: ProviderFailure[] = [];
  const late = (provider: ConnectedProvider) => () =>
    refusal(provider.id, operation, "timeout", `no complete answer within ${deadlineMs} ms`);
  const results = await Promise.all(
    providers.map(async (provider): Promise<T[]> => {
      try {
        const answer = await withDeadline(context.clock, deadlineMs, signal, late(provider), (inner) =>
          ask(provider, callContext(context, inner)),
        );
        return [answer];
      } catch (error) {
        failures.push({ provider: provider.id, error: asGpuError(error, provider.id, operation) });
        return [];
      }
    }),
  );
  // What the caller ended is no result: nothing of it may be taken for all there is.
  if (signal?.aborted) throw refusal("gpu", operation, "aborted", "ended by the caller", signal.reason);
  return { results: results.flat(), failures };
}

function filterOf(filter: OfferFilter): (offer: Offer) => boolean {
  const { gpu, gpuCount, vramGb, formFactor, market = "on_demand", region } = filter;
  const isGpu = gpu === undefined ? () => true : gpuMatcher(gpu);
  return (offer) =>
    (market === "any" || offer.market === market) &&
    (gpuCount === undefined || offer.gpuCount === gpuCount) &&
    (vramGb === undefined || (offer.gpu.vramGb ?? 0) >= vramGb) &&
    (formFactor === undefined || offer.gpu.formFactor === formFactor) &&
    (region === undefined || offer.region === region) &&
    isGpu(offer.gpu);
}

const stockRank: Readonly<Record<Availability, number>> = { available: 0, low: 1, unknown: 2, unavailable: 3 };

function byPrice(a: Offer, b: Offer): number {
  const price = a.usdPerHour ?? Number.POSITIVE_INFINITY;
  const other = b.usdPerHour ?? Number.POSITIVE_INFINITY;
  if (price !== other) return price < other ? -1 : 1;
  if (a.availability !== b.availability) return stockRank[a.availability] - stockRank[b.availability];
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
