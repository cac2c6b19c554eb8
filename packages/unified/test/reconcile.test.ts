import { describe, expect, it } from "vitest";
import type { CreateHandle } from "../src/index.js";
import { makeMark } from "../src/mark.js";
import {
  doneLater,
  errorOf,
  type FakeOptions,
  fails,
  fakeCloud,
  gpuOn,
  hangs,
  jumpingClock,
  responseLost,
  startOfTime,
} from "./fake-provider.js";

function setUp(options: FakeOptions = {}) {
  const cloud = fakeCloud({ id: "fake", ...options });
  return { cloud, ...gpuOn([cloud]) };
}

const sinceStart = ({ clock }: { clock: { now(): number } }) => clock.now() - startOfTime;

/** The handle stored by a caller that crashed, either after or before it sent the create. */
async function handleOfCrash(
  cloud: ReturnType<typeof fakeCloud>,
  wasSent: boolean,
  fault = doneLater(cloud.clock, 0),
): Promise<CreateHandle> {
  const { gpu } = gpuOn([cloud]);
  let stored: CreateHandle | undefined;
  const crash = new AbortController();
  cloud.next("create", async (work, context) => {
    await fault(work, context).catch(() => {});
    crash.abort();
    return hangs(work, context);
  });
  await errorOf(
    gpu.create({
      offer: "fake:h100",
      signal: crash.signal,
      onIntent: (handle) => {
        stored = JSON.parse(JSON.stringify(handle)) as CreateHandle;
        if (!wasSent) throw new Error("crash");
      },
    }),
  );
  if (!stored) throw new Error("no handle was stored");
  return stored;
}

