import { connectFailures, fetchTimeouts } from "../faults.js";
import { assert, assertSame, ConformanceError } from "./assert.js";
import { hasOperation, placeFault } from "./cloud.js";
import type { CreateUnderTest, PreparedUnderTest } from "./provider.js";
import { type Outcome, outcomeOf, type Performed, type Suite, startWorld, type World } from "./world.js";

/** A fault and its allowed errors. */
interface FaultCase {
  readonly kind: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** The allowed error codes. A call may also succeed. */
  readonly codes: readonly string[];
  /** The vendor does not process the request. */
  readonly rejects?: true;
  /** Cannot affect public operations. */
  readonly needsKey?: true;
  /** Default: all. */
  readonly steps?: readonly StepName[];
}

/** The faults by case name. */
const faultCases: Readonly<Record<string, FaultCase>> = {
  response_lost: { kind: "response_lost", codes: ["network"] },
  error_after_commit: { kind: "error_after_commit", codes: ["unavailable"] },
  unreadable_response: { kind: "unreadable_response", codes: ["vendor_contract"] },
  "unreadable_response (html)": { kind: "unreadable_response", options: { form: "html" }, codes: ["vendor_contract"] },
  // An empty response to a delete is valid; another case tests it.
  empty_response: { kind: "empty_response", codes: ["vendor_contract"] },
  content_type: { kind: "content_type", codes: [] },
  error_before_commit: { kind: "error_before_commit", codes: ["unavailable"] },
  reset_before: { kind: "reset_before", codes: ["network"] },
  slow: { kind: "slow", codes: ["timeout"] },
  slow_start: { kind: "slow_start", options: { ms: 20_000 }, codes: [] },
  rate_limited: { kind: "rate_limited", codes: ["rate_limited"], rejects: true },
  // Vendors without an error code for it send a server error. Where an offer is a single machine, it is gone.
  no_capacity: { kind: "no_capacity", codes: ["no_capacity", "offer_gone", "unavailable"] },
  // Lambda has no error code for it, and closes the account.
  insufficient_funds: { kind: "insufficient_funds", codes: ["insufficient_funds", "permission_denied"], rejects: true },
  expired_key: { kind: "expired_key", codes: ["unauthenticated"], rejects: true, needsKey: true },
  unauthorized: { kind: "unauthorized", codes: ["unauthenticated"], rejects: true, needsKey: true },
  forbidden: { kind: "forbidden", codes: ["permission_denied"], rejects: true, needsKey: true },
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
        rejects: true,
        ...(error !== "no_route" && { steps: ["create", "delete"] }),
      } satisfies FaultCase,
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
      } satisfies FaultCase,
    ]),
  ),
  "fetch_timeout (nothing done)": {
    kind: "fetch_timeout",
    options: { effect: "none", ms: 10_000 },
    codes: ["timeout"],
    steps: ["create", "delete"],
  },
};

/** The names of the fault cases of a step. */
export function faultCasesOf(step: StepName, { vendor, makeCloud }: Suite): string[] {
  // Without an operation to read one instance, other steps read lists too.
  const readsLists =
    step === "list" || (["get", "access", "delete"].includes(step) && !hasOperation(makeCloud({}), vendor, "getInstance"));
  return Object.entries(faultCases)
    .filter(([, { kind, steps: only }]) => (only ?? [step]).includes(step) && (kind !== "list_lag" || readsLists))
    .map(([name]) => name);
}

/** An operation of a provider, and its requirements under faults. */
interface Step<Prepared, Result> {
  /** Everything before the faults. */
  prepare(world: World): Promise<Prepared>;
  act(world: World, prepared: Prepared): Promise<Result>;
  /** Throws unless the outcome is correct. `whole` is the result without faults. */
  judge(world: World, prepared: Prepared, outcome: Outcome<Result>, whole: Result, faultCase: FaultCase): void | Promise<void>;
}

/** Creates two machines that no stale list can miss. Returns the id of the second, which has booted. */
async function startTwo(world: World): Promise<string> {
  await world.create();
  const { id } = await world.create();
  await world.boot(id);
  await world.cloud.clock.advance(120_000);
  return id;
}

/** A read returns everything or throws an error without side effects. */
function read<Result>(
  act: (world: World, id: string) => Promise<Result>,
  same: (result: Result) => unknown,
): Step<string, Result> {
  return {
    prepare: startTwo,
    act,
    judge(_, _id, outcome, whole) {
      if (outcome.error) assertSame(outcome.error.sideEffect, "none", "side effect of a read");
      else assertSame(same(outcome.value), same(whole), "the result of the read");
    },
  };
}

const readOffers = read(
  ({ provider, context }) => provider.listOffers(context),
  (found) => found.map(({ id }) => id),
);
const offers: typeof readOffers = {
  ...readOffers,
  judge(world, prepared, outcome, whole, faultCase) {
    readOffers.judge(world, prepared, outcome, whole, faultCase);
    // A price may be unknown, but never wrong.
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
    assertSame([world.rentals().length, world.count("createInstance")], [0, 0], "rentals and creates before the paid call");
  },
};

