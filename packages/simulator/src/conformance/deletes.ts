import { assert, assertSame } from "./assert.js";
import { type Cases, startGpu, startWorld, type World } from "./world.js";

const hourMs = 3_600_000;

/** Asserts that a machine that was reported as deleted does not run. */
function assertNoFalseDeletion(world: World, id: string, outcome: string, what: string): void {
  const runs = world.running().some((rental) => rental.id === id);
  assert(outcome !== "deleted" || !runs, `${what}: reported as deleted, but the machine runs`);
}

/** New machines are not found by their ids, and lists are stale and slow. */
function hideYoung(world: World, ms: number): void {
  world.fault({ kind: "not_found_yet", ms });
  world.fault({ operation: "listInstances", kind: "list_lag", ms });
  world.fault({ operation: "listInstances", kind: "slow", ms: 40_000 });
}

/** Cases of deletes, with `createGpu`. */
export const deletes: Cases = {
  "delete: a new machine missing from stale, slow lists is not reported as deleted": async (suite) => {
    const situations = [
      { waitMs: 0 },
      { waitMs: 0, isBareRef: true },
      { waitMs: 0, clockOffMs: hourMs },
      { waitMs: 0, clockOffMs: -hourMs },
      { waitMs: 10_000 },
      { waitMs: 120_000, clockOffMs: hourMs },
    ];
    for (const { waitMs, isBareRef = false, clockOffMs = 0 } of situations) {
      const { world, gpu, request } = await startGpu(suite, { clockOffMs });
      const instance = await gpu.create(request);
      hideYoung(world, 20_000);
      const { outcome } = await gpu.delete(isBareRef ? instance.ref : instance, { waitMs });
      assertNoFalseDeletion(world, instance.id, outcome, `waitMs ${waitMs}, clock off by ${clockOffMs} ms`);
    }
  },

  "delete: another process's new machine missing from stale, slow lists is not reported as deleted": async (suite) => {
    for (const waitMs of [0, 60_000]) {
      const world = startWorld(suite);
      const { ref, id } = await world.gpu().create(await world.gpuRequest());
      hideYoung(world, 20_000);
      const { outcome } = await world.gpu().delete(ref, { waitMs });
      assertNoFalseDeletion(world, id, outcome, `waitMs ${waitMs}`);
      assert(outcome !== "not_found" || waitMs > 0, "not_found without waiting");
    }
  },

  "delete: a machine that was never seen is not_found, and unknown until lists have settled": async (suite) => {
    const world = startWorld(suite);
    const { id } = await world.create();
    await world.boot(id);
    const gpu = world.gpu();
    const mistyped = `${world.vendor}:${id.slice(0, -4)}0000`;
    assertSame(await outcome(gpu.delete(mistyped, { waitMs: 0 })), "unknown", "without waiting");
    const waitMs = world.provider.settleMs + 60_000;
    assertSame(await outcome(gpu.delete(mistyped, { waitMs })), "not_found", `after ${waitMs} ms`);
    assertSame(world.running().length, 1, "how many machines run");
  },

  "delete: an accepted request is reported as deleting, never as unknown": async (suite) => {
    const { world, gpu, request } = await startGpu(suite);
    const instance = await gpu.create(request);
    await gpu.waitUntilReady(instance);
    world.after("deleteInstance", () => {
      world.fault({ operation: "listInstances", kind: "error_before_commit" });
      if (world.has("getInstance")) world.fault({ operation: "getInstance", kind: "error_before_commit" });
    });
    assertSame(await outcome(gpu.delete(instance, { waitMs: 20_000 })), "deleting", "while nothing can be read");
    assertSame(world.running(), [], "running machines");
  },

  "delete: is verified, and can be repeated, with empty responses and a vendor clock that is an hour off": async (suite) => {
    for (const clockOffMs of [0, hourMs, -hourMs]) {
      for (const status of [undefined, 200, 204]) {
        const { world, gpu, request } = await startGpu(suite, { clockOffMs });
        const instance = await gpu.create(request);
        await gpu.waitUntilReady(instance);
        if (status !== undefined) world.fault({ operation: "deleteInstance", kind: "empty_response", status });
        const what = `clock off by ${clockOffMs} ms, response ${status ?? "unchanged"}`;
        assertSame(await outcome(gpu.delete(instance, { waitMs: 120_000 })), "deleted", what);
        assertSame(world.running(), [], "running machines");
        assertSame(await outcome(gpu.delete(instance, { waitMs: 0 })), "deleted", `a second time, ${what}`);
      }
    }
  },

  "delete: a bare ref is verified, and is not_found or deleted when the machine is already gone": async (suite) => {
    const world = startWorld(suite);
    const { id } = await world.create();
    await world.boot(id);
    const ref = `${world.vendor}:${id}`;
    const waitMs = world.provider.settleMs + 60_000;
    assertSame(await outcome(world.gpu().delete(ref, { waitMs })), "deleted", "a machine of another process");
    await world.cloud.clock.advance(600_000);
    const again = await outcome(world.gpu().delete(ref, { waitMs }));
    assert(["deleted", "not_found"].includes(again), `gone already: it is ${again}`);
    assertSame(world.running(), [], "running machines");
  },

  "delete: a lost request is never reported as deleted while the machine runs": async (suite) => {
    const faultCases = [
      { kind: "response_lost" },
      { kind: "reset_before" },
      { kind: "error_before_commit" },
      { kind: "unreachable" },
      ...["headers", "body", "signal", "read"].map((error) => ({ kind: "fetch_timeout", error, ms: 10_000 })),
      { kind: "fetch_timeout", effect: "none", ms: 10_000 },
      { kind: "fetch_timeout", effect: "late", ms: 10_000, lateMs: 50_000 },
    ];
    for (const faultCase of faultCases) {
      for (const waitMs of [0, 60_000]) {
        const { world, gpu, request } = await startGpu(suite);
        const instance = await gpu.create(request);
        await gpu.waitUntilReady(instance);
        // More often than a client retries.
        world.fault({ operation: "deleteInstance", times: 4, ...faultCase });
        const what = `${JSON.stringify(faultCase)}, waitMs ${waitMs}`;
        const reported = await gpu.delete(instance, { waitMs }).then(
          (result) => result.outcome,
          () => "an error",
        );
        assertNoFalseDeletion(world, instance.id, reported, what);
        assert(reported !== "not_found", `${what}: not_found for a machine that was seen`);
      }
    }
  },
};

async function outcome(deleted: Promise<{ readonly outcome: string }>): Promise<string> {
  return (await deleted).outcome;
}
