import type { GpuError } from "@gpu/core";
import type { OfferOf } from "./offer.js";

/** A provider that could not be read. */
export interface ProviderFailure<Id extends string = string> {
  readonly provider: Id;
  readonly error: GpuError;
}

/** An offer that was left out, and why. */
export interface SkippedOffer<Id extends string = string> {
  readonly offer: OfferOf<Id>;
  readonly reason: string;
}

/** One offer that was tried. */
export interface Attempt<Id extends string = string> {
  readonly offer: OfferOf<Id>;
  readonly outcome: "created" | "failed";
  readonly error?: GpuError;
}

/** The attempts of a launch, and the offers and providers that it skipped or could not read. */
export interface LaunchReport<Id extends string = string> {
  readonly attempts: readonly Attempt<Id>[];
  readonly skipped: readonly SkippedOffer<Id>[];
  readonly failures: readonly ProviderFailure<Id>[];
}
