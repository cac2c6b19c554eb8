import { createVirtualClock } from "@gpu/simulator";
import { describe, expect, it } from "vitest";
import { createGpu, GpuError, type GpuLimits, type Instance } from "../src/index.js";
import {
  errorOf,
  type FakeOptions,
  fails,
  fakeCloud,
  gpuOn,
  hangs,
  responseLost,
  sshPublicKey,
  untilSent,
} from "./fake-provider.js";

/** Clouds that share a clock, and a `Gpu` with limits on them. */
function setUp(limits: GpuLimits, ...options: FakeOptions[]) {
  const clock = createVirtualClock();
  const clouds = (options.length > 0 ? options : [{}]).map((one) => fakeCloud({ clock, ...one }));
  const [cloud = fakeCloud()] = clouds;
  const { gpu, events } = gpuOn(clouds, { limits });
  const create = (more: object = {}) => gpu.create({ offer: `${cloud.provider.id}:h100`, ...more });
  return { clock, clouds, cloud, gpu, events, create, running: () => clouds.flatMap((one) => one.running()).length };
}

const codesOf = (settled: readonly PromiseSettledResult<Instance>[]) =>
  settled.map((one) => (one.status === "fulfilled" ? "created" : GpuError.isInstance(one.reason) ? one.reason.code : "other"));

