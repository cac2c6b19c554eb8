import { describe, expect, it } from "vitest";
import { newIdempotencyKey } from "../src/idempotency-key.js";
import { readMark } from "../src/mark.js";
import {
  doneBut,
  errorOf,
  type FakeOptions,
  fails,
  fakeCloud,
  gpuOn,
  returns,
  startOfTime,
  withoutMarks,
} from "./fake-provider.js";

const offer = "fake:h100";
const hourMs = 3_600_000;
const iso = (afterMs: number) => new Date(startOfTime + afterMs).toISOString();

function setUp(options: FakeOptions = {}, owner = "ci") {
  const cloud = fakeCloud({ id: "fake", ...options });
  return { cloud, ...gpuOn([cloud], { owner }) };
}

describe("a create with a lifetime", () => {
  it("carries its expiry: the time of its key and ttlMs, in the minute after", async () => {
    const { gpu, cloud, events } = setUp();
    await cloud.clock.advance(1_000);
    const instance = await gpu.create({ offer, ttlMs: hourMs });
    expect(instance).toMatchObject({ expiresAt: iso(hourMs + 60_000), expiryEnforcedBy: "sweep" });
    expect(readMark(cloud.machines[0]?.mark ?? "")?.expiresAt).toBe(startOfTime + hourMs + 60_000);
    expect(cloud.requests[0]?.expiresAt).toBe(iso(hourMs + 60_000));
    // Another process reads the same expiry.
    expect(await gpuOn([cloud]).gpu.get(instance.ref)).toMatchObject({ expiresAt: iso(hourMs + 60_000), owned: false });
    expect(events.map(({ type }) => type)).not.toContain("expiry.unconfirmed");
  });

  it("has no expiry without one", async () => {
    const { gpu } = setUp();
    expect(await gpu.create({ offer })).toMatchObject({ expiresAt: null, expiryEnforcedBy: null });
  });

  it.each([
    ["maxUsd alone: what its price uses up", { maxUsd: 4 }, {}, 2 * hourMs],
    ["maxUsd in whole minutes, rounded down", { maxUsd: 1.02 }, {}, 30 * 60_000],
    ["the earlier of both: ttlMs", { maxUsd: 4, ttlMs: hourMs }, {}, hourMs],
    ["the earlier of both: maxUsd", { maxUsd: 4, ttlMs: 3 * hourMs }, {}, 2 * hourMs],
    ["maxUsd with extras", { maxUsd: 4 }, { extraUsdPerHour: 2 }, hourMs],
  ])("expires by %s", async (_, lifetime, options: FakeOptions, afterMs) => {
    const { gpu, cloud } = setUp(options);
    const { expiresAt } = await gpu.create({ offer, ...lifetime });
    expect(expiresAt).toBe(iso(afterMs));
    expect(cloud.requests).toMatchObject([{ maxUsd: lifetime.maxUsd, expiresAt: iso(afterMs) }]);
  });

  it("with maxUsd deletes an instance that costs more than the expected price", async () => {
    const { gpu, cloud } = setUp();
    cloud.next("create", async (work) => {
      const made = await work();
      for (const machine of cloud.machines) machine.usdPerHour = 2.5;
      return made;
    });
    expect(await errorOf(gpu.create({ offer, maxUsd: 4, maxUsdPerHour: 3 }))).toMatchObject({ code: "price_exceeded" });
    expect(cloud.running()).toEqual([]);
  });

  it.each([
    ["no owner", { ttlMs: hourMs }, {}, "configuration", ""],
    ["a blank owner", { maxUsd: 1 }, {}, "configuration", "  "],
    ["a key without a time", { ttlMs: hourMs, idempotencyKey: "job-1" }, {}, "invalid_request", "ci"],
    ["a key whose lifetime is over", { ttlMs: 1, idempotencyKey: newIdempotencyKey(startOfTime) }, {}, "invalid_request", "ci"],
    ["a sum that lasts less than a minute", { maxUsd: 0.01 }, {}, "invalid_request", "ci"],
    ["an expiry that does not fit into a mark", { ttlMs: 1e15 }, {}, "invalid_request", "ci"],
    ["a ttlMs of another type", { ttlMs: "1h" as unknown as number }, {}, "invalid_request", "ci"],
    ["a negative maxUsd", { maxUsd: -1 }, {}, "invalid_request", "ci"],
    ["maxUsd without a price", { maxUsd: 1 }, { offers: [{ usdPerHour: null }] }, "limit_unknown", "ci"],
    ["a vendor without marks", { ttlMs: hourMs }, { guarantee: "key" }, "unsupported", "ci"],
  ] as const)("is refused, and nothing is sent: %s", async (_, request, options: FakeOptions, code, owner) => {
    const { gpu, cloud } = setUp(options, owner);
    if ("idempotencyKey" in request) await cloud.clock.advance(120_000);
    expect(await errorOf(gpu.create({ offer, ...request }))).toMatchObject({ code, sideEffect: "none" });
    expect(cloud.count("create")).toBe(0);
  });

  it("adopts, minutes after a crash, the instance of the same key and ttlMs", async () => {
    const { gpu, cloud } = setUp();
    const idempotencyKey = gpu.newIdempotencyKey();
    const first = await gpu.create({ offer, ttlMs: hourMs, idempotencyKey });
    await cloud.clock.advance(7 * 60_000);
    const { gpu: other } = gpuOn([cloud], { owner: "ci" });
    expect(await other.create({ offer, ttlMs: hourMs, idempotencyKey })).toMatchObject({
      ref: first.ref,
      expiresAt: first.expiresAt,
      expiryEnforcedBy: "sweep",
    });
    expect(cloud.machines).toHaveLength(1);
  });

  it("adopts the instance although the price, and so the expiry, has changed", async () => {
    const { gpu, cloud } = setUp();
    const idempotencyKey = gpu.newIdempotencyKey();
    const first = await gpu.create({ offer, maxUsd: 4, idempotencyKey });
    cloud.setOffers([{ usdPerHour: 1 }]);
    for (const again of [gpu, gpuOn([cloud], { owner: "ci" }).gpu]) {
      expect(await again.create({ offer, maxUsd: 4, idempotencyKey })).toMatchObject({
        ref: first.ref,
        expiresAt: first.expiresAt,
      });
    }
  });

  it.each([{ ttlMs: 2 * hourMs }, { ttlMs: hourMs, maxUsd: 100 }, {}])(
    "is a mismatch with another lifetime: %j",
    async (changed) => {
      const { gpu, cloud } = setUp();
      const idempotencyKey = gpu.newIdempotencyKey();
      await gpu.create({ offer, ttlMs: hourMs, idempotencyKey });
      for (const again of [gpu, gpuOn([cloud], { owner: "ci" }).gpu]) {
        expect(await errorOf(again.create({ offer, ...changed, idempotencyKey }))).toMatchObject({
          code: "idempotency_mismatch",
        });
      }
    },
  );

  it("has the same handle with every expiry, so that a stored intent is found again", async () => {
    const { gpu, cloud } = setUp();
    const idempotencyKey = gpu.newIdempotencyKey();
    const marks: string[] = [];
    const request = { offer, maxUsd: 4, idempotencyKey, onIntent: ({ mark }: { mark: string }) => marks.push(mark) } as const;
    for (const usdPerHour of [1, 2]) {
      cloud.setOffers([{ usdPerHour }]);
      cloud.next("create", fails("no_capacity"));
      await errorOf(gpuOn([cloud], { owner: "ci" }).gpu.create(request));
    }
    expect(new Set(marks).size).toBe(1);
    expect(marks).toHaveLength(2);
  });

  it("is found with its expiry when the response is lost", async () => {
    const { gpu, cloud } = setUp();
    cloud.next("create", doneBut("network"));
    expect(await gpu.create({ offer, ttlMs: hourMs })).toMatchObject({ ref: "fake:i1", expiresAt: iso(hourMs) });
  });

  it.each([
    ["shows no mark", withoutMark],
    ["cannot be read", returns(undefined)],
  ])("reports an expiry that nothing may enforce: the instance %s", async (_, fault) => {
    const { gpu, cloud, events } = setUp();
    cloud.next("get", fault);
    const instance = await gpu.create({ offer, ttlMs: hourMs });
    expect(instance).toMatchObject({ expiresAt: iso(hourMs), expiryEnforcedBy: null });
    expect(events.at(-1)).toEqual({ type: "expiry.unconfirmed", ref: "fake:i1", expiresAt: iso(hourMs) });
    expect(await gpu.get(instance)).toMatchObject({ expiryEnforcedBy: "sweep" });
  });

  it.each([
    ["at the same time", hourMs, hourMs, "vendor"],
    ["earlier", hourMs / 2, hourMs / 2, "vendor"],
    ["later", 2 * hourMs, hourMs, "sweep"],
  ])("is enforced by the earlier end: the vendor %s", async (_, endsAfterMs, expiresAfterMs, by) => {
    const { gpu, cloud } = setUp();
    const { ref } = await gpu.create({ offer, ttlMs: hourMs });
    for (const machine of cloud.machines) machine.endsAt = iso(endsAfterMs);
    expect(await gpu.get(ref)).toMatchObject({ expiresAt: iso(expiresAfterMs), expiryEnforcedBy: by });
  });
});

