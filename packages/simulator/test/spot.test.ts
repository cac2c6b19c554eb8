import { describe, expect, it } from "vitest";
import { type Clouds, startClouds } from "./clouds.js";

const minute = 60_000;
const shadeformBody = {
  cloud: "hyperstack",
  region: "montreal-canada-2",
  shade_instance_type: "H100",
  shade_cloud: true,
  name: "train",
} as const;
const novitaBody = { productId: "4090.16c62g", gpuNum: 1, rootfsSize: 60, imageUrl: "ubuntu" } as const;

/** How to create and read a machine at each vendor with spot. */
const vendors = {
  shadeform: {
    create: async ({ shadeform }: Clouds, spot: boolean) =>
      (await shadeform.createInstance({ body: { ...shadeformBody, ...(spot && { rental_type: "spot" }) } })).id,
    async show({ shadeform }: Clouds, id: string) {
      const { status, status_details, rental_terms } = await shadeform.getInstance({ path: { id } });
      return [rental_terms?.rental_type, status, status_details];
    },
    delete: ({ shadeform }: Clouds, id: string) => shadeform.deleteInstance({ path: { id } }),
    running: ["spot", "active", ""],
    reclaimed: ["spot", "deleting", "preempted"],
    onDemand: "on_demand",
  },
  novita: {
    create: async ({ novita }: Clouds, spot: boolean) =>
      (await novita.createInstance({ body: { ...novitaBody, ...(spot && { billingMode: "spot" }) } })).id,
    async show({ novita }: Clouds, id: string) {
      const { billingMode, status, spotStatus } = await novita.getInstance({ query: { instanceId: id } });
      return [billingMode, status, spotStatus];
    },
    delete: ({ novita }: Clouds, id: string) => novita.deleteInstance({ body: { instanceId: id } }),
    running: ["spot", "running", "running"],
    reclaimed: ["spot", "exited", "terminated"],
    onDemand: "onDemand",
  },
} as const;

describe.each(["shadeform", "novita"] as const)("spot at %s", (vendor) => {
  const { create, show, delete: remove, running, reclaimed, onDemand } = vendors[vendor];
  const preempt = ({ simulator }: Clouds, ms: number) =>
    simulator.fault({ vendor, operation: "createInstance", kind: "preempted", ms });

  it("a preempted machine is reclaimed at its time, and costs nothing from then on", async () => {
    const clouds = startClouds();
    const { simulator } = clouds;
    const fault = preempt(clouds, 30 * minute);
    await create(clouds, false);
    expect(fault.strikes).toBe(0);
    const id = await create(clouds, true);
    const other = await create(clouds, true);
    expect(fault.strikes).toBe(1);
    await simulator.clock.advance(30 * minute - 1_000);
    expect(await show(clouds, id)).toEqual(running);
    await simulator.clock.advance(2_000);
    expect(await show(clouds, id)).toEqual(reclaimed);
    expect(await show(clouds, other)).toEqual(running);
    const costs = () => simulator.ledger().map(({ usd }) => usd);
    const [, before = 0, beforeOther = 0] = costs();
    await simulator.clock.advance(60 * minute);
    const [, after = 0, afterOther = 0] = costs();
    expect(before).toBeGreaterThan(0);
    expect(after - before).toBeLessThan(0.001);
    expect(afterOther).toBeGreaterThan(beforeOther + 0.1);
  });

  it("a machine that is deleted before its time is not preempted", async () => {
    const clouds = startClouds();
    preempt(clouds, 30 * minute);
    const id = await create(clouds, true);
    await clouds.simulator.clock.advance(10 * minute);
    await remove(clouds, id);
    const [rental] = clouds.simulator.ledger();
    await clouds.simulator.clock.advance(60 * minute);
    expect(clouds.simulator.ledger()).toEqual([rental]);
    expect(rental?.endedAt).not.toBeNull();
  });

  it.each([true, false])("the fault `other_machine` rents on the other market, with spot requested: %s", async (spot) => {
    const clouds = startClouds();
    clouds.simulator.fault({ vendor, operation: "createInstance", kind: "other_machine", what: "market" });
    const [market] = await show(clouds, await create(clouds, spot));
    expect(market).toBe(spot ? onDemand : "spot");
  });
});
