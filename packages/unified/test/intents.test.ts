import { describe, expect, it } from "vitest";
import { type CreateHandle, createGpu, type IntentStore } from "../src/index.js";
import {
  doneBut,
  errorOf,
  type FakeOptions,
  fails,
  fakeCloud,
  gpuOn,
  hangs,
  responseLost,
  times,
  untilSent,
} from "./fake-provider.js";

/** An in-memory store that records its calls. */
function memoryIntents() {
  const left = new Map<string, CreateHandle>();
  const log: string[] = [];
  const keyOf = ({ provider, mark }: CreateHandle) => `${provider} ${mark}`;
  const store: IntentStore = {
    write: async (handle) => {
      log.push("write");
      left.set(keyOf(handle), JSON.parse(JSON.stringify(handle)));
    },
    clear: async (handle) => {
      log.push("clear");
      left.delete(keyOf(handle));
    },
    list: async () => [...left.values()],
  };
  return { store, log, left: () => [...left.values()] };
}

function setUp(options: FakeOptions = {}) {
  const cloud = fakeCloud(options);
  const intents = memoryIntents();
  const { gpu } = gpuOn([cloud], { intents: intents.store });
  /** A new process with the same store. */
  const restarted = () => gpuOn([cloud], { intents: intents.store }).gpu;
  return { cloud, intents, gpu, restarted, clock: cloud.clock };
}

const offer = "fake:h100";
const never = async () => new Promise<never>(() => {});

describe("intents", () => {
  it("are written before the paid call and cleared after it", async () => {
    const { cloud, intents, gpu } = setUp();
    cloud.next("create", async (work) => {
      intents.log.push("paid call");
      expect(intents.left()).toMatchObject([{ provider: "fake", offer, version: 1 }]);
      return work();
    });
    await gpu.create({ offer });
    expect(intents.log).toEqual(["write", "paid call", "clear"]);
    expect(intents.left()).toEqual([]);
  });

  it("are written before onIntent and for each attempt of a launch", async () => {
    const { cloud, intents, gpu } = setUp({ offers: [{ id: "a" }, { id: "b" }] });
    cloud.next("create", fails("no_capacity"));
    await gpu.launch({ gpu: "H100", maxUsdPerHour: 4, onIntent: () => void intents.log.push("onIntent") });
    expect(intents.log).toEqual(["write", "onIntent", "clear", "write", "onIntent", "clear"]);
  });

  it("that cannot be written prevent the request", async () => {
    const { cloud, intents, gpu } = setUp();
    intents.store.write = async () => {
      throw new Error("disk full");
    };
    expect(await errorOf(gpu.create({ offer }))).toMatchObject({
      code: "aborted",
      sideEffect: "none",
      cause: { message: "disk full" },
    });
    expect(cloud.count("create")).toBe(0);
  });

  it.each<[name: string, fault: Parameters<typeof fails>, isLeft: boolean]>([
    ["is cleared when certainly nothing was created", ["no_capacity", "none"], false],
    ["is kept when the outcome stays unknown", ["timeout", "possible"], true],
  ])("a handle %s", async (_, fault, isLeft) => {
    const { cloud, intents, gpu } = setUp();
    cloud.next("create", fails(...fault));
    await errorOf(gpu.create({ offer }));
    expect(intents.left()).toHaveLength(isLeft ? 1 : 0);
    if (isLeft) expect(intents.left()[0]?.connectedUntil).toBeTypeOf("string");
  });

  it("are cleared when the error names the instance", async () => {
    const { cloud, intents, gpu } = setUp();
    cloud.next("get", ...times(100, fails("unavailable")));
    const error = await errorOf(gpu.create({ offer, maxUsdPerHour: 4 }));
    expect(error.code).toBe("limit_unknown");
    expect(error.ref).toBe("fake:i1");
    expect(intents.left()).toEqual([]);
  });

  it("are cleared when the deletion of an unwanted machine was verified", async () => {
    const { cloud, intents, gpu } = setUp();
    cloud.next("create", async (work) => {
      const result = await work();
      for (const machine of cloud.machines) machine.usdPerHour = 5;
      return result;
    });
    expect(await errorOf(gpu.create({ offer, maxUsdPerHour: 3 }))).toMatchObject({ code: "price_exceeded", sideEffect: "none" });
    expect([intents.left(), cloud.running()]).toEqual([[], []]);
  });

  it("are kept when a repeat with the vendor's key is rejected, as the first call may have created an instance", async () => {
    const { cloud, intents, gpu } = setUp({ guarantee: "key" });
    const idempotencyKey = gpu.newIdempotencyKey();
    const caller = new AbortController();
    cloud.next("create", async (work, context) => {
      await work();
      return hangs(work, context);
    });
    const first = errorOf(gpu.create({ offer, idempotencyKey, signal: caller.signal }));
    await untilSent(cloud);
    caller.abort();
    expect((await first).code).toBe("create_ambiguous");
    cloud.next("create", fails("rate_limited"));
    expect((await errorOf(gpu.create({ offer, idempotencyKey }))).sideEffect).toBe("none");
    expect(intents.left()).toHaveLength(1);
    expect((await gpu.create({ offer, idempotencyKey })).ref).toBe("fake:i1");
    expect(intents.left()).toEqual([]);
  });

  it("do not lose a created instance when they cannot be cleared", async () => {
    const { intents, gpu } = setUp();
    intents.store.clear = () => Promise.reject(new Error("disk full"));
    expect((await gpu.create({ offer })).ref).toBe("fake:i1");
  });
});

