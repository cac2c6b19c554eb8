import { createVirtualClock } from "@gpu/simulator";
import { describe, expect, it } from "vitest";
import type { LaunchRequest } from "../src/index.js";
import { errorOf, type FakeOptions, type Fault, fails, fakeCloud, gpuOn, startOfTime, times } from "./fake-provider.js";

const minute = 60_000;

function setUp(...options: FakeOptions[]) {
  const clock = createVirtualClock();
  const clouds = (options.length > 0 ? options : [{}]).map((one) => fakeCloud({ clock, ...one }));
  const [cloud = fakeCloud()] = clouds;
  const { gpu, events } = gpuOn(clouds);
  const launch = (more: Partial<LaunchRequest> = {}) =>
    gpu.launch({ gpu: "H100", maxUsdPerHour: 4, waitForCapacityMs: 30 * minute, ...more });
  const waits = () => events.filter(({ type }) => type === "capacity.waiting");
  /** Changes the offers after a delay. */
  const later = (ms: number, offers: Parameters<typeof cloud.setOffers>[0]) =>
    void clock.sleep(ms).then(() => cloud.setOffers(offers));
  return { clock, clouds, cloud, gpu, events, launch, waits, later, elapsed: () => clock.now() - startOfTime };
}

/** Applies the fault until `ms` after the start. */
const until = (clock: { now(): number }, ms: number, fault: Fault): Fault[] =>
  times(100, (work, context) => (clock.now() < startOfTime + ms ? fault(work, context) : work()));

