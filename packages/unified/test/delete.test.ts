import { describe, expect, it } from "vitest";
import type { Gpu } from "../src/index.js";
import type { FoundInstance } from "../src/provider.js";
import {
  doneBut,
  errorOf,
  type FakeOptions,
  type Fault,
  fails,
  fakeCloud,
  gpuOn,
  jumpingClock,
  returns,
  slow,
  startOfTime,
  times,
} from "./fake-provider.js";

/** A cloud with one machine of age `ageMs`, created by this `Gpu` unless `elsewhere`. */
async function setUp(options: FakeOptions = {}, { ageMs = 300_000, elsewhere = false } = {}) {
  const cloud = fakeCloud({ id: "fake", ...options });
  const { gpu, events } = gpuOn([cloud]);
  const instance = await (elsewhere ? gpuOn([cloud]).gpu : gpu).create({ offer: "fake:h100" });
  await cloud.clock.advance(ageMs);
  cloud.calls.length = 0;
  events.length = 0;
  return { cloud, gpu, events, instance, since: cloud.clock.now() };
}

describe("a delete", () => {
  it("is deleted when the vendor no longer has the instance, and reports it", async () => {
    const { gpu, cloud, events, instance } = await setUp();
    expect(await gpu.delete(instance)).toEqual({ outcome: "deleted" });
    expect(cloud.running()).toEqual([]);
    expect(events).toEqual([{ type: "delete.verified", ref: "fake:i1" }]);
    expect(await gpu.delete(instance.ref)).toEqual({ outcome: "deleted" });
  });

  it("is deleted by a terminal status", async () => {
    const { gpu, cloud, instance } = await setUp();
    cloud.next("get", async () => {
      const [machine] = cloud.machines;
      if (!machine) throw new Error("no machine");
      const shown = cloud.show(machine);
      return { ...shown, instance: { ...shown.instance, status: "terminated" } };
    });
    expect(await gpu.delete(instance)).toEqual({ outcome: "deleted" });
  });

  it("is deleting while the vendor still shows it, and deleted when it waits for long enough", async () => {
    const { gpu, instance, cloud } = await setUp({ deletingMs: 20_000 });
    expect(await gpu.delete(instance)).toEqual({ outcome: "deleting" });
    expect(await gpu.delete(instance, { waitMs: 10_000 })).toEqual({ outcome: "deleting" });
    expect(await gpu.delete(instance, { waitMs: 60_000 })).toEqual({ outcome: "deleted" });
    expect(cloud.clock.now() - startOfTime).toBeLessThan(300_000 + 30_000);
  });

  it.each(["unavailable", "network", "timeout", "rate_limited", "vendor_contract"])(
    "is deleting, never unknown, when the read after an accepted request fails with %s",
    async (code) => {
      const { gpu, cloud, instance } = await setUp();
      cloud.next("get", ...times(30, fails(code)));
      expect(await gpu.delete(instance)).toEqual({ outcome: "deleting" });
      cloud.next("delete", fails("not_found"));
      expect(await gpu.delete(instance)).toMatchObject({ outcome: "unknown", error: { code } });
    },
  );

  it.each(["network", "timeout", "unavailable"])(
    "whose request ends with %s is judged by the remaining instances",
    async (code) => {
      const { gpu, cloud, instance } = await setUp();
      cloud.next("delete", fails(code, "possible"));
      expect(await gpu.delete(instance)).toMatchObject({ outcome: "unknown", error: { code } });
      cloud.next("delete", doneBut(code));
      expect(await gpu.delete(instance)).toEqual({ outcome: "deleted" });
    },
  );

  it.each(["unauthenticated", "permission_denied", "configuration", "unsupported"])(
    "that is rejected with %s throws the error",
    async (code) => {
      const { gpu, cloud, instance } = await setUp();
      cloud.next("delete", fails(code));
      expect((await errorOf(gpu.delete(instance))).code).toBe(code);
      expect(cloud.running()).toHaveLength(1);
    },
  );

  it("is requested again during the wait when the request certainly did not arrive", async () => {
    const { gpu, cloud, instance } = await setUp();
    cloud.next("delete", fails("rate_limited", "none"), fails("conflict", "possible"));
    expect(await gpu.delete(instance, { waitMs: 60_000 })).toEqual({ outcome: "deleted" });
    expect(cloud.count("delete")).toBe(3);
  });

  it("is not requested again when the first request may still arrive, as it must not delete another machine", async () => {
    const { gpu, cloud, instance } = await setUp();
    cloud.next("delete", fails("timeout", "possible"));
    expect(await gpu.delete(instance, { waitMs: 60_000 })).toMatchObject({ outcome: "unknown", error: { code: "timeout" } });
    expect(cloud.count("delete")).toBe(1);
  });

  it("is not verified by a 404 that the list contradicts", async () => {
    const { gpu, cloud, instance } = await setUp();
    cloud.next("delete", fails("not_found"));
    cloud.next("get", returns(undefined), returns(undefined));
    expect(await gpu.delete(instance)).toMatchObject({ outcome: "unknown", error: { code: "not_found" } });
    expect(cloud.running()).toHaveLength(1);
    cloud.next("delete", fails("not_found"));
    cloud.next("list", fails("not_found"));
    expect(await gpu.delete(instance)).toMatchObject({ outcome: "unknown", error: { code: "not_found" } });
    // An incomplete list does not prove the deletion either.
    cloud.next("delete", fails("not_found"));
    cloud.next("get", returns(undefined));
    cloud.next("list", fails("vendor_contract"));
    expect(await gpu.delete(instance)).toMatchObject({ outcome: "unknown", error: { code: "vendor_contract" } });
  });

  it("stops waiting for a vendor that lists an instance that it reports as missing", async () => {
    const { gpu, cloud, instance } = await setUp();
    cloud.next("delete", ...Array.from({ length: 100 }, () => fails("not_found")));
    expect(await gpu.delete(instance, { waitMs: 60_000 })).toMatchObject({ outcome: "unknown", error: { code: "not_found" } });
    expect(cloud.count("delete")).toBeLessThan(25);
  });

  it("ends its wait when the caller aborts it", async () => {
    const { gpu, cloud, instance, since } = await setUp({ deletingMs: 600_000 });
    const controller = new AbortController();
    void cloud.clock.sleep(4_000).then(() => controller.abort());
    await gpu.delete(instance, { waitMs: 300_000, signal: controller.signal }).catch(() => {});
    expect(cloud.clock.now() - since).toBeLessThan(10_000);
  });

  it.each(["", "fake", "fake:", ":i1"])("of the ref %j is rejected", async (ref) => {
    const { gpu } = await setUp();
    expect((await errorOf(gpu.delete(ref as "fake:i1"))).code).toBe("invalid_request");
  });
});

