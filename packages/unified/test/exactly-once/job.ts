import "../immediate-digest.js";
import {
  createSimulator,
  createVirtualClock,
  type Fault,
  type FaultHandle,
  type FaultKind,
  type Simulator,
  type VendorName,
} from "@gpu/simulator";
import { newIdempotencyKey } from "../../src/idempotency-key.js";
import {
  type CreateHandle,
  createGpu,
  type Gpu,
  GpuError,
  type Instance,
  type Provider,
  type UnifiedGpuError,
} from "../../src/index.js";
import type { CommonFields } from "../../src/provider.js";
import { createRandom, type Random } from "./random.js";

/** A vendor, and the arguments of a create there. */
export interface Vendor {
  readonly id: VendorName;
  readonly provider: () => Provider;
  readonly offer: string;
  readonly fields: CommonFields;
  /** With `name`, the outcome is always known in the end. Otherwise a machine with an unknown outcome must be found by its handle. */
  readonly guarantee: "name" | "best-effort" | "key";
  readonly settleMs: number;
  /** Operations that a create, list or delete calls in addition to those that every vendor has. */
  readonly otherOperations: readonly string[];
}

/** Counts of what happened, which tests use to check that faults and crashes were exercised. */
export interface Tally {
  jobs: number;
  created: number;
  crashes: number;
  ambiguous: number;
  adoptedByReconcile: number;
  adoptedByKey: number;
  absent: number;
  leftNamed: number;
  /** Deletes that ended with `not_found`, after an earlier process had deleted the instance. */
  notFound: number;
  faults: number;
}

type Crash = "before sending" | "request lost" | "response lost" | "request in flight";

const crashes: readonly Crash[] = ["before sending", "request lost", "response lost", "request in flight"];
/** Matches the method and path of a create request. */
const creates =
  /^(?:POST .*\/(?:instances|instance\/create|instances\/create|pods|instance-operations\/launch)|PUT .*\/asks\/\d+\/)$/;
/** Maximum time until the request of a crashed caller reaches the vendor. */
const longestFlightMs = 55_000;

/** A random fault. */
function faultKinds(random: Random, settleMs: number): FaultKind {
  const slowMs = random.pick([5_000, 70_000, 400_000]);
  return random.pick<FaultKind>([
    { kind: "response_lost" },
    { kind: "response_lost" },
    { kind: "error_after_commit" },
    { kind: "error_after_commit", replayed: true },
    { kind: "unreadable_response" },
    { kind: "error_before_commit" },
    { kind: "reset_before" },
    { kind: "slow", ms: slowMs },
    { kind: "rate_limited" },
    { kind: "no_capacity" },
    { kind: "insufficient_funds" },
    { kind: "expired_key" },
    { kind: "forbidden" },
    { kind: "unknown_status" },
    { kind: "wrong_type" },
    { kind: "page_2_fails" },
    { kind: "list_lag", ms: random.integer(1, settleMs - 1) },
    { kind: "boot_fails" },
    { kind: "stuck" },
  ]);
}

/** A simulated vendor with all machines there, ours and others'. */
class World {
  readonly simulator: Simulator;
  readonly random: Random;
  readonly foreign = new Set<string>();
  readonly #faults: FaultHandle[] = [];

  constructor(
    readonly vendor: Vendor,
    readonly seed: number,
  ) {
    this.random = createRandom(seed);
    // Lists may lag for as long as the provider allows.
    const settleMs = this.random.chance(0.5) ? this.random.integer(0, vendor.settleMs - 1_000) : 0;
    // Several processes create at the same time, so there is no minimum time between two creates.
    this.simulator = createSimulator({
      seed,
      clock: createVirtualClock({ quietMs: 0 }),
      vendors: { [vendor.id]: { settleMs, pageSize: this.random.pick([2, 10]), balanceUsd: 1e9, createIntervalMs: 0 } },
    });
    const catalogue = this.simulator.catalogue(vendor.id);
    for (const { id } of catalogue.products()) catalogue.setFree(id, Number.POSITIVE_INFINITY);
  }

  get clock() {
    return this.simulator.clock;
  }

