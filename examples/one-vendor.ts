// Uses one cloud through its own client, with a feature that only this cloud has: node one-vendor.ts
import { createShadeformClient, GpuError, type ShadeformClient } from "@gpu/shadeform";

/** Rents Shadeform's cheapest available H100, which Shadeform deletes once it has cost `maxUsd`. Returns its id. */
export async function rentWithBudget(shadeform: ShadeformClient, maxUsd: number): Promise<string> {
  const { instance_types } = await shadeform.listInstanceTypes({
    query: { gpu_type: "H100", num_gpus: "1", available: true, sort: "price" },
  });
  for (const { cloud, shade_instance_type, availability } of instance_types) {
    const region = availability.find(({ available }) => available)?.region;
    if (region === undefined) continue;
    try {
      const { id } = await shadeform.createInstance({
        body: {
          cloud,
          region,
          shade_instance_type,
          shade_cloud: true,
          name: "budget",
          auto_delete: { spend_threshold: maxUsd.toFixed(2) },
        },
      });
      return id;
    } catch (error) {
      // Only a sold-out type without side effects is safe to skip.
      const soldOut = GpuError.isInstance(error) && error.code === "no_capacity" && error.sideEffect === "none";
      if (!soldOut) throw error;
    }
  }
  throw new Error("no H100 is available");
}

if (import.meta.main) console.log(await rentWithBudget(createShadeformClient(), 5));
