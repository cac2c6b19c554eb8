import type { GpuError } from "@gpu/core";
import type { Offer } from "./offer.js";

/** A provider that could not be read. */
export interface ProviderFailure {
  readonly provider: string;
  readonly error: GpuError;
}

/** An offer that was left out, and why. */
export interface SkippedOffer {
  readonly offer: Offer;
  readonly reason: string;
}

/** One offer that was tried. */
export interface Attempt {
  readonly offer: Offer;
  readonly outcome: "created" | "failed";
  readonly error?: GpuError;
}

/** What a launch tried, left out and could not read. */
export interface LaunchReport {
  readonly attempts: readonly Attempt[];
  readonly skipped: readonly SkippedOffer[];
  readonly failures: readonly ProviderFailure[];
}
