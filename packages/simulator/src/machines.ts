import type { LifeCycle } from "./life-cycle.js";

/** The machines of a vendor, including deleted ones. */
export interface Machines<T extends { lifeCycle: LifeCycle }> {
  add(machine: T): T;
  /** The machines that exist at `at`, oldest first. */
  list(at: number): T[];
  /** The first match that exists at `at`. */
  find(at: number, matches: (machine: T) => boolean): T | undefined;
}

export function createMachines<T extends { lifeCycle: LifeCycle }>(): Machines<T> {
  const all: T[] = [];
  const list = (at: number) => all.filter((machine) => machine.lifeCycle.status(at) !== undefined);
  return {
    add(machine) {
      all.push(machine);
      return machine;
    },
    list,
    find: (at, matches) => list(at).find(matches),
  };
}
