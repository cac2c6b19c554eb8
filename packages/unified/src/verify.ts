import type { SideEffect } from "@gpu/core";
import { unifiedError } from "./errors.js";
import type { GpuIdentity } from "./gpu-models.js";
import type { Instance, UnverifiedField } from "./instance.js";
import type { Offer } from "./offer.js";

/** What is known of an offer: of one that was given by its id, perhaps the market. */
type OfferFacts = Pick<Offer, "id"> & Partial<Pick<Offer, "gpu" | "gpuCount" | "market">>;

/**
 * Compares an instance with the offer that it was created from. Gives the instance with what could not be compared; throws
 * `instance_mismatch`, with its `ref`, when both have a model, count or market and they differ.
 */
export function verifyInstance(instance: Instance, offer: OfferFacts, sideEffect: SideEffect): Instance {
  const { provider, ref } = instance;
  const differences: string[] = [];
  const unverified: UnverifiedField[] = [];
  const compare = (field: UnverifiedField, isSame: boolean | undefined, difference: string) => {
    if (isSame === undefined) unverified.push(field);
    else if (!isSame) differences.push(difference);
  };
  compare("gpu", isSameGpu(offer.gpu, instance.gpu), `its GPU is ${instance.gpu?.model}, not ${offer.gpu?.model}`);
  const isCounted = (offer.gpuCount ?? 0) > 0 && (instance.gpuCount ?? 0) > 0;
  const isSameCount = isCounted ? offer.gpuCount === instance.gpuCount : undefined;
  compare("gpuCount", isSameCount, `it has ${instance.gpuCount} GPUs, not ${offer.gpuCount}`);
  const isKnown = isMarket(offer.market) && isMarket(instance.market);
  const isSameMarket = isKnown ? instance.market === offer.market : undefined;
  compare("market", isSameMarket, `its market is ${instance.market}, not ${offer.market}`);
  if (differences.length === 0) return { ...instance, unverified };
  const reason = `${ref} is not what ${offer.id} offered: ${differences.join("; ")}`;
  throw unifiedError(provider, "create", "instance_mismatch", reason, sideEffect, undefined, { ref, instance });
}

function isMarket(market: string | undefined): boolean {
  return market === "on_demand" || market === "spot";
}

/** Undefined when it is unknown. The machine exists already, so that an incomplete offer of an untyped caller must not make this throw. */
function isSameGpu(offered: GpuIdentity | undefined, shown: GpuIdentity | null | undefined): boolean | undefined {
  if (!offered?.model || !shown?.model || offered.known !== shown.known) return undefined;
  const lacksOne = (field: "vramGb" | "formFactor") => !offered[field] || !shown[field];
  if (!offered.known) return offered.rawName?.toLowerCase() === shown.rawName?.toLowerCase() || undefined;
  if (offered.model === shown.model) {
    // Memory may be what the bare name of the model stands for, so that a difference proves nothing.
    const isAlike = (field: "vramGb" | "formFactor") => lacksOne(field) || offered[field] === shown[field];
    return (isAlike("vramGb") && isAlike("formFactor")) || undefined;
  }
  // A vendor may leave out that an H100 is the NVL one.
  const isSameFamily = offered.model.replace("NVL", "") === shown.model.replace("NVL", "");
  return isSameFamily && lacksOne("formFactor") ? undefined : false;
}