describe("reconcileAll", () => {
  it("finds what a crash left, and clears the intents", async () => {
    const { cloud, intents, gpu, restarted } = setUp();
    cloud.next("create", async (work) => {
      await work();
      return never();
    });
    void gpu.create({ offer });
    await untilSent(cloud);
    expect(intents.left()).toHaveLength(1);
    const [found, ...others] = await restarted().reconcileAll();
    expect(found).toMatchObject({ outcome: "created", instance: { ref: "fake:i1" }, handle: { offer } });
    expect([others, intents.left()]).toEqual([[], []]);
  });

  it("reports what was never created as absent, once lists have settled", async () => {
    const { cloud, intents, gpu, restarted, clock } = setUp();
    cloud.next("create", never);
    void gpu.create({ offer });
    await untilSent(cloud);
    const began = clock.now();
    expect(await restarted().reconcileAll()).toMatchObject([{ outcome: "absent", candidates: [] }]);
    expect(clock.now() - began).toBeGreaterThan(60_000);
    expect(intents.left()).toEqual([]);
  });

  it("keeps unknown intents with the reason, and continues with the others", async () => {
    const { cloud, intents, gpu, restarted } = setUp();
    cloud.next("create", fails("timeout", "possible"));
    await errorOf(gpu.create({ offer }));
    const [handle] = intents.left();
    if (!handle) throw new Error("no handle is stored");
    await intents.store.write({ ...handle, provider: "gone" });
    await intents.store.write({ ...handle, provider: "broken", version: 2 } as never);
    cloud.next("list", ...times(200, fails("unauthenticated")));
    const outcomes = await restarted().reconcileAll();
    expect(
      outcomes.map(({ handle: { provider }, outcome, ...more }) => [provider, outcome, "error" in more && more.error?.code]),
    ).toEqual([
      ["fake", "unknown", "unauthenticated"],
      ["gone", "unknown", "configuration"],
      ["broken", "unknown", "invalid_request"],
    ]);
    expect(intents.left()).toHaveLength(3);
  });

  it("reports a missing store, and a failing one", async () => {
    expect(await errorOf(createGpu({ providers: [fakeCloud({ id: "fake" }).provider] }).reconcileAll())).toMatchObject({
      code: "configuration",
    });
    const { intents, gpu } = setUp();
    intents.store.list = () => Promise.reject(new Error("x.json is not JSON"));
    const error = await errorOf(gpu.reconcileAll());
    expect(error).toMatchObject({ code: "configuration" });
    expect(error.message).toContain("x.json is not JSON");
  });

  it("has nothing to do after a lost response whose instance was found", async () => {
    const { cloud, intents, gpu } = setUp();
    cloud.next("create", responseLost);
    await gpu.create({ offer });
    cloud.next("create", doneBut("unavailable"));
    await gpu.create({ offer });
    expect(intents.left()).toEqual([]);
  });
});
