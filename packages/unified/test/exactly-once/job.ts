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

/** A vendor, and what a create at it takes. */
export interface Vendor {
  readonly id: VendorName;
  readonly provider: () => Provider;
  readonly offer: string;
  readonly fields: CommonFields;
  /** `name`: always told in the end. Otherwise what cannot be told must stay named by a handle. */
  readonly guarantee: "name" | "best-effort" | "key";
  readonly settleMs: number;
  /** Operations of the vendor that a create, a list or a delete calls beside those that every vendor has. */
  readonly otherOperations: readonly string[];
}

/** What happened over many creates, so that a test can tell that it was not nothing. */
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

type Crash = "before sending" | "on the way out" | "on the way back" | "while the vendor is at work";

const crashes: readonly Crash[] = ["before sending", "on the way out", "on the way back", "while the vendor is at work"];
/** Creates, by method and path. */
const creates =
  /^(?:POST .*\/(?:instances|instance\/create|instances\/create|pods|instance-operations\/launch)|PUT .*\/asks\/\d+\/)$/;
/** Longest that a request of a dead caller takes to reach the vendor. */
const longestFlightMs = 55_000;

/** The faults of a world, all over. */
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

/** One simulated vendor and everybody's machines at it. */
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
    // Lists may lag behind for as long as the provider allows for.
    const settleMs = this.random.chance(0.5) ? this.random.integer(0, vendor.settleMs - 1_000) : 0;
    // Several processes create at the same time, so there is no least time between two creates.
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

  /** A process: what it knows dies with it. */
  connect(fetch: Simulator["fetch"] = this.simulator.fetch): Gpu {
    const { clock, keys } = this.simulator;
    return createGpu({
      providers: [this.vendor.provider()],
      owner: "jobs",
      defaults: { fetch, clock, apiKey: keys[this.vendor.id] },
    });
  }

  /** Machines that somebody else rents, which are none of ours. */
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
        // It cannot strike there.
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

/** Throws with the seed and the last requests. */
function insist(isTrue: boolean, world: World, what: string, detail?: unknown): asserts isTrue {
  if (isTrue) return;
  const log = world.simulator
    .requests()
    .slice(-30)
    .map(({ at, operation, status, faults }) => `  ${at} ${operation} ${status} ${faults.join(" ")}`);
  const shown = detail === undefined ? "" : JSON.stringify(detail);
  throw new Error(`${world.vendor.id}, seed ${world.seed}: ${what} ${shown}\n${log.join("\n")}`);
}

/** One create, by a caller that follows the rules: it stores the intent, and after a crash or an unknown outcome asks before it creates again. */
class Job {
  readonly #before: Set<string>;
  readonly #inFlight: Promise<unknown>[] = [];
  /** What the caller has stored: it survives crashes. */
  #handle: CreateHandle | undefined;
  /** Whether something may exist under the key. */
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

