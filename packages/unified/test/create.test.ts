import { describe, expect, it } from "vitest";
import { type CreateHandle, GpuError } from "../src/index.js";
import type { FoundInstance } from "../src/provider.js";
import {
  doneBut,
  doneLater,
  errorOf,
  type FakeOptions,
  type Fault,
  fails,
  fakeCloud,
  gpuOn,
  hangs,
  jumpingClock,
  type Machine,
  makeOffer,
  responseLost,
  returns,
  slow,
  sshPublicKey,
  startOfTime,
  times,
  withoutMarks,
} from "./fake-provider.js";

function setUp(options: FakeOptions = {}, gpuOptions: { owner?: string } = {}) {
  const cloud = fakeCloud({ id: "fake", ...options });
  return { cloud, ...gpuOn([cloud], gpuOptions) };
}

const offer = "fake:h100";

describe("a create that succeeds", () => {
  it("returns the instance as it was read back, as owned", async () => {
    const { gpu, cloud } = setUp();
    expect(await gpu.create({ offer, name: "train" })).toMatchObject({
      ref: "fake:i1",
      provider: "fake",
      name: "train",
      status: "starting",
      usdPerHour: 2,
      owned: true,
    });
    expect(cloud.calls).toEqual(["prepareCreate", "create", "get"]);
  });

  it.each([
    ["fails", fails("unavailable", "none", { retryable: true })],
    ["shows nothing yet", async () => undefined],
    ["hangs", hangs],
    [
      "throws other errors than a GpuError unchanged",
      async () => {
        throw new TypeError("x is undefined");
      },
    ],
  ])("is returned as pending when reading back %s", async (_, fault) => {
    const { gpu, cloud } = setUp();
    cloud.next("get", fault);
    expect(await gpu.create({ offer })).toEqual({
      ref: "fake:i1",
      provider: "fake",
      id: "i1",
      name: null,
      status: "pending",
      rawStatus: null,
      ready: false,
      billing: "unknown",
      gpu: null,
      gpuCount: null,
      market: "unknown",
      usdPerHour: null,
      region: null,
      address: null,
      ports: [],
      createdAt: "2026-01-01T00:00:00.000Z",
      error: null,
      expiresAt: null,
      expiryEnforcedBy: null,
      owned: true,
    });
  });

  it.each([
    ["404 for five seconds", times(2, returns(undefined))],
    ["three errors", times(3, fails("unavailable", "none", { status: 500, retryable: true }))],
    ["a read that hangs", [hangs]],
  ])("is read again when a limit depends on it: %s", async (_, faults) => {
    const { gpu, cloud } = setUp();
    cloud.next("create", async (work) => {
      const result = await work();
      for (const machine of cloud.machines) machine.usdPerHour = 9;
      return result;
    });
    cloud.next("get", ...faults);
    const error = await errorOf(gpu.create({ offer, maxUsdPerHour: 5 }));
    expect(error).toMatchObject({ code: "price_exceeded", sideEffect: "none" });
    expect(cloud.running()).toEqual([]);
  });

  it.each([
    ["is never found", returns(undefined), undefined],
    ["cannot be read", fails("unavailable", "none", { retryable: true }), { code: "unavailable" }],
    ["asks for a long pause", fails("rate_limited", "none", { retryAfterMs: 300_000 }), { code: "rate_limited" }],
  ])("is named in the error when the limit cannot be checked, because it %s", async (_, fault, cause) => {
    const { gpu, cloud } = setUp();
    cloud.next("get", ...times(50, fault));
    const error = await errorOf(gpu.create({ offer, maxUsdPerHour: 5 }));
    expect(error).toMatchObject({
      code: "limit_unknown",
      sideEffect: "committed",
      ref: "fake:i1",
      instance: { status: "pending" },
    });
    expect(error.cause).toEqual(cause === undefined ? undefined : expect.objectContaining(cause));
    expect(cloud.clock.now() - startOfTime).toBeLessThanOrEqual(60_000);
    expect(cloud.running()).toHaveLength(1);
  });

  it("of a vendor without prices of instances has the price of its offer, which was checked", async () => {
    const { gpu, cloud } = setUp();
    cloud.next("create", async (work) => {
      const result = await work();
      for (const machine of cloud.machines) machine.usdPerHour = null;
      return result;
    });
    expect(await gpu.create({ offer, maxUsdPerHour: 5 })).toMatchObject({ ref: "fake:i1", usdPerHour: null });
  });

  it("has the time of its creation, although the vendor shows none", async () => {
    const { gpu } = setUp({ showsAge: false });
    const { ref, createdAt } = await gpu.create({ offer });
    expect(createdAt).toBe("2026-01-01T00:00:00.000Z");
    expect(await gpu.get(ref)).toMatchObject({ createdAt });
  });

  it("returns the instance although the caller aborts while it is read back", async () => {
    const { gpu, cloud } = setUp();
    const controller = new AbortController();
    cloud.next("get", (_, context) => {
      controller.abort();
      return hangs(async () => undefined, context);
    });
    expect(await gpu.create({ offer, signal: controller.signal })).toMatchObject({ ref: "fake:i1", status: "pending" });
  });
});

describe("a create that was rejected", () => {
  it.each([["no_capacity"], ["insufficient_funds"], ["unauthenticated"], ["invalid_request"], ["rate_limited"]])(
    "throws %s at once, with no side effect and no handle",
    async (code) => {
      const { gpu, cloud, events } = setUp();
      cloud.next("create", fails(code));
      const error = await errorOf(gpu.create({ offer }));
      expect(error).toMatchObject({ code, sideEffect: "none" });
      expect(error.handle).toBeUndefined();
      expect(cloud.calls).toEqual(["prepareCreate", "create"]);
      expect(events.map(({ type }) => type)).toEqual(["create.intent", "create.attempt"]);
    },
  );

  it.each([
    ["network", "possible"],
    ["aborted", "possible"],
  ] as const)("has no side effect when preparing it fails with %s, %s", async (code, sideEffect) => {
    const { gpu, cloud } = setUp();
    cloud.next("prepareCreate", fails(code, sideEffect));
    expect(await errorOf(gpu.create({ offer }))).toMatchObject({ code, sideEffect: "none" });
    expect(cloud.machines).toEqual([]);
  });

  it("has no side effect when a provider cannot parse its catalogue", async () => {
    const { gpu, cloud } = setUp();
    cloud.next("listOffers", async () => {
      throw new TypeError("x is undefined");
    });
    const error = await errorOf(gpu.create({ offer, maxUsdPerHour: 5 }));
    expect(error).toMatchObject({ code: "vendor_contract", sideEffect: "none" });
  });
});

