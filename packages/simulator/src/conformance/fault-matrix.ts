import { connectFailures, fetchTimeouts } from "../faults.js";
import { assert, assertSame, ConformanceError } from "./assert.js";
import { hasOperation, placeFault } from "./cloud.js";
import type { CreateUnderTest, PreparedUnderTest } from "./provider.js";
import { type Outcome, outcomeOf, type Suite, startWorld, type World } from "./world.js";

/** A fault, and the errors that a call may end in. */
interface Trouble {
  readonly kind: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** A call may also succeed. */
  readonly codes: readonly string[];
  /** The vendor certainly does nothing. */
  readonly refuses?: true;
  /** Cannot affect operations without a key. */
  readonly ofKeys?: true;
  /** Default: all. */
  readonly steps?: readonly StepName[];
}

/** The faults by the names of their cases. */
const troubles: Readonly<Record<string, Trouble>> = {
  answer_lost: { kind: "answer_lost", codes: ["network"] },
  error_after_commit: { kind: "error_after_commit", codes: ["unavailable"] },
  unreadable_answer: { kind: "unreadable_answer", codes: ["vendor_contract"] },
  "unreadable_answer (html)": { kind: "unreadable_answer", options: { form: "html" }, codes: ["vendor_contract"] },
  // A delete may have an empty response; that has a case of its own.
  empty_answer: { kind: "empty_answer", codes: ["vendor_contract"] },
  content_type: { kind: "content_type", codes: [] },
  error_before_commit: { kind: "error_before_commit", codes: ["unavailable"] },
  reset_before: { kind: "reset_before", codes: ["network"] },
  slow: { kind: "slow", codes: ["timeout"] },
  slow_start: { kind: "slow_start", options: { ms: 20_000 }, codes: [] },
  rate_limited: { kind: "rate_limited", codes: ["rate_limited"], refuses: true },
  // Where the vendor has no word for it, it is a server that fails.
  no_capacity: { kind: "no_capacity", codes: ["no_capacity", "unavailable"] },
  insufficient_funds: { kind: "insufficient_funds", codes: ["insufficient_funds"], refuses: true },
  expired_key: { kind: "expired_key", codes: ["unauthenticated"], refuses: true, ofKeys: true },
  unauthorized: { kind: "unauthorized", codes: ["unauthenticated"], refuses: true, ofKeys: true },
  forbidden: { kind: "forbidden", codes: ["permission_denied"], refuses: true, ofKeys: true },
  unknown_status: { kind: "unknown_status", codes: [] },
  wrong_type: { kind: "wrong_type", codes: [] },
  list_lag: { kind: "list_lag", codes: [] },
  stuck: { kind: "stuck", codes: [], steps: ["create"] },
  boot_fails: { kind: "boot_fails", codes: [], steps: ["create"] },
  ...Object.fromEntries(
    connectFailures.map((error) => [
      `unreachable (${error})`,
      {
        kind: "unreachable",
        options: { error },
        codes: ["network"],
        refuses: true,
        ...(error !== "no_route" && { steps: ["create", "delete"] }),
      } satisfies Trouble,
    ]),
  ),
  ...Object.fromEntries(
    fetchTimeouts.map((error) => [
      `fetch_timeout (${error})`,
      {
        kind: "fetch_timeout",
        options: { error, ms: 10_000 },
        codes: ["timeout"],
        ...(error !== "headers" && { steps: ["create", "delete"] }),
      } satisfies Trouble,
    ]),
  ),
  "fetch_timeout (nothing done)": {
    kind: "fetch_timeout",
    options: { effect: "none", ms: 10_000 },
    codes: ["timeout"],
    steps: ["create", "delete"],
  },
};

/** The names of the faults that can strike a step. */
export function troublesOf(step: StepName, { vendor, makeCloud }: Suite): string[] {
  // Without an operation for one instance, other steps read lists too.
  const readsLists =
    step === "list" || (["get", "access", "delete"].includes(step) && !hasOperation(makeCloud({}), vendor, "getInstance"));
  return Object.entries(troubles)
    .filter(([, { kind, steps: only }]) => (only ?? [step]).includes(step) && (kind !== "list_lag" || readsLists))
    .map(([name]) => name);
}

