import { describe, expect, it } from "vitest";
import { answers, doneBut, errorOf, type FakeOptions, fails, fakeCloud, gpuOn, startOfTime } from "./fake-provider.js";

/** A cloud with one machine that has run for five minutes, created by this `Gpu` unless `elsewhere`. */
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
  it("is deleted when the vendor no longer has the instance, and says so", async () => {
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
    "is unknown when the look at it fails with %s",
    async (code) => {
      const { gpu, cloud, instance } = await setUp();
      cloud.next("get", fails(code));
      expect(await gpu.delete(instance)).toMatchObject({ outcome: "unknown", error: { code } });
    },
  );

  it.each(["network", "timeout", "unavailable"])("whose order ends with %s is judged by what is there", async (code) => {
    const { gpu, cloud, instance } = await setUp();
    cloud.next("delete", fails(code, "possible"));
    expect(await gpu.delete(instance)).toMatchObject({ outcome: "unknown", error: { code } });
    cloud.next("delete", doneBut(code));
    expect(await gpu.delete(instance)).toEqual({ outcome: "deleted" });
  });

  it.each(["unauthenticated", "permission_denied", "configuration", "unsupported"])(
    "that is refused with %s throws it",
    async (code) => {
      const { gpu, cloud, instance } = await setUp();
      cloud.next("delete", fails(code));
      expect((await errorOf(gpu.delete(instance))).code).toBe(code);
      expect(cloud.running()).toHaveLength(1);
    },
  );

  it("is ordered again while it waits when the order certainly did not arrive", async () => {
    const { gpu, cloud, instance } = await setUp();
    cloud.next("delete", fails("rate_limited", "none"), fails("conflict", "possible"));
    expect(await gpu.delete(instance, { waitMs: 60_000 })).toEqual({ outcome: "deleted" });
    expect(cloud.count("delete")).toBe(3);
  });

  it("is not ordered again when the first order may still arrive, and must not hit another machine", async () => {
    const { gpu, cloud, instance } = await setUp();
    cloud.next("delete", fails("timeout", "possible"));
    expect(await gpu.delete(instance, { waitMs: 60_000 })).toMatchObject({ outcome: "unknown", error: { code: "timeout" } });
    expect(cloud.count("delete")).toBe(1);
  });

  it("is not proven by a 404 that the list contradicts", async () => {
    const { gpu, cloud, instance } = await setUp();
    cloud.next("delete", fails("not_found"));
    cloud.next("get", answers(undefined), answers(undefined));
    expect(await gpu.delete(instance)).toMatchObject({ outcome: "unknown", error: { code: "not_found" } });
    expect(cloud.running()).toHaveLength(1);
    cloud.next("delete", fails("not_found"));
    cloud.next("list", fails("not_found"));
    expect(await gpu.delete(instance)).toMatchObject({ outcome: "unknown", error: { code: "not_found" } });
    // A list that is not whole, as the vendor says itself, leaves what it says of the instance twice.
    const partial = fails("vendor_contract");
    cloud.next("list", partial);
    expect(await gpu.delete(instance)).toEqual({ outcome: "deleted" });
  });

  it("ends its wait for a vendor that shows what it says it does not have", async () => {
    const { gpu, cloud, instance } = await setUp();
    cloud.next("delete", ...Array.from({ length: 100 }, () => fails("not_found")));
    expect(await gpu.delete(instance, { waitMs: 60_000 })).toMatchObject({ outcome: "unknown", error: { code: "not_found" } });
    expect(cloud.count("delete")).toBeLessThan(25);
  });

  it("ends its wait when the caller ends it", async () => {
    const { gpu, cloud, instance, since } = await setUp({ deletingMs: 600_000 });
    const controller = new AbortController();
    void cloud.clock.sleep(4_000).then(() => controller.abort());
    await gpu.delete(instance, { waitMs: 300_000, signal: controller.signal }).catch(() => {});
    expect(cloud.clock.now() - since).toBeLessThan(10_000);
  });

  it.each(["", "fake", "fake:", ":i1"])("of the ref %j is refused", async (ref) => {
    const { gpu } = await setUp();
    expect((await errorOf(gpu.delete(ref as "fake:i1"))).code).toBe("invalid_request");
  });
});

describe("a delete of a young instance", () => {
  it("is unknown while the vendor may not show it yet, and deletes it when it shows up", async () => {
    const { gpu, cloud, instance } = await setUp({ lagMs: 20_000 }, { ageMs: 1_000 });
    expect(await gpu.delete(instance)).toEqual({ outcome: "unknown" });
    expect(cloud.running()).toHaveLength(1);
    expect(await gpu.delete(instance, { waitMs: 60_000 })).toEqual({ outcome: "deleted" });
    expect(cloud.running()).toEqual([]);
  });

  it("that was ordered is proven only when the vendor must have shown it", async () => {
    const { gpu, instance } = await setUp({}, { ageMs: 1_000 });
    expect(await gpu.delete(instance)).toEqual({ outcome: "unknown" });
    expect(await gpu.delete(instance, { waitMs: 60_000 })).toEqual({ outcome: "deleted" });
  });

  it("that another process created is known by its own time", async () => {
    const { gpu, cloud } = await setUp({ lagMs: 20_000 }, { ageMs: 1_000, elsewhere: true });
    const createdAt = new Date(startOfTime).toISOString();
    const [machine] = cloud.machines;
    if (!machine) throw new Error("no machine");
    const instance = { ...cloud.show(machine).instance, owned: true, createdAt } as const;
    expect(await gpu.delete(instance)).toEqual({ outcome: "unknown" });
  });

  it("that another process created says its age, although the vendor does not", async () => {
    const cloud = fakeCloud({ id: "fake", lagMs: 20_000, tellsAge: false });
    const created = await gpuOn([cloud]).gpu.create({ offer: "fake:h100" });
    const stored = JSON.parse(JSON.stringify(created)) as typeof created;
    expect(await gpuOn([cloud]).gpu.delete(stored)).toEqual({ outcome: "unknown" });
    expect(await gpuOn([cloud]).gpu.delete(stored, { waitMs: 60_000 })).toEqual({ outcome: "deleted" });
    expect(cloud.running()).toEqual([]);
  });

  it("of unknown age is found while there is time to wait", async () => {
    const { gpu, cloud, instance } = await setUp({ lagMs: 20_000, tellsAge: false }, { ageMs: 1_000, elsewhere: true });
    expect(await gpu.delete(instance.ref, { waitMs: 60_000 })).toEqual({ outcome: "deleted" });
    expect(cloud.running()).toEqual([]);
  });

  it.each([
    ["the order fails", { waitMs: 0 }, fails("unavailable")],
    ["the order fails while there is time to wait", { waitMs: 10_000 }, fails("rate_limited", "none", { retryable: true })],
    ["the time to wait is too short", { waitMs: 10_000 }, fails("not_found")],
  ])("of unknown age is not proven when %s", async (_, options, fault) => {
    const { gpu, cloud, instance } = await setUp({ lagMs: 20_000, tellsAge: false }, { ageMs: 1_000, elsewhere: true });
    cloud.next("delete", fault, fault, fault, fault, fault);
    expect(await gpu.delete(instance.ref, options)).toMatchObject({ outcome: "unknown" });
    expect(cloud.running()).toHaveLength(1);
  });
});
