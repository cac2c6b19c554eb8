import "../immediate-digest.js";
import {
  createSimulator,
  createVirtualClock,
  type Fault,
  type FaultHandle,
  type FaultKind,
  type LedgerEntry,
  type Simulator,
} from "@gpu/simulator";
import { createGpu, type Gpu, type GpuOptions, type InstanceRef } from "../../src/index.js";
import { minuteMs, readMark } from "../../src/mark.js";
import type { Vendor } from "../exactly-once/job.js";
import { createRandom, type Random } from "../exactly-once/random.js";
import { vendors } from "../exactly-once/vendors.js";

const owner = "ci";
const hourMs = 60 * minuteMs;

/** The API under test. The planted faults replace parts of it. */
export interface Subject {
  createGpu(options: GpuOptions, world: World): Gpu;
  /** Wraps the `fetch` of a sweeper. */
  wrapFetch?(fetch: Simulator["fetch"], world: World): Simulator["fetch"];
}

export const realSubject: Subject = { createGpu: (options) => createGpu(options) };

/** Offsets of the sweepers' and the vendor's clocks in milliseconds. At most one is ahead, so no sweep may delete early. */
const clocks: readonly (readonly [sweepers: number, vendors: number])[] = [
  [0, 0],
  [0, 0],
  [0, 0],
  [45_000, 0],
  [0, 45_000],
  [-45_000, -45_000],
  [hourMs, 0],
  [-hourMs, 0],
  [0, hourMs],
  [0, -hourMs],
  [-hourMs, -hourMs],
  [-hourMs, hourMs],
  [hourMs, -hourMs],
];

/** Who created a machine, and how it is marked. */
export type Kind =
  /** Created by our owner. */
  | "ours"
  /** Created by another owner of the same account. */
  | "other owner's"
  /** Without a mark. */
  | "unmarked"
  /** With a name, tag or comment in the format of a mark, but an invalid checksum. */
  | "damaged mark"
  /** With our owner and the key of one of our machines in its mark, but other parameters. */
  | "colliding"
  /** With exactly the mark of one of our machines. */
  | "copy";

export interface Machine {
  readonly id: string;
  readonly kind: Kind;
  readonly mark: string | undefined;
  /** Expiry in its mark, in milliseconds since the epoch; null when it never expires. */
  expiresAt: number | null;
  /** The machine whose mark or key it shares. */
  readonly of?: Machine | undefined;
  readonly createdAt: number;
}

/** A vendor with all machines there, ours and others'. */
export class World {
  readonly random: Random;
  readonly vendor: Vendor;
  readonly simulator: Simulator;
  readonly machines = new Map<string, Machine>();
  /** Offset of the sweepers' clocks, in milliseconds. */
  readonly sweeperOffMs: number;
  readonly vendorOffMs: number;
  /** No faults and correct clocks, so the limit on billing past the expiry applies too. */
  readonly isCalm: boolean;
  /** Whether the sweepers run as `soleDeleter`. */
  readonly isSole: boolean;
  readonly intervalMs: number;
  readonly #faults: FaultHandle[] = [];
  #crashes = 0;

  constructor(
    readonly seed: number,
    readonly subject: Subject,
    readonly trace: (line: string) => void,
  ) {
    this.random = createRandom(seed);
    const { random } = this;
    this.vendor = random.pick(vendors.filter(({ guarantee }) => guarantee !== "key"));
    this.isCalm = random.chance(0.3);
    [this.sweeperOffMs, this.vendorOffMs] = this.isCalm ? [0, 0] : random.pick(clocks);
    this.isSole = random.chance(0.5);
    this.intervalMs = random.pick([5, 10, 20]) * minuteMs;
    const settleMs = random.chance(0.6) ? random.integer(0, this.vendor.settleMs - 1_000) : 0;
    const pageSize = random.pick([2, 10]);
    // Several processes create at the same time, so there is no minimum time between two creates.
    const createIntervalMs = 0;
    const settings = { settleMs, clockOffMs: this.vendorOffMs, bootMs: 30_000, pageSize, balanceUsd: 1e9, createIntervalMs };
    this.simulator = createSimulator({
      seed,
      clock: createVirtualClock({ quietMs: 0 }),
      vendors: { [this.vendor.id]: settings },
    });
    const catalogue = this.simulator.catalogue(this.vendor.id);
    for (const { id } of catalogue.products()) catalogue.setFree(id, Number.POSITIVE_INFINITY);
    trace(
      `${this.vendor.id}, sweepers off ${this.sweeperOffMs}, vendor off ${this.vendorOffMs}, calm ${this.isCalm}, every ${this.intervalMs}`,
    );
  }

