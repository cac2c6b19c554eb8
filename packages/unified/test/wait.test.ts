import { describe, expect, it } from "vitest";
import type { Instance, WaitOptions } from "../src/index.js";
import {
  errorOf,
  type FakeOptions,
  type Fault,
  fails,
  fakeCloud,
  gpuOn,
  hangs,
  jumpingClock,
  returns,
  slow,
  startOfTime,
  times,
} from "./fake-provider.js";

async function setUp(options: FakeOptions = {}) {
  const cloud = fakeCloud({ id: "fake", ...options });
  const { gpu, events } = gpuOn([cloud]);
  const instance = await gpu.create({ offer: "fake:h100" });
  const machine = cloud.machines[0];
  if (!machine) throw new Error("no machine");
  cloud.calls.length = 0;
  events.length = 0;
  return { cloud, gpu, events, instance, machine };
}

const secondsOf = ({ clock }: { clock: { now(): number } }) => (clock.now() - startOfTime) / 1_000;

describe("waitUntilReady", () => {
  it("polls until the instance is ready, reports each read, and backs off to 15 s", async () => {
    const { gpu, cloud, events, instance } = await setUp({ bootMs: 200_000 });
    const progress: string[] = [];
    const ready = await gpu.waitUntilReady(instance, { onProgress: ({ status }) => progress.push(status) });
    expect(ready).toMatchObject({ ref: "fake:i1", ready: true, address: "203.0.113.7" });
    expect(progress.at(-1)).toBe("running");
    expect(new Set(progress)).toEqual(new Set(["starting", "running"]));
    expect(events.filter(({ type }) => type === "wait.status")).toHaveLength(progress.length);
    expect(events.at(-1)).toMatchObject({ ref: "fake:i1", status: "running", rawStatus: "RUNNING" });
    expect(cloud.count("get")).toBeGreaterThan(12);
    expect(cloud.count("get")).toBeLessThan(22);
    expect(secondsOf(cloud)).toBeLessThan(200 + 15);
  });

  it("does not poll before the vendor's shortest boot time is over", async () => {
    const { gpu, cloud, instance } = await setUp({ bootMs: 200_000 });
    await gpu.waitUntilReady(instance, { bootSeconds: { min: 190, max: 600 } });
    expect(cloud.count("get")).toBeLessThan(9);
  });

  it("waits for at least twice the longest boot time, or for 15 minutes", async () => {
    const slow = await setUp({ bootMs: 29 * 60_000 });
    await slow.gpu.waitUntilReady(slow.instance, { bootSeconds: { min: null, max: 15 * 60 } });
    const { gpu, cloud, instance } = await setUp({ bootMs: 29 * 60_000 });
    expect((await errorOf(gpu.waitUntilReady(instance))).code).toBe("wait_timeout");
    expect(secondsOf(cloud)).toBe(900);
  });

  it("times out with the last known instance, which continues to run and may cost money", async () => {
    const { gpu, instance } = await setUp({ bootMs: 600_000 });
    const error = await errorOf(gpu.waitUntilReady(instance, { timeoutMs: 60_000 }));
    expect(error).toMatchObject({
      code: "wait_timeout",
      sideEffect: "committed",
      ref: "fake:i1",
      instance: { status: "starting" },
    });
  });

  it("stops a hanging read at the timeout, and then reads once more", async () => {
    const { gpu, cloud, instance } = await setUp();
    cloud.next("get", hangs);
    expect(await gpu.waitUntilReady(instance, { timeoutMs: 60_000 })).toMatchObject({ ready: true });
    expect(secondsOf(cloud)).toBe(60);
  });

  it("ends at most a minute after the timeout when all reads hang", async () => {
    const { gpu, cloud, instance } = await setUp();
    cloud.next("get", ...times(10, hangs));
    const error = await errorOf(gpu.waitUntilReady(instance, { timeoutMs: 60_000 }));
    expect(error).toMatchObject({ code: "wait_timeout", ref: "fake:i1", cause: { code: "timeout" } });
    expect(secondsOf(cloud)).toBe(120);
  });

  it("gives the last read enough time, so an instance that became ready in the last interval is ready", async () => {
    const { gpu, cloud, instance } = await setUp({ bootMs: 58_000 });
    const delayed = slow(cloud.clock, 5_000);
    cloud.next("get", ...times(3, fails("unavailable", "none", { retryable: true })), ...times(20, delayed));
    expect(await gpu.waitUntilReady(instance, { timeoutMs: 59_000 })).toMatchObject({ ready: true });
    expect(secondsOf(cloud)).toBe(64);
  });

  it.each(["failed", "terminated", "terminating"] as const)(
    "ends at once on the status %s, with the vendor's reason",
    async (status) => {
      const { gpu, machine, instance, cloud } = await setUp();
      machine.status = status;
      machine.error = "no such image";
      const error = await errorOf(gpu.waitUntilReady(instance));
      expect(error).toMatchObject({ code: "instance_failed", sideEffect: "committed", ref: "fake:i1", instance: { status } });
      expect(error.message).toContain("no such image");
      expect(cloud.count("get")).toBe(1);
    },
  );

  it("ends when the status stays stopped, and names it", async () => {
    const { gpu, machine, instance, cloud } = await setUp();
    machine.status = "stopped";
    const error = await errorOf(gpu.waitUntilReady(instance));
    expect(error.code).toBe("instance_failed");
    expect(error.message).toContain("STOPPED");
    expect(secondsOf(cloud)).toBeLessThan(60);
  });

  it("ignores the status stopped that the vendor still shows after a start", async () => {
    const { gpu, machine, instance, cloud } = await setUp();
    await cloud.clock.advance(600_000);
    machine.status = "stopped";
    void cloud.clock.sleep(5_000).then(() => {
      machine.status = undefined;
    });
    expect(await gpu.waitUntilReady(instance)).toMatchObject({ ready: true });
  });

  it("continues with an unknown status", async () => {
    const { gpu, machine, instance } = await setUp();
    machine.status = "unknown";
    expect((await errorOf(gpu.waitUntilReady(instance, { timeoutMs: 60_000 }))).code).toBe("wait_timeout");
  });

  it("continues when only the read by id does not find it", async () => {
    const { gpu, cloud, instance } = await setUp();
    await cloud.clock.advance(40_000);
    cloud.next("get", returns(undefined), returns(undefined));
    cloud.next("access", fails("not_found"));
    expect((await gpu.waitUntilReady(instance, { probe: async () => true })).ready).toBe(true);
  });

  it("continues while the vendor does not show a young instance, and ends when one is gone", async () => {
    const { gpu, machine, instance, cloud } = await setUp({ lagMs: 25_000 });
    expect(await gpu.waitUntilReady(instance)).toMatchObject({ ready: true });
    machine.deletedAt = cloud.clock.now();
    await cloud.clock.advance(60_000);
    const error = await errorOf(gpu.waitUntilReady(instance));
    expect(error.code).toBe("instance_failed");
    expect(error.message).toContain("no longer has it");
  });

  it.each<[string, Fault]>([
    ["unavailable", fails("unavailable", "none", { retryable: true })],
    ["a page of HTML", fails("vendor_contract")],
    ["403", fails("permission_denied")],
    ["401", fails("unauthenticated")],
    ["a thrown TypeError", async () => JSON.parse("{").x],
  ])("continues after a failed read: %s", async (_, fault) => {
    const { gpu, cloud, instance } = await setUp();
    cloud.next("get", fault, fault, fails("unavailable"), fault);
    expect(await gpu.waitUntilReady(instance)).toMatchObject({ ready: true });
  });

  it.each<[string, Fault, number]>([
    ["401", fails("unauthenticated"), 3],
    ["configuration", fails("configuration"), 1],
  ])("ends when reads fail permanently: %s", async (_, fault, readings) => {
    const { gpu, cloud, instance } = await setUp();
    cloud.next("get", ...times(10, fault));
    expect((await errorOf(gpu.waitUntilReady(instance))).code).toMatch(/unauthenticated|configuration/);
    expect(cloud.count("get")).toBe(readings);
  });

  it.each<[string, Fault]>([
    ["a page of HTML", fails("vendor_contract")],
    ["403", fails("permission_denied")],
  ])("times out with the reason when all reads fail with %s, which proves nothing about the machine", async (_, fault) => {
    const { gpu, cloud, instance } = await setUp();
    cloud.next("get", ...times(100, fault));
    const error = await errorOf(gpu.waitUntilReady(instance, { timeoutMs: 60_000 }));
    expect(error).toMatchObject({
      code: "wait_timeout",
      cause: { code: expect.stringMatching(/vendor_contract|permission_denied/) },
    });
  });

  it("of a launch keeps the machine after a single invalid read", async () => {
    const { gpu, cloud } = await setUp();
    cloud.next("get", async (work) => work(), fails("vendor_contract"), fails("permission_denied"));
    const { instance } = await gpu.launch({ gpu: "H100", maxUsdPerHour: 5 });
    expect(instance).toMatchObject({ ref: "fake:i2", ready: true });
    expect(cloud.count("delete")).toBe(0);
  });

  it("respects the vendor's pauses", async () => {
    const { gpu, cloud, instance } = await setUp({ bootMs: 0 });
    cloud.next("get", fails("rate_limited", "none", { retryable: true, retryAfterMs: 40_000 }));
    await gpu.waitUntilReady(instance, { timeoutMs: 20_000 });
    expect(secondsOf(cloud)).toBe(40);
    cloud.next("get", fails("rate_limited", "none", { retryable: true, retryAfterMs: 400_000 }));
    const error = await errorOf(gpu.waitUntilReady(instance, { timeoutMs: 20_000 }));
    expect(error).toMatchObject({ code: "wait_timeout", cause: { retryAfterMs: 400_000 } });
    expect(secondsOf(cloud)).toBe(40);
  });

  it("does not fail for a young instance that a slow list lacks", async () => {
    const { gpu, cloud, instance } = await setUp({ lagMs: 29_000, settleMs: 30_000 });
    cloud.next("list", slow(cloud.clock, 40_000));
    expect(await gpu.waitUntilReady(instance)).toMatchObject({ ready: true });
  });

  it.each([3_600_000, -3_600_000])("is not misled by a clock that jumps by %d ms", async (jumpMs) => {
    const cloud = fakeCloud({ id: "fake", lagMs: 25_000 });
    const clock = jumpingClock(cloud.clock);
    const { gpu } = gpuOn([cloud], { clock });
    const instance = await gpu.create({ offer: "fake:h100" });
    void cloud.clock.sleep(3_000).then(() => clock.jump(jumpMs));
    expect(await gpu.waitUntilReady(instance)).toMatchObject({ ready: true });
  });

  it("of an unknown ref is not_found, once a list must have shown it", async () => {
    const { gpu, cloud } = await setUp();
    expect(await errorOf(gpu.waitUntilReady("fake:i"))).toMatchObject({ code: "not_found", sideEffect: "none" });
    expect(secondsOf(cloud)).toBeGreaterThanOrEqual(30);
  });

  it.each([
    { timeoutMs: Number.NaN },
    { timeoutMs: "60" },
    { timeoutMs: -1 },
    { timeoutMs: Number.POSITIVE_INFINITY },
    { bootSeconds: { min: "5", max: null } },
  ])("with %j is rejected", async (options) => {
    const { gpu, cloud, instance } = await setUp();
    expect((await errorOf(gpu.waitUntilReady(instance, options as WaitOptions))).code).toBe("invalid_request");
    expect(cloud.calls).toEqual([]);
  });

  it("names the last failure of the reads when it times out", async () => {
    const { gpu, cloud, instance } = await setUp();
    cloud.next("get", ...Array.from({ length: 50 }, () => fails("unavailable", "none", { retryable: true })));
    const error = await errorOf(gpu.waitUntilReady(instance, { timeoutMs: 60_000 }));
    expect(error).toMatchObject({ code: "wait_timeout", cause: { code: "unavailable" } });
    expect(error.message).toContain("not seen");
  });

  it("repeats a probe until it returns true, even if it throws or hangs", async () => {
    const { gpu, instance } = await setUp();
    const probed: unknown[] = [];
    const replies: NonNullable<WaitOptions["probe"]>[] = [
      async () => false,
      async () => {
        throw new Error("refused");
      },
      () => new Promise(() => {}),
      async () => true,
    ];
    const ready = await gpu.waitUntilReady(instance, {
      probe: async (access, signal) => {
        probed.push(access);
        return replies[probed.length - 1]?.(access, signal) ?? false;
      },
    });
    expect(ready.ready).toBe(true);
    expect(probed).toEqual(
      Array.from({ length: 4 }, () => ({ host: "203.0.113.7", port: 22, user: "root", auth: { kind: "key" } })),
    );
  });

  it.each<[string, Fault | undefined, WaitOptions["probe"]]>([
    ["access hangs", hangs, async () => true],
    ["access comes late", async (work, { clock }) => clock.sleep(180_000).then(work), async () => true],
    ["probe hangs", undefined, () => new Promise(() => {})],
  ])("keeps its timeout when the %s, and then reads once more", async (_, access, probe) => {
    const { gpu, cloud, instance } = await setUp({ bootMs: 0 });
    if (access) cloud.next("access", access);
    const since = cloud.clock.now();
    const ready = gpu.waitUntilReady(instance, { timeoutMs: 10_000, probe });
    if (access) expect(await ready).toMatchObject({ ready: true });
    else expect(await errorOf(ready)).toMatchObject({ code: "wait_timeout" });
    expect(cloud.clock.now() - since).toBe(access ? 10_000 : 25_000);
  });

  it("does not call a probe without access data", async () => {
    const { gpu, cloud, instance } = await setUp();
    cloud.next("access", returns(undefined));
    let probes = 0;
    const probe = async () => {
      probes += 1;
      return true;
    };
    await gpu.waitUntilReady(instance, { probe });
    expect(cloud.count("access")).toBe(2);
    expect(probes).toBe(1);
  });

  it("tolerates an observer that throws", async () => {
    const { gpu, instance } = await setUp();
    const onProgress = () => {
      throw new Error("observer");
    };
    expect(await gpu.waitUntilReady(instance, { onProgress })).toMatchObject({ ready: true });
  });

  it.each([
    ["between readings", undefined],
    ["during one", hangs],
  ])("ends when the caller aborts %s; the instance continues to run", async (_, fault) => {
    const { gpu, cloud, instance } = await setUp({ bootMs: 600_000 });
    if (fault) cloud.next("get", fault);
    const controller = new AbortController();
    void cloud.clock.sleep(30_000).then(() => controller.abort());
    const error = await errorOf(gpu.waitUntilReady(instance, { signal: controller.signal }));
    expect(error).toMatchObject({ code: "aborted", sideEffect: "committed", ref: "fake:i1" });
    expect(secondsOf(cloud)).toBe(30);
    expect(cloud.running()).toHaveLength(1);
  });

  it("accepts a ref", async () => {
    const { gpu, instance } = await setUp();
    const ready: Instance = await gpu.waitUntilReady(instance.ref);
    expect(ready.status).toBe("running");
  });
});