describe("a delete of a young instance", () => {
  it("is unknown while the vendor may not show it yet, and deletes it when it appears", async () => {
    const { gpu, cloud, instance } = await setUp({ lagMs: 20_000 }, { ageMs: 1_000 });
    expect(await gpu.delete(instance)).toEqual({ outcome: "unknown" });
    expect(cloud.running()).toHaveLength(1);
    expect(await gpu.delete(instance, { waitMs: 60_000 })).toEqual({ outcome: "deleted" });
    expect(cloud.running()).toEqual([]);
  });

  it("that the vendor accepted is verified only when the vendor must have shown the instance", async () => {
    const { gpu, cloud, instance } = await setUp({}, { ageMs: 1_000 });
    expect(await gpu.delete(instance)).toEqual({ outcome: "deleting" });
    expect(await gpu.delete(instance, { waitMs: 60_000 })).toEqual({ outcome: "deleted" });
    expect(cloud.clock.now() - startOfTime).toBeGreaterThanOrEqual(30_000);
  });

  it("that another process created is not verified by the creation time of the argument", async () => {
    const cloud = fakeCloud({ id: "fake", lagMs: 20_000 });
    const created = await gpuOn([cloud]).gpu.create({ offer: "fake:h100" });
    const stored = { ...created, createdAt: new Date(startOfTime - 3_600_000).toISOString() };
    expect(await gpuOn([cloud]).gpu.delete(stored)).toEqual({ outcome: "unknown" });
    expect(await gpuOn([cloud]).gpu.delete(stored, { waitMs: 60_000 })).toEqual({ outcome: "deleted" });
    expect(cloud.running()).toEqual([]);
  });

  it("that this process never saw is found while there is time to wait", async () => {
    const { gpu, cloud, instance } = await setUp({ lagMs: 20_000, showsAge: false }, { ageMs: 1_000, elsewhere: true });
    expect(await gpu.delete(instance.ref, { waitMs: 60_000 })).toEqual({ outcome: "deleted" });
    expect(cloud.running()).toEqual([]);
  });

  it.each([
    ["the request fails", { waitMs: 0 }, fails("unavailable")],
    ["the request fails while there is time to wait", { waitMs: 10_000 }, fails("rate_limited", "none", { retryable: true })],
    ["the time to wait is too short", { waitMs: 10_000 }, fails("not_found")],
  ])("that this process never saw is not proven when %s", async (_, options, fault) => {
    const { gpu, cloud, instance } = await setUp({ lagMs: 20_000, showsAge: false }, { ageMs: 1_000, elsewhere: true });
    cloud.next("delete", fault, fault, fault, fault, fault);
    expect(await gpu.delete(instance.ref, options)).toMatchObject({ outcome: "unknown" });
    expect(cloud.running()).toHaveLength(1);
  });
});

