// Finds the cheapest available H100 within a price limit: node cheapest-h100.ts 3.50
import type { Gpu, Offer } from "@gpu/unified";
import { clouds } from "./clouds.ts";

/** Returns the cheapest offer within the limit, or undefined. Throws when no cloud could be read. */
export async function cheapestH100(gpu: Gpu, maxUsdPerHour: number): Promise<Offer | undefined> {
  const { offers, failures, skipped } = await gpu.offers({ gpu: "H100", gpuCount: 1, maxUsdPerHour });
  // A failed cloud may have cheaper offers.
  for (const { provider, error } of failures) console.warn(`${provider} could not be read: ${error.message}`);
  for (const { offer, reason } of skipped) console.warn(`${offer.id} skipped: ${reason}`);
  if (failures.length === Object.keys(gpu.providers).length) throw new Error("no cloud could be read");
  // Offers are sorted by price. `unknown`: the cloud does not show its stock.
  return offers.find(({ availability }) => availability !== "unavailable");
}

if (import.meta.main) {
  const limit = Number(process.argv[2] ?? 3.5);
  const offer = await cheapestH100(clouds, limit);
  console.log(offer ? `${offer.id}: ${offer.usdPerHour} USD an hour` : `no H100 for up to ${limit} USD an hour`);
}
