import type { Fault, FaultKind } from "../faults.js";
import { assert, assertSame } from "./assert.js";
import type { CreateUnderTest, PreparedUnderTest } from "./provider.js";
import { type MakeProvider, type Outcome, outcomeOf, startWorld, type World } from "./world.js";

/** The kinds of faults, each with the codes of the errors that it may end in. */
const codes: Readonly<Record<FaultKind["kind"], readonly string[]>> = {
  answer_lost: ["network"],
  error_after_commit: ["unavailable"],
  unreadable_answer: ["vendor_contract"],
  error_before_commit: ["unavailable"],
  reset_before: ["network"],
  slow: ["timeout"],
  rate_limited: ["rate_limited"],
  // Where the vendor has no word for it, it is a server that fails.
  no_capacity: ["no_capacity", "unavailable"],
  insufficient_funds: ["insufficient_funds"],
  expired_key: ["unauthenticated"],
  unauthorized: ["unauthenticated"],
  forbidden: ["permission_denied"],
  page_2_fails: ["unavailable"],
  // Nothing of these may end a call.
  unknown_status: [],
  wrong_type: [],
  list_lag: [],
  stuck: [],
  boot_fails: [],
};

/** The kinds with which the vendor certainly does nothing. */
const refusals: readonly string[] = ["rate_limited", "insufficient_funds", "expired_key", "unauthorized", "forbidden"];

export const faultKinds = Object.keys(codes) as FaultKind["kind"][];

/** One thing that a provider does, and what must hold of it whatever goes wrong. */
interface Step<Prepared, Result> {
  /** Everything before the faults. */
  prepare(world: World): Promise<Prepared>;
  act(world: World, prepared: Prepared): Promise<Result>;
  /** Throws what is wrong. `whole` is what it gives without faults. */
  judge(world: World, prepared: Prepared, outcome: Outcome<Result>, whole: Result, kind: string): void | Promise<void>;
}

/** A read gives everything, or throws an error without side effects: never less. */
function read<Result>(
  act: (world: World, id: string) => Promise<Result>,
  same: (result: Result) => unknown,
): Step<string, Result> {
  return {
    async prepare(world) {
      await world.create();
      const { id } = await world.create();
      await world.boot(id);
      // Older than a list may be.
      await world.simulator.clock.advance(120_000);
      return id;
    },
    act,
    judge(_, _id, outcome, whole) {
      if (outcome.error) assertSame(outcome.error.sideEffect, "none", "side effect of a read");
      else assertSame(same(outcome.value), same(whole), "what was read");
    },
  };
}

const offers = read(
  ({ provider, context }) => provider.listOffers(context),
  (found) => found.map(({ id, usdPerHour }) => [id, usdPerHour]),
);
const list = read(
  ({ provider, context }) => provider.list(context),
  (found) => found.map(({ instance, mark }) => [instance.id, instance.ref, mark]),
);
const get = read(
  ({ provider, context }, id) => provider.get(id, context),
  (found) => [found?.instance.id, found?.mark],
);
const access = read(
  ({ provider, context }, id) => provider.access(id, context),
  (found) => found,
);

const prepareCreate: Step<CreateUnderTest, PreparedUnderTest> = {
  prepare: (world) => world.request(),
  act: ({ provider, context }, request) => provider.prepareCreate(request, context),
  judge(world) {
    assertSame([world.rentals().length, world.count("createInstance")], [0, 0], "what was rented and sent before the paid call");
  },
};

