import type { LedgerEntry } from "@gpu/simulator";
import type { Story } from "./programme.js";
import type { Machine } from "./world.js";

/** What is wrong. */
type Findings = string[];

/** When a request ended a machine, in milliseconds since the epoch; undefined when none did. */
function endedByRequest({ endedAt, endedBy }: LedgerEntry): number | undefined {
  return endedAt !== null && endedBy !== null ? Date.parse(endedAt) : undefined;
}

function each(story: Story, judge: (machine: Machine, entry: LedgerEntry) => string | false | undefined): Findings {
  const { world } = story;
  return [...world.machines.values()].flatMap((machine) => {
    const finding = judge(machine, world.entry(machine.id));
    return finding ? [`${machine.kind} ${machine.id} ${finding}`] : [];
  });
}

/** Each judges a whole programme, by the simulator's ledger and what the sweeps reported. */
export const invariants = {
  /** No machine of another owner, without a mark, or with one whose check fails is deleted. */
  othersAreKept: (story: Story) =>
    each(story, ({ kind }, entry) => {
      const isOthers = kind === "other owner's" || kind === "unmarked" || kind === "damaged mark";
      return isOthers && endedByRequest(entry) !== undefined && "was deleted";
    }),

  /** While two machines carry the same mark, or marks of the same key, neither is deleted, once the lists show both. */
  copiesAreKept: (story: Story) =>
    each(story, ({ of, createdAt }, entry) => {
      if (!of) return undefined;
      const { world } = story;
      const original = world.entry(of.id);
      const endedAt = endedByRequest(entry) ?? Number.POSITIVE_INFINITY;
      const originalEndedAt = Date.parse(original.endedAt ?? "") || Number.POSITIVE_INFINITY;
      if (endedAt < originalEndedAt) return `was deleted while ${of.id} was there`;
      const deletedAt = endedByRequest(original);
      const isEndedByItsProcess = of.expiresAt === Number.NEGATIVE_INFINITY;
      return (
        deletedAt !== undefined &&
        !isEndedByItsProcess &&
        deletedAt > createdAt + world.vendor.settleMs &&
        `was there when ${of.id} was deleted`
      );
    }),

  /** None of ours is deleted before its time. */
  noneBeforeItsTime: (story: Story) =>
    each(story, ({ kind, expiresAt }, entry) => {
      const endedAt = endedByRequest(entry);
      if (kind !== "ours" || endedAt === undefined) return undefined;
      return endedAt < (expiresAt ?? Number.POSITIVE_INFINITY) && `was deleted at ${entry.endedAt}, before ${isoOf(expiresAt)}`;
    }),

  /** With a right clock, every expired one of ours is gone after the next two sweeps with a working list. */
  expiredAreGone: (story: Story) =>
    each(story, (machine, entry) => {
      const { world, calmSince } = story;
      if (machine.kind !== "ours" || isShared(story, machine) || !world.isClockRight || !world.mayDelete) return undefined;
      // The sweepers' clock and the vendor's may be behind.
      const latest = calmSince + Math.min(world.sweeperOffMs, world.vendorOffMs, 0);
      return machine.expiresAt !== null && machine.expiresAt <= latest && entry.endedAt === null && "still runs";
    }),

  /** Sweeps on a schedule, with right clocks and without faults, let nothing be billed for longer than an interval and the lag of lists. */
  littleIsBilledPastTheExpiry: (story: Story) =>
    each(story, (machine, entry) => {
      const { world } = story;
      if (machine.kind !== "ours" || isShared(story, machine) || !world.isCalm || !world.mayDelete) return undefined;
      if (machine.expiresAt === null || machine.expiresAt === Number.NEGATIVE_INFINITY) return undefined;
      const until = entry.endedAt === null ? world.clock.now() : Date.parse(entry.endedAt);
      const usdPerMs = entry.billedMs > 0 ? entry.usd / entry.billedMs : 0;
      const lateMs = until - Math.max(machine.expiresAt, machine.createdAt);
      const mostMs = world.intervalMs + world.vendor.settleMs;
      return lateMs * usdPerMs > mostMs * usdPerMs && `was billed for ${lateMs} ms past its expiry, of at most ${mostMs}`;
    }),

  /** Where ids are recycled, only a sole deleter deletes. */
  recycledIdsAreOnlyReported: (story: Story) =>
    each(story, ({ expiresAt }, entry) => {
      const isEndedByItsProcess = expiresAt === Number.NEGATIVE_INFINITY;
      return !story.world.mayDelete && !isEndedByItsProcess && endedByRequest(entry) !== undefined && "was deleted";
    }),

  /** A create that is repeated with the same key and lifetime, after a crash and minutes later, adopts what is there. */
  oneKeyMakesOneMachine: ({ madeByKey, world }: Story): Findings =>
    [...madeByKey].flatMap(([key, ids]) => {
      const rentals = [...ids].map((id) => world.entry(id)).sort((one, other) => (one.createdAt < other.createdAt ? -1 : 1));
      // One that a wrong clock has given an expiry in the past may be swept before the repeat.
      const isTwice = rentals.some(({ createdAt }, index) => index > 0 && !((rentals[index - 1]?.endedAt ?? "z") <= createdAt));
      return isTwice ? [`${key} made ${[...ids].join(" and ")}`] : [];
    }),

  /** What a sweep reports as deleted is gone. */
  deletedMeansGone: ({ sweeps, world }: Story): Findings =>
    sweeps.flatMap(({ result }) =>
      (result?.deleted ?? []).flatMap(({ id, ref }) => (world.entry(id).endedAt === null ? [`${ref} still runs`] : [])),
    ),

  /** A dry run deletes nothing. */
  dryRunsDeleteNothing: ({ sweeps }: Story): Findings =>
    sweeps.flatMap(({ isDryRun, result }) =>
      isDryRun && result
        ? [...result.deleted, ...result.deleting, ...result.unknown].map(({ ref }) => `${ref} in a dry run`)
        : [],
    ),

  /** Everything that is there while a sweep with a working list runs is reported by it. */
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

/** Whether another machine carries its mark, or one of its key. */
function isShared({ world }: Story, machine: Machine): boolean {
  return machine.of !== undefined || [...world.machines.values()].some(({ of }) => of === machine);
}

function isoOf(instant: number | null): string {
  return instant === null ? "never" : new Date(instant).toISOString();
}
