/** Temporary statuses in order, each with its duration in milliseconds. Infinity: it never ends. */
export type Phases = Readonly<Record<string, number>>;

/** Boot outcome of a new machine. */
export type BootOutcome = "ready" | "stuck" | "fails";

/** The statuses of a machine over time, computed without timers. */
export interface LifeCycle {
  /** Undefined before the machine was created and after it is gone. */
  status(at: number): string | undefined;
  /** From `at` on, goes through the phases and ends in `final`; undefined means gone. */
  enter(phases: Phases, final: string | undefined, at: number): void;
  /** When the latest phases are over; Infinity when they never end. */
  settlesAt(): number;
}

export function createLifeCycle(phases: Phases, final: string | undefined, at: number): LifeCycle {
  const chapters = [{ at, phases: Object.entries(phases), final }];
  return {
    status(moment) {
      // From the end and without a copy: every list calls this for every machine.
      let index = chapters.length - 1;
      let chapter = chapters[index];
      while (chapter && chapter.at > moment) chapter = chapters[--index];
      if (!chapter) return undefined;
      let end = chapter.at;
      for (const [status, ms] of chapter.phases) {
        end += ms;
        if (moment < end) return status;
      }
      return chapter.final;
    },
    enter(next, nextFinal, moment) {
      chapters.push({ at: moment, phases: Object.entries(next), final: nextFinal });
    },
    settlesAt() {
      const last = chapters.at(-1);
      return last ? last.phases.reduce((end, [, ms]) => end + ms, last.at) : at;
    },
  };
}

/** Divides a duration into phases by shares that add up to 1. The last phase takes the rounding error. */
export function phasesOf(ms: number, shares: Readonly<Record<string, number>>): Phases {
  const last = Object.keys(shares).at(-1);
  let left = ms;
  const phases = Object.entries(shares).map(([status, share]) => {
    const part = status === last ? left : Math.round(ms * share);
    if (part < Number.POSITIVE_INFINITY) left -= part;
    return [status, part];
  });
  return Object.fromEntries(phases);
}

/** The phases and the final status of a boot. */
export function bootPlan(phases: Phases, ready: string, failed: string, outcome: BootOutcome): [Phases, string] {
  if (outcome === "fails") return [phases, failed];
  if (outcome === "ready") return [phases, ready];
  const last = Object.keys(phases).at(-1);
  return [last === undefined ? phases : { ...phases, [last]: Number.POSITIVE_INFINITY }, ready];
}

/** The life cycle of a new machine. `readyAt` is Infinity when it never becomes ready. */
export function bootNew(
  phases: Phases,
  ready: string,
  failed: string,
  { at, bootOutcome }: { readonly at: number; readonly bootOutcome: BootOutcome },
): { lifeCycle: LifeCycle; readyAt: number } {
  const lifeCycle = createLifeCycle(...bootPlan(phases, ready, failed, bootOutcome), at);
  return { lifeCycle, readyAt: bootOutcome === "fails" ? Number.POSITIVE_INFINITY : lifeCycle.settlesAt() };
}