const send: Step<{ request: CreateUnderTest; prepared: PreparedUnderTest }, { readonly id: string }> = {
  async prepare(world) {
    const request = await world.request();
    return { request, prepared: await world.provider.prepareCreate(request, world.context) };
  },
  act: ({ context }, { prepared }) => prepared.send(context),
  async judge(world, { request }, { error, ...result }, _, faultCase) {
    const rented = world.rentedIds();
    const sent = world.count("createInstance");
    assert(rented.length <= 1, `it was rented ${rented.length} times`);
    assert(sent === 1 || world.provider.guarantee === "key", `the paid call was sent ${sent} times`);
    if (!error) {
      assertSame("value" in result ? [result.value.id] : [], rented, "the new instance");
      return;
    }
    if (error.sideEffect === "none") assertSame(rented.length, 0, `rented with the side effect none (${error.code})`);
    if (faultCase.rejects) assertSame(error.sideEffect, "none", `side effect of ${faultCase.kind}`);
    if (rented.length === 0) return;
    // Once lists have settled, the list must show it.
    await world.cloud.clock.advance(world.provider.settleMs);
    const listed = await world.provider.list(world.context);
    const found = listed.filter((one) => world.isOf(one, request)).map(({ instance }) => instance.id);
    assertSame(found, rented, "what the list shows of a create whose response was lost");
  },
};

const remove: Step<string, void> = {
  prepare: startTwo,
  act: ({ provider, context }, id) => provider.delete(id, context),
  judge(world, id, { error }, _, faultCase) {
    const rental = world.rentals().find((one) => one.id === id);
    const other = world.rentals().find((one) => one.id !== id);
    assertSame(other?.endedAt, null, "the end of the other machine");
    const isGone = rental?.endedAt !== null;
    if (!error) assert(isGone, "it is reported as deleted, but runs");
    else if (isGone) assert(error.sideEffect !== "none", `it is deleted, but the error ${error.code} has the side effect none`);
    if (faultCase.rejects && error) assertSame(error.sideEffect, "none", `side effect of ${faultCase.kind}`);
  },
};

/** The steps of a provider. */
export const steps = { offers, "prepare create": prepareCreate, create: send, get, list, access, delete: remove };
export type StepName = "offers" | "prepare create" | "create" | "get" | "list" | "access" | "delete";

/** Runs a step with a fault at each of its requests in turn, once and permanently. */
export async function strike(suite: Suite, step: StepName, name: string): Promise<void> {
  const faultCase = faultCases[name];
  assert(faultCase !== undefined, `there is no fault ${name}`);
  // With one item on a page, two machines make two pages.
  const start = () => startWorld(suite, { pageSize: 1 });
  const performed = suite.faultless.get(step) ?? perform(start(), steps[step]);
  suite.faultless.set(step, performed);
  await strikeStep(start, steps[step], await performed, faultCase);
}

async function strikeStep(
  start: () => World,
  step: Step<unknown, unknown>,
  faultless: Performed,
  faultCase: FaultCase,
): Promise<void> {
  if (faultless.outcome.error) throw new ConformanceError(`it fails without any fault: ${faultless.outcome.error.message}`);
  const { kind, options, codes, needsKey } = faultCase;
  let placed = 0;
  let strikes = 0;
  for (const operation of faultless.operations) {
    for (const times of [1, Number.POSITIVE_INFINITY]) {
      const world = start();
      const fault = { ...options, kind, vendor: world.vendor, operation: operation ?? undefined, times };
      const { prepared, outcome, handle } = await perform(world, step, () => placeFault(world.cloud, fault));
      // The fault does not apply there.
      if (!handle) continue;
      placed += 1;
      strikes += handle.strikes;
      handle.remove();
      try {
        const { error } = outcome;
        // A repeated delete may find that the first one succeeded.
        const isDeleted = error?.code === "not_found" && error.sideEffect !== "none";
        assert(!error || isDeleted || codes.includes(error.code), `it failed with ${error?.code}: ${error?.message}`);
        await step.judge(world, prepared, outcome, faultless.outcome.value, faultCase);
      } catch (problem) {
        const where = `${kind} ${times === 1 ? "once" : "permanently"} at ${operation}`;
        throw new ConformanceError(`${where}: ${problem instanceof Error ? problem.message : String(problem)}`, {
          cause: problem,
        });
      }
    }
  }
  assert(strikes > 0 || placed === 0 || needsKey === true, `${kind} has affected no request`);
}

/** Runs a step in a new world. The fault is placed after `prepare`. */
async function perform<Handle>(
  world: World,
  step: Step<unknown, unknown>,
  place?: () => Handle,
): Promise<Performed & { readonly handle: Handle | undefined }> {
  const prepared = await step.prepare(world);
  const handle = place?.();
  const before = world.cloud.requests().length;
  const outcome = await outcomeOf(() => step.act(world, prepared));
  const sent = world.cloud.requests().slice(before);
  return { prepared, outcome, handle, operations: new Set(sent.map(({ operation }) => operation)) };
}