  get clock() {
    return this.simulator.clock;
  }

  get crashes(): number {
    return this.#crashes;
  }

  /** Whether sweepers with correct clocks may delete at this vendor. */
  get mayDelete(): boolean {
    return this.vendor.id !== "thunder-compute" || this.isSole;
  }

  get isClockRight(): boolean {
    return Math.abs(this.sweeperOffMs) < 2 * minuteMs && Math.abs(this.vendorOffMs) < 2 * minuteMs;
  }

  entry(id: string): LedgerEntry {
    const found = this.entries().find((one) => one.id === id);
    if (!found) throw new Error(`no machine ${id} in the ledger`);
    return found;
  }

  entries(): LedgerEntry[] {
    return this.simulator.ledger().filter(({ kind }) => kind === "instance");
  }

  refOf({ id }: Pick<Machine, "id">): InstanceRef {
    return `${this.vendor.id}:${id}`;
  }

  /** Runs `work` and records the machines that it creates. Calls must not overlap. */
  async recording<T>(kind: Kind, markOf: () => string | undefined, work: () => Promise<T>, of?: Machine): Promise<T> {
    try {
      return await work();
    } finally {
      for (const { id, createdAt } of this.entries()) {
        if (this.machines.has(id)) continue;
        const mark = markOf();
        const expiresAt = readMark(mark ?? "")?.expiresAt ?? null;
        this.machines.set(id, { id, kind, mark, expiresAt, of, createdAt: Date.parse(createdAt) });
        this.trace(`${this.at} ${id} is ${kind}, expires ${expiresAt === null ? "never" : new Date(expiresAt).toISOString()}`);
      }
    }
  }

  get at(): string {
    return new Date(this.clock.now()).toISOString().slice(11, 19);
  }

  /** Starts a process of an owner. With `steps`, it crashes at that step; each request, response and sleep is a step. */
  process(options: { owner?: string; offMs?: number; steps?: number | undefined; isSweeper?: boolean }): Process {
    const { simulator, clock, vendor } = this;
    const { offMs = 0, isSweeper = false } = options;
    const death = new AbortController();
    let left = options.steps ?? Number.POSITIVE_INFINITY;
    const step = () => {
      left -= 1;
      if (left === 0) {
        this.#crashes += 1;
        death.abort(new Error("the process crashed"));
      }
      death.signal.throwIfAborted();
    };
    const wrapped = (isSweeper && this.subject.wrapFetch?.(simulator.fetch, this)) || simulator.fetch;
    const fetch: Simulator["fetch"] = async (input, init) => {
      step();
      // A sent request continues after the process crashed.
      const { signal: _, ...rest } = init ?? {};
      const response = await wrapped(input, rest);
      step();
      return response;
    };
    const gpu = this.subject.createGpu(
      {
        providers: [vendor.provider()],
        owner: options.owner ?? owner,
        defaults: {
          fetch,
          apiKey: simulator.keys[vendor.id],
          clock: {
            now: () => clock.now() + offMs,
            async sleep(ms, signal) {
              await clock.sleep(ms, signal);
              step();
            },
          },
        },
      },
      this,
    );
    return { gpu, signal: death.signal };
  }

  placeFaults(operations: readonly string[], kinds: readonly FaultKind[]): void {
    const { random, vendor } = this;
    if (this.isCalm || random.chance(0.4)) return;
    for (let wanted = random.integer(1, 3); wanted > 0; wanted -= 1) {
      const fault = { vendor: vendor.id, operation: random.pick(operations), times: random.pick([1, 1, 2, 4]) };
      const { kind, ...more } = random.pick(kinds);
      try {
        this.#faults.push(this.simulator.fault({ ...fault, kind, ...more } as Fault));
        this.trace(`${this.at} fault ${fault.operation} ${kind} × ${fault.times}`);
      } catch {
        // The simulator rejects faults that cannot occur in this operation.
      }
    }
  }

  clearFaults(): void {
    for (const fault of this.#faults.splice(0)) fault.remove();
  }
}

/** A process with one `Gpu`. */
export interface Process {
  readonly gpu: Gpu;
  /** Aborts when the process crashes. */
  readonly signal: AbortSignal;
}
