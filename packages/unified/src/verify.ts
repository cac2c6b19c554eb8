import type { SideEffect } from "@gpu/core";
import { isPositive } from "./arguments.js";
import { unifiedError } from "./errors.js";
import type { GpuIdentity } from "./gpu-models.js";
import type { Instance, UnverifiedField } from "./instance.js";
import type { Offer } from "./offer.js";

/** The known facts of an offer. Of one that was given by its id, at most the market is known. */
type OfferFacts = Pick<Offer, "id"> & Partial<Pick<Offer, "gpu" | "gpuCount" | "market">>;

/**
 * Compares an instance with the offer that it was created from. Returns the instance with the facts that could not be compared.
 * Throws `instance_mismatch`, with its `ref`, if model, count or market are known of both and differ.
 */
export function verifyInstance(instance: Instance, offer: OfferFacts, sideEffect: SideEffect): Instance {
  const { provider, ref } = instance;
  const differences: string[] = [];
  const unverified: UnverifiedField[] = [];
  const compare = (field: UnverifiedField, isSame: boolean | undefined, difference: string) => {
    if (isSame === undefined) unverified.push(field);
    else if (!isSame) differences.push(difference);
  };
  const isSame = (field: "gpuCount" | "market", isKnown: (value: unknown) => boolean) =>
    isKnown(offer[field]) && isKnown(instance[field]) ? offer[field] === instance[field] : undefined;
  compare("gpu", isSameGpu(offer.gpu, instance.gpu), `its GPU is ${instance.gpu?.model}, not ${offer.gpu?.model}`);
  compare("gpuCount", isSame("gpuCount", isPositive), `it has ${instance.gpuCount} GPUs, not ${offer.gpuCount}`);
  compare("market", isSame("market", isMarket), `its market is ${instance.market}, not ${offer.market}`);
  if (differences.length === 0) return { ...instance, unverified };
  const reason = `${ref} is not what ${offer.id} offered: ${differences.join("; ")}`;
  throw unifiedError(provider, "create", "instance_mismatch", reason, sideEffect, undefined, { ref, instance });
}

function isMarket(market: unknown): boolean {
  return market === "on_demand" || market === "spot";
}

/** Undefined when it is unknown. The machine already exists, so an incomplete offer of an untyped caller must not make this throw. */
function isSameGpu(offered: GpuIdentity | undefined, shown: GpuIdentity | null | undefined): boolean | undefined {
  if (!offered?.model || !shown?.model || offered.known !== shown.known) return undefined;
  const lacksOne = (field: "vramGb" | "formFactor") => !offered[field] || !shown[field];
  if (!offered.known) return offered.rawName?.toLowerCase() === shown.rawName?.toLowerCase() || undefined;
  if (offered.model === shown.model) {
    // The memory may be assumed from the model's bare name, so a difference proves nothing.
    const isAlike = (field: "vramGb" | "formFactor") => lacksOne(field) || offered[field] === shown[field];
    return (isAlike("vramGb") && isAlike("formFactor")) || undefined;
  }
  // A vendor may omit that an H100 is an H100 NVL.
  const isSameFamily = offered.model.replace("NVL", "") === shown.model.replace("NVL", "");
  return isSameFamily && lacksOne("formFactor") ? undefined : false;
}