describe("a launch with a lifetime", () => {
  it("passes it on, and skips offers of vendors that do not support an expiry", async () => {
    const marked = fakeCloud({ id: "marked", offers: [{ usdPerHour: 3 }] });
    const keyed = fakeCloud({ id: "keyed", guarantee: "key", offers: [{ usdPerHour: 1 }], clock: marked.clock });
    const { gpu } = gpuOn([marked, keyed], { owner: "ci" });
    const { instance, skipped } = await gpu.launch({ gpu: "H100", maxUsdPerHour: 4, ttlMs: hourMs, until: "created" });
    expect(instance).toMatchObject({ provider: "marked", expiresAt: iso(hourMs) });
    expect(skipped.map((one) => [one.offer.provider, one.reason])).toEqual([
      ["keyed", "cannot store an expiry, so it does not support ttlMs and maxUsd"],
    ]);
  });

  it("requires an owner before anything is read", async () => {
    const { gpu, cloud } = setUp({}, "");
    expect(await errorOf(gpu.launch({ gpu: "H100", maxUsdPerHour: 4, ttlMs: hourMs }))).toMatchObject({ code: "configuration" });
    expect(cloud.calls).toEqual([]);
  });
});

describe("extend", () => {
  it("sets the expiry to ttlMs from now, and a repeated create still adopts the instance", async () => {
    const { gpu, cloud, events } = setUp({ remarks: true });
    const idempotencyKey = gpu.newIdempotencyKey();
    const first = await gpu.create({ offer, ttlMs: hourMs, idempotencyKey });
    await cloud.clock.advance(hourMs / 2);
    const longer = { ref: first.ref, expiresAt: iso(1.5 * hourMs), expiryEnforcedBy: "sweep" };
    expect(await gpu.extend(first, { ttlMs: hourMs })).toMatchObject(longer);
    expect(await gpuOn([cloud], { owner: "ci" }).gpu.create({ offer, ttlMs: hourMs, idempotencyKey })).toMatchObject(longer);
    expect(events.map(({ type }) => type)).not.toContain("expiry.unconfirmed");
  });

  it("never shortens a lifetime", async () => {
    const { gpu, cloud } = setUp({ remarks: true });
    const instance = await gpu.create({ offer, ttlMs: hourMs });
    expect(await gpu.extend(instance, { ttlMs: 60_000 })).toMatchObject({ expiresAt: instance.expiresAt });
    expect(cloud.count("remark")).toBe(0);
  });

  it("reports an expiry that the vendor does not return", async () => {
    const { gpu, cloud, events } = setUp({ remarks: true });
    const instance = await gpu.create({ offer, ttlMs: hourMs });
    cloud.next("remark", returns(undefined));
    expect(await gpu.extend(instance, { ttlMs: 2 * hourMs })).toMatchObject({ expiresAt: instance.expiresAt });
    expect(events.at(-1)).toEqual({ type: "expiry.unconfirmed", ref: instance.ref, expiresAt: iso(2 * hourMs) });
  });

  it.each([
    ["a vendor that cannot change marks", {}, "ci", { ttlMs: hourMs }, 0, "unsupported"],
    ["an instance of another owner", { remarks: true }, "other", { ttlMs: hourMs }, 0, "invalid_request"],
    ["an instance without an expiry", { remarks: true }, "ci", {}, 0, "invalid_request"],
    ["an instance that has expired", { remarks: true }, "ci", { ttlMs: hourMs }, hourMs, "conflict"],
  ])("is rejected for %s", async (_, options: FakeOptions, owner, lifetime, ageMs, code) => {
    const { cloud, gpu } = setUp(options);
    const { ref } = await gpu.create({ offer, ...lifetime });
    await cloud.clock.advance(ageMs);
    const { mark } = cloud.machines[0] ?? {};
    expect(await errorOf(gpuOn([cloud], { owner }).gpu.extend(ref, { ttlMs: hourMs }))).toMatchObject({ code });
    expect(cloud.machines[0]?.mark).toBe(mark);
  });
});

async function withoutMark(work: () => Promise<unknown>): Promise<unknown> {
  const [found] = (await withoutMarks(async () => [await work()], { clock: fakeCloud().clock })) as unknown[];
  return found;
}
