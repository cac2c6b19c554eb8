import type { FaultKind } from "@gpu/simulator";
import { timeOfKey } from "../../src/idempotency-key.js";
import { type CreateHandle, type Gpu, GpuError, type SweepResult } from "../../src/index.js";
import { minuteMs, readMark, withExpiry } from "../../src/mark.js";
import { type InvariantName, invariants } from "./invariants.js";
import { type Kind, type Machine, type Process, realSubject, type Subject, World } from "./world.js";

/** The result of one programme. */
export interface Report {
  readonly broken: readonly { readonly invariant: InvariantName; readonly what: string }[];
  readonly outcomes: ReadonlyMap<string, number>;
}

/** One sweep and its result. */
export interface Sweep {
  readonly isDryRun: boolean;
  readonly result: SweepResult | undefined;
  /** Ids of the machines that existed before the sweep. */
  readonly alive: readonly string[];
}

/** The events of a programme that the invariants check. */
export interface Story {
  readonly world: World;
  readonly sweeps: readonly Sweep[];
  /** Ids of the machines created under each key. */
  readonly madeByKey: ReadonlyMap<string, ReadonlySet<string>>;
  /** Start of the last two sweeps, which run without faults. */
  readonly calmSince: number;
  readonly outcomes: Map<string, number>;
}

const createFaults: readonly FaultKind[] = [
  { kind: "response_lost" },
  { kind: "error_after_commit" },
  { kind: "error_before_commit" },
  { kind: "reset_before" },
  { kind: "no_capacity" },
];
const sweepFaults: readonly FaultKind[] = [
  { kind: "response_lost" },
  { kind: "error_after_commit" },
  { kind: "error_before_commit" },
  { kind: "unreadable_response" },
  { kind: "reset_before" },
  { kind: "rate_limited" },
  { kind: "forbidden" },
  { kind: "list_lag", ms: 29_000 },
  { kind: "mark_hidden" },
  { kind: "mark_hidden", as: "null" },
  { kind: "page_2_fails" },
  { kind: "cut_page" },
];
const readsAndDeletes = ["listInstances", "listInstances", "getInstance", "deleteInstance", "deleteInstance"];