describe("launch with waitForCapacityMs", () => {
  it.each<[reason: string, options: FakeOptions]>([
    ["is out of stock", { offers: [{ availability: "unavailable" }] }],
    ["is above the limit", { offers: [{ usdPerHour: 9 }] }],
    ["is not listed", { offers: [] }],
  ])("waits while the offer %s, and emits an event", async (_, options) => {
    const { launch, later, elapsed, waits, cloud } = setUp(options);
    later(10 * minute, [{}]);
    const { instance, attempts } = await launch({ until: "created" });
    expect(instance.ref).toBe("fake:i1");
    expect(attempts).toHaveLength(1);
    expect(elapsed()).toBeGreaterThanOrEqual(10 * minute);
    expect(elapsed()).toBeLessThan(11.1 * minute);
    expect(waits()[0]).toMatchObject({ elapsedMs: 0, pauseMs: 5_000, error: { code: "no_offer", sideEffect: "none" } });
    expect(cloud.count("listOffers")).toBe(waits().length + 1);
  });

  it.each(["no_capacity", "offer_gone", "unavailable", "network"] as const)(
    "waits while creates fail with %s, and reports each attempt",
    async (code) => {
      const { launch, cloud, clock, elapsed, waits } = setUp();
      cloud.next("create", ...until(clock, 5 * minute, fails(code)));
      const { attempts } = await launch({ until: "created" });
      expect(elapsed()).toBeGreaterThanOrEqual(5 * minute);
      expect(attempts).toHaveLength(waits().length + 1);
      expect(attempts.at(-1)?.outcome).toBe("created");
      expect(cloud.machines).toHaveLength(1);
    },
  );

  it("does not wait without the option", async () => {
    const { launch, elapsed } = setUp({ offers: [{ availability: "unavailable" }] });
    for (const waitForCapacityMs of [undefined, 0]) {
      expect((await errorOf(launch({ waitForCapacityMs }))).code).toBe("no_offer");
    }
    expect(elapsed()).toBe(0);
  });

  it.each<[why: string, options: FakeOptions, request: Partial<LaunchRequest>, fault: Fault | undefined]>([
    ["a field is not supported", { lacks: ["diskGb"] }, { diskGb: 100 }, undefined],
    ["the sold-out offer could not serve it", { needs: ["image"], offers: [{ availability: "unavailable" }] }, {}, undefined],
    ["the offer above the limit could not serve it", { needs: ["image"], offers: [{ usdPerHour: 9 }] }, {}, undefined],
    ["there is no key", {}, {}, fails("unauthenticated")],
    ["the price is not published", { offers: [{ usdPerHour: null }] }, {}, undefined],
    ["the model is unknown", {}, { gpu: "H999" }, undefined],
  ])("ends at once when %s", async (_, options, request, fault) => {
    const { launch, cloud, elapsed, waits } = setUp(options);
    if (fault) cloud.next("listOffers", ...times(50, fault));
    await errorOf(launch(request));
    expect([elapsed(), waits()]).toEqual([0, []]);
  });

  it.each(["insufficient_funds", "quota_exceeded", "permission_denied"] as const)(
    "does not create at a provider again that failed with %s",
    async (code) => {
      const { launch, clouds, waits } = setUp({ id: "a" }, { id: "b", offers: [{ availability: "unavailable" }] });
      clouds[0]?.next("create", fails(code));
      await errorOf(launch());
      expect(clouds[0]?.count("create")).toBe(1);
      expect(waits().length).toBeGreaterThan(10);
    },
  );

  it("counts maxAttempts for each round", async () => {
    const { launch, cloud } = setUp({ offers: [{ id: "a" }, { id: "b" }, { id: "c" }] });
    cloud.next("create", ...times(4, fails("no_capacity")));
    const { attempts } = await launch({ maxAttempts: 2, until: "created" });
    expect(attempts.map(({ offer }) => offer.id)).toEqual(["fake:a", "fake:b", "fake:a", "fake:b", "fake:a"]);
  });

  it("ends with one read after the timeout, which may still find an offer", async () => {
    const { launch, later, elapsed, cloud } = setUp({ offers: [] });
    const error = await errorOf(launch({ waitForCapacityMs: 7_000 }));
    expect(error).toMatchObject({ code: "no_offer", sideEffect: "none", launch: { attempts: [] } });
    expect([elapsed(), cloud.count("listOffers")]).toEqual([7_000, 3]);
    later(6_999, [{}]);
    await launch({ waitForCapacityMs: 7_000, until: "created" });
    expect(elapsed()).toBe(14_000);
  });

  it("counts failed boots across all rounds", async () => {
    const { launch, cloud } = setUp({ offers: [{ id: "a" }, { id: "b", availability: "unavailable" }] });
    cloud.next(
      "get",
      ...times(200, async (work) => {
        for (const machine of cloud.machines) machine.status = "failed";
        return work();
      }),
    );
    const error = await errorOf(launch());
    expect(error.code).toBe("instance_failed");
    expect(cloud.machines).toHaveLength(2);
    expect(cloud.running()).toEqual([]);
  });

  it("does not rent an offer again whose machine was too expensive", async () => {
    const { launch, cloud, waits } = setUp({ offers: [{ id: "a" }, { id: "b", availability: "unavailable" }] });
    cloud.next(
      "get",
      ...times(200, async (work) => {
        for (const machine of cloud.machines) machine.usdPerHour = 40;
        return work();
      }),
    );
    await errorOf(launch());
    expect(waits().length).toBeGreaterThan(10);
    expect(cloud.machines).toHaveLength(1);
    expect(cloud.running()).toEqual([]);
  });

  it("respects the pause that the only provider requested", async () => {
    const { launch, cloud, clock } = setUp();
    const sentAt: number[] = [];
    cloud.next("create", async () => {
      sentAt.push(clock.now());
      return fails("rate_limited", "none", { retryAfterMs: 90_000 })(async () => undefined, { clock });
    });
    await launch({ until: "created" });
    expect((cloud.machines[0]?.createdAt ?? 0) - (sentAt[0] ?? 0)).toBeGreaterThanOrEqual(90_000);
  });

  it("does not wait for one provider's pause while another may have an offer", async () => {
    const { launch, clouds, later, elapsed } = setUp({ id: "a", offers: [] }, { id: "b" });
    clouds[1]?.next("listOffers", ...times(50, fails("rate_limited", "none", { retryAfterMs: 20 * minute })));
    later(minute, [{}]);
    expect((await launch({ until: "created" })).instance.provider).toBe("a");
    expect(elapsed()).toBeLessThan(2.1 * minute);
  });

  it("ends when the caller aborts, and reports the attempts", async () => {
    const { launch, cloud, waits } = setUp();
    cloud.next("create", ...times(100, fails("no_capacity")));
    const caller = new AbortController();
    const launched = errorOf(launch({ signal: caller.signal }));
    while (waits().length < 2) await new Promise((resolve) => setImmediate(resolve));
    caller.abort();
    const error = await launched;
    expect(error).toMatchObject({ code: "aborted", sideEffect: "none" });
    expect(error.launch?.attempts).toHaveLength(cloud.count("create"));
    expect(waits().length).toBeLessThan(4);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "60"])("rejects %s", async (waitForCapacityMs) => {
    const { launch, cloud } = setUp();
    const error = await errorOf(launch({ waitForCapacityMs: waitForCapacityMs as number }));
    expect(error.code).toBe("invalid_request");
    expect(cloud.calls).toEqual([]);
  });
});
