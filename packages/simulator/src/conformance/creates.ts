import { connectFailures, fetchTimeouts } from "../faults.js";
import { assert, assertSame } from "./assert.js";
import type { GpuUnderTest, InstanceUnderTest } from "./provider.js";
import { type Cases, type Outcome, outcomeOf, startGpu, startWorld, type World } from "./world.js";

const hourMs = 3_600_000;

/** Failures of a create after which the machine may exist. */
const losses = [
  { kind: "response_lost" },
  { kind: "error_after_commit" },
  { kind: "unreadable_response" },
  { kind: "unreadable_response", form: "html" },
  { kind: "empty_response" },
  { kind: "reset_before" },
  { kind: "error_before_commit" },
  ...fetchTimeouts.map((error) => ({ kind: "fetch_timeout", error, ms: 10_000 })),
  { kind: "fetch_timeout", effect: "none", ms: 10_000 },
  // The vendor may process the request up to a minute after the caller gave up.
  { kind: "fetch_timeout", error: "signal", effect: "late", lateMs: 1_000 },
  { kind: "fetch_timeout", error: "headers", effect: "late", lateMs: 55_000 },
  { kind: "fetch_timeout", error: "body", effect: "late", lateMs: 55_000 },
];

/** The fields that `@gpu/unified` adds to an error. */
function detailsOf(error: object): { handle?: object; ref?: string } {
  const { handle, ref } = error as { handle?: unknown; ref?: unknown };
  return {
    ...(typeof handle === "object" && handle !== null && { handle }),
    ...(typeof ref === "string" && { ref }),
  };
}

/** Asserts that the result of a create is correct, and so is the result of `reconcile` two minutes later. */
async function assertCorrectOutcome(
  world: World,
  gpu: GpuUnderTest,
  { error, ...result }: Outcome<InstanceUnderTest>,
  what: string,
): Promise<void> {
  // The vendor's late work is complete by then.
  await world.cloud.clock.advance(120_000);
  const rented = world.rentedIds();
  assert(rented.length <= 1, `${what}: it was rented ${rented.length} times`);
  if (!error) {
    assertSame("value" in result ? [result.value.id] : [], rented, `${what}: the created instance`);
    return;
  }
  if (error.sideEffect === "none") {
    assertSame(rented, [], `${what}: rentals after an error with the side effect none (${error.code}: ${error.message})`);
    assert(!/may have (taken effect|been created)/i.test(error.message), `${what}: contradictory: ${error.message}`);
    return;
  }
  assertSame(error.code, "create_ambiguous", `${what}: the error code of an unknown outcome`);
  const { handle } = detailsOf(error);
  assert(handle !== undefined, `${what}: an unknown outcome without a handle`);
  const { outcome, instance } = await gpu.reconcile(JSON.parse(JSON.stringify(handle)));
  if (rented.length === 0) assert(outcome !== "created", `${what}: reconcile found a machine that was never created`);
  else assert(outcome !== "absent", `${what}: reconcile reports as absent ${rented[0]}, which runs`);
  if (outcome === "created") assertSame([instance?.id], rented, `${what}: the instance that reconcile found`);
  if (rented.length === 1 && world.provider.guarantee === "name") {
    assertSame(outcome, "created", `${what}: reconcile of a machine with its mark`);
  }
}