describe("the time of a verification", () => {
  it("is the beginning of a list, so a slow list that lacks a young instance proves nothing", async () => {
    const { gpu, cloud, instance } = await setUp({ lagMs: 20_000 }, { ageMs: 1_000 });
    cloud.next("list", slow(cloud.clock, 40_000));
    expect(await gpu.delete(instance)).toEqual({ outcome: "unknown" });
    expect(cloud.running()).toHaveLength(1);
  });

  it.each([-3_600_000, 3_600_000])("is recognized as ours with a vendor's clock that is %d ms off", async (offMs) => {
    const { gpu, cloud } = await setUp({ lagMs: 20_000 }, { ageMs: 1_000, elsewhere: true });
    const shown =
      (fault: Fault): Fault =>
      async (work, context) => {
        const found = (await fault(work, context)) as FoundInstance[];
        return found.map((one) => ({
          ...one,
          instance: { ...one.instance, createdAt: new Date(cloud.clock.now() + offMs).toISOString() },
        }));
      };
    cloud.next(
      "list",
      ...times(
        40,
        shown(async (work) => work()),
      ),
    );
    expect(await gpu.delete("fake:i1")).toEqual({ outcome: "unknown" });
    await cloud.clock.advance(20_000);
    await gpu.list();
    cloud.next("delete", fails("unavailable", "possible"));
    cloud.next("get", returns(undefined));
    cloud.next("list", returns([]));
    expect(await gpu.delete("fake:i1")).toMatchObject({ outcome: "unknown" });
    expect(await gpu.delete("fake:i1", { waitMs: 60_000 })).toEqual({ outcome: "deleted" });
  });

  it.each([
    ["ahead", 3_600_000],
    ["back", -3_600_000],
  ])("does not jump with the clock: an hour %s during the wait", async (_, jumpMs) => {
    const cloud = fakeCloud({ id: "fake", lagMs: 25_000 });
    const clock = jumpingClock(cloud.clock);
    const { gpu } = gpuOn([cloud], { clock });
    const instance = await gpu.create({ offer: "fake:h100" });
    void cloud.clock.sleep(4_000).then(() => clock.jump(jumpMs));
    cloud.next("delete", fails("not_found"));
    expect(await gpu.delete(instance, { waitMs: 15_000 })).toEqual({ outcome: "unknown" });
    expect(cloud.running()).toHaveLength(1);
    expect(await gpu.delete(instance, { waitMs: 90_000 })).toEqual({ outcome: "deleted" });
    expect(cloud.running()).toEqual([]);
    expect(cloud.clock.now() - startOfTime).toBeLessThan(120_000);
  });
});

