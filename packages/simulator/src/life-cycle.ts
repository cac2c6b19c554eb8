/** A temporary status. */
export interface Phase {
  status: string;
  /** Infinity: it never ends. */
  ms: number;
}

/** Boot outcome of a new machine. */
export type BootOutcome = "ready" | "stuck" | "fails";

/** The statuses of a machine over time, computed without timers. */
export interface LifeCycle {
  /** Undefined before the machine was created and after it is gone. */
  status(at: number): string | undefined;
  /** From `at` on, goes through the phases and ends in `final`; undefined means gone. */
  enter(phases: readonly Phase[], final: string | undefined, at: number): void;
  /** When the latest phases are over; Infinity when they never end. */
  settlesAt(): number;
}

interface Chapter {
  at: number;
  phases: readonly Phase[];
  final: string | undefined;
}

export function createLifeCycle(phases: readonly Phase[], final: string | undefined, at: number): LifeCycle {
  const chapters: Chapter[] = [{ at, phases, final }];
  return {
    status(moment) {
      // From the end and without a copy: every list calls this for every machine.
      let index = chapters.length - 1;
      let chapter = chapters[index];
      while (chapter && chapter.at > moment) chapter = chapters[--index];
      if (!chapter) return undefined;
      let end = chapter.at;
      for (const phase of chapter.phases) {
        end += phase.ms;
        if (moment < end) return phase.status;
      }
      return chapter.final;
    },
    enter(next, nextFinal, moment) {
      chapters.push({ at: moment, phases: next, final: nextFinal });
    },
    settlesAt() {
      const last = chapters.at(-1);
      return last ? last.phases.reduce((end, phase) => end + phase.ms, last.at) : at;
    },
  };
}

/** Divides a duration into phases by shares that add up to 1. The last phase takes the rounding error. */
export function phasesOf(ms: number, shares: readonly (readonly [status: string, share: number])[]): Phase[] {
  let left = ms;
  return shares.map(([status, share], index) => {
    const part = index === shares.length - 1 ? left : Math.round(ms * share);
    left -= part;
    return { status, ms: part };
  });
}

/** The phases and the final status of a boot. */
export function bootPlan(phases: readonly Phase[], ready: string, failed: string, outcome: BootOutcome): [Phase[], string] {
  if (outcome === "fails") return [[...phases], failed];
  if (outcome === "ready") return [[...phases], ready];
  const endless = phases.map((phase, index) =>
    index === phases.length - 1 ? { ...phase, ms: Number.POSITIVE_INFINITY } : phase,
  );
  return [endless, ready];
}
