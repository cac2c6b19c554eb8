import type { VirtualTime } from "./time.js";

/** One of the two accounts of each fake vendor. */
export type Account = "ours" | "theirs";

/** The actual state of a machine, independent of what the vendor's responses show. */
export interface Machine {
  readonly vendor: string;
  /** The vendor's id, as in `ref`. */
  readonly id: string;
  readonly account: Account;
  /** The request that created it; null when it existed before or somebody else created it. */
  readonly madeBy: number | null;
  /** When it started to exist and to be billed. */
  readonly madeAt: number;
  /** Id of the offer that was actually delivered. */
  readonly offer: string;
  /** Actual price in US dollars per hour; null when the vendor publishes none. */
  readonly usdPerHour: number | null;
  /** Whether the vendor delivered another machine than requested. */
  readonly isWrong: boolean;
  /** When the boot completes, unless the machine fails or ends earlier. */
  readonly readyAt: number;
  /** When the boot fails; null when it does not. */
  readonly failsAt: number | null;
  /** When billing stopped; null while the machine exists. */
  endedAt: number | null;
  /** The request that deleted it; null when no request did. */
  endedBy: number | null;
}

/** Records every machine: the request that created it, and when billing started and stopped. */
export class Ledger {
  readonly machines: Machine[] = [];
  /** The request that a fake is handling. Fakes must read it before their first `await`. */
  request: number | null = null;
  readonly #time: VirtualTime;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  find(ref: string): Machine | undefined {
    return this.machines.find(({ vendor, id }) => `${vendor}:${id}` === ref);
  }

  end(machine: Machine, by: number | null): void {
    // A machine that fails without a trace already has an end in the future.
    machine.endedAt = Math.min(machine.endedAt ?? Number.POSITIVE_INFINITY, this.#time.now);
    machine.endedBy ??= by;
  }

  /** Whether the machine exists and is billed. */
  isAlive(machine: Machine, at: number = this.#time.now): boolean {
    return machine.madeAt <= at && (machine.endedAt === null || at < machine.endedAt);
  }
}

export const refOf = ({ vendor, id }: Machine): string => `${vendor}:${id}`;