  /** What was rented for it, gone or not. */
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
        insist(this.rentals().length === 0, world, `${this.name}: said that nothing was created`, this.rentals());
        if (random.chance(0.6)) break;
      }
      if (round === 6) tally.faults += world.clearFaults();
      await world.clock.advance(random.pick([0, 1_000, 20_000, 120_000, 660_000]));
      instance = this.#isOpen && random.chance(0.5) ? await this.#reconcile() : await this.#create(world.connect(), false);
    }
    await Promise.all(this.#inFlight);
    tally.faults += world.clearFaults();
    const rentals = this.rentals();
    insist(rentals.length <= 1, world, `${this.name}: rented ${rentals.length} times under one key`, rentals);
    const [rental] = rentals;
    insist(rental === undefined || rental.endedAt === null, world, `${this.name}: was deleted without an order`, rental);
    if (instance) {
      tally.created += 1;
      insist(instance.id === rental?.id, world, `${this.name}: got ${instance.id}`, rental);
      await this.#delete(instance);
    } else if (rental) {
      await this.#mustBeNamed(rental.id);
    }
    for (const one of world.instances()) {
      if (world.foreign.has(one.id))
        insist(one.endedAt === null, world, `${this.name}: a machine of somebody else was deleted`, one);
    }
  }

  /** One call of create, which may crash on its way. */
  async #create(fresh: Gpu, isFirst: boolean): Promise<Instance | undefined> {
    const { world, tally } = this;
    const { random, vendor } = world;
    const crash = random.chance(isFirst ? 0.4 : 0.1) ? random.pick(crashes) : undefined;
    const death = new AbortController();
    const die = () => death.abort(new Error("the caller died"));
    const gpu = crash === undefined || crash === "before sending" ? fresh : world.connect(this.#dyingFetch(crash, die));
    // Made by this process a moment ago, or stored before.
    if (isFirst && random.chance(0.7)) this.#key = gpu.newIdempotencyKey();
    else if (isFirst && vendor.guarantee === "name" && random.chance(0.5)) this.#key = `${this.name}-of-${world.seed}`;
    const wasOpen = this.#isOpen;
    try {
      const instance = await gpu.create({
        offer: vendor.offer as `${string}:${string}`,
        ...vendor.fields,
        name: this.name,
        idempotencyKey: this.#key,
        signal: death.signal,
        onIntent: (handle) => {
          // In place of an earlier one: it says when the key was last used.
          this.#handle = JSON.parse(JSON.stringify(handle)) as CreateHandle;
          if (crash === "before sending") die();
        },
      });
      if (!isFirst) tally.adoptedByKey += 1;
      if (!death.signal.aborted) return instance;
    } catch (error) {
      insist(GpuError.isInstance(error), world, `${this.name}: threw what is no GpuError: ${String(error)}`);
      insist(error.code !== "idempotency_mismatch", world, `${this.name}: the same parameters are a mismatch`, error);
      if (!death.signal.aborted) {
        // What exists under the key has failed to boot; the error names it.
        const { instance } = error as UnifiedGpuError;
        if (error.code === "instance_failed" && instance) return instance;
        if (error.code === "create_ambiguous") {
          tally.ambiguous += 1;
          this.#isOpen = true;
          this.#handle ??= (error as UnifiedGpuError).handle;
          insist(this.#handle !== undefined, world, `${this.name}: an unknown outcome without a handle`);
        } else {
          insist(
            error.sideEffect === "none",
            world,
            `${this.name}: ${error.code} with the side effect ${error.sideEffect}`,
            error,
          );
          insist(
            wasOpen || this.rentals().length === 0,
            world,
            `${this.name}: ${error.code} says that nothing was created`,
            error,
          );
        }
        return undefined;
      }
    }
    // What the dead caller knew is lost, but for what it had stored.
    tally.crashes += 1;
    this.#isOpen ||= this.#handle !== undefined;
    return undefined;
  }

  /** A network that ends the caller at its paid request. */
  #dyingFetch(crash: Crash, die: () => void): Simulator["fetch"] {
    const { simulator, random, clock } = this.world;
    return async (input, init) => {
      if (!init || !creates.test(`${init.method} ${new URL(String(input)).pathname}`)) return simulator.fetch(input, init);
      // What is on its way goes on without the caller.
      const { signal: _, ...rest } = init;
      const arrive = () => simulator.fetch(input, rest).catch(() => undefined);
      if (crash === "on the way back") await arrive();
      if (crash === "while the vendor is at work")
        this.#inFlight.push(clock.sleep(random.integer(1, longestFlightMs)).then(arrive));
      die();
      throw new Error("the caller died");
    };
  }

  async #reconcile(): Promise<Instance | undefined> {
    const { world, tally } = this;
    insist(this.#handle !== undefined, world, `${this.name}: nothing to reconcile`);
    const result = await world.connect().reconcile(this.#handle);
    if (result.outcome === "created") {
      tally.adoptedByReconcile += 1;
      return result.instance;
    }
    if (result.outcome === "absent") {
      tally.absent += 1;
      await Promise.all(this.#inFlight);
      insist(this.rentals().length === 0, world, `${this.name}: said to be absent`, this.rentals());
      this.#isOpen = false;
      this.#handle = undefined;
      this.#key = newIdempotencyKey(world.clock.now());
    }
    return undefined;
  }

  /** Nobody could tell: then the stored handle must lead to it. */
  async #mustBeNamed(id: string): Promise<void> {
    const { world, tally } = this;
    insist(world.vendor.guarantee !== "name", world, `${this.name}: ${id} is not known to the caller`);
    insist(this.#handle !== undefined, world, `${this.name}: ${id} has no handle`);
    const result = await world.connect().reconcile(this.#handle);
    const isNamed = result.outcome === "created" ? result.instance.id === id : result.candidates.some((one) => one.id === id);
    insist(isNamed, world, `${this.name}: the handle does not lead to ${id}`, result);
    tally.leftNamed += 1;
    await this.#delete({ ref: `${world.vendor.id}:${id}` });
  }

  /** Deletes it, through faults, until there is proof; and the proof must be true. */
  async #delete(instance: Pick<Instance, "ref">): Promise<void> {
    const { world } = this;
    const id = instance.ref.slice(instance.ref.indexOf(":") + 1);
    // Past the list's lag: an index of Thunder that a lagging list still shows may be another's by now.
    await world.clock.advance(world.vendor.settleMs);
    world.placeFaults();
    for (let round = 0; round < 8; round += 1) {
      if (round === 4) this.tally.faults += world.clearFaults();
      const { outcome } = await world
        .connect()
        .delete(instance.ref, { waitMs: 90_000 })
        .catch(() => ({ outcome: "refused" }));
      // Each round is a new process: of a ref that an earlier one has deleted it has seen nothing.
      if (outcome === "deleted" || outcome === "not_found") {
        this.tally.faults += world.clearFaults();
        if (outcome === "not_found") this.tally.notFound += 1;
        const rental = world.instances().find((one) => one.id === id);
        insist(rental?.endedAt !== null, world, `${this.name}: ${id} was reported as ${outcome}`, rental);
        await world.clock.advance(world.vendor.settleMs);
        return;
      }
    }
    insist(false, world, `${this.name}: ${id} could not be deleted`);
  }
}

const jobsPerWorld = 25;
/** Worlds at a time: while one waits for the machine's own time, others go on. */
const lanes = 8;

/** Runs many creates at one vendor, in worlds of their own. Throws at the first one that breaks a promise, with its seed. */
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
