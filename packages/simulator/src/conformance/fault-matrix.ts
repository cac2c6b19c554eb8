import type { Fault, FaultHandle, FaultKind } from "../faults.js";
import type { VendorName } from "../vendor.js";
import { assert, assertSame, ConformanceError } from "./assert.js";
import type { CreateUnderTest, PreparedUnderTest } from "./provider.js";
import { type MakeProvider, type Outcome, outcomeOf, startWorld, type World } from "./world.js";

/** The kinds of faults, each with the codes of the errors that it may end in. */
const codes: Readonly<Partial<Record<FaultKind["kind"], readonly string[]>>> = {
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

/** The kinds that cannot strike what the vendor tells without a key. */
const ofKeys: readonly string[] = ["expired_key", "unauthorized", "forbidden"];

/** The kinds that can strike a step; a lost page has a case of its own. */
export function kindsOf(step: keyof typeof steps, vendor: VendorName): FaultKind["kind"][] {
  // The vendor that has no other way to read one instance than its list.
  const lists = step === "list" || (vendor === "thunder-compute" && ["get", "access", "delete"].includes(step));
  return (Object.keys(codes) as FaultKind["kind"][]).filter((kind) => {
    if (kind === "stuck" || kind === "boot_fails") return step === "create";
    if (kind === "list_lag") return lists;
    return kind !== "page_2_fails";
  });
}

/** One thing that a provider does, and what must hold of it whatever goes wrong. */
interface Step<Prepared, Result> {
  /** Everything before the faults. */
  prepare(world: World): Promise<Prepared>;
  act(world: World, prepared: Prepared): Promise<Result>;
  /** Throws what is wrong. `whole` is what it gives without faults. */
  judge(world: World, prepared: Prepared, outcome: Outcome<Result>, whole: Result, kind: string): void | Promise<void>;
}

/** Two machines, older than a list may be; gives the id of the second, which has booted. */
async function startTwo(world: World): Promise<string> {
  await world.create();
  const { id } = await world.create();
  await world.boot(id);
  await world.simulator.clock.advance(120_000);
  return id;
}

/** A read gives everything, or throws an error without side effects: never less. */
function read<Result>(
  act: (world: World, id: string) => Promise<Result>,
  same: (result: Result) => unknown,
): Step<string, Result> {
  return {
    prepare: startTwo,
    act,
    judge(_, _id, outcome, whole) {
      if (outcome.error) assertSame(outcome.error.sideEffect, "none", "side effect of a read");
      else assertSame(same(outcome.value), same(whole), "what was read");
    },
  };
}

const readOffers = read(
  ({ provider, context }) => provider.listOffers(context),
  (found) => found.map(({ id }) => id),
);
const offers: typeof readOffers = {
  ...readOffers,
  judge(world, prepared, outcome, whole, kind) {
    readOffers.judge(world, prepared, outcome, whole, kind);
    // A price may be lost, and never be another.
    const prices = outcome.error ? [] : outcome.value.map(({ usdPerHour }) => usdPerHour);
    for (const [index, price] of prices.entries()) {
      const right = whole[index];
      assert(price === null || price === right?.usdPerHour, `${right?.id} costs ${right?.usdPerHour}, and was read as ${price}`);
    }
  },
};
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
      assertSame(
        "value" in result ? [result.value.id] : [],
        rented.map(({ id }) => id),
        "the new instance",
      );
      return;
    }
    if (error.sideEffect === "none") assertSame(rented.length, 0, `rented with the side effect none (${error.code})`);
    if (refusals.includes(kind)) assertSame(error.sideEffect, "none", `side effect of ${kind}`);
    if (rented.length === 0) return;
    // The list leads to it, after a while.
    await world.simulator.clock.advance(world.provider.settleMs);
    const listed = await world.provider.list(world.context);
    const found = listed.filter(
      ({ mark }) => mark === request.mark || (mark === "unknown" && world.provider.guarantee !== "name"),
    );
    assertSame(
      found.map(({ instance }) => instance.id),
      rented.map(({ id }) => id),
      "what the list shows of a create whose answer was lost",
    );
  },
};

const remove: Step<string, void> = {
  prepare: startTwo,
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
export const steps = { offers, "prepare create": prepareCreate, create: send, get, list, access, delete: remove };

/** Strikes every request of a step with one kind of fault: each alone, once and for good. */
export async function strike(makeProvider: MakeProvider, step: keyof typeof steps, kind: FaultKind["kind"]): Promise<void> {
  await strikeStep<unknown, unknown>(makeProvider, steps[step], kind);
}

async function strikeStep<Prepared, Result>(
  makeProvider: MakeProvider,
  step: Step<Prepared, Result>,
  kind: FaultKind["kind"],
): Promise<void> {
  // Pages of one, so that two machines make two of them.
  const start = () => startWorld(makeProvider, { pageSize: 1 });
  const calm = await perform(start(), step);
  if (calm.outcome.error) throw new ConformanceError(`it fails without any fault: ${calm.outcome.error.message}`);
  let placed = 0;
  let strikes = 0;
  for (const operation of calm.operations) {
    for (const times of [1, Number.POSITIVE_INFINITY]) {
      const world = start();
      const { prepared, outcome, fault } = await perform(world, step, { kind, operation, times });
      // It cannot strike there.
      if (!fault) continue;
      placed += 1;
      strikes += fault.strikes;
      fault.remove();
      try {
        const { error } = outcome;
        // A repeated delete may find that the first has done it.
        const isDone = error?.code === "not_found" && error.sideEffect !== "none";
        assert(!error || isDone || codes[kind]?.includes(error.code) === true, `it ended in ${error?.code}: ${error?.message}`);
        await step.judge(world, prepared, outcome, calm.outcome.value, kind);
      } catch (problem) {
        const where = `${kind} ${times === 1 ? "once" : "for good"} at ${operation}`;
        throw new ConformanceError(`${where}: ${problem instanceof Error ? problem.message : String(problem)}`, {
          cause: problem,
        });
      }
    }
  }
  assert(strikes > 0 || placed === 0 || ofKeys.includes(kind), `${kind} has struck none of its requests`);
}

/** Runs a step in a fresh world, with a fault from its act on. */
async function perform<Prepared, Result>(world: World, step: Step<Prepared, Result>, planned?: object) {
  const prepared = await step.prepare(world);
  const fault = planned && place(world, { ...planned, vendor: world.vendor } as Fault);
  const before = world.simulator.requests().length;
  const outcome = await outcomeOf(() => step.act(world, prepared));
  const sent = world.simulator.requests().slice(before);
  return { prepared, outcome, fault, operations: new Set(sent.map(({ operation }) => operation)) };
}

/** Undefined where such a fault can never strike. */
function place(world: World, fault: Fault): FaultHandle | undefined {
  try {
    return world.simulator.fault(fault);
  } catch {
    return undefined;
  }
}
