import type { LifeCycle } from "./life-cycle.js";

/** The machines of a vendor, gone ones included. */
export interface Machines<T extends { lifeCycle: LifeCycle }> {
  add(machine: T): T;
  /** Those that exist at `at`, oldest first. */
  list(at: number): T[];
  /** The first that exists at `at` and matches. */
  find(at: number, matches: (machine: T) => boolean): T | undefined;
}

/** Makes an empty set of machines. */
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
