import type { VirtualTime } from "./time.js";

/** Which of the two accounts that the fakes know. */
export type Account = "ours" | "theirs";

/** One machine as it truly is, whatever a vendor's responses show. */
export interface Machine {
  readonly vendor: string;
  /** The vendor's id, as in `ref`. */
  readonly id: string;
  readonly account: Account;
  /** The request that made it; null when it was there before, or somebody else made it. */
  readonly madeBy: number | null;
  /** When it began to exist, and to cost. */
  readonly madeAt: number;
  /** Id of the offer that it truly is. */
  readonly offer: string;
  /** What it truly costs, in US dollars an hour; null when nobody can know. */
  readonly usdPerHour: number | null;
  /** Differs from what was asked for, by mistake of the vendor. */
  readonly isWrong: boolean;
  /** When it will be ready, if nothing happens. */
  readonly readyAt: number;
  /** When the boot fails, if it does. */
  readonly failsAt: number | null;
  /** When it stopped to cost. */
  endedAt: number | null;
  /** The request that ended it; null when no request did. */
  endedBy: number | null;
}

/** Every machine that was ever made, by which request, and when it began and ceased to cost. */
export class Ledger {
  readonly machines: Machine[] = [];
  /** The request that a fake is called for; read by the fake before it waits for anything. */
  request: number | null = null;
  readonly #time: VirtualTime;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  find(ref: string): Machine | undefined {
    return this.machines.find(({ vendor, id }) => `${vendor}:${id}` === ref);
  }

  end(machine: Machine, by: number | null): void {
    // It may have been about to end by itself later.
    machine.endedAt = Math.min(machine.endedAt ?? Number.POSITIVE_INFINITY, this.#time.now);
    machine.endedBy ??= by;
  }

  /** Whether it exists, and costs. */
  isAlive(machine: Machine, at: number = this.#time.now): boolean {
    return machine.madeAt <= at && (machine.endedAt === null || at < machine.endedAt);
  }
}

export const refOf = ({ vendor, id }: Machine): string => `${vendor}:${id}`;
