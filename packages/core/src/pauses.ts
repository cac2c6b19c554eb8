/**
 * How long a vendor's server may still be at work on a request after our last moment on its connection, in milliseconds: 60,000.
 * Vendors publish no bound; gateways commonly cut a request off after 60 seconds or less.
 */
export const maxServerWorkMs = 60_000;

/** A time in which a request is not sent. */
export interface Pause {
  readonly until: number;
  readonly ms: number;
  /** The vendor asked for it. */
  readonly isAsked: boolean;
}

/** The pauses of one client, by what they hold: an operation, a group of operations or an idempotency key. */
export class Pauses {
  readonly #held = new Map<string, Pause>();

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  /** Holds a name for `ms` milliseconds from `now`. A pause that ends later stays. */
  hold(name: string, ms: number, now: number, isAsked: boolean): void {
    for (const [other, pause] of this.#held) if (leftOf(pause, now) <= 0) this.#held.delete(other);
    const pause = this.#held.get(name);
    if (ms > 0 && (!pause || leftOf(pause, now) < ms)) this.#held.set(name, { until: now + ms, ms, isAsked });
  }

  /** The pause that holds one of the names longest. */
  find(names: readonly string[], now: number): Pause | undefined {
    let longest: Pause | undefined;
    for (const name of names) {
      const pause = this.#held.get(name);
      if (pause && leftOf(pause, now) > (longest ? leftOf(longest, now) : 0)) longest = pause;
    }
    return longest;
  }
}

/** What is left of a pause, in milliseconds. A clock that was set back does not make it longer. */
export function leftOf({ until, ms }: Pause, now: number): number {
  return Math.min(until - now, ms);
}
