import { assert, assertSame } from "./assert.js";
import { type Cases, outcomeOf, startGpu, type World } from "./world.js";

/** Failed reads. They prove nothing about the machine. */
const unreadable = [
  { kind: "unreadable_response", form: "html" },
  { kind: "unreadable_response", form: "half" },
  { kind: "empty_response", status: 200 },
  { kind: "forbidden" },
  { kind: "unauthorized" },
  { kind: "error_before_commit" },
  { kind: "response_lost" },
  { kind: "unreachable", error: "proxy" },
  { kind: "fetch_timeout", error: "headers", ms: 10_000 },
  { kind: "fetch_timeout", error: "body", ms: 10_000 },
];

/** Places a fault on both operations that read a machine. */
function faultReads(world: World, fault: { kind: string; times?: number; [option: string]: unknown }): void {
  world.fault({ operation: "listInstances", ...fault });
  if (world.has("getInstance")) world.fault({ operation: "getInstance", ...fault });
}

/** Cases of waits, with `createGpu`. */
export const waits: Cases = {
  "wait: continues after one unreadable response": async (suite) => {
    for (const fault of unreadable) {
      const { world, gpu, request } = await startGpu(suite);
      const instance = await gpu.create(request);
      await world.cloud.clock.advance(1_000);
      faultReads(world, { ...fault, times: 1 });
      const outcome = await outcomeOf(() => gpu.waitUntilReady(instance));
      const what = `after ${JSON.stringify(fault)}`;
      assert(!outcome.error, `${what}: ${outcome.error?.code}: ${outcome.error?.message}`);
      assertSame([outcome.value.id, outcome.value.ready], [instance.id, true], what);
    }
  },

  "wait: continues while a new machine is missing from stale, slow lists": async (suite) => {
    const { world, gpu, request } = await startGpu(suite);
    const instance = await gpu.create(request);
    const ms = 20_000;
    if (world.has("getInstance")) world.fault({ operation: "getInstance", kind: "not_found_yet", ms });
    world.fault({ operation: "listInstances", kind: "list_lag", ms });
    faultReads(world, { kind: "slow", ms: 40_000 });
    const outcome = await outcomeOf(() => gpu.waitUntilReady(instance, { timeoutMs: 1_800_000 }));
    assert(!outcome.error, `${outcome.error?.code}: ${outcome.error?.message}`);
    assertSame([outcome.value.id, outcome.value.ready], [instance.id, true], "the ready machine");
  },

  "wait: returns a machine that becomes ready just before the timeout": async (suite) => {
    const bootMs = 100_000;
    for (const readMs of [0, 300, 1_000]) {
      const { world, gpu, request } = await startGpu(suite, { bootMs, addressMs: 0 });
      const instance = await gpu.create(request);
      if (readMs > 0) faultReads(world, { kind: "slow", ms: readMs });
      const outcome = await outcomeOf(() => gpu.waitUntilReady(instance, { timeoutMs: bootMs + 2_000 }));
      const what = `reads of ${readMs} ms, ready 2 s before the end of the wait`;
      assert(!outcome.error, `${what}: ${outcome.error?.code}: ${outcome.error?.message}`);
    }
  },
};
