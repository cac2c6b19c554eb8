import { createVirtualClock } from "@gpu/simulator";
import { describe, expect, it } from "vitest";
import { createGpu } from "../src/index.js";
import { errorOf, fails, fakeCloud, gpuOn, returns } from "./fake-provider.js";

describe("list", () => {
  it.each([Number.NaN, "60", -1, Number.POSITIVE_INFINITY])("with a deadline of %j is rejected", async (deadlineMs) => {
    const cloud = fakeCloud();
    const { gpu } = gpuOn([cloud]);
    for (const call of [gpu.list, gpu.offers]) {
      expect(await errorOf(call({ deadlineMs: deadlineMs as number }))).toMatchObject({ code: "invalid_request" });
    }
    expect(cloud.calls).toEqual([]);
  });

  async function setUp() {
    const clock = createVirtualClock();
    const marked = fakeCloud({ id: "marked", clock });
    const unmarked = fakeCloud({ id: "unmarked", guarantee: "key", clock });
    const clouds = [marked, unmarked];
    for (const owner of ["ci", "ann"]) {
      const { gpu } = gpuOn(clouds, { owner });
      await gpu.create({ offer: "marked:h100" });
      await gpu.create({ offer: "unmarked:h100" });
    }
    marked.rent({ offer: "h100", mark: undefined as unknown as string, idempotencyKey: "", options: {} });
    return { clouds, marked, ...gpuOn(clouds, { owner: "ci" }) };
  }

  it("returns all instances with their ownership", async () => {
    const { gpu } = await setUp();
    const { instances, unattributed, failures } = await gpu.list();
    expect(instances.map(({ ref, owned }) => [ref, owned])).toEqual([
      ["marked:i1", true],
      ["marked:i2", false],
      ["marked:i3", false],
      ["unmarked:i1", "unknown"],
      ["unmarked:i2", "unknown"],
    ]);
    expect([unattributed, failures]).toEqual([[], []]);
  });

  it("of an owner returns only instances that surely belong to the owner, and separately those without a known owner", async () => {
    const { gpu } = await setUp();
    for (const [owner, ref] of [
      ["ci", "marked:i1"],
      ["ann", "marked:i2"],
    ] as const) {
      const { instances, unattributed } = await gpu.list({ owner });
      expect(instances.map((instance) => instance.ref)).toEqual([ref]);
      expect(unattributed.map((instance) => instance.ref)).toEqual(["unmarked:i1", "unmarked:i2"]);
    }
    expect((await gpu.list({ owner: "nobody" })).instances).toEqual([]);
  });

  it("that fails has a failure, and is never silently empty", async () => {
    const { gpu, marked } = await setUp();
    marked.next("list", fails("unavailable"));
    const { instances, failures } = await gpu.list({ owner: "ci" });
    expect(instances).toEqual([]);
    expect(failures).toMatchObject([{ provider: "marked", error: { code: "unavailable" } }]);
  });
});

describe("get and access", () => {
  it("accept an instance or its ref", async () => {
    const cloud = fakeCloud({ id: "fake", bootMs: 0 });
    const { gpu } = gpuOn([cloud]);
    const instance = await gpu.create({ offer: "fake:h100" });
    expect(await gpu.get(instance)).toEqual(await gpu.get("fake:i1"));
    expect(await gpu.access(instance)).toEqual({ host: "203.0.113.7", port: 22, user: "root", auth: { kind: "key" } });
    cloud.next("access", returns(undefined));
    expect((await errorOf(gpu.access("fake:i1"))).code).toBe("conflict");
    expect(await errorOf(gpu.get("fake:i9"))).toMatchObject({ code: "not_found", sideEffect: "none" });
    expect((await errorOf(gpu.get("other:i1" as "fake:i1"))).message).toContain('no provider "other"');
  });
});

describe("start, stop and restart", () => {
  it.each(["start", "stop", "restart"] as const)(
    "%s reaches vendors that support it, and is unsupported elsewhere",
    async (action) => {
      const cloud = fakeCloud({ id: "fake" });
      const { gpu } = gpuOn([cloud]);
      const instance = await gpu.create({ offer: "fake:h100" });
      await gpu[action](instance);
      expect(cloud.count(action)).toBe(1);
      const without = { ...cloud.connected, actions: {} };
      const other = createGpu({ providers: [{ ...cloud.provider, connect: () => without }], defaults: { clock: cloud.clock } });
      const error = await errorOf(other[action](instance.ref));
      expect(error).toMatchObject({ code: "unsupported", sideEffect: "none" });
      expect(error.message).toContain(`cannot ${action}`);
    },
  );
});

describe("createGpu", () => {
  it("rejects a provider that is given twice", () => {
    const { provider } = fakeCloud({ id: "fake" });
    expect(() => createGpu({ providers: [provider, provider] })).toThrow('"fake" was given twice');
  });

  it("exposes each provider's client", () => {
    const { gpu } = gpuOn([fakeCloud({ id: "fake" })]);
    expect(gpu.providers["fake"]?.client).toEqual({ name: "client of fake" });
  });
});
