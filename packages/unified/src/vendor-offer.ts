import { preflightError, type UnifiedGpuError } from "./errors.js";
import type { Offer } from "./offer.js";
import { roundUsd } from "./vendor-values.js";

/** The facts of an offer that every vendor shows, and those that only some show. */
type OfferFacts = Pick<Offer, "gpu" | "gpuCount" | "usdPerHour" | "diskGb" | "kind" | "observedAt"> &
  Partial<Omit<Offer, "id" | "provider" | "usdPerGpuHour">>;

/**
 * Builds an offer from the facts that the vendor shows. Default: on demand, and unknown for everything else. The id has the parts of
 * `path` with slashes between them; a slash inside a part becomes `%2F`.
 */
export function newOffer<Id extends string>(provider: Id, path: readonly (string | number)[], facts: OfferFacts): Offer<Id> {
  const { usdPerHour, gpuCount } = facts;
  return {
    id: `${provider}:${path.map((part) => String(part).replaceAll("/", "%2F")).join("/")}`,
    provider,
    upstreamCloud: null,
    // Without a count, an offer is listed, but matches no requested count.
    usdPerGpuHour: usdPerHour === null || gpuCount <= 0 ? null : roundUsd(usdPerHour / gpuCount),
    market: "on_demand",
    availability: "unknown",
    region: null,
    cpuCores: null,
    memoryGb: null,
    bootSeconds: { min: null, max: null },
    ...facts,
  };
}

/** The error for an offer id that a provider cannot parse. `form` describes the ids that it accepts. */
export function invalidOffer(provider: string, offer: string, form: string, reason = "is not an offer"): UnifiedGpuError {
  const message = `"${provider}:${offer}" ${reason}; an offer has the form ${form}`;
  return preflightError(provider, "create", "invalid_request", message);
}

/** Splits the part of an offer's id after the provider into the `path` of `newOffer`. */
export function splitOfferPath(path: string): string[] {
  return path.split("/").map((part) => part.replaceAll("%2F", "/"));
}
