import type { GpuError } from "@gpu/core";
import { askRules, checkFields, isCount, isFilled, isPositive, providerIds, type Rules, usdPerHour } from "./arguments.js";
import { callContext, type GpuContext, providerOf } from "./context.js";
import { withDeadline, withinScope } from "./deadline.js";
import { asGpuError, preflightError } from "./errors.js";
import { type FormFactor, formFactors, type GpuModel, type GpuQuery, nearestNames, parseGpuQuery } from "./gpu-models.js";
import type { Availability, Market, Offer, OfferOf } from "./offer.js";
import type { ConnectedProvider, WantedOffers } from "./provider.js";
import type { ProviderFailure, SkippedOffer } from "./report.js";

/** Which offers are wanted. */
export interface OfferFilter<Id extends string = string> {
  /**
   * Model, such as `H100` (SXM and PCIe) or `A100` (both memories); any GPU when absent. `8xH100` and `H100:8` set `gpuCount` too. For a GPU
   * that is not in the table of models, use the vendor's own spelling.
   */
  gpu?: GpuModel | undefined;
  /** The exact number of GPUs. */
  gpuCount?: number | undefined;
  /** The minimum memory of each GPU, in GB. */
  vramGb?: number | undefined;
  formFactor?: FormFactor | undefined;
  /** Default: `on_demand`. */
  market?: Market | "any" | undefined;
  /** The vendor's own region or the name that it displays, in any case. */
  region?: string | undefined;
  /** US dollars an hour for the whole instance. An offer without a price never passes. */
  maxUsdPerHour?: number | undefined;
  /** Only these providers are asked. */
  providers?: readonly Id[] | undefined;
}

/** How the providers are asked. */
export interface AskOptions {
  signal?: AbortSignal | undefined;
  /** The deadline of each provider. Default: 20,000 ms. */
  deadlineMs?: number | undefined;
}

/** What could be read. A provider that failed, or whose offers are too many to read all, is in `failures`: the others are unknown, not none. */
export interface OffersResult<Id extends string = string> {
  /** Cheapest first; without a price last. */
  readonly offers: OfferOf<Id>[];
  readonly failures: ProviderFailure<Id>[];
  /** Offers that may match, but have an unknown fact: `price_unknown`, `vram_unknown`, `form_factor_unknown`, `region_unknown` or `gpu_count_unknown`. */
  readonly skipped: SkippedOffer<Id>[];
}

const defaultDeadlineMs = 20_000;

/** Asks every provider at once. */
export async function findOffers(context: GpuContext, filter: OfferFilter & AskOptions = {}): Promise<OffersResult> {
  checkFields("offers", filter, { ...filterRules, ...askRules });
  const { offers, failures, skipped } = await searchOffers(context, "offers", filter, filter);
  return { offers, failures, skipped };
}

/** What `launch` also needs, to explain why it found nothing. */
export interface OfferSearch extends OffersResult {
  readonly providersRead: number;
  /** How many GPUs were asked for, in the filter or in its `gpu`. */
  readonly gpuCount: number | undefined;
  /** Offers that match but for a price above the limit, cheapest first. */
  readonly aboveLimit: readonly Offer[];
  /** Why each provider that was read has no matching offer, such as `fal: none with 4 GPUs`. */
  readonly lacking: readonly string[];
  /** Set when no provider that could be read has the GPU asked for, and the table does not know it. */
  readonly unknownModel: string | undefined;
}

