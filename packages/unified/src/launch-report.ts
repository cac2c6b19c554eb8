import type { GpuError } from "@gpu/core";
import { inspectKey, preflightError, UnifiedGpuError, withChanges } from "./errors.js";
import type { LaunchRequest } from "./launch.js";
import type { OfferSearch } from "./offers.js";
import type { LaunchReport } from "./report.js";

/** The error of a launch that created nothing, with the reasons. */
export function noOffer(request: LaunchRequest, found: OfferSearch, { attempts, failures, skipped }: LaunchReport): GpuError {
  const [cheapest] = found.aboveLimit;
  const reasons = [
    attempts.length > 0 &&
      `${attempts.length} tried: ${counted(attempts.map(({ offer, error }) => failureText(offer.provider, error)))}`,
    cheapest && `the cheapest above the limit costs ${cheapest.usdPerHour} USD an hour at ${cheapest.provider} (${cheapest.id})`,
    skipped.length > 0 &&
      `${skipped.length} left out: ${counted(skipped.map(({ offer, reason }) => `${offer.provider}: ${reason}`))}`,
    found.unknownModel,
    !found.unknownModel && found.lacking.join(", "),
    // A provider that could not be read is not a provider without stock.
    failures.length > 0 && `not read: ${failures.map(({ provider, error }) => failureText(provider, error)).join(", ")}`,
  ].filter(Boolean);
  const what = `${found.gpuCount} × ${request.gpu} for at most ${request.maxUsdPerHour} USD an hour`;
  const reason = `no instance with ${what}: ${reasons.join("; ")}`;
  const wasRead = found.providersRead > 0;
  // A provider without a key explains less than one that failed.
  const worst = failures.find(({ error }) => error.code !== "configuration") ?? failures[0];
  if (worst && !wasRead)
    return withChanges(worst.error, { message: `gpu launch: ${reason}`, sideEffect: "none", cause: worst.error });
  return preflightError("gpu", "launch", "no_offer", reason, attempts.at(-1)?.error ?? worst?.error);
}

/** For a mistake that the caller can fix, such as a missing key, includes the message with the remedy. */
function failureText(provider: string, error: GpuError | undefined): string {
  const text = error?.code === "configuration" ? `${error.code}: ${error.message}` : error?.code;
  return `${provider} (${text})`;
}

/** `fal: price_unknown (2), novita: needs image (8)`. */
function counted(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([text, count]) => (count === 1 ? text : `${text} (${count})`)).join(", ");
}

/** The error with the report of the launch. */
export function withReport(error: GpuError, report: LaunchReport): UnifiedGpuError {
  const details = UnifiedGpuError.isInstance(error) ? { handle: error.handle, ref: error.ref, instance: error.instance } : {};
  // `console.log` prints the error with the offers and reasons, which are too deep for it otherwise.
  Object.defineProperty(report, inspectKey, { value: () => linesOf(report) });
  return withChanges(error, {}, { ...details, launch: report });
}

/** A report as one line for each attempt, skipped offer and failure. */
function linesOf({ attempts, skipped, failures }: LaunchReport): Record<keyof LaunchReport, string[]> {
  return {
    attempts: attempts.map(
      ({ offer, outcome, error }) => `${offer.id} ${outcome}${error ? `: ${error.code}: ${error.message}` : ""}`,
    ),
    skipped: skipped.map(({ offer, reason }) => `${offer.id}: ${reason}`),
    failures: failures.map(({ provider, error }) => `${provider}: ${error.code}: ${error.message}`),
  };
}