const send: Step<{ request: CreateUnderTest; prepared: PreparedUnderTest }, { readonly id: string }> = {
  async prepare(world) {
    const request = await world.request();
    return { request, prepared: await world.provider.prepareCreate(request, world.context) };
  },
  act: ({ context }, { prepared }) => prepared.send(context),
  async judge(world, { request }, { error, ...result }, _, kind) {
    const rented = world.rentals();
    const sent = world.count("createInstance");
    assert(rented.length <= 1, `it was rented ${rented.length} times`);
    assert(sent === 1 || world.provider.guarantee === "key", `the paid call was sent ${sent} times`);
    if (!error) {
      assertSame("value" in result ? [result.value.id] : [], rented.map(({ id }) => id), "the new instance");
      return;
    }
    if (error.sideEffect === "none") assertSame(rented.length, 0, `rented with the side effect none (${error.code})`);
    if (refusals.includes(kind)) assertSame(error.sideEffect, "none", `side effect of ${kind}`);
    if (rented.length === 0) return;
    // The list leads to it, after a while.
    await world.simulator.clock.advance(world.provider.settleMs);
    const listed = await world.provider.list(world.context);
    const found = listed.filter(({ mark }) => mark === request.mark || (mark === "unknown" && world.provider.guarantee !== "name"));
    assertSame(found.map(({ instance }) => instance.id), rented.map(({ id }) => id), "what the list shows of a create whose answer was lost");
  },
};

const remove: Step<string, void> = {
  async prepare(world) {
    await world.create();
    const { id } = await world.create();
    await world.boot(id);
    await world.simulator.clock.advance(120_000);
    return id;
  },
  act: ({ provider, context }, id) => provider.delete(id, context),
  judge(world, id, { error }, _, kind) {
    const [other, rental] = [world.rentals().find((one) => one.id !== id), world.rentals().find((one) => one.id === id)];
    assertSame(other?.endedAt, null, "the end of another machine");
    const isGone = rental?.endedAt !== null;
    if (!error) assert(isGone, "it says that it is deleted, and it is not");
    else if (isGone) assert(error.sideEffect !== "none", `it is deleted, and the error ${error.code} says that nothing was done`);
    if (refusals.includes(kind) && error) assertSame(error.sideEffect, "none", `side effect of ${kind}`);
  },
};

/** What a provider does, step by step. */
export const steps = { offers, "prepare create": prepareCreate, create: send, get, list, access, delete: remove } as const;

/** Strikes every request of a step with one kind of fault: each alone, once and for good. */
export async function strike(makeProvider: MakeProvider, step: keyof typeof steps, kind: FaultKind["kind"]): Promise<void> {
  await strikeStep(makeProvider, steps[step] as Step<unknown, unknown>, kind);
}

async function strikeStep<Prepared, Result>(makeProvider: MakeProvider, step: Step<Prepared, Result>, kind: FaultKind["kind"]): Promise<void> {
  // Pages of one, so that two machines make two of them.
  const start = () => startWorld(makeProvider, { pageSize: 1 });
  const whole = await runStep(start(), step);
  assert(!whole.outcome.error, `it fails without any fault: ${whole.outcome.error?.message}`);
  for (const operation of whole.operations) {
    for (const times of [1, Number.POSITIVE_INFINITY]) {
      const where = `${kind} ${times === 1 ? "once" : "for good"} at ${operation}`;
      const world = start();
      let strikes: (() => number) | undefined;
      const { prepared, outcome } = await runStep(world, step, () => {
        strikes = place(world, { kind, operation, times });
      });
      // It cannot strike there.
      if (!strikes) continue;
      assert(strikes() > 0 || kind === "page_2_fails", `${where}: it did not strike`);
      for (const fault of world.faults) fault.remove();
      const { error } = outcome;
      if (error && strikes() > 0) {
        const expected = codes[kind];
        // A repeated delete may find that the first has done it.
        const isDone = error.code === "not_found" && error.sideEffect !== "none";
        assert(expected.includes(error.code) || isDone, `${where}: ended in ${error.code}; ${error.message}`);
      }
      try {
        await step.judge(world, prepared, outcome, whole.outcome.value, kind);
      } catch (problem) {
        throw new Error(`${where}: ${problem instanceof Error ? problem.message : String(problem)}`, { cause: problem });
      }
    }
  }
}