export async function searchOffers(
  context: GpuContext,
  operation: string,
  filter: OfferFilter,
  options: AskOptions,
  defaultCount?: number,
): Promise<OfferSearch> {
  const { gpu, maxUsdPerHour } = filter;
  const query = gpu === undefined ? undefined : parseGpuQuery(gpu);
  const gpuCount = countOf(operation, filter, query) ?? defaultCount;
  const asked = selectProviders(context, filter.providers, operation);
  const { market = "on_demand" } = filter;
  const wanted: WantedOffers = {
    // A name that the table does not know is compared with the vendors' own spellings.
    isGpu: query?.model && ((one) => query.matches(one) !== false),
    gpuCount,
    market: market === "any" ? undefined : market,
    maxUsdPerHour,
  };
  const { results, failures } = await askAll(context, asked, operation, options, (provider, call) =>
    provider.listOffers(call, wanted),
  );
  const all = results.flat();
  const unknownModel = query && explainUnknown(query, gpu ?? "", all);
  // A provider that failed may have the GPU under this name, but one without a key does not matter.
  if (unknownModel && results.length > 0 && failures.every(({ error }) => error.code === "configuration")) {
    throw preflightError("gpu", operation, "invalid_request", unknownModel);
  }
  const { match, lacks } = matcherOf(filter, query, gpuCount);
  /** By provider: how many checks its best offer has passed. */
  const passed = new Map<string, number>();
  const offers: Offer[] = [];
  const aboveLimit: Offer[] = [];
  const skipped: SkippedOffer[] = [];
  for (const offer of all) {
    const { provider, usdPerHour } = offer;
    const { passedChecks, unknown } = match(offer);
    passed.set(provider, Math.max(passed.get(provider) ?? 0, passedChecks));
    if (passedChecks < lacks.length) continue;
    const reason = unknown ?? (maxUsdPerHour !== undefined && usdPerHour === null ? "price_unknown" : undefined);
    if ((usdPerHour ?? 0) > (maxUsdPerHour ?? Number.POSITIVE_INFINITY)) aboveLimit.push(offer);
    else if (reason === undefined) offers.push(offer);
    else {
      skipped.push({ offer, reason });
      context.emit({ type: "offer.skipped", offer: offer.id, reason });
    }
  }
  const lacking = asked.flatMap(({ id }) => {
    const lack = passed.has(id) ? lacks[passed.get(id) ?? 0] : "no offers";
    return lack === undefined || failures.some(({ provider }) => provider === id) ? [] : `${id}: ${lack}`;
  });
  return {
    offers: offers.sort(byPrice),
    lacking,
    failures,
    skipped,
    providersRead: results.length,
    gpuCount,
    aboveLimit: aboveLimit.sort(byPrice),
    unknownModel,
  };
}

const isIn = (values: readonly unknown[]) => (value: unknown) => values.includes(value);

export const filterRules = {
  gpu: [isFilled, "the name of a model, such as H100"],
  gpuCount: [isCount, "a whole number of GPUs, at least 1"],
  vramGb: [isPositive, "a positive number of GB"],
  formFactor: [isIn(formFactors), `one of ${formFactors.join(", ")}`],
  market: [isIn(["on_demand", "spot", "any"]), "on_demand, spot or any"],
  region: [isFilled, "the name of a region"],
  maxUsdPerHour: usdPerHour,
  providers: providerIds,
} satisfies Rules<OfferFilter>;

/** The requested number of GPUs, from `gpuCount` or `gpu`. */
function countOf(operation: string, { gpu, gpuCount }: OfferFilter, query: GpuQuery | undefined): number | undefined {
  const named = query?.gpuCount;
  const refuse = (reason: string) => preflightError("gpu", operation, "invalid_request", `gpu "${gpu}" requests ${reason}`);
  if (named === 0) throw refuse("no GPU");
  if (named !== undefined && (gpuCount ?? named) !== named) throw refuse(`${named} GPUs, and gpuCount ${gpuCount}`);
  return gpuCount ?? named;
}

/** The error message for a GPU that is neither in the table nor listed; undefined for all others. */
function explainUnknown(query: GpuQuery, wanted: string, all: readonly Offer[]): string | undefined {
  if (query.model !== undefined || all.some(({ gpu }) => query.matches(gpu) !== false)) return undefined;
  const listed = all.flatMap(({ gpu }) => (gpu.known ? [] : gpu.rawName));
  const near = nearestNames(wanted, listed).join(", ");
  return `no model "${wanted}" is known or listed; ${near ? `the nearest names: ${near}` : "gpuModels has the known names"}`;
}

/** The providers of these names; all of them without names. */
export function selectProviders(
  context: GpuContext,
  names: readonly string[] | undefined,
  operation: string,
): ConnectedProvider[] {
  return names === undefined ? [...context.providers.values()] : names.map((name) => providerOf(context, name, operation));
}