/** Cases of creates, with `createGpu`. */
export const creates: Cases = {
  "create: a lost response rents at most one machine, and the result is correct": async (suite) => {
    for (const loss of losses) {
      const { world, gpu, request } = await startGpu(suite);
      world.fault({ operation: "createInstance", times: 1, ...loss });
      const outcome = await outcomeOf(() => gpu.create(request));
      await assertCorrectOutcome(world, gpu, outcome, JSON.stringify(loss));
    }
  },

  "create: a lost response is resolved with a vendor clock that is an hour off": async (suite) => {
    for (const clockOffMs of [hourMs, -hourMs]) {
      for (const loss of [{ kind: "response_lost" }, { kind: "fetch_timeout", effect: "late", lateMs: 55_000 }]) {
        const { world, gpu, request } = await startGpu(suite, { clockOffMs });
        world.fault({ operation: "createInstance", times: 1, ...loss });
        const outcome = await outcomeOf(() => gpu.create(request));
        await assertCorrectOutcome(world, gpu, outcome, `clock off by ${clockOffMs} ms, ${loss.kind}`);
      }
    }
  },

  "create: a lost response is resolved with stale and slow lists": async (suite) => {
    for (const kind of ["slow", "slow_start"]) {
      const { world, gpu, request } = await startGpu(suite);
      world.fault({ operation: "createInstance", kind: "response_lost", times: 1 });
      world.fault({ operation: "listInstances", kind: "list_lag", ms: 20_000 });
      world.fault({ operation: "listInstances", kind, ms: 40_000 });
      const outcome = await outcomeOf(() => gpu.create(request));
      await assertCorrectOutcome(world, gpu, outcome, `a list with the fault ${kind}`);
    }
  },

  "create: a failed connection has no side effect": async (suite) => {
    for (const error of connectFailures) {
      const { world, gpu, request } = await startGpu(suite);
      world.fault({ operation: "createInstance", kind: "unreachable", error });
      const outcome = await outcomeOf(() => gpu.create(request));
      assertSame([outcome.error?.sideEffect, outcome.error?.code], ["none", "network"], `the error of ${error}`);
      await assertCorrectOutcome(world, gpu, outcome, error);
    }
  },

  "create: a machine whose mark is hidden is not reported as absent": async (suite) => {
    for (const as of ["missing", "null"]) {
      for (const ms of [20_000, Number.POSITIVE_INFINITY]) {
        const { world, gpu, request } = await startGpu(suite);
        world.fault({ operation: "createInstance", kind: "response_lost", times: 1 });
        const hidden = world.fault({ kind: "mark_hidden", as, ms });
        if (!hidden) continue;
        const outcome = await outcomeOf(() => gpu.create(request));
        const rented = world.rentedIds();
        assert(rented.length === 1, `it was rented ${rented.length} times`);
        const isNone = outcome.error?.sideEffect === "none";
        assert(!isNone, `a mark that is ${as} for ${ms} ms: reported as not created, but ${rented[0]} runs`);
        hidden.remove();
        await assertCorrectOutcome(world, gpu, outcome, `a mark that is ${as} for ${ms} ms`);
      }
    }
  },

  "create: two creates with one key rent one machine, even with hidden marks": async (suite) => {
    for (const as of ["missing", "null"]) {
      const { world, gpu, request: given } = await startGpu(suite);
      const request = { ...given, idempotencyKey: gpu.newIdempotencyKey() };
      world.fault({ kind: "mark_hidden", as });
      const first = await gpu.create(request);
      const second = await outcomeOf(() => gpu.create(request));
      assertSame(world.rentedIds(), [first.id], "rentals with one key");
      if (!second.error) assertSame(second.value.id, first.id, "the result of the second create");
    }
  },

  "create: a deleted machine is not returned for its key": async (suite) => {
    for (const pauseMs of [0, 600_000]) {
      const { world, gpu, request: given } = await startGpu(suite);
      const request = { ...given, idempotencyKey: gpu.newIdempotencyKey() };
      const first = await gpu.create(request);
      await gpu.waitUntilReady(first);
      await gpu.delete(first, { waitMs: pauseMs === 0 ? 0 : 120_000 });
      await world.cloud.clock.advance(pauseMs);
      const again = await outcomeOf(() => gpu.create(request));
      if (again.error) continue;
      const { id, status } = again.value;
      assert(
        world.running().some((rental) => rental.id === id) && !["terminating", "terminated"].includes(status),
        `${pauseMs} ms after its deletion: a create returned ${id}, which is ${status}`,
      );
    }
  },

  "mark: has 35 characters with the parts of owner, key and expiry": async (suite) => {
    const world = startWorld(suite);
    const marks = [(await world.request()).mark, (await world.request()).mark];
    for (const mark of marks) assert(/^[a-z0-9]{35}$/.test(mark), `${mark} is not 35 characters of a–z and 0–9`);
    const [one = "", other = ""] = marks;
    assertSame(one.slice(0, 8), other.slice(0, 8), "the owner's part of the mark");
    assert(one.slice(8, 20) !== other.slice(8, 20), "two keys have the same part of the mark");
    assertSame([one.slice(28, 33), other.slice(28, 33)], ["00000", "00000"], "the expiry of creates without one");
    const { name } = { name: null, ...(await createdName(world)) };
    if (name !== null) assert(/-h[a-z0-9]{35}$/.test(name) && name.length <= 255, `${name} does not end in -h and a mark`);
  },
};

/** The machine's name at the vendor, if it contains the mark. */
async function createdName(world: World): Promise<{ name: string } | undefined> {
  const { request } = await world.create();
  const [rental] = world.rentals();
  return rental?.name?.includes(request.mark) ? { name: rental.name } : undefined;
}