describe("limits", () => {
  it.each<[name: string, options: FakeOptions]>([
    ["at once", {}],
    ["as late as it may", { lagMs: 29_000 }],
    ["without its mark", { showsMarks: false, guarantee: "key", lagMs: 14_000, settleMs: 15_000 }],
  ])("of three instances hold for 50 sequential creates when a list shows an instance %s", async (_, options) => {
    const { cloud, clock, create, running } = setUp({ maxInstances: 3 }, options);
    const codes: string[] = [];
    for (let round = 0; round < 50; round += 1) {
      codes.push(...codesOf(await Promise.allSettled([create()])));
      expect(running()).toBeLessThanOrEqual(3);
      await clock.sleep(2_000);
    }
    expect(codes).toEqual([...Array(3).fill("created"), ...Array(47).fill("limit_exceeded")]);
    expect(cloud.count("create")).toBe(3);
  });

  it("of three instances hold for 50 simultaneous creates, across providers", async () => {
    const { clouds, gpu, running } = setUp({ maxInstances: 3 }, { id: "a", lagMs: 29_000 }, { id: "b", lagMs: 29_000 });
    const codes = codesOf(
      await Promise.allSettled(Array.from({ length: 50 }, (_, index) => gpu.create({ offer: index % 2 ? "a:h100" : "b:h100" }))),
    );
    expect(codes.filter((code) => code === "created")).toHaveLength(3);
    expect(codes.filter((code) => code === "limit_exceeded")).toHaveLength(47);
    expect([running(), clouds.flatMap(({ machines }) => machines).length]).toEqual([3, 3]);
  });

  it("name what is counted, and that nothing was created", async () => {
    const { create } = setUp({ maxInstances: 1 });
    await create();
    const error = await errorOf(create());
    expect(error).toMatchObject({ code: "limit_exceeded", sideEffect: "none" });
    expect(error.message).toContain("limits.maxInstances is 1");
    expect(error.message).toContain("fake:i1");
  });

  it("free the places of deleted instances and of creates that certainly created nothing", async () => {
    const { cloud, create, gpu } = setUp({ maxInstances: 1 });
    cloud.next("create", fails("no_capacity"));
    expect((await errorOf(create())).code).toBe("no_capacity");
    const one = await create();
    expect((await errorOf(create())).code).toBe("limit_exceeded");
    expect(await gpu.delete(one, { waitMs: 60_000 })).toEqual({ outcome: "deleted" });
    expect((await create()).ref).toBe("fake:i2");
  });

  it("count the owner's instances from other processes and instances without a mark, but not those of other owners", async () => {
    const { cloud, clock, create } = setUp({ maxInstances: 2 });
    const other = gpuOn([cloud], { owner: "nightly" }).gpu;
    await other.create({ offer: "fake:h100" });
    await gpuOn([cloud]).gpu.create({ offer: "fake:h100" });
    await clock.sleep(60_000);
    await create();
    expect((await errorOf(create())).message).toContain("fake:i2 (2), fake:i3 (2)");
    const unmarked = setUp({ maxInstances: 1 }, { showsMarks: false });
    unmarked.cloud.rent({ offer: "h100", mark: "", idempotencyKey: "", options: {} });
    expect((await errorOf(unmarked.create())).code).toBe("limit_exceeded");
  });

  it("count a create with an unknown outcome until a settled list shows that it created nothing", async () => {
    const { cloud, clock, create } = setUp({ maxInstances: 1 });
    const caller = new AbortController();
    cloud.next("create", hangs);
    const aborted = errorOf(create({ signal: caller.signal }));
    await untilSent(cloud);
    caller.abort();
    expect((await aborted).code).toBe("create_ambiguous");
    expect((await errorOf(create())).message).toContain("a create of fake:h100");
    await clock.sleep(60_000);
    expect((await errorOf(create())).code).toBe("limit_exceeded");
    await clock.sleep(31_000);
    expect((await create()).ref).toBe("fake:i1");
  });

  it("count an instance of a create with a lost response once", async () => {
    const { cloud, clock, create } = setUp({ maxInstances: 2 });
    cloud.next("create", responseLost);
    await create();
    await clock.sleep(120_000);
    await create();
    expect((await errorOf(create())).code).toBe("limit_exceeded");
  });

  it("return an instance that exists under a key without counting it twice", async () => {
    const { create, gpu } = setUp({ maxInstances: 1 });
    const idempotencyKey = gpu.newIdempotencyKey();
    const { ref } = await create({ idempotencyKey });
    expect((await create({ idempotencyKey })).ref).toBe(ref);
  });

  it("end a launch", async () => {
    const { gpu, create } = setUp({ maxInstances: 1 }, { id: "a" }, { id: "b" });
    await create();
    const error = await errorOf(gpu.launch({ gpu: "H100", maxUsdPerHour: 4 }));
    expect(error).toMatchObject({ code: "limit_exceeded", sideEffect: "none" });
    expect(error.launch?.attempts).toHaveLength(1);
  });

  describe("in US dollars per hour", () => {
    it("count the prices of offers or instances, and of requested extras", async () => {
      const { cloud, create } = setUp({ maxUsdPerHour: 5.5 }, { extraUsdPerHour: 0.5 });
      await create();
      await create();
      const error = await errorOf(create());
      expect(error.message).toContain(
        "limits.maxUsdPerHour is 5.5, and the sum would be 6.5; counted with this create: fake:i1 (2), fake:i2 (2), fake:h100 (2.5)",
      );
      const [first] = cloud.machines;
      if (first) first.usdPerHour = 4;
      expect((await errorOf(create())).message).toContain("the sum would be 8.5");
    });

    it("reject a create with an unknown price", async () => {
      const unpriced = { offers: [{ usdPerHour: null }] };
      const { cloud, create } = setUp({ maxUsdPerHour: 5 }, unpriced);
      expect(await errorOf(create())).toMatchObject({ code: "limit_unknown", sideEffect: "none" });
      expect(cloud.machines).toEqual([]);
    });

    it("reject a create when an instance of another process has no price", async () => {
      const { cloud, clock, create } = setUp({ maxUsdPerHour: 50 });
      await gpuOn([cloud]).gpu.create({ offer: "fake:h100" });
      const [machine] = cloud.machines;
      if (machine) machine.usdPerHour = null;
      await clock.sleep(60_000);
      const error = await errorOf(create());
      expect(error).toMatchObject({ code: "limit_unknown" });
      expect(error.message).toContain("fake:i1");
    });

    it("know the price of instances that this Gpu created when the vendor reports none", async () => {
      const { cloud, create } = setUp({ maxUsdPerHour: 4 });
      await create();
      for (const machine of cloud.machines) machine.usdPerHour = null;
      await create();
      for (const machine of cloud.machines) machine.usdPerHour = null;
      expect((await errorOf(create())).message).toContain("fake:i1 (2), fake:i2 (2)");
    });
  });

  describe("when a provider cannot be listed", () => {
    it.each(["unavailable", "unauthenticated", "rate_limited", "timeout"] as const)("reject a create (%s)", async (code) => {
      const { clouds, create, running } = setUp({ maxInstances: 3 }, { id: "a" }, { id: "b" });
      clouds[1]?.next("list", fails(code));
      const error = await errorOf(create());
      expect(error).toMatchObject({ code: "limit_unknown", sideEffect: "none", cause: { code } });
      expect(running()).toBe(0);
      await create();
    });

    it("count without it when unreadable providers are ignored, but with what this `Gpu` has created there", async () => {
      const limits = { maxInstances: 2, onUnreadable: "ignore" } as const;
      const { clouds, create, gpu, events } = setUp(limits, { id: "a" }, { id: "b" });
      await gpu.create({ offer: "b:h100" });
      clouds[1]?.next("list", fails("unavailable"), fails("unavailable"));
      await create();
      expect(events).toContainEqual({
        type: "limits.unread",
        provider: "b",
        error: expect.objectContaining({ code: "unavailable" }),
      });
      expect((await errorOf(create())).code).toBe("limit_exceeded");
    });

    it("exclude a provider without a key, and report it", async () => {
      const { clouds, create, events } = setUp({ maxInstances: 2 }, { id: "a" }, { id: "b" });
      clouds[1]?.next("list", fails("configuration"));
      await create();
      expect(events).toContainEqual(expect.objectContaining({ type: "limits.unread", provider: "b" }));
    });
  });

  it.each<[limits: unknown, message: string]>([
    [{}, "limits needs"],
    [{ maxInstance: 3 }, 'limits has no option "maxInstance"; it takes maxUsdPerHour'],
    [{ maxInstances: 0 }, "limits.maxInstances must be"],
    [{ maxInstances: "3" }, "limits.maxInstances must be"],
    [{ maxUsdPerHour: Number.NaN }, "limits.maxUsdPerHour must be"],
    [{ maxInstances: 1, onUnreadable: "no" }, "limits.onUnreadable must be"],
  ])("%j are rejected", (limits, message) => {
    expect(() => createGpu({ providers: [fakeCloud({ id: "a" }).provider], limits: limits as GpuLimits })).toThrow(message);
  });

  it("hold for simultaneous launches", async () => {
    const { gpu, running } = setUp({ maxInstances: 2 });
    const launched = await Promise.allSettled(
      Array.from({ length: 5 }, () => gpu.launch({ gpu: "H100", maxUsdPerHour: 4, sshPublicKey })),
    );
    expect(launched.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    expect(running()).toBe(2);
  });
});