/** Asks several providers at once, each with its own deadline. A failure of one does not affect the others. Throws only `aborted`. */
export async function askAll<T>(
  context: GpuContext,
  providers: readonly ConnectedProvider[],
  operation: string,
  { signal, deadlineMs = defaultDeadlineMs }: AskOptions,
  ask: (provider: ConnectedProvider, call: ReturnType<typeof callContext>) => Promise<T>,
): Promise<{ results: T[]; failures: ProviderFailure[] }> {
  const late = (provider: ConnectedProvider) => () =>
    preflightError(provider.id, operation, "timeout", `no complete response within ${deadlineMs} ms`);
  const askOne = async (provider: ConnectedProvider, outer: AbortSignal): Promise<{ result?: T; failed: ProviderFailure[] }> => {
    const unread: ProviderFailure[] = [];
    const onUnread = (error: GpuError) => void unread.push({ provider: provider.id, error });
    try {
      const result = await withDeadline(context.clock, deadlineMs, outer, late(provider), (inner) =>
        ask(provider, { ...callContext(context, inner), onUnread }),
      );
      return { result, failed: unread };
    } catch (error) {
      return { failed: [{ provider: provider.id, error: asGpuError(error, provider.id, operation) }] };
    }
  };
  // The scope ends the other requests when a framework's control-flow error ends this call.
  const outcomes = await withinScope(signal, (scope) => Promise.all(providers.map((provider) => askOne(provider, scope.signal))));
  // A partial result must not look complete.
  if (signal?.aborted) throw preflightError("gpu", operation, "aborted", "aborted by the caller", signal.reason);
  return {
    results: outcomes.flatMap((outcome) => ("result" in outcome ? [outcome.result] : [])),
    failures: outcomes.flatMap(({ failed }) => failed),
  };
}

/** Whether an offer has a fact that is asked for, or the reason why that is unknown. */
type Match = boolean | `${string}_unknown`;

/** `match` returns how many checks an offer passes, and the first unknown fact. `lacks` has what each check misses. */
function matcherOf(filter: OfferFilter, query: GpuQuery | undefined, gpuCount: number | undefined) {
  const { gpu: wanted, vramGb, formFactor, market = "on_demand", region } = filter;
  const checks: [lack: string, check: (offer: Offer) => Match][] = [];
  if (query) checks.push([`no ${wanted}`, ({ gpu }) => query.matches(gpu)]);
  if (gpuCount !== undefined) {
    const hasCount = (offer: Offer) => (offer.gpuCount > 0 ? offer.gpuCount === gpuCount : "gpu_count_unknown");
    checks.push([`none with ${gpuCount} GPUs`, hasCount]);
  }
  if (vramGb !== undefined) {
    checks.push([`none with ${vramGb} GB`, ({ gpu }) => (gpu.vramGb === null ? "vram_unknown" : gpu.vramGb >= vramGb)]);
  }
  if (formFactor !== undefined) {
    const hasForm = ({ gpu }: Offer) => (gpu.formFactor === null ? "form_factor_unknown" : gpu.formFactor === formFactor);
    checks.push([`none as ${formFactor}`, hasForm]);
  }
  if (region !== undefined) checks.push([`none in ${region}`, regionMatcher(region)]);
  if (market !== "any") checks.push([`none ${market}`, (offer) => offer.market === market]);
  const match = (offer: Offer) => {
    let unknown: string | undefined;
    for (const [passedChecks, [, check]] of checks.entries()) {
      const next = check(offer);
      if (next === false) return { passedChecks, unknown };
      if (next !== true) unknown ??= next;
    }
    return { passedChecks: checks.length, unknown };
  };
  return { match, lacks: checks.map(([lack]) => lack) };
}

/** A displayed name such as `US-CA-06 (California)` also matches by its parts. */
function regionMatcher(wanted: string): (offer: Offer) => Match {
  const fold = (name: string) => name.trim().toLowerCase();
  const asked = fold(wanted);
  return ({ region, regionName }) => {
    const names = [region ?? [], regionName ?? [], regionName?.split(/[()]/) ?? []].flat();
    return names.length === 0 ? "region_unknown" : names.some((name) => fold(name) === asked);
  };
}

const stockRank: Readonly<Record<Availability, number>> = { available: 0, low: 1, unknown: 2, unavailable: 3 };

function byPrice(a: Offer, b: Offer): number {
  const price = a.usdPerHour ?? Number.POSITIVE_INFINITY;
  const other = b.usdPerHour ?? Number.POSITIVE_INFINITY;
  // Two offers without a price give NaN, so that the next difference counts.
  return price - other || stockRank[a.availability] - stockRank[b.availability] || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