describe("a delete of an instance that this process never saw", () => {
  it("is not_found once a list must have shown it", async () => {
    const { gpu, cloud, events } = await setUp();
    expect(await gpu.delete("fake:i", { waitMs: 60_000 })).toEqual({ outcome: "not_found" });
    expect(cloud.running()).toHaveLength(1);
    expect(events).toEqual([]);
  });

  it("is not_found with exactly the wait after which lists are trusted, however long the request takes", async () => {
    const { cloud } = await setUp();
    const { clock } = cloud;
    const { gpu } = gpuOn([cloud], { clock: { ...clock, monotonic: clock.now } });
    cloud.next("delete", async (work) => {
      await clock.sleep(700);
      return await work();
    });
    expect(await gpu.delete("fake:i", { waitMs: 30_000 })).toEqual({ outcome: "not_found" });
    expect(cloud.running()).toHaveLength(1);
  });

  it.each([0, 29_000])("is unknown with %d ms to wait", async (waitMs) => {
    const { gpu } = await setUp();
    expect(await gpu.delete("fake:i", { waitMs })).toEqual({ outcome: "unknown" });
  });

  it("is deleted when a list that began long enough after the accepted request lacks it, and so is the next one", async () => {
    const { gpu, cloud, since } = await setUp({}, { elsewhere: true });
    expect(await gpu.delete("fake:i1")).toEqual({ outcome: "deleting" });
    expect(await gpu.delete("fake:i1", { waitMs: 60_000 })).toEqual({ outcome: "deleted" });
    expect(cloud.clock.now() - since).toBe(30_000);
    expect(await gpu.delete("fake:i1")).toEqual({ outcome: "deleted" });
    expect(await gpuOn([cloud]).gpu.delete("fake:i1", { waitMs: 60_000 })).toEqual({ outcome: "not_found" });
  });

  it("is deleted by a terminal status, and remains so when the vendor no longer shows it", async () => {
    const { gpu, cloud } = await setUp({ deletingMs: 5_000 }, { elsewhere: true });
    cloud.next("get", async (work) => {
      const found = (await work()) as FoundInstance;
      return { ...found, instance: { ...found.instance, status: "terminated" } };
    });
    expect(await gpu.delete("fake:i1")).toEqual({ outcome: "deleted" });
    await cloud.clock.advance(5_000);
    expect(await gpu.delete("fake:i1")).toEqual({ outcome: "deleted" });
  });

  it.each([
    ["get", (gpu: Gpu) => gpu.get("fake:i1")],
    ["list", (gpu: Gpu) => gpu.list()],
    ["waitUntilReady", (gpu: Gpu) => gpu.waitUntilReady("fake:i1")],
  ])("ends when the instance was seen by %s, and deletes it", async (_, see) => {
    const { gpu, cloud } = await setUp({}, { elsewhere: true });
    await see(gpu as unknown as Gpu);
    await cloud.clock.advance(30_000);
    cloud.next("delete", doneBut("unavailable"));
    expect(await gpu.delete("fake:i1")).toEqual({ outcome: "deleted" });
  });
});

describe("a delete that waits", () => {
  it("respects the vendor's pauses, before a read and before a request", async () => {
    const { gpu, cloud, instance, since } = await setUp();
    const busy = fails("rate_limited", "none", { retryable: true, retryAfterMs: 30_000 });
    cloud.next("delete", busy);
    cloud.next("get", busy);
    expect(await gpu.delete(instance, { waitMs: 120_000 })).toEqual({ outcome: "deleted" });
    expect(cloud.count("delete")).toBe(2);
    expect(cloud.clock.now() - since).toBe(33_000);
  });

  it("repeats the request only after the vendor's pause, and reads meanwhile", async () => {
    const { gpu, cloud, instance, since } = await setUp();
    cloud.next("delete", fails("rate_limited", "none", { retryable: true, retryAfterMs: 30_000 }));
    expect(await gpu.delete(instance, { waitMs: 29_000 })).toMatchObject({ outcome: "unknown", error: { code: "rate_limited" } });
    expect([cloud.count("delete"), cloud.clock.now() - since]).toEqual([1, 29_000]);
    expect(cloud.count("get")).toBeGreaterThan(5);
  });

  it("ends at once when the vendor's pause exceeds the remaining time", async () => {
    const { gpu, cloud, instance, since } = await setUp();
    cloud.next("delete", fails("network", "possible"));
    cloud.next("get", fails("rate_limited", "none", { retryable: true, retryAfterMs: 30_000 }));
    expect(await gpu.delete(instance, { waitMs: 20_000 })).toMatchObject({ outcome: "unknown", error: { retryAfterMs: 30_000 } });
    expect(cloud.clock.now()).toBe(since);
  });

  it.each([Number.NaN, "60", -1, Number.POSITIVE_INFINITY, null])("for %j ms is rejected", async (waitMs) => {
    const { gpu, cloud, instance } = await setUp();
    const error = await errorOf(gpu.delete(instance, { waitMs: waitMs as number }));
    expect(error).toMatchObject({ code: "invalid_request", sideEffect: "none" });
    expect(error.message).toContain("waitMs");
    expect(cloud.calls).toEqual([]);
  });
});
