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
export class Pauses extends Map<string, Pause> {
  /** Holds a name for `ms` milliseconds from `now`. A pause that ends later stays. */
  hold(name: string, ms: number, now: number, isAsked: boolean): void {
    for (const [other, pause] of this) if (leftOf(pause, now) <= 0) this.delete(other);
    if (ms > leftOf(this.get(name), now)) this.set(name, { until: now + ms, ms, isAsked });
  }

  /** The pause that holds one of the names longest. */
  find(names: readonly string[], now: number): Pause | undefined {
    const left = (name: string) => leftOf(this.get(name), now);
    const [longest = ""] = [...names].sort((one, other) => left(other) - left(one));
    return left(longest) > 0 ? this.get(longest) : undefined;
  }
}

/** What is left of a pause, in milliseconds. A clock that was set back does not make it longer. */
export function leftOf(pause: Pause | undefined, now: number): number {
  return pause ? Math.min(pause.until - now, pause.ms) : 0;
}
