import { createSimulator } from "@gpu/simulator";
import { describe, expect, it } from "vitest";
import { createGpu, type LaunchReport, novita, shadeform, UnifiedGpuError } from "../src/index.js";
import { errorOf, sshPublicKey } from "./fake-provider.js";

const vendors = {
  shadeform: { provider: shadeform, gpu: "H100", offer: "shadeform:hyperstack/H100/montreal-canada-2", usd: 1.5 },
  novita: { provider: novita, gpu: "RTX 4090", offer: "novita:4090.16c62g/us-ca-6/1", usd: 0.175 },
} as const;

function setUp(vendor: keyof typeof vendors) {
  const { provider, gpu: model, offer, usd } = vendors[vendor];
  const simulator = createSimulator({ vendors: [vendor] });
  const { fetch, clock, keys } = simulator;
  const gpu = createGpu({ providers: [provider({ apiKey: keys[vendor] })], defaults: { fetch, clock } });
  const fields = vendor === "novita" ? { image: "ubuntu" } : { name: "train", sshPublicKey };
  const spot = `${offer}/spot` as const;
  const onDemand = vendor === "novita" ? offer : (`${offer}/on_demand` as const);
  const create = (id: string, more: object = {}) =>
    gpu.create({ offer: id as `shadeform:${string}`, ...fields, ...more } as Parameters<typeof gpu.create>[0]);
  const launch = (more: object = {}) => gpu.launch({ gpu: model, maxUsdPerHour: 4, market: "spot", ...fields, ...more });
  return { simulator, clock, gpu, create, launch, spot, onDemand, usd, fault: simulator.fault };
}

describe.each(["shadeform", "novita"] as const)("spot at %s", (vendor) => {
  it("is offered at its own price, and the instance is returned as spot", async () => {
    const { gpu, launch, spot, usd } = setUp(vendor);
    const { offers } = await gpu.offers({ market: "spot" });
    expect(offers.find(({ id }) => id === spot)).toMatchObject({ market: "spot", usdPerHour: usd });
    expect(offers.every(({ market }) => market === "spot")).toBe(true);
    const { instance, unverified } = await launch();
    expect(instance).toMatchObject({ market: "spot", ready: true });
    expect(unverified).toEqual([]);
  });

  it.each([
    ["spot and got on demand", "spot", "its market is on_demand, not spot"],
    ["on demand and got spot", "onDemand", "its market is spot, not on_demand"],
  ] as const)("a create that asked for %s is an instance_mismatch", async (_, asked, message) => {
    for (const more of [{}, { maxUsdPerHour: 4 }]) {
      const { create, fault, gpu, ...ids } = setUp(vendor);
      fault({ vendor, operation: "createInstance", kind: "other_machine", what: "market" });
      const idempotencyKey = gpu.newIdempotencyKey();
      const error = await errorOf(create(ids[asked], { ...more, idempotencyKey }));
      expect(error).toMatchObject({ code: "instance_mismatch", sideEffect: "committed", ref: expect.stringContaining(vendor) });
      expect(error.message).toContain(message);
      const again = await errorOf(create(ids[asked], { ...more, idempotencyKey }));
      if (more.maxUsdPerHour === undefined || vendor === "shadeform") {
        expect(again).toMatchObject({ code: "instance_mismatch", sideEffect: "none", ref: error.ref });
      }
    }
  });

  it("a launch deletes the machine of the other market", async () => {
    const { launch, fault, simulator } = setUp(vendor);
    fault({ vendor, operation: "createInstance", kind: "other_machine", what: "market" });
    const error = await errorOf(launch());
    expect(error.launch?.attempts.map((attempt) => attempt.error?.code)).toEqual(["instance_mismatch"]);
    expect(simulator.ledger().map(({ endedAt }) => endedAt)).toEqual([expect.any(String)]);
  });

  it("a preempted machine is returned with the reason, as gone or failed", async () => {
    const { gpu, launch, fault, clock } = setUp(vendor);
    fault({ vendor, operation: "createInstance", kind: "preempted", ms: 20 * 60_000 });
    const { instance } = await launch();
    expect((await gpu.get(instance)).error).toBeNull();
    await clock.advance(20 * 60_000 - (clock.now() - Date.parse(instance.createdAt ?? "")) + 1_000);
    const taken = await gpu.get(instance);
    expect(taken).toMatchObject({ ready: false, market: "spot", error: expect.stringContaining("preempted") });
    expect(["failed", "terminating", "terminated"]).toContain(taken.status);
  });

  it("a machine that is preempted during its boot ends the wait with the reason, and the launch continues", async () => {
    const { gpu, create, launch, fault, spot, simulator } = setUp(vendor);
    fault({ vendor, operation: "createInstance", kind: "preempted", ms: 2_000, times: 2 });
    const error = await errorOf(create(spot).then((one) => gpu.waitUntilReady(one)));
    expect(error).toMatchObject({ code: "instance_failed" });
    expect(error.message).toContain("preempted");
    const launched = await launch({ maxUsdPerHour: 40 }).catch((thrown: unknown) => thrown);
    const report = launched instanceof UnifiedGpuError ? launched.launch : (launched as LaunchReport);
    expect(report?.attempts[0]).toMatchObject({ error: { code: "instance_failed" } });
    expect(simulator.ledger().length).toBeGreaterThanOrEqual(2);
  });
});
