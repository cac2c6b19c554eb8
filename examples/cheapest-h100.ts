// The cheapest H100 that is free and costs no more than a limit: node cheapest-h100.ts 3.50
import type { Gpu, Offer } from "@gpu/unified";
import { clouds } from "./clouds.ts";

/** The cheapest offer; undefined when there is none within the limit. Error when no cloud could be asked. */
export async function cheapestH100(gpu: Gpu, maxUsdPerHour: number): Promise<Offer | undefined> {
  const { offers, failures, skipped } = await gpu.offers({ gpu: "H100", gpuCount: 1, maxUsdPerHour });
  // A cloud that failed is not a cloud without offers.
  for (const { provider, error } of failures) console.warn(`${provider} could not be asked: ${error.message}`);
  for (const { offer, reason } of skipped) console.warn(`${offer.id} left out: ${reason}`);
  if (failures.length === Object.keys(gpu.providers).length) throw new Error("no cloud could be asked");
  // Cheapest first. `unknown` is a cloud that does not tell its stock before the create.
  return offers.find(({ availability }) => availability !== "unavailable");
}

if (import.meta.main) {
  const limit = Number(process.argv[2] ?? 3.5);
  const offer = await cheapestH100(clouds, limit);
  console.log(offer ? `${offer.id}: ${offer.usdPerHour} USD an hour` : `no H100 for up to ${limit} USD an hour`);
}