/** Runs a seed: creates, crashes, machines of others and sweeps under faults, then two sweeps without faults. */
export async function runProgramme(
  seed: number,
  { subject = realSubject, trace = () => {} }: { subject?: Subject; trace?: (line: string) => void } = {},
): Promise<Report> {
  const world = new World(seed, subject, trace);
  const { random, clock, vendor } = world;
  const outcomes = new Map<string, number>();
  const note = (outcome: string) => {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    trace(`${world.at} ${outcome}`);
  };
  const sweeps: Sweep[] = [];
  const madeByKey = new Map<string, Set<string>>();

  const running: Promise<void>[] = [];
  const sweepers = random.integer(1, 2);
  let isOver = false;

  async function sweep(process: Process, isDryRun: boolean): Promise<void> {
    const alive = world.entries().flatMap(({ id, endedAt }) => (endedAt === null ? id : []));
    let result: SweepResult | undefined;
    try {
      const soleDeleter = world.isSole ? [vendor.id] : undefined;
      result = await process.gpu.sweep({ dryRun: isDryRun, soleDeleter, signal: process.signal });
      for (const part of ["deleted", "deleting", "unknown"] as const) for (const _ of result[part]) note(`sweep: ${part}`);
      for (const { reason } of result.kept) note(`kept: ${reason}`);
      if (result.failures.length > 0) note("sweep: a failure");
    } catch (error) {
      if (!process.signal.aborted) throw error;
      note("sweep: crashed");
    }
    sweeps.push({ isDryRun, result: process.signal.aborted ? undefined : result, alive });
  }

  const newSweeper = (mayCrash: boolean) => {
    const steps = mayCrash && !world.isCalm && random.chance(0.2) ? random.integer(1, 12) : undefined;
    return world.process({ offMs: world.sweeperOffMs, steps, isSweeper: true });
  };

  /** Runs all sweepers concurrently. */
  async function sweepAll(mayCrash: boolean): Promise<void> {
    const isDryRun = mayCrash && !world.isCalm && random.chance(0.1);
    await Promise.all(Array.from({ length: sweepers }, () => sweep(newSweeper(mayCrash), isDryRun)));
  }

  /** Sweeps on a fixed schedule, even if the previous sweep is still running. */
  async function sweepOnSchedule(): Promise<void> {
    for (;;) {
      await clock.sleep(world.intervalMs);
      if (isOver) return;
      world.placeFaults(readsAndDeletes, sweepFaults);
      running.push(sweepAll(true));
    }
  }

  /** A create of our owner. If its process crashes, a new process repeats it later with the same key. */
  async function createOurs(): Promise<void> {
    const ttlMs = random.chance(0.85) ? random.integer(1, 40) * minuteMs + random.integer(0, minuteMs) : undefined;
    const maxUsd = ttlMs !== undefined && random.chance(0.2) ? 50 : undefined;
    const lifetime = { ...(ttlMs !== undefined && { ttlMs }), ...(maxUsd !== undefined && { maxUsd }) };
    const skew = world.isCalm ? 0 : random.pick([0, 0, 0, -60 * minuteMs, 60 * minuteMs]);
    let key: string | undefined;
    let sent: string | undefined;
    const made = new Set<string>();
    for (let round = 0; round < 4; round += 1) {
      world.placeFaults(["createInstance", "listInstances"], createFaults);
      const steps = random.chance(0.4) ? random.integer(1, 8) : undefined;
      const process = world.process({ offMs: skew, steps });
      key ??= process.gpu.newIdempotencyKey();
      const idempotencyKey = key;
      madeByKey.set(key, made);
      const request = {
        offer: vendor.offer as `${string}:${string}`,
        ...vendor.fields,
        name: `ours-${madeByKey.size}`,
        ...lifetime,
        idempotencyKey,
        signal: process.signal,
        onIntent: (handle: CreateHandle) => {
          sent = markOf(handle, ttlMs);
        },
      };
      const before = new Set(world.machines.keys());
      try {
        const instance = await world.recording(
          "ours",
          () => sent,
          () => process.gpu.create(request),
        );
        if (made.has(instance.id)) note("create: adopted");
        note("create: done");
        made.add(instance.id);
        await maybeExtend(process.gpu, instance.id);
        return;
      } catch (error) {
        if (!process.signal.aborted && !GpuError.isInstance(error)) throw error;
        note(process.signal.aborted ? "create: crashed" : `create: ${(error as GpuError).code}`);
        if (!process.signal.aborted && random.chance(0.3)) return;
      } finally {
        for (const [id, { kind }] of world.machines) if (kind === "ours" && !before.has(id)) made.add(id);
        world.clearFaults();
      }
      await clock.sleep(random.pick([1, 60, 200, 400]) * 1_000);
    }
  }

  async function maybeExtend(gpu: Gpu, id: string): Promise<void> {
    const machine = world.machines.get(id);
    if (!machine || vendor.id !== "shadeform" || machine.expiresAt === null || random.chance(0.5)) return;
    const ttlMs = random.integer(1, 40) * minuteMs;
    // If the extend fails, the earlier expiry stays recorded, and no sweep may delete the machine before it.
    try {
      const { expiresAt } = await gpu.extend(world.refOf(machine), { ttlMs });
      machine.expiresAt = Math.max(machine.expiresAt, Date.parse(expiresAt ?? ""));
      note("extend: done");
    } catch (error) {
      if (!GpuError.isInstance(error)) throw error;
      note(`extend: ${error.code}`);
    }
  }

  /** A lease whose process may crash before it deletes the instance. */
  async function lease(): Promise<void> {
    const ttlMs = random.integer(1, 20) * minuteMs;
    const process = world.process({});
    let sent: string | undefined;
    const onIntent = (handle: CreateHandle) => {
      sent = markOf(handle, ttlMs);
    };
    const { image, sshPublicKey } = vendor.fields;
    const fields = { ...(image && { image }), ...(sshPublicKey && { sshPublicKey }) };
    try {
      const held = await world.recording(
        "ours",
        () => sent,
        () => process.gpu.lease({ gpu: gpuOf(vendor.id), maxUsdPerHour: 10, ttlMs, until: "created", onIntent, ...fields }),
      );
      if (random.chance(0.6)) return note("lease: the process crashed");
      await held.delete({ waitMs: 120_000 });
      const machine = world.machines.get(held.instance.id);
      // Its own process deleted it, which is allowed at any time.
      if (machine) machine.expiresAt = Number.NEGATIVE_INFINITY;
      note("lease: ended");
    } catch (error) {
      if (!GpuError.isInstance(error)) throw error;
      note(`lease: ${error.code}`);
    }
  }

  /** Rents a machine that is not ours, but may look like it. */
  async function rentForeign(kind: Exclude<Kind, "ours">): Promise<void> {
    if (kind === "other owner's") {
      const process = world.process({ owner: "someone else" });
      const offer = vendor.offer as `${string}:${string}`;
      try {
        await world.recording(
          kind,
          () => undefined,
          () => process.gpu.create({ offer, ...vendor.fields, name: "theirs", ttlMs: minuteMs }),
        );
      } catch (error) {
        // On a busy computer the virtual clock can pass the short lifetime before the request is sent.
        if (!GpuError.isInstance(error) || error.sideEffect !== "none") throw error;
        note(`other owner's: ${error.code}`);
      }
      return;
    }
    const copyable = [...world.machines.values()].filter(isCopyable);
    const isLike = kind === "copy" || kind === "colliding";
    if (isLike && copyable.length === 0) return;
    const of = isLike ? random.pick(copyable) : undefined;
    const mark = markFor(kind, of);
    const provider = vendor.provider().connect({ fetch: world.simulator.fetch, clock, apiKey: world.simulator.keys[vendor.id] });
    const fields = { offer: vendor.offer.slice(vendor.id.length + 1), idempotencyKey: "none", options: {} };
    await world.recording(
      kind,
      () => mark,
      async () => {
        const prepared = await provider.prepareCreate(
          { name: kind.replaceAll(" ", "-"), ...vendor.fields, ...fields, mark },
          { clock },
        );
        await prepared.send({ clock });
      },
      of,
    );
    note(`rented: ${kind}`);
  }

  /** Whether the machine is ours, has no copy yet, and does not expire soon. */
  function isCopyable(machine: Machine): boolean {
    const isCopied = [...world.machines.values()].some(({ of }) => of === machine);
    return machine.kind === "ours" && !isCopied && (machine.expiresAt ?? 0) > clock.now() + 3 * minuteMs;
  }

  function markFor(kind: Kind, of: Machine | undefined): string {
    const mark = readMark(of?.mark ?? "");
    if (mark && kind === "copy") return mark.text;
    if (mark && kind === "colliding") return withExpiry({ ...mark, parameters: "00000000" }, clock.now()).text;
    return kind === "damaged mark" ? damaged : unmarked;
  }

  const schedule = sweepOnSchedule();
  for (let count = random.integer(2, 5); count > 0; count -= 1) {
    const action = random.next();
    if (action < 0.5) await createOurs();
    else if (action < 0.65) await lease();
    else await rentForeign(random.pick(["other owner's", "unmarked", "damaged mark", "colliding", "copy"] as const));
    await clock.sleep(random.integer(0, 6 * minuteMs));
  }
  await clock.sleep(random.integer(0, 50 * minuteMs));
  isOver = true;
  await schedule;
  await Promise.all(running);
  world.clearFaults();
  await clock.sleep(vendor.settleMs);
  const calmSince = clock.now();
  for (let count = 0; count < 2; count += 1) {
    await sweepAll(false);
    await clock.sleep(vendor.settleMs);
  }
  if (world.crashes > 0) note("crashes");
  const story: Story = { world, sweeps, madeByKey, calmSince, outcomes };
  const broken = (Object.keys(invariants) as InvariantName[]).flatMap((invariant) =>
    invariants[invariant](story).map((what) => ({ invariant, what })),
  );
  return { broken, outcomes };
}

/** The mark that a create sends: the handle's mark with the expiry. */
function markOf({ mark, idempotencyKey }: CreateHandle, ttlMs: number | undefined): string | undefined {
  const read = readMark(mark);
  return read && withExpiry(read, ttlMs === undefined ? null : (timeOfKey(idempotencyKey) ?? 0) + ttlMs).text;
}

/** Has the format of a mark, but an invalid checksum. */
const damaged = `${"0".repeat(33)}zz`;
/** Too short for a mark. */
const unmarked = "a".repeat(20);

function gpuOf(vendor: string): string {
  return { novita: "RTX 4090", runcrate: "L4", lambda: "A10", vast: "RTX 4090" }[vendor] ?? "H100";
}
