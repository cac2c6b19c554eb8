import { describe, expect, it } from "vitest";
import { createGpu, type Gpu, type GpuError, type UnifiedGpuError } from "../src/index.js";
import { errorOf, type FakeOptions, fails, fakeCloud, gpuOn, returns, times } from "./fake-provider.js";

const request = { gpu: "H100", maxUsdPerHour: 4 } as const;

function setUp(options: FakeOptions = {}) {
  const cloud = fakeCloud({ id: "fake", ...options });
  return { cloud, ...gpuOn([cloud], { owner: "ci" }) };
}

/** Runs `work` within a lease, and returns the error that the block throws. */
async function within(gpu: Gpu, work: (lease: Awaited<ReturnType<Gpu["lease"]>>) => unknown): Promise<unknown> {
  try {
    await using lease = await gpu.lease(request);
    await work(lease);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("a lease", () => {
  it("deletes its instance, and verifies that, at the end of its scope", async () => {
    const { gpu, cloud, events } = setUp({ deletingMs: 20_000 });
    const seen: unknown[] = [];
    const error = await within(gpu, async (lease) => {
      seen.push(lease.state, lease.instance.ready, (await lease.access()).host, cloud.running().length);
    });
    expect(error).toBeUndefined();
    expect(seen).toEqual(["held", true, "203.0.113.7", 1]);
    expect(cloud.running()).toEqual([]);
    expect(events.at(-1)).toEqual({ type: "delete.verified", ref: "fake:i1" });
  });

  it("also deletes it when the body fails, and throws the error of the body", async () => {
    const { gpu, cloud } = setUp();
    const failure = new Error("training failed");
    expect(
      await within(gpu, () => {
        throw failure;
      }),
    ).toBe(failure);
    expect(cloud.running()).toEqual([]);
  });

  it("throws both errors when the deletion fails as well", async () => {
    const { gpu, cloud } = setUp();
    const failure = new Error("training failed");
    const error = (await within(gpu, () => {
      cloud.next("delete", fails("permission_denied"));
      throw failure;
    })) as SuppressedError;
    expect(error.suppressed).toBe(failure);
    expect(error.error).toMatchObject({ code: "permission_denied" });
  });

  it("throws an error with the ref when the deletion is not verified", async () => {
    const { gpu, cloud } = setUp();
    const error = (await within(gpu, () => {
      cloud.next("delete", ...times(60, fails("unavailable")));
    })) as UnifiedGpuError;
    expect(error).toMatchObject({ code: "unavailable", ref: "fake:i1", sideEffect: "committed" });
    expect(error.message).toContain("fake:i1");
    expect((error.cause as GpuError).code).toBe("unavailable");
  });

  it("keeps a detached instance", async () => {
    const { gpu, cloud } = setUp();
    await within(gpu, (lease) => {
      lease.detach();
      expect(lease.state).toBe("detached");
    });
    expect(cloud.running()).toHaveLength(1);
    expect(cloud.count("delete")).toBe(0);
  });

  it("can be deleted early, and then the end of the scope does nothing", async () => {
    const { gpu, cloud } = setUp();
    await within(gpu, async (lease) => {
      expect(await lease.delete({ waitMs: 60_000 })).toEqual({ outcome: "deleted" });
      lease.detach();
      expect(lease.state).toBe("deleted");
    });
    expect(cloud.count("delete")).toBe(1);
  });

  it("remains active while a deletion may have failed", async () => {
    const { gpu, cloud } = setUp();
    await within(gpu, async (lease) => {
      cloud.next("delete", fails("unavailable"));
      expect(await lease.delete()).toMatchObject({ outcome: "unknown" });
      expect(lease.state).toBe("held");
    });
    expect(cloud.running()).toEqual([]);
  });

  it("deletes the instance when the caller aborts during the boot", async () => {
    const { gpu, cloud } = setUp();
    const abort = new AbortController();
    const wait = { onProgress: () => abort.abort() };
    expect(await errorOf(gpu.lease({ ...request, wait, signal: abort.signal }))).toMatchObject({
      code: "aborted",
      sideEffect: "none",
    });
    expect(cloud.machines).toHaveLength(1);
    expect(cloud.running()).toEqual([]);
  });

  it("reports a create with an unknown outcome by its handle", async () => {
    const { gpu, cloud } = setUp();
    cloud.next("create", fails("timeout", "possible"));
    cloud.next("list", ...times(60, returns([])));
    expect(await errorOf(gpu.lease(request))).toMatchObject({ code: "create_ambiguous", handle: { provider: "fake" } });
  });

  it("works without an owner and without an expiry", async () => {
    const cloud = fakeCloud();
    const gpu = createGpu({ providers: [cloud.provider], defaults: { clock: cloud.clock } });
    expect(await within(gpu, ({ instance }) => expect(instance.expiresAt).toBeNull())).toBeUndefined();
    expect(cloud.running()).toEqual([]);
  });

  it("whose process dies is deleted by the first sweep after its expiry, and not before", async () => {
    const { gpu, cloud } = setUp();
    await gpu.lease({ ...request, ttlMs: 3_600_000 });
    const sweep = () => gpuOn([cloud], { owner: "ci" }).gpu.sweep();
    await cloud.clock.advance(3_300_000);
    expect((await sweep()).kept).toMatchObject([{ reason: "not_expired" }]);
    await cloud.clock.advance(300_000);
    expect((await sweep()).deleted).toMatchObject([{ ref: "fake:i1" }]);
    expect(cloud.running()).toEqual([]);
  });
});