/** One thing that a provider does, and what must hold of it whatever goes wrong. */
interface Step<Prepared, Result> {
  /** Everything before the faults. */
  prepare(world: World): Promise<Prepared>;
  act(world: World, prepared: Prepared): Promise<Result>;
  /** Throws what is wrong. `whole` is what it gives without faults. */
  judge(world: World, prepared: Prepared, outcome: Outcome<Result>, whole: Result, trouble: Trouble): void | Promise<void>;
}

/** Two machines, older than a list may be; gives the id of the second, which has booted. */
async function startTwo(world: World): Promise<string> {
  await world.create();
  const { id } = await world.create();
  await world.boot(id);
  await world.cloud.clock.advance(120_000);
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
  judge(world, prepared, outcome, whole, trouble) {
    readOffers.judge(world, prepared, outcome, whole, trouble);
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
  async judge(world, { request }, { error, ...result }, _, trouble) {
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
    if (trouble.refuses) assertSame(error.sideEffect, "none", `side effect of ${trouble.kind}`);
    if (rented.length === 0) return;
    // The list leads to it, after a while.
    await world.cloud.clock.advance(world.provider.settleMs);
    const listed = await world.provider.list(world.context);
    const found = listed.filter((one) => world.isOf(one, request));
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
  judge(world, id, { error }, _, trouble) {
    const [other, rental] = [world.rentals().find((one) => one.id !== id), world.rentals().find((one) => one.id === id)];
    assertSame(other?.endedAt, null, "the end of another machine");
    const isGone = rental?.endedAt !== null;
    if (!error) assert(isGone, "it says that it is deleted, and it is not");
    else if (isGone) assert(error.sideEffect !== "none", `it is deleted, and the error ${error.code} says that nothing was done`);
    if (trouble.refuses && error) assertSame(error.sideEffect, "none", `side effect of ${trouble.kind}`);
  },
};

/** What a provider does, step by step. */
export const steps = { offers, "prepare create": prepareCreate, create: send, get, list, access, delete: remove };
export type StepName = "offers" | "prepare create" | "create" | "get" | "list" | "access" | "delete";

/** Strikes every request of a step with one fault: each alone, once and for good. */
export async function strike(suite: Suite, step: StepName, name: string): Promise<void> {
  const trouble = troubles[name];
  assert(trouble !== undefined, `there is no fault ${name}`);
  await strikeStep<unknown, unknown>(suite, steps[step], trouble);
}

async function strikeStep<Prepared, Result>(suite: Suite, step: Step<Prepared, Result>, trouble: Trouble): Promise<void> {
  // Pages of one, so that two machines make two of them.
  const start = () => startWorld(suite, { pageSize: 1 });
  const calm = await perform(start(), step);
  if (calm.outcome.error) throw new ConformanceError(`it fails without any fault: ${calm.outcome.error.message}`);
  const { kind, options, codes, ofKeys } = trouble;
  let placed = 0;
  let strikes = 0;
  for (const operation of calm.operations) {
    for (const times of [1, Number.POSITIVE_INFINITY]) {
      const world = start();
      const fault = { ...options, kind, vendor: world.vendor, operation: operation ?? undefined, times };
      const { prepared, outcome, handle } = await perform(world, step, () => placeFault(world.cloud, fault));
      // It cannot strike there.
      if (!handle) continue;
      placed += 1;
      strikes += handle.strikes;
      handle.remove();
      try {
        const { error } = outcome;
        // A repeated delete may find that the first has done it.
        const isDone = error?.code === "not_found" && error.sideEffect !== "none";
        assert(!error || isDone || codes.includes(error.code), `it ended in ${error?.code}: ${error?.message}`);
        await step.judge(world, prepared, outcome, calm.outcome.value, trouble);
      } catch (problem) {
        const where = `${kind} ${times === 1 ? "once" : "for good"} at ${operation}`;
        throw new ConformanceError(`${where}: ${problem instanceof Error ? problem.message : String(problem)}`, {
          cause: problem,
        });
      }
    }
  }
  assert(strikes > 0 || placed === 0 || ofKeys === true, `${kind} has struck none of its requests`);
}

/** Runs a step in a new world, with a fault from its act on. */
async function perform<Prepared, Result, Handle>(world: World, step: Step<Prepared, Result>, place?: () => Handle) {
  const prepared = await step.prepare(world);
  const handle = place?.();
  const before = world.cloud.requests().length;
  const outcome = await outcomeOf(() => step.act(world, prepared));
  const sent = world.cloud.requests().slice(before);
  return { prepared, outcome, handle, operations: new Set(sent.map(({ operation }) => operation)) };
}