  /** Starts a process. Its `Gpu` knows nothing of earlier processes. */
  connect(fetch: Simulator["fetch"] = this.simulator.fetch): Gpu {
    const { clock, keys } = this.simulator;
    return createGpu({
      providers: [this.vendor.provider()],
      owner: "jobs",
      defaults: { fetch, clock, apiKey: keys[this.vendor.id] },
    });
  }

  /** Rents a machine of another owner. */
  async rentForeign(): Promise<void> {
    const someone = createGpu({
      providers: [this.vendor.provider()],
      owner: "someone else",
      defaults: { fetch: this.simulator.fetch, clock: this.clock, apiKey: this.simulator.keys[this.vendor.id] },
    });
    const { id } = await someone.create({
      offer: this.vendor.offer as `${string}:${string}`,
      ...this.vendor.fields,
      name: `foreign-${this.foreign.size}`,
    });
    this.foreign.add(id);
  }

  placeFaults(): number {
    const { random, vendor } = this;
    const operations = [
      "createInstance",
      "createInstance",
      "createInstance",
      "listInstances",
      "listInstances",
      "getInstance",
      "deleteInstance",
      ...vendor.otherOperations,
    ];
    const wanted = random.chance(0.75) ? random.integer(1, 4) : 0;
    for (let placed = 0; placed < wanted; placed += 1) {
      const fault = {
        vendor: vendor.id,
        operation: random.pick(operations),
        times: random.pick([1, 1, 1, 2, 4, 20]),
        ...faultKinds(random, vendor.settleMs),
      } as Fault;
      try {
        this.#faults.push(this.simulator.fault(fault));
      } catch {
        // The simulator rejects faults that cannot occur in this operation.
      }
    }
    return this.#faults.length;
  }

  clearFaults(): number {
    const strikes = this.#faults.reduce((sum, { strikes }) => sum + strikes, 0);
    for (const fault of this.#faults.splice(0)) fault.remove();
    return strikes;
  }

  instances() {
    return this.simulator.ledger().filter(({ kind }) => kind === "instance");
  }
}

/** Throws with the seed and the last requests unless the condition is true. */
function ensure(condition: boolean, world: World, message: string, detail?: unknown): asserts condition {
  if (condition) return;
  const log = world.simulator
    .requests()
    .slice(-30)
    .map(({ at, operation, status, faults }) => `  ${at} ${operation} ${status} ${faults.join(" ")}`);
  const shown = detail === undefined ? "" : JSON.stringify(detail);
  throw new Error(`${world.vendor.id}, seed ${world.seed}: ${message} ${shown}\n${log.join("\n")}`);
}

/**
 * One create by a caller that follows the documentation: it stores the intent, and after a crash or an unknown outcome it reconciles
 * or repeats the create under the same key.
 */
class Job {
  readonly #before: Set<string>;
  readonly #inFlight: Promise<unknown>[] = [];
  /** The handle that the caller stored, which survives crashes. */
  #handle: CreateHandle | undefined;
  /** Whether a machine may exist under the key. */
  #isOpen = false;
  #key: string;

  constructor(
    readonly world: World,
    readonly name: string,
    readonly tally: Tally,
  ) {
    this.#before = new Set(world.instances().map(({ id }) => id));
    this.#key = newIdempotencyKey(world.clock.now());
  }