describe("a create whose response was lost", () => {
  it.each([
    ["lost", responseLost],
    ["a 500", doneBut("unavailable", "possible", { status: 500 })],
    ["a 504", doneBut("unavailable", "possible", { status: 504 })],
    ["a time-out", doneBut("timeout")],
    ["unreadable", doneBut("vendor_contract", "committed", { status: 200 })],
    ["one that the provider stumbles over", doneBut("vendor_contract")],
  ])("is found by its mark: %s", async (_, fault) => {
    const { gpu, cloud, events } = setUp({ lagMs: 20_000 });
    cloud.next("create", fault);
    expect(await gpu.create({ offer })).toMatchObject({ ref: "fake:i1", owned: true });
    expect(cloud.count("create")).toBe(1);
    expect(events.map(({ type }) => type)).toEqual(["create.intent", "create.attempt", "create.reconciling"]);
  });

  it("is found although the vendor still worked on it when the connection broke", async () => {
    const { gpu, cloud } = setUp({ lagMs: 25_000 });
    cloud.next("create", doneLater(cloud.clock, 55_000));
    expect(await gpu.create({ offer })).toMatchObject({ ref: "fake:i1" });
    expect(cloud.machines).toHaveLength(1);
  });

  it.each([409, 425, 500])(
    "with a %d is certainly not created only when the vendor must have finished, and reports it once",
    async (status) => {
      const { gpu, cloud } = setUp();
      const advice = "fake: failed. It may have taken effect and cost money: check before you call again";
      cloud.next("create", async () => {
        throw new GpuError({
          code: "unavailable",
          vendor: "fake",
          message: advice,
          sideEffect: "possible",
          status,
          vendorMessage: "no host",
        });
      });
      const error = await errorOf(gpu.create({ offer }));
      expect(error).toMatchObject({
        code: "unavailable",
        status,
        sideEffect: "none",
        retryable: false,
        cause: { message: advice },
      });
      expect(error.message).toBe(
        `fake create: the request failed (unavailable, status ${status}: no host), and the vendor's settled list shows that nothing was created`,
      );
      expect(cloud.clock.now() - startOfTime).toBeGreaterThanOrEqual(90_000);
    },
  );

  it.each([408, 409, 425, 499, 500, 502, 503, 504, 520, 524, 530])(
    "is found although a server in between responded %d while the vendor still worked on it",
    async (status) => {
      const { gpu, cloud } = setUp({ lagMs: 25_000 });
      cloud.next("create", doneLater(cloud.clock, 55_000, fails("unavailable", "possible", { status })));
      expect(await gpu.create({ offer })).toMatchObject({ ref: "fake:i1" });
      expect(cloud.machines).toHaveLength(1);
    },
  );

  it("is found in a stale list, although the connection broke only after minutes", async () => {
    const { gpu, cloud } = setUp({ lagMs: 25_000 });
    cloud.next("create", async (work) => {
      await cloud.clock.sleep(200_000);
      return responseLost(work, { clock: cloud.clock });
    });
    expect(await gpu.create({ offer })).toMatchObject({ ref: "fake:i1" });
  });

  it.each([
    ["the connection broke", fails("network", "possible")],
    ["a server in between responded", fails("unavailable", "possible", { status: 503 })],
  ])("is certainly not created when %s, and the lists do not show it after the vendor's work must be done", async (_, fault) => {
    const { gpu, cloud } = setUp();
    cloud.next("create", fault);
    expect(await errorOf(gpu.create({ offer }))).toMatchObject({ sideEffect: "none" });
    expect(cloud.clock.now() - startOfTime).toBeGreaterThanOrEqual(60_000 + 30_000);
  });

  it.each([
    ["a time-out", fails("timeout", "possible")],
    ["an unreadable success", fails("vendor_contract", "committed", { status: 201 })],
  ])("stays unknown after %s that no list explains", async (_, fault) => {
    const { gpu, cloud } = setUp();
    cloud.next("create", fault);
    const error = await errorOf(gpu.create({ offer }));
    expect(error).toMatchObject({ code: "create_ambiguous", sideEffect: "possible", retryable: false });
    expect(error.handle).toMatchObject({ version: 1, provider: "fake", offer });
    expect(cloud.count("create")).toBe(1);
  });

  it("stays unknown when the lists fail", async () => {
    const { gpu, cloud } = setUp();
    cloud.next("create", responseLost);
    cloud.next("list", ...Array.from({ length: 40 }, () => fails("unavailable")));
    const error = await errorOf(gpu.create({ offer }));
    expect(error.code).toBe("create_ambiguous");
    expect(error.cause).toMatchObject({ code: "network" });
  });

  it("stays unknown when the vendor keeps no mark and the list has a new machine", async () => {
    const { gpu, cloud } = setUp({ guarantee: "best-effort", showsMarks: false });
    cloud.next("create", responseLost);
    const error = await errorOf(gpu.create({ offer }));
    expect(error.code).toBe("create_ambiguous");
    const outcome = await gpu.reconcile(error.handle as CreateHandle);
    expect(outcome).toMatchObject({ outcome: "unknown", candidates: [{ ref: "fake:i1", owned: "unknown" }] });
  });

  it("is sent again under the vendor's own key, and not rented twice", async () => {
    const { gpu, cloud } = setUp({ guarantee: "key" });
    cloud.next("create", responseLost);
    expect(await gpu.create({ offer })).toMatchObject({ ref: "fake:i1" });
    expect(cloud.count("create")).toBe(2);
    expect(cloud.machines).toHaveLength(1);
    expect(new Set(cloud.requests.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  });

  it("is sent again under the vendor's own key only when the vendor cannot work on the first request any more", async () => {
    const { gpu, cloud } = setUp({ guarantee: "key" });
    const sentAt: number[] = [];
    const note =
      (fault: Fault): Fault =>
      (work, context) => {
        sentAt.push(cloud.clock.now() - startOfTime);
        return fault(work, context);
      };
    // The vendor remembers only finished requests: a second request within 55 s would create a second machine.
    cloud.next(
      "create",
      note(doneLater(cloud.clock, 55_000)),
      note(async (work) => work()),
    );
    expect(await gpu.create({ offer })).toMatchObject({ ref: "fake:i1" });
    expect(sentAt).toEqual([0, 60_000]);
    expect(cloud.machines).toHaveLength(1);
  });

  it.each([
    ["the same process", 5_000, 60_000],
    ["another one", 5_000, 65_000],
  ])("waits for an earlier call with the key of %s", async (where, laterMs, sentAfterMs) => {
    const { gpu, cloud } = setUp({ guarantee: "key" });
    const idempotencyKey = gpu.newIdempotencyKey();
    const controller = new AbortController();
    cloud.next("create", async (work, context) => {
      void cloud.clock.sleep(50_000).then(work);
      controller.abort();
      return hangs(work, context);
    });
    expect((await errorOf(gpu.create({ offer, idempotencyKey, signal: controller.signal }))).code).toBe("create_ambiguous");
    await cloud.clock.advance(laterMs);
    const next = where === "another one" ? gpuOn([cloud]).gpu : gpu;
    expect(await next.create({ offer, idempotencyKey })).toMatchObject({ ref: "fake:i1" });
    expect(cloud.clock.now() - startOfTime).toBe(sentAfterMs);
    expect(cloud.machines).toHaveLength(1);
  });

  it("is not repeated with a key that is about to expire", async () => {
    const { gpu, cloud } = setUp({ guarantee: "key" });
    const idempotencyKey = gpu.newIdempotencyKey();
    await cloud.clock.advance(7 * 60_000 + 50_000);
    cloud.next("create", hangs);
    const error = await errorOf(gpu.create({ offer, idempotencyKey }));
    expect(error.code).toBe("create_ambiguous");
    expect(cloud.count("create")).toBe(1);
    expect(cloud.clock.now() - startOfTime).toBeLessThan(9 * 60_000 + 5_000);
  });

  it.each([300_000, -300_000])("is not considered settled by a clock that jumps by %d ms", async (jumpMs) => {
    const cloud = fakeCloud({ id: "fake", lagMs: 25_000 });
    const clock = jumpingClock(cloud.clock);
    const { gpu } = gpuOn([cloud], { clock });
    cloud.next("create", (work, context) => {
      void cloud.clock.sleep(1_000).then(() => clock.jump(jumpMs));
      return doneLater(cloud.clock, 55_000)(work, context);
    });
    expect(await gpu.create({ offer })).toMatchObject({ ref: "fake:i1" });
  });

  it("is not considered settled when the clock jumps while a list is read", async () => {
    const cloud = fakeCloud({ id: "fake", lagMs: 25_000 });
    const clock = jumpingClock(cloud.clock);
    const { gpu } = gpuOn([cloud], { clock });
    cloud.next("create", doneLater(cloud.clock, 55_000));
    cloud.next("list", async (work) => {
      clock.jump(300_000);
      return work();
    });
    expect(await gpu.create({ offer })).toMatchObject({ ref: "fake:i1" });
  });

  it("is absent only when a list that was begun late enough lacks it", async () => {
    const { gpu, cloud } = setUp({ lagMs: 25_000 });
    cloud.next("create", doneLater(cloud.clock, 55_000));
    cloud.next("list", ...times(3, slow(cloud.clock, 50_000)));
    expect(await gpu.create({ offer })).toMatchObject({ ref: "fake:i1" });
  });

  it("stores when its connection ended, and reconcile uses that time", async () => {
    const { gpu, cloud } = setUp({ lagMs: 25_000 });
    const controller = new AbortController();
    cloud.next("create", async (work, context) => {
      await cloud.clock.sleep(200_000);
      void cloud.clock.sleep(1_000).then(() => controller.abort());
      return doneLater(cloud.clock, 58_000)(work, context);
    });
    const { handle } = await errorOf(gpu.create({ offer, signal: controller.signal }));
    expect(handle?.connectedUntil).toBe(new Date(startOfTime + 200_000).toISOString());
    const stored = JSON.parse(JSON.stringify(handle)) as CreateHandle;
    expect(await gpuOn([cloud]).gpu.reconcile(stored)).toMatchObject({ outcome: "created", instance: { ref: "fake:i1" } });
  });

  it("pauses between lists for as long as the vendor requests", async () => {
    const { gpu, cloud } = setUp();
    const listedAt: number[] = [];
    cloud.next("create", responseLost);
    cloud.next("list", fails("rate_limited", "none", { retryAfterMs: 45_000 }), async (work) => {
      listedAt.push(cloud.clock.now() - startOfTime);
      return work();
    });
    expect(await gpu.create({ offer })).toMatchObject({ ref: "fake:i1" });
    expect(listedAt).toEqual([45_000]);
  });
});

describe("an instance whose mark is not visible yet", () => {
  it.each(["name", "best-effort"] as const)("is a candidate, never absent (%s)", async (guarantee) => {
    const { gpu, cloud } = setUp({ guarantee });
    cloud.next("create", responseLost);
    cloud.next("list", ...times(60, withoutMarks));
    const error = await errorOf(gpu.create({ offer }));
    expect(error).toMatchObject({ code: "create_ambiguous", sideEffect: "possible" });
    expect(await gpu.reconcile(error.handle as CreateHandle)).toMatchObject({
      outcome: "unknown",
      candidates: [{ ref: "fake:i1", owned: "unknown" }],
    });
    expect(cloud.count("create")).toBe(1);
  });

  it.each([-5, 5])("is a candidate although the vendor's clock is %d hours off", async (hours) => {
    const { gpu, cloud } = setUp();
    const shifted: Fault = async (work, context) => {
      const createdAt = new Date(cloud.clock.now() + hours * 3_600_000).toISOString();
      const found = (await withoutMarks(work, context)) as FoundInstance[];
      return found.map((one) => ({ ...one, instance: { ...one.instance, createdAt } }));
    };
    cloud.next("create", responseLost);
    cloud.next("list", ...times(60, shifted));
    expect((await errorOf(gpu.create({ offer }))).code).toBe("create_ambiguous");
  });

  it("prevents a second call with its key from creating, in another process", async () => {
    const { gpu, cloud } = setUp();
    const idempotencyKey = gpu.newIdempotencyKey();
    await gpu.create({ offer, idempotencyKey });
    cloud.next("list", ...times(60, withoutMarks));
    const error = await errorOf(gpuOn([cloud]).gpu.create({ offer, idempotencyKey }));
    expect(error).toMatchObject({ code: "create_ambiguous" });
    expect(cloud.count("create")).toBe(1);
  });

  it.each(["name", "best-effort", "key"] as const)("is recognized by the process that created it (%s)", async (guarantee) => {
    const { gpu, cloud } = setUp({ guarantee });
    const idempotencyKey = gpu.newIdempotencyKey();
    const first = await gpu.create({ offer, idempotencyKey });
    cloud.next("list", ...times(60, withoutMarks));
    await cloud.clock.advance(20 * 60_000);
    expect(await gpu.create({ offer, idempotencyKey })).toMatchObject({ ref: first.ref, owned: true });
    expect(cloud.count("create")).toBe(1);
    // The instance is not a candidate for a different create.
    if (guarantee === "key") return;
    cloud.next("create", fails("unavailable", "possible", { status: 500 }));
    expect(await errorOf(gpu.create({ offer }))).toMatchObject({ code: "unavailable", sideEffect: "none" });
  });

  it("is not a candidate when it existed a day before", async () => {
    const { gpu, cloud } = setUp();
    cloud.rent({ offer: "h100", mark: "", idempotencyKey: "another's", options: {} });
    await cloud.clock.advance(25 * 3_600_000);
    cloud.next("create", fails("unavailable", "possible", { status: 500 }));
    cloud.next("list", ...times(60, withoutMarks));
    expect(await errorOf(gpu.create({ offer }))).toMatchObject({ code: "unavailable", sideEffect: "none" });
  });
});

describe("what exists under a key", () => {
  it.each(["terminating", "terminated", "failed"] as const)("and is %s is an error", async (status) => {
    for (const guarantee of ["name", "key"] as const) {
      for (const elsewhere of [false, true]) {
        const { gpu, cloud } = setUp({ guarantee });
        const idempotencyKey = gpu.newIdempotencyKey();
        await gpu.create({ offer, idempotencyKey });
        for (const machine of cloud.machines) machine.status = status;
        const again = (elsewhere ? gpuOn([cloud]).gpu : gpu).create({ offer, idempotencyKey });
        const error = await errorOf(again);
        expect(error).toMatchObject({ code: "instance_failed", ref: "fake:i1", instance: { status } });
        expect(error.sideEffect).toBe(guarantee === "key" && elsewhere ? "possible" : "none");
        expect(error.message).toContain(status);
        expect(cloud.machines).toHaveLength(1);
      }
    }
  });

  it("and is gone is an error too", async () => {
    const { gpu, cloud } = setUp();
    const idempotencyKey = gpu.newIdempotencyKey();
    const instance = await gpu.create({ offer, idempotencyKey });
    await gpu.delete(instance, { waitMs: 60_000 });
    expect(await errorOf(gpu.create({ offer, idempotencyKey }))).toMatchObject({ code: "instance_failed", ref: instance.ref });
    expect(cloud.count("create")).toBe(1);
  });

  it("fails the limit while its price cannot be read", async () => {
    const { gpu, cloud } = setUp();
    const idempotencyKey = gpu.newIdempotencyKey();
    const { ref } = await gpu.create({ offer, idempotencyKey });
    for (const machine of cloud.machines) machine.usdPerHour = null;
    for (const one of [gpu, gpuOn([cloud]).gpu]) {
      const error = await errorOf(one.create({ offer, idempotencyKey, maxUsdPerHour: 3 }));
      expect(error).toMatchObject({ code: "limit_unknown", sideEffect: "none", ref, instance: { usdPerHour: null } });
    }
    expect(cloud.running()).toHaveLength(1);
  });
});

describe("a create whose preparation fails", () => {
  it("aborts parallel reads", async () => {
    const { gpu, cloud } = setUp();
    let other: AbortSignal | undefined;
    cloud.next("prepareCreate", async (_, context) => {
      other = context.signal;
      return Promise.all([hangs(async () => undefined, context), fails("unauthenticated")(async () => undefined, context)]);
    });
    expect((await errorOf(gpu.create({ offer }))).code).toBe("unauthenticated");
    expect(other?.aborted).toBe(true);
  });
});

describe("a create that the caller aborts", () => {
  it("has no side effect before anything was sent", async () => {
    const { gpu, cloud } = setUp();
    const controller = new AbortController();
    const error = await errorOf(gpu.create({ offer, signal: controller.signal, onIntent: () => controller.abort() }));
    expect(error).toMatchObject({ code: "aborted", sideEffect: "none" });
    expect(cloud.count("create")).toBe(0);
  });

  it("after sending has a handle for what may exist, and the handle finds it", async () => {
    const { gpu, cloud } = setUp();
    const controller = new AbortController();
    cloud.next("create", async (work, context) => {
      await work();
      controller.abort();
      return hangs(work, context);
    });
    const error = await errorOf(gpu.create({ offer, signal: controller.signal }));
    expect(error).toMatchObject({ code: "create_ambiguous", sideEffect: "possible", cause: { code: "aborted" } });
    const stored = JSON.parse(JSON.stringify(error.handle)) as CreateHandle;
    expect(stored).toEqual(error.handle);
    expect(await gpu.reconcile(stored)).toMatchObject({ outcome: "created", instance: { ref: "fake:i1", owned: true } });
  });

  it("while it waits for an earlier one with its key sends nothing", async () => {
    const { gpu, cloud } = setUp();
    const controller = new AbortController();
    cloud.next("list", async (work) => {
      controller.abort();
      return work();
    });
    const error = await errorOf(gpu.create({ offer, idempotencyKey: "job-1", signal: controller.signal }));
    expect(error).toMatchObject({ code: "aborted", sideEffect: "none" });
    expect(cloud.count("create")).toBe(0);
  });
});

describe("a create queued after another one under its key", () => {
  it("ends at once when the caller aborts it, and later ones still wait for the first", async () => {
    const { gpu, cloud } = setUp();
    let respond = () => {};
    cloud.next("create", async (work) => {
      await new Promise<void>((resolve) => {
        respond = resolve;
      });
      return work();
    });
    const idempotencyKey = gpu.newIdempotencyKey();
    const first = gpu.create({ offer, idempotencyKey });
    const controller = new AbortController();
    const second = errorOf(gpu.create({ offer, idempotencyKey, signal: controller.signal }));
    const third = gpu.create({ offer, idempotencyKey });
    controller.abort("enough");
    expect(await second).toMatchObject({ code: "aborted", sideEffect: "none", cause: "enough" });
    await expect.poll(() => cloud.count("create")).toBe(1);
    expect(cloud.machines).toEqual([]);
    respond();
    expect((await third).ref).toBe((await first).ref);
    expect(cloud.count("create")).toBe(1);
  });
});

describe("the intent of a create", () => {
  it("is awaited, with the handle, before anything is sent", async () => {
    const { gpu, cloud, events } = setUp({}, { owner: "ci" });
    const steps: string[] = [];
    const handles: CreateHandle[] = [];
    await gpu.create({
      offer,
      async onIntent(handle) {
        await cloud.clock.sleep(5_000);
        handles.push(handle);
        steps.push(`stored, ${cloud.count("create")} sent`);
      },
    });
    expect(steps).toEqual(["stored, 0 sent"]);
    expect(handles[0]?.mark).toBe(cloud.requests[0]?.mark);
    expect(handles[0]?.mark).toMatch(/^[a-z0-9]{35}$/);
    expect(events[0]).toEqual({ type: "create.intent", handle: handles[0] });
  });

  it("that hangs does not delay an abort", async () => {
    const { gpu, cloud } = setUp();
    const controller = new AbortController();
    const onIntent = () => {
      controller.abort("enough");
      return new Promise(() => {});
    };
    const error = await errorOf(gpu.create({ offer, onIntent, signal: controller.signal }));
    expect(error).toMatchObject({ code: "aborted", sideEffect: "none", cause: "enough" });
    expect(cloud.count("create")).toBe(0);
  });

  it("that rejects sends nothing, and the error has the cause", async () => {
    const { gpu, cloud } = setUp();
    const cause = new Error("disk full");
    const error = await errorOf(gpu.create({ offer, onIntent: () => Promise.reject(cause) }));
    expect(error).toMatchObject({ code: "aborted", sideEffect: "none", cause });
    expect(cloud.count("create")).toBe(0);
  });

  it.each([true, false])("during which the clock jumps ahead sends nothing (monotonic: %s)", async (isSteady) => {
    const cloud = fakeCloud({ id: "fake" });
    const clock = jumpingClock(cloud.clock);
    const { gpu } = gpuOn([cloud], { clock: isSteady ? { ...clock, monotonic: cloud.clock.now } : clock });
    const error = await errorOf(gpu.create({ offer, onIntent: () => clock.jump(600_000) }));
    expect(error).toMatchObject({ code: "aborted", sideEffect: "none" });
    expect(cloud.count("create")).toBe(0);
  });

  it("that takes too long sends nothing, as its handle would be reconciled too early", async () => {
    const { gpu, cloud } = setUp();
    const error = await errorOf(gpu.create({ offer, onIntent: () => cloud.clock.sleep(31_000) }));
    expect(error).toMatchObject({ code: "aborted", sideEffect: "none" });
    expect(cloud.count("create")).toBe(0);
  });
});

describe("an idempotency key", () => {
  it("made a moment ago needs no list, and its second use returns the same instance", async () => {
    const { gpu, cloud } = setUp({ lagMs: 20_000 });
    const idempotencyKey = gpu.newIdempotencyKey();
    const first = await gpu.create({ offer, idempotencyKey });
    expect(cloud.count("list")).toBe(0);
    const second = await gpu.create({ offer, idempotencyKey });
    expect(second.ref).toBe(first.ref);
    expect(cloud.count("create")).toBe(1);
  });

  it("of another process, or an old one, reads settled lists before it creates", async () => {
    const { cloud, gpu } = setUp({ lagMs: 29_000 });
    const other = gpuOn([cloud]).gpu;
    const idempotencyKey = other.newIdempotencyKey();
    await other.create({ offer, idempotencyKey });
    expect((await gpu.create({ offer, idempotencyKey })).ref).toBe("fake:i1");
    const own = gpu.newIdempotencyKey();
    await cloud.clock.advance(61_000);
    await other.create({ offer, idempotencyKey: own });
    expect((await gpu.create({ offer, idempotencyKey: own })).ref).toBe("fake:i2");
    expect(cloud.count("create")).toBe(2);
  });

  it("that is used twice at the same time creates one instance", async () => {
    const { gpu, cloud } = setUp();
    const idempotencyKey = gpu.newIdempotencyKey();
    const both = await Promise.all([gpu.create({ offer, idempotencyKey }), gpu.create({ offer, idempotencyKey })]);
    expect(both.map(({ ref }) => ref)).toEqual(["fake:i1", "fake:i1"]);
    expect(cloud.count("create")).toBe(1);
  });

  it.each([
    ["this process", false],
    ["another", true],
  ])("with other parameters than in %s is a mismatch, and nothing is sent", async (_, elsewhere) => {
    const { gpu, cloud } = setUp();
    const first = elsewhere ? gpuOn([cloud]).gpu : gpu;
    await first.create({ offer, idempotencyKey: "job-1", image: "a" });
    const error = await errorOf(gpu.create({ offer, idempotencyKey: "job-1", image: "b" }));
    expect(error).toMatchObject({ code: "idempotency_mismatch", sideEffect: "none" });
    expect(cloud.count("create")).toBe(1);
  });

  it("with an offer of another provider is a mismatch", async () => {
    const one = fakeCloud({ id: "one" });
    const two = fakeCloud({ id: "two", clock: one.clock });
    const { gpu } = gpuOn([one, two]);
    one.next("create", fails("timeout", "possible"));
    const idempotencyKey = gpu.newIdempotencyKey();
    expect((await errorOf(gpu.create({ offer: "one:h100", idempotencyKey }))).code).toBe("create_ambiguous");
    expect((await errorOf(gpu.create({ offer: "two:h100", idempotencyKey }))).code).toBe("idempotency_mismatch");
    expect(two.count("create")).toBe(0);
  });

  it("with which nothing was created may be used for another request", async () => {
    const { gpu, cloud } = setUp();
    cloud.next("create", fails("no_capacity"));
    expect((await errorOf(gpu.create({ offer, idempotencyKey: "job-1" }))).code).toBe("no_capacity");
    expect((await gpu.create({ offer, idempotencyKey: "job-1", image: "b" })).ref).toBe("fake:i1");
  });

  it("is separate for each owner", async () => {
    const { cloud, gpu } = setUp({}, { owner: "a" });
    const other = gpuOn([cloud], { owner: "b" }).gpu;
    await gpu.create({ offer, idempotencyKey: "job-1" });
    expect((await other.create({ offer, idempotencyKey: "job-1" })).ref).toBe("fake:i2");
  });

  it("with which two instances exist is ambiguous, and nothing is sent", async () => {
    const { gpu, cloud } = setUp();
    await gpuOn([cloud]).gpu.create({ offer, idempotencyKey: "job-1" });
    cloud.rent({ offer: "h100", mark: cloud.requests[0]?.mark ?? "", idempotencyKey: "job-1", options: {} });
    const error = await errorOf(gpu.create({ offer, idempotencyKey: "job-1" }));
    expect(error.code).toBe("create_ambiguous");
    expect(await gpu.reconcile(error.handle as CreateHandle)).toMatchObject({
      outcome: "unknown",
      candidates: [{ id: "i1" }, { id: "i2" }],
    });
    expect(cloud.count("create")).toBe(1);
  });

  it("throws the error of a failing list, and sends nothing", async () => {
    const { gpu, cloud } = setUp();
    cloud.next("list", fails("unavailable", "none", { retryable: true }));
    const error = await errorOf(gpu.create({ offer, idempotencyKey: "job-1" }));
    expect(error).toMatchObject({ code: "unavailable", sideEffect: "none" });
    expect(cloud.count("create")).toBe(0);
  });

  it.each([
    ["key", "job-1", "unsupported"],
    ["best-effort", "job-1", "unsupported"],
    ["name", " ", "invalid_request"],
    ["name", "ffffffff-ffff-7fff-bfff-ffffffffffff", "invalid_request"],
  ] as const)("of a provider with the guarantee %s may not be %j: %s", async (guarantee, idempotencyKey, code) => {
    const { gpu, cloud } = setUp({ guarantee });
    expect(await errorOf(gpu.create({ offer, idempotencyKey }))).toMatchObject({ code, sideEffect: "none" });
    expect(cloud.calls).toEqual([]);
  });
});

describe("an idempotency key that the vendor forgets", () => {
  it("older than nine minutes sends nothing, and names what may exist by a handle", async () => {
    const { gpu, cloud } = setUp({ guarantee: "key", showsAge: false });
    const idempotencyKey = gpu.newIdempotencyKey();
    cloud.next("create", responseLost, fails("network", "possible"));
    expect((await errorOf(gpu.create({ offer, idempotencyKey }))).code).toBe("create_ambiguous");
    await cloud.clock.advance(9 * 60_000);
    const sent = cloud.count("create");
    const error = await errorOf(gpu.create({ offer, idempotencyKey }));
    expect(error).toMatchObject({ code: "create_ambiguous", sideEffect: "possible", handle: { idempotencyKey } });
    expect(cloud.count("create")).toBe(sent);
    // The handle has no list from before the create, so nothing proves absence.
    expect(await gpu.reconcile(error.handle as CreateHandle)).toMatchObject({ outcome: "unknown", candidates: [{ id: "i1" }] });
  });

  it("is never reported as absent by a second call, whose list from before already had the instance", async () => {
    const { cloud, gpu } = setUp({ guarantee: "key", showsAge: false });
    const idempotencyKey = gpu.newIdempotencyKey();
    await gpuOn([cloud]).gpu.create({ offer, idempotencyKey });
    cloud.next("create", responseLost, responseLost);
    const error = await errorOf(gpuOn([cloud]).gpu.create({ offer, idempotencyKey }));
    expect(cloud.machines).toHaveLength(1);
    expect(await gpu.reconcile(error.handle as CreateHandle)).toMatchObject({ outcome: "unknown", candidates: [{ id: "i1" }] });
  });

  it("finds the instance with only the stored handle of the first call", async () => {
    const { cloud, gpu } = setUp({ guarantee: "key", showsAge: false });
    cloud.rent({ offer: "h100", mark: "", idempotencyKey: "another's", options: {} });
    cloud.next("create", responseLost, fails("timeout", "possible"));
    const error = await errorOf(gpu.create({ offer }));
    expect(error.handle?.before).toEqual(["i1"]);
    await cloud.clock.advance(60 * 60_000);
    expect(await gpu.reconcile(error.handle as CreateHandle)).toMatchObject({ outcome: "unknown", candidates: [{ id: "i2" }] });
  });
});

describe("when marks may get lost", () => {
  it("an old key is ambiguous while there is an unmarked machine that is not older", async () => {
    const { gpu, cloud } = setUp({ guarantee: "best-effort", showsMarks: false });
    const idempotencyKey = gpu.newIdempotencyKey();
    await cloud.clock.advance(120_000);
    cloud.rent({ offer: "h100", mark: "", idempotencyKey, options: {} });
    await cloud.clock.advance(10 * 60_000);
    const error = await errorOf(gpu.create({ offer, idempotencyKey }));
    expect(error.code).toBe("create_ambiguous");
    expect(cloud.count("create")).toBe(0);
    // Still unknown, because the handle is newer than the machine.
    expect(await gpu.reconcile(error.handle as CreateHandle)).toMatchObject({ outcome: "unknown", candidates: [{ id: "i1" }] });
  });

  it("an old key creates when all machines are a day older", async () => {
    const { gpu, cloud } = setUp({ guarantee: "best-effort", showsMarks: false });
    cloud.rent({ offer: "h100", mark: "", idempotencyKey: "another's", options: {} });
    // The vendor's clock may differ from ours by hours, but not by a day.
    await cloud.clock.advance(25 * 3_600_000);
    const idempotencyKey = gpu.newIdempotencyKey();
    await cloud.clock.advance(120_000);
    expect((await gpu.create({ offer, idempotencyKey })).ref).toBe("fake:i2");
  });
});

describe("price and stock before a create", () => {
  const fresh = (fields = {}) => makeOffer("fake", fields);

  it.each([
    ["not read again for a fresh offer without a limit", { offer: fresh() }, 0],
    ["not read again for an id without a limit", { offer }, 0],
    ["read again with a limit", { offer: fresh(), maxUsdPerHour: 2 }, 1],
    ["read again for an id with a limit", { offer, maxUsdPerHour: 2 }, 1],
    ["read again for an offer older than a minute", { offer: fresh({ observedAt: "2025-12-31T23:58:59Z" }) }, 1],
    ["read again for an offer of unknown age", { offer: fresh({ observedAt: "" }) }, 1],
  ] as const)("are %s", async (_, request, times) => {
    const { gpu, cloud } = setUp();
    await gpu.create(request as { offer: typeof offer });
    expect(cloud.count("listOffers")).toBe(times);
  });

  it.each([
    ["offer_gone", [{ id: "other" }], { maxUsdPerHour: 5 }],
    ["no_capacity", [{ availability: "unavailable" as const }], { maxUsdPerHour: 5 }],
    ["price_exceeded", [{ usdPerHour: 2.01 }], { maxUsdPerHour: 2 }],
    ["price_exceeded", [{ usdPerHour: null }], { maxUsdPerHour: 2 }],
    ["price_exceeded", [{ usdPerHour: 2.01 }], { offer: fresh({ observedAt: "2025-12-31T00:00:00Z" }) }],
  ])("end it with %s when they have changed", async (code, offers, request) => {
    const { gpu, cloud } = setUp();
    cloud.setOffers(offers);
    expect(await errorOf(gpu.create({ offer, ...request } as { offer: typeof offer }))).toMatchObject({
      code,
      sideEffect: "none",
    });
    expect(cloud.count("create")).toBe(0);
  });
});

describe("a limit", () => {
  it.each([
    ["above the offer and the extras requested with it", 0.5, 2.5, true],
    ["between the two", 0.5, 2.4, false],
    ["for a request of unknown price", null, 100, false],
    ["that is missing", null, undefined, true],
  ])("%s", async (_, extraUsdPerHour, maxUsdPerHour, passes) => {
    const { gpu, cloud } = setUp({ extraUsdPerHour });
    const created = gpu.create({ offer, ...(maxUsdPerHour !== undefined && { maxUsdPerHour }) });
    if (passes) expect((await created).ref).toBe("fake:i1");
    else expect(await errorOf(created)).toMatchObject({ code: "price_exceeded", sideEffect: "none" });
    expect(cloud.count("create")).toBe(passes ? 1 : 0);
  });
});

describe.each(["name", "key"] as const)("an instance that exists under a key (%s) and exceeds the limit", (guarantee) => {
  it("is named in the error, and not deleted, as it may be in use", async () => {
    const { cloud, gpu } = setUp({ guarantee });
    const idempotencyKey = gpu.newIdempotencyKey();
    const { ref } = await gpu.create({ offer, idempotencyKey });
    const [machine] = cloud.machines;
    if (machine) machine.usdPerHour = 5;
    const again = gpuOn([cloud]).gpu.create({ offer, idempotencyKey, maxUsdPerHour: 3 });
    expect(await errorOf(again)).toMatchObject({
      code: "price_exceeded",
      sideEffect: guarantee === "key" ? "possible" : "none",
      ref,
      instance: { usdPerHour: 5 },
    });
    expect(cloud.running()).toHaveLength(1);
  });
});

describe("a rejected create that left an instance", () => {
  const refused = (cloud: ReturnType<typeof fakeCloud>) =>
    cloud.next("create", async (work) => {
      const refusal = new GpuError({ message: "too low", code: "no_capacity", vendor: "fake", sideEffect: "committed" });
      return { ...((await work()) as object), refusal };
    });

  it("deletes it, and verifies that, before it reports that nothing was created", async () => {
    const { gpu, cloud, events } = setUp({ deletingMs: 10_000 });
    refused(cloud);
    const error = await errorOf(gpu.create({ offer }));
    expect(error).toMatchObject({ code: "no_capacity", sideEffect: "none" });
    expect([error.ref, cloud.running()]).toEqual([undefined, []]);
    expect(events.at(-1)).toEqual({ type: "delete.verified", ref: "fake:i1" });
    expect(await gpu.create({ offer })).toMatchObject({ ref: "fake:i2" });
  });

  it("names it when its deletion is not verified", async () => {
    const { gpu, cloud } = setUp();
    refused(cloud);
    cloud.next("delete", fails("unauthenticated"));
    const error = await errorOf(gpu.create({ offer }));
    expect(error).toMatchObject({ code: "no_capacity", sideEffect: "committed", ref: "fake:i1" });
    expect(error.message).toContain("Its deletion is not verified (unknown): delete fake:i1.");
    expect(cloud.running()).toHaveLength(1);
  });

  it("lets a launch continue only when it is gone", async () => {
    const { gpu, cloud } = setUp({ offers: [{ id: "a" }, { id: "b", usdPerHour: 3 }] });
    refused(cloud);
    const { instance, attempts } = await gpu.launch({ gpu: "H100", maxUsdPerHour: 4 });
    expect(attempts.map(({ outcome }) => outcome)).toEqual(["failed", "created"]);
    expect(cloud.running().map(({ id }) => id)).toEqual([instance.id]);
  });
});

it("refuses an offer with the id of the other market before anything is sent", async () => {
  const { gpu, cloud } = setUp();
  Object.assign(cloud.connected, { marketOf: (id: string) => (id.includes("bid") ? "spot" : "on_demand") });
  for (const [id, market] of [
    ["h100", "spot"],
    ["h100-bid", "on_demand"],
  ] as const) {
    const error = await errorOf(gpu.create({ offer: makeOffer("fake", { id, market }) }));
    expect(error).toMatchObject({ code: "invalid_request", sideEffect: "none" });
    expect(error.message).toContain(`fake:${id}`);
  }
  expect(cloud.calls).toEqual([]);
});

describe("an instance above the limit", () => {
  const tooExpensive = (cloud: ReturnType<typeof fakeCloud>) =>
    cloud.next("create", async (work) => {
      const result = await work();
      for (const machine of cloud.machines) machine.usdPerHour = 2.5;
      return result;
    });

  it("is deleted, and the deletion is verified", async () => {
    const { gpu, cloud, events } = setUp({ deletingMs: 10_000 });
    tooExpensive(cloud);
    const error = await errorOf(gpu.create({ offer, maxUsdPerHour: 2 }));
    expect(error).toMatchObject({ code: "price_exceeded", sideEffect: "none" });
    expect(error.ref).toBeUndefined();
    expect(cloud.running()).toEqual([]);
    expect(events.at(-1)).toEqual({ type: "delete.verified", ref: "fake:i1" });
  });

  it.each([
    ["is refused", [fails("unauthenticated")]],
    ["cannot be looked at", [doneBut("network")]],
  ])("is named in the error when its deletion %s", async (_, faults) => {
    const { gpu, cloud } = setUp();
    tooExpensive(cloud);
    cloud.next("delete", ...faults);
    cloud.next("get", async (work) => work(), ...Array.from({ length: 60 }, () => fails("unavailable")));
    const error = await errorOf(gpu.create({ offer, maxUsdPerHour: 2 }));
    expect(error).toMatchObject({
      code: "price_exceeded",
      sideEffect: "committed",
      ref: "fake:i1",
      instance: { usdPerHour: 2.5 },
    });
  });
});

describe("rejects an invalid request before anything is sent", () => {
  it.each([
    ["unsupported", { needs: ["sshPublicKey", "image"] as const }, { image: "x" }, "needs sshPublicKey"],
    ["unsupported", { needs: ["name"] as const }, { name: "" }, "needs name"],
    ["unsupported", { lacks: ["env", "diskGb"] as const }, { env: { A: "1" }, diskGb: 10 }, "does not support env and diskGb"],
    ["invalid_request", {}, { sshPublicKey: "AAAA" }, "sshPublicKey must be one line of an OpenSSH public key"],
    ["invalid_request", {}, { sshPublicKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0" }, "and not a private key"],
    ["invalid_request", {}, { maxUsdPerHour: 0 }, "maxUsdPerHour"],
    ["invalid_request", {}, { maxUsdPerHour: Number.NaN }, "maxUsdPerHour"],
    ["invalid_request", {}, { maxUsdPerHour: "5" as never }, "maxUsdPerHour"],
    ["invalid_request", {}, { diskGb: 1.5 }, "diskGb"],
    ["invalid_request", {}, { diskGb: "10" as never }, "diskGb"],
    ["invalid_request", {}, { idempotencyKey: 7 as never }, "idempotencyKey must be a string"],
    ["invalid_request", {}, { offer: undefined as never }, "offer"],
    ["configuration", {}, { offer: "other:h100" }, 'no provider "other"'],
    ["invalid_request", {}, { offer: "h100" }, "offer must be an offer or its id"],
    ["configuration", {}, { offer: "other:h100" as never }, "its providers are: fake"],
  ])("%s: %j %j", async (code, options, request, message) => {
    const { gpu, cloud } = setUp(options);
    const error = await errorOf(gpu.create({ offer, ...request } as { offer: "fake:h100" }));
    expect(error).toMatchObject({ code, sideEffect: "none" });
    expect(error.message).toContain(message);
    expect(error.message).not.toContain("c2VjcmV0");
    expect(cloud.calls).toEqual([]);
  });
});

describe("events, handles and errors", () => {
  it("contain no secret of the request", async () => {
    const { gpu, cloud, events } = setUp();
    cloud.next("create", fails("timeout", "possible"));
    const secrets = { env: { TOKEN: "s3cret-env" }, startupScript: "echo s3cret-script", image: "registry/x" };
    const error = await errorOf(
      gpu.create({ offer, sshPublicKey, ...secrets, providerOptions: { fake: { zone: "s3cret-zone" } } }),
    );
    expect(JSON.stringify([events, error.handle, error])).not.toContain("s3cret");
  });

  it("are reported to an observer, which may throw or reject", async () => {
    const { cloud } = setUp();
    const { createGpu } = await import("../src/index.js");
    for (const onEvent of [
      () => {
        throw new Error("observer");
      },
      () => Promise.reject(new Error("observer")),
    ]) {
      const gpu = createGpu({ providers: [cloud.provider], defaults: { clock: cloud.clock }, onEvent });
      expect((await gpu.create({ offer })).provider).toBe("fake");
    }
  });
});

describe("a machine that differs from the offer", () => {
  async function setUpOther(shown: Partial<Machine>) {
    const { gpu, cloud } = setUp();
    const [read] = (await gpu.offers()).offers;
    if (!read) throw new Error("no offer");
    cloud.next("create", async (work) => {
      const made = await work();
      Object.assign(cloud.machines[0] ?? {}, shown);
      return made;
    });
    return { gpu, cloud, read };
  }

  it("is an error with its ref, and is not deleted, as the caller decides", async () => {
    const { gpu, cloud, read } = await setUpOther({ gpuCount: 2 });
    const error = await errorOf(gpu.create({ offer: read }));
    expect(error).toMatchObject({ code: "instance_mismatch", sideEffect: "committed", ref: "fake:i1", instance: { id: "i1" } });
    expect(error.message).toContain("it has 2 GPUs, not 1");
    expect(cloud.running()).toHaveLength(1);
  });

  it("is detected for an id too, where a limit has the offer read again", async () => {
    const { gpu, cloud } = await setUpOther({ market: "spot" });
    expect((await errorOf(gpu.create({ offer, maxUsdPerHour: 5 }))).code).toBe("instance_mismatch");
    expect(cloud.running()).toHaveLength(1);
  });

  it("that exists under the key is never deleted", async () => {
    const { gpu, cloud, read } = await setUpOther({ gpuCount: 2 });
    const idempotencyKey = gpu.newIdempotencyKey();
    await errorOf(gpu.create({ offer: read, idempotencyKey }));
    const again = await errorOf(gpu.create({ offer: read, idempotencyKey }));
    expect(again).toMatchObject({ code: "instance_mismatch", sideEffect: "none", ref: "fake:i1" });
    expect(cloud.machines).toHaveLength(1);
    expect(cloud.running()).toHaveLength(1);
  });

  it("cannot be detected where the vendor shows nothing, which is reported", async () => {
    const { gpu, read } = await setUpOther({ gpu: null, market: "unknown" });
    expect((await gpu.create({ offer: read })).unverified).toEqual(["gpu", "market"]);
  });

  it.each<[unverified: string[], fields: object]>([
    [["gpu"], { gpu: undefined }],
    [["gpu"], { gpu: {} }],
    [["gpuCount"], { gpuCount: undefined }],
    [["market"], { market: undefined }],
  ])("cannot be detected from an offer of an untyped caller: %j with %j", async (unverified, fields) => {
    const { gpu, read } = await setUpOther({});
    expect((await gpu.create({ offer: { ...read, ...fields } as typeof read })).unverified).toEqual(unverified);
  });

  it("cannot be detected from a provider that does not know of markets", async () => {
    const { gpu, read } = await setUpOther({ market: undefined as unknown as "unknown" });
    expect((await gpu.create({ offer: read })).unverified).toEqual(["market"]);
  });

  it("cannot be detected for an id alone", async () => {
    const { gpu } = await setUpOther({ gpuCount: 2 });
    expect(await gpu.create({ offer })).not.toHaveProperty("unverified");
  });
});
