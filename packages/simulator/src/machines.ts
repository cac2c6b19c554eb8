import type { LifeCycle } from "./life-cycle.js";
import { ApiError, type ApiResponse } from "./vendor.js";

/** The machines of a vendor, including deleted ones. */
export interface Machines<T extends { lifeCycle: LifeCycle }> {
  add(machine: T): T;
  /** The machines that exist at `at`, oldest first. */
  list(at: number): T[];
  /** The first match that exists at `at`. */
  find(at: number, matches: (machine: T) => boolean): T | undefined;
  /** Like `find`. Throws the vendor's error when there is no match. */
  get(at: number, matches: (machine: T) => boolean): T;
}

/** `notFound`: the vendor's error for an unknown machine. */
export function createMachines<T extends { lifeCycle: LifeCycle }>(notFound: () => ApiResponse): Machines<T> {
  const all: T[] = [];
  const list = (at: number) => all.filter((machine) => machine.lifeCycle.status(at) !== undefined);
  const find = (at: number, matches: (machine: T) => boolean) => list(at).find(matches);
  return {
    add(machine) {
      all.push(machine);
      return machine;
    },
    list,
    find,
    get(at, matches) {
      const found = find(at, matches);
      if (!found) throw new ApiError(notFound());
      return found;
    },
  };
}