describe("reconcile after a crash", () => {
  it.each([0, 10_000, 29_000])("finds the instance with a list that lags by %d ms", async (lagMs) => {
    const { gpu, cloud } = setUp({ lagMs });
    const handle = await handleOfCrash(cloud, true);
    expect(await gpu.reconcile(handle)).toMatchObject({ outcome: "created", instance: { ref: "fake:i1", owned: true } });
    expect(cloud.count("create")).toBe(1);
  });

  it("finds an instance that the vendor created only a minute after the crash", async () => {
    const { gpu, cloud } = setUp({ lagMs: 25_000 });
    const handle = await handleOfCrash(cloud, true, doneLater(cloud.clock, 60_000));
    expect(await gpu.reconcile(handle)).toMatchObject({ outcome: "created" });
  });

  it("reports absent only when everything must be visible", async () => {
    const { gpu, cloud } = setUp();
    const handle = await handleOfCrash(cloud, false);
    expect(await gpu.reconcile(handle)).toEqual({ outcome: "absent", candidates: [] });
    expect(sinceStart(cloud)).toBeGreaterThanOrEqual(30_000 + 60_000 + 60_000 + 30_000);
  });

  it("reports absent after one list when the handle is old", async () => {
    const { gpu, cloud } = setUp();
    const handle = await handleOfCrash(cloud, false);
    await cloud.clock.advance(60 * 60_000);
    expect(await gpu.reconcile(handle)).toMatchObject({ outcome: "absent" });
    expect(cloud.count("list")).toBe(1);
  });

  it.each<[string, { offMs?: number; agoMs?: number }, number]>([
    ["the failure", {}, 90_000],
    ["the failure, by a clock that was an hour ahead of ours", { offMs: 3_600_000 }, 90_000],
    ["the failure of a minute ago", { agoMs: 60_000 }, 30_000],
  ])("reports absent by a list that began 60 s and the lag of lists after %s", async (_, { offMs = 0, agoMs = 0 }, tookMs) => {
    const { gpu, cloud } = setUp();
    const handle = await handleOfCrash(cloud, false);
    await cloud.clock.advance(3_600_000);
    const connectedUntil = new Date(cloud.clock.now() + offMs - agoMs).toISOString();
    const since = cloud.clock.now();
    expect(await gpu.reconcile({ ...handle, connectedUntil })).toEqual({ outcome: "absent", candidates: [] });
    expect(cloud.clock.now() - since).toBe(tookMs);
  });

  it("uses its own record of when the connection ended, although our clock has jumped by an hour since", async () => {
    const cloud = fakeCloud({ id: "fake", lagMs: 25_000 });
    const clock = jumpingClock(cloud.clock);
    const { gpu } = gpuOn([cloud], { clock: { ...clock, monotonic: cloud.clock.now } });
    const controller = new AbortController();
    cloud.next("create", async (work, context) => {
      void cloud.clock.sleep(55_000).then(work);
      controller.abort();
      return hangs(work, context);
    });
    const { handle } = await errorOf(gpu.create({ offer: "fake:h100", signal: controller.signal }));
    clock.jump(3_600_000);
    expect(await gpu.reconcile(handle as CreateHandle)).toMatchObject({ outcome: "created", instance: { ref: "fake:i1" } });
  });

  it("never reports absent while this process is still sending the create", async () => {
    const { gpu, cloud } = setUp();
    const handles: CreateHandle[] = [];
    let respond = () => {};
    cloud.next("create", async (work) => {
      await new Promise<void>((resolve) => {
        respond = resolve;
      });
      return work();
    });
    const created = gpu.create({ offer: "fake:h100", onIntent: (handle) => handles.push(handle) });
    await expect.poll(() => cloud.count("create")).toBe(1);
    expect(await gpu.reconcile(handles[0] as CreateHandle)).toEqual({ outcome: "unknown", candidates: [] });
    respond();
    expect(await created).toMatchObject({ ref: "fake:i1" });
  });

  it("respects the vendor's pauses, and ends when one is too long", async () => {
    const { gpu, cloud } = setUp();
    const handle = await handleOfCrash(cloud, true);
    cloud.calls.length = 0;
    const since = cloud.clock.now();
    cloud.next("list", fails("rate_limited", "none", { retryAfterMs: 40_000 }));
    expect(await gpu.reconcile(handle)).toMatchObject({ outcome: "created" });
    expect(cloud.clock.now() - since).toBe(40_000);
    cloud.next("list", fails("rate_limited", "none", { retryAfterMs: 3_600_000 }));
    expect(await gpu.reconcile(handle)).toMatchObject({ outcome: "unknown", error: { retryAfterMs: 3_600_000 } });
    expect(cloud.clock.now() - since).toBe(40_000);
  });

  it("does not confuse it with an instance of another create", async () => {
    const { gpu, cloud } = setUp();
    await gpu.create({ offer: "fake:h100" });
    const handle = await handleOfCrash(cloud, false);
    expect(await gpu.reconcile(handle)).toEqual({ outcome: "absent", candidates: [] });
  });

  it("does not choose between two instances with its mark", async () => {
    const { gpu, cloud } = setUp();
    const handle = await handleOfCrash(cloud, true);
    cloud.rent({ offer: "h100", mark: handle.mark, idempotencyKey: "", options: {} });
    expect(await gpu.reconcile(handle)).toMatchObject({ outcome: "unknown", candidates: [{ id: "i1" }, { id: "i2" }] });
  });

  it("never reports absent while the list fails", async () => {
    const { gpu, cloud } = setUp();
    const handle = await handleOfCrash(cloud, false);
    cloud.next("list", ...Array.from({ length: 60 }, () => fails("unavailable", "none", { retryable: true })));
    expect(await gpu.reconcile(handle)).toMatchObject({ outcome: "unknown", error: { code: "unavailable" } });
  });

  it("continues when a list fails occasionally", async () => {
    const { gpu, cloud } = setUp();
    const handle = await handleOfCrash(cloud, true);
    cloud.next("list", fails("rate_limited"), fails("network"), async () => {
      throw new TypeError("x is undefined");
    });
    expect(await gpu.reconcile(handle)).toMatchObject({ outcome: "created" });
  });

  it("ends with what is known when the caller aborts", async () => {
    const { gpu, cloud } = setUp();
    const handle = await handleOfCrash(cloud, false);
    const controller = new AbortController();
    void cloud.clock.sleep(5_000).then(() => controller.abort());
    expect(await gpu.reconcile(handle, { signal: controller.signal })).toEqual({ outcome: "unknown", candidates: [] });
    expect(sinceStart(cloud)).toBeLessThan(10_000);
  });

  it("polls less and less often", async () => {
    const { gpu, cloud } = setUp();
    const handle = await handleOfCrash(cloud, false);
    await gpu.reconcile(handle);
    expect(cloud.count("list")).toBeGreaterThan(8);
    expect(cloud.count("list")).toBeLessThan(20);
  });
});