  /** All machines rented for this job, including ended ones. */
  rentals() {
    const { world } = this;
    return world.instances().filter(({ id }) => !this.#before.has(id) && !world.foreign.has(id));
  }

  async run(): Promise<void> {
    const { world, tally } = this;
    const { random } = world;
    tally.jobs += 1;
    world.placeFaults();
    let instance = await this.#create(world.connect(), true);
    for (let round = 0; !instance && round < 14; round += 1) {
      if (!this.#isOpen) {
        ensure(this.rentals().length === 0, world, `${this.name}: the error reported that nothing was created`, this.rentals());
        if (random.chance(0.6)) break;
      }
      if (round === 6) tally.faults += world.clearFaults();
      await world.clock.advance(random.pick([0, 1_000, 20_000, 120_000, 660_000]));
      instance = this.#isOpen && random.chance(0.5) ? await this.#reconcile() : await this.#create(world.connect(), false);
    }
    await Promise.all(this.#inFlight);
    tally.faults += world.clearFaults();
    const rentals = this.rentals();
    ensure(rentals.length <= 1, world, `${this.name}: rented ${rentals.length} times under one key`, rentals);
    const [rental] = rentals;
    ensure(rental === undefined || rental.endedAt === null, world, `${this.name}: was deleted without a delete request`, rental);
    if (instance) {
      tally.created += 1;
      ensure(instance.id === rental?.id, world, `${this.name}: returned ${instance.id}`, rental);
      await this.#delete(instance);
    } else if (rental) {
      await this.#mustBeNamed(rental.id);
    }
    for (const one of world.instances()) {
      if (world.foreign.has(one.id))
        ensure(one.endedAt === null, world, `${this.name}: a machine of another owner was deleted`, one);
    }
  }

  /** Calls create once. The caller may crash during the call. */
  async #create(fresh: Gpu, isFirst: boolean): Promise<Instance | undefined> {
    const { world, tally } = this;
    const { random, vendor } = world;
    const crash = random.chance(isFirst ? 0.4 : 0.1) ? random.pick(crashes) : undefined;
    const caller = new AbortController();
    const endCaller = () => caller.abort(new Error("the caller crashed"));
    const gpu = crash === undefined || crash === "before sending" ? fresh : world.connect(this.#crashingFetch(crash, endCaller));
    // The key is new, was stored earlier, or is chosen by the caller.
    if (isFirst && random.chance(0.7)) this.#key = gpu.newIdempotencyKey();
    else if (isFirst && vendor.guarantee === "name" && random.chance(0.5)) this.#key = `${this.name}-of-${world.seed}`;
    const wasOpen = this.#isOpen;
    try {
      const instance = await gpu.create({
        offer: vendor.offer as `${string}:${string}`,
        ...vendor.fields,
        name: this.name,
        idempotencyKey: this.#key,
        signal: caller.signal,
        onIntent: (handle) => {
          // Replaces the earlier handle, because a handle records when the key was last used.
          this.#handle = JSON.parse(JSON.stringify(handle)) as CreateHandle;
          if (crash === "before sending") endCaller();
        },
      });
      if (!isFirst) tally.adoptedByKey += 1;
      if (!caller.signal.aborted) return instance;
    } catch (error) {
      ensure(GpuError.isInstance(error), world, `${this.name}: threw something other than a GpuError: ${String(error)}`);
      ensure(
        error.code !== "idempotency_mismatch",
        world,
        `${this.name}: identical parameters were reported as a mismatch`,
        error,
      );
      if (!caller.signal.aborted) {
        // The machine under the key failed to boot, and the error names it.
        const { instance } = error as UnifiedGpuError;
        if (error.code === "instance_failed" && instance) return instance;
        if (error.code === "create_ambiguous") {
          tally.ambiguous += 1;
          this.#isOpen = true;
          this.#handle ??= (error as UnifiedGpuError).handle;
          ensure(this.#handle !== undefined, world, `${this.name}: the unknown outcome has no handle`);
        } else {
          ensure(
            error.sideEffect === "none",
            world,
            `${this.name}: ${error.code} has the side effect ${error.sideEffect}`,
            error,
          );
          ensure(
            wasOpen || this.rentals().length === 0,
            world,
            `${this.name}: ${error.code} reported that nothing was created`,
            error,
          );
        }
        return undefined;
      }
    }
    // Only the stored handle survives the crash.
    tally.crashes += 1;
    this.#isOpen ||= this.#handle !== undefined;
    return undefined;
  }

  /** A `fetch` that crashes the caller at its paid request. */
  #crashingFetch(crash: Crash, endCaller: () => void): Simulator["fetch"] {
    const { simulator, random, clock } = this.world;
    return async (input, init) => {
      if (!init || !creates.test(`${init.method} ${new URL(String(input)).pathname}`)) return simulator.fetch(input, init);
      // A sent request continues after the caller crashed.
      const { signal: _, ...rest } = init;
      const arrive = () => simulator.fetch(input, rest).catch(() => undefined);
      if (crash === "response lost") await arrive();
      if (crash === "request in flight") this.#inFlight.push(clock.sleep(random.integer(1, longestFlightMs)).then(arrive));
      endCaller();
      throw new Error("the caller crashed");
    };
  }

  async #reconcile(): Promise<Instance | undefined> {
    const { world, tally } = this;
    ensure(this.#handle !== undefined, world, `${this.name}: nothing to reconcile`);
    const result = await world.connect().reconcile(this.#handle);
    if (result.outcome === "created") {
      tally.adoptedByReconcile += 1;
      return result.instance;
    }
    if (result.outcome === "absent") {
      tally.absent += 1;
      await Promise.all(this.#inFlight);
      ensure(this.rentals().length === 0, world, `${this.name}: reconcile returned absent`, this.rentals());
      this.#isOpen = false;
      this.#handle = undefined;
      this.#key = newIdempotencyKey(world.clock.now());
    }
    return undefined;
  }

  /** Checks that the stored handle leads to a machine whose create had an unknown outcome. */
  async #mustBeNamed(id: string): Promise<void> {
    const { world, tally } = this;
    ensure(world.vendor.guarantee !== "name", world, `${this.name}: ${id} is not known to the caller`);
    ensure(this.#handle !== undefined, world, `${this.name}: ${id} has no handle`);
    const result = await world.connect().reconcile(this.#handle);
    const isNamed = result.outcome === "created" ? result.instance.id === id : result.candidates.some((one) => one.id === id);
    ensure(isNamed, world, `${this.name}: the handle does not lead to ${id}`, result);
    tally.leftNamed += 1;
    await this.#delete({ ref: `${world.vendor.id}:${id}` });
  }

  /** Deletes the instance under faults until a delete reports that it is gone, and checks that this is true. */
  async #delete(instance: Pick<Instance, "ref">): Promise<void> {
    const { world } = this;
    const id = instance.ref.slice(instance.ref.indexOf(":") + 1);
    // Waits for the list lag: the index of a gone Thunder Compute machine in a lagging list may belong to another machine by now.
    await world.clock.advance(world.vendor.settleMs);
    world.placeFaults();
    for (let round = 0; round < 8; round += 1) {
      if (round === 4) this.tally.faults += world.clearFaults();
      const { outcome } = await world
        .connect()
        .delete(instance.ref, { waitMs: 90_000 })
        .catch(() => ({ outcome: "refused" }));
      // Each round is a new process, so it returns `not_found` if an earlier one deleted the instance.
      if (outcome === "deleted" || outcome === "not_found") {
        this.tally.faults += world.clearFaults();
        if (outcome === "not_found") this.tally.notFound += 1;
        const rental = world.instances().find((one) => one.id === id);
        ensure(rental?.endedAt !== null, world, `${this.name}: ${id} was reported as ${outcome}`, rental);
        await world.clock.advance(world.vendor.settleMs);
        return;
      }
    }
    ensure(false, world, `${this.name}: ${id} could not be deleted`);
  }
}

const jobsPerWorld = 25;
/** Worlds that run concurrently, because each spends time waiting for the event loop. */
const lanes = 8;

/** Runs many creates at one vendor, in several worlds. Throws at the first broken promise, with the seed. */
export async function runJobs(vendor: Vendor, count: number, firstSeed: number): Promise<Tally> {
  const tally: Tally = {
    jobs: 0,
    created: 0,
    crashes: 0,
    ambiguous: 0,
    adoptedByReconcile: 0,
    adoptedByKey: 0,
    absent: 0,
    leftNamed: 0,
    notFound: 0,
    faults: 0,
  };
  const seeds = Array.from({ length: Math.ceil(count / jobsPerWorld) }, (_, index) => firstSeed + index);
  async function runLane(): Promise<void> {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      const world = new World(vendor, seed);
      for (let job = 0; job < jobsPerWorld; job += 1) {
        if (job % 8 === 0) await world.rentForeign();
        await new Job(world, `job-${job}`, tally).run();
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, runLane));
  return tally;
}
