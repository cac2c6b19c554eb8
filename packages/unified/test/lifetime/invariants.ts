import type { LedgerEntry } from "@gpu/simulator";
import type { Story } from "./programme.js";
import type { Machine } from "./world.js";

/** Describes how an invariant was broken; empty when it holds. */
type Findings = string[];

/** When a request deleted the machine, in milliseconds since the epoch; undefined when none did. */
function endedByRequest({ endedAt, endedBy }: LedgerEntry): number | undefined {
  return endedAt !== null && endedBy !== null ? Date.parse(endedAt) : undefined;
}

function checkEach(story: Story, check: (machine: Machine, entry: LedgerEntry) => string | false | undefined): Findings {
  const { world } = story;
  return [...world.machines.values()].flatMap((machine) => {
    const finding = check(machine, world.entry(machine.id));
    return finding ? [`${machine.kind} ${machine.id} ${finding}`] : [];
  });
}

/** Each checks a whole programme against the simulator's ledger and the results of the sweeps. */
export const invariants = {
  /** Machines of other owners, without a mark, or with an invalid mark are never deleted. */
  othersAreKept: (story: Story) =>
    checkEach(story, ({ kind }, entry) => {
      const isOthers = kind === "other owner's" || kind === "unmarked" || kind === "damaged mark";
      return isOthers && endedByRequest(entry) !== undefined && "was deleted";
    }),

  /** While the lists show two machines with the same mark or marks of the same key, neither is deleted. */
  copiesAreKept: (story: Story) =>
    checkEach(story, ({ of, createdAt }, entry) => {
      if (!of) return undefined;
      const { world } = story;
      const original = world.entry(of.id);
      const endedAt = endedByRequest(entry) ?? Number.POSITIVE_INFINITY;
      const originalEndedAt = Date.parse(original.endedAt ?? "") || Number.POSITIVE_INFINITY;
      if (endedAt < originalEndedAt) return `was deleted while ${of.id} existed`;
      const deletedAt = endedByRequest(original);
      const isEndedByItsProcess = of.expiresAt === Number.NEGATIVE_INFINITY;
      return (
        deletedAt !== undefined &&
        !isEndedByItsProcess &&
        deletedAt > createdAt + world.vendor.settleMs &&
        `existed when ${of.id} was deleted`
      );
    }),

  /** Our machines are never deleted before they expire. */
  noneBeforeItsTime: (story: Story) =>
    checkEach(story, ({ kind, expiresAt }, entry) => {
      const endedAt = endedByRequest(entry);
      if (kind !== "ours" || endedAt === undefined) return undefined;
      return endedAt < (expiresAt ?? Number.POSITIVE_INFINITY) && `was deleted at ${entry.endedAt}, before ${isoOf(expiresAt)}`;
    }),

  /** With correct clocks, our expired machines are gone after the next two sweeps whose list succeeded. */
  expiredAreGone: (story: Story) =>
    checkEach(story, (machine, entry) => {
      const { world, calmSince } = story;
      if (machine.kind !== "ours" || isShared(story, machine) || !world.isClockRight || !world.mayDelete) return undefined;
      // The clocks of the sweepers and of the vendor may be slow.
      const latest = calmSince + Math.min(world.sweeperOffMs, world.vendorOffMs, 0);
      return machine.expiresAt !== null && machine.expiresAt <= latest && entry.endedAt === null && "still runs";
    }),

  /** With correct clocks and no faults, no machine is billed past its expiry for longer than the sweep interval plus the list lag. */
  littleIsBilledPastTheExpiry: (story: Story) =>
    checkEach(story, (machine, entry) => {
      const { world } = story;
      if (machine.kind !== "ours" || isShared(story, machine) || !world.isCalm || !world.mayDelete) return undefined;
      if (machine.expiresAt === null || machine.expiresAt === Number.NEGATIVE_INFINITY) return undefined;
      const until = entry.endedAt === null ? world.clock.now() : Date.parse(entry.endedAt);
      const usdPerMs = entry.billedMs > 0 ? entry.usd / entry.billedMs : 0;
      const lateMs = until - Math.max(machine.expiresAt, machine.createdAt);
      const mostMs = world.intervalMs + world.vendor.settleMs;
      return lateMs * usdPerMs > mostMs * usdPerMs && `was billed for ${lateMs} ms past its expiry, the maximum is ${mostMs}`;
    }),

  /** If the vendor recycles ids, a sweep deletes only as the sole deleter. */
  recycledIdsAreOnlyReported: (story: Story) =>
    checkEach(story, ({ expiresAt }, entry) => {
      const isEndedByItsProcess = expiresAt === Number.NEGATIVE_INFINITY;
      return !story.world.mayDelete && !isEndedByItsProcess && endedByRequest(entry) !== undefined && "was deleted";
    }),

  /** A create repeated after a crash with the same key and lifetime adopts the existing machine. */
  oneKeyMakesOneMachine: ({ madeByKey, world }: Story): Findings =>
    [...madeByKey].flatMap(([key, ids]) => {
      const rentals = [...ids].map((id) => world.entry(id)).sort((one, other) => (one.createdAt < other.createdAt ? -1 : 1));
      // A wrong clock can set an expiry in the past, so a machine may be swept before the create is repeated.
      const isTwice = rentals.some(({ createdAt }, index) => index > 0 && !((rentals[index - 1]?.endedAt ?? "z") <= createdAt));
      return isTwice ? [`${key} made ${[...ids].join(" and ")}`] : [];
    }),

  /** Machines that a sweep reports as deleted are gone. */
  deletedMeansGone: ({ sweeps, world }: Story): Findings =>
    sweeps.flatMap(({ result }) =>
      (result?.deleted ?? []).flatMap(({ id, ref }) => (world.entry(id).endedAt === null ? [`${ref} still runs`] : [])),
    ),

  dryRunsDeleteNothing: ({ sweeps }: Story): Findings =>
    sweeps.flatMap(({ isDryRun, result }) =>
      isDryRun && result
        ? [...result.deleted, ...result.deleting, ...result.unknown].map(({ ref }) => `${ref} in a dry run`)
        : [],
    ),

  /** A sweep whose list succeeded reports every machine that exists during the sweep. */
  everythingIsReported: ({ sweeps, world }: Story): Findings =>
    sweeps.slice(-1).flatMap(({ result, alive }) => {
      if (!result) return [];
      const { deleted, deleting, unknown, kept } = result;
      const reported = new Set(
        [...deleted, ...deleting, ...unknown, ...kept.map(({ instance }) => instance)].map(({ id }) => id),
      );
      return alive.flatMap((id) => (reported.has(id) || world.entry(id).endedAt !== null ? [] : [`${id} is not reported`]));
    }),
} as const;

export type InvariantName = keyof typeof invariants;

/** Whether another machine has the same mark or a mark of the same key. */
function isShared({ world }: Story, machine: Machine): boolean {
  return machine.of !== undefined || [...world.machines.values()].some(({ of }) => of === machine);
}

function isoOf(instant: number | null): string {
  return instant === null ? "never" : new Date(instant).toISOString();
}