describe("reconcile where the vendor shows no marks", () => {
  it("reports absent by a list from before, and unknown with what is new since", async () => {
    const { gpu, cloud } = setUp({ guarantee: "key", showsAge: false });
    cloud.rent({ offer: "h100", mark: "", idempotencyKey: "another's", options: {} });
    const handle = await handleOfCrash(cloud, false);
    expect(handle.before).toEqual(["i1"]);
    expect(await gpu.reconcile(handle)).toEqual({ outcome: "absent", candidates: [] });
    cloud.rent({ offer: "h100", mark: "", idempotencyKey: "another's", options: {} });
    expect(await gpu.reconcile(handle)).toMatchObject({ outcome: "unknown", candidates: [{ id: "i2" }] });
  });

  it("never reports absent without a list from before", async () => {
    const { gpu, cloud } = setUp({ guarantee: "key", showsAge: false });
    cloud.next("list", fails("unavailable"));
    const handle = await handleOfCrash(cloud, false);
    expect(handle.before).toBeUndefined();
    expect(await gpu.reconcile(handle)).toEqual({ outcome: "unknown", candidates: [] });
  });

  it("treats a new machine without a mark as a candidate when marks may get lost", async () => {
    const { gpu, cloud } = setUp({ guarantee: "best-effort" });
    const handle = await handleOfCrash(cloud, false);
    // The machine's SSH keys have comments, but no comment has a mark.
    cloud.rent({ offer: "h100", mark: undefined as unknown as string, idempotencyKey: "", options: {} });
    expect(await gpu.reconcile(handle)).toMatchObject({ outcome: "unknown", candidates: [{ id: "i1", owned: false }] });
  });
});

it("reconcile with a vendor's idempotency key reports absent only when the create can no longer be repeated", async () => {
  const cloud = fakeCloud({ id: "fake", guarantee: "key", lagMs: 10_000, settleMs: 15_000 });
  const { gpu } = gpuOn([cloud]);
  cloud.next("create", async (work) => {
    await cloud.clock.sleep(120_000);
    return responseLost(work, { clock: cloud.clock });
  });
  cloud.next("create", fails("unavailable"));
  const { handle } = await errorOf(gpu.create({ offer: "fake:h100" }));
  const found = await gpu.reconcile(handle as CreateHandle);
  expect(found).toMatchObject({ outcome: "unknown", candidates: [{ ref: "fake:i1" }] });
});

describe("a handle", async () => {
  const { text: mark } = await makeMark("", "key-1", {});
  const whole = {
    version: 1,
    provider: "fake",
    offer: "fake:h100",
    idempotencyKey: "key-1",
    mark,
    sentAt: "2026-01-01T00:00:00Z",
  };

  it("that is complete is accepted", async () => {
    const { gpu } = setUp();
    expect(await gpu.reconcile(whole as CreateHandle)).toMatchObject({ outcome: "absent" });
  });

  it.each([
    ["no object", {}],
    ["nothing", null],
    ["of another version", { ...whole, version: 2 }],
    ["with half a mark", { ...whole, mark: whole.mark.slice(0, 24) }],
    ["with a mark that was changed", { ...whole, mark: `${whole.mark.slice(0, -1)}_` }],
    ["without a time", { ...whole, sentAt: "soon" }],
    ["with a last moment that is not a time", { ...whole, connectedUntil: "late" }],
  ])("that is %s is rejected", async (_, handle) => {
    const { gpu, cloud } = setUp();
    expect((await errorOf(gpu.reconcile(handle as unknown as CreateHandle))).code).toBe("invalid_request");
    expect(cloud.calls).toEqual([]);
  });

  it("of a provider that is not configured is rejected", async () => {
    const { gpu, cloud } = setUp();
    const handle = await handleOfCrash(cloud, false);
    expect(await errorOf(gpu.reconcile({ ...handle, provider: "other" }))).toMatchObject({ code: "configuration" });
  });
});
