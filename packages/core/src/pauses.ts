/**
 * How long a vendor's server may keep working on a request after its connection ended, in milliseconds: 60,000.
 * Vendors publish no limit; gateways commonly end a request after 60 seconds or less.
 */
export const maxServerWorkMs = 60_000;

/** A time during which requests are not sent. */
export interface Pause {
  readonly until: number;
  readonly ms: number;
  /** Requested by the vendor. */
  readonly isAsked: boolean;
}

/** The pauses of a client, by name: that of an operation, a group of operations or an idempotency key. */
export class Pauses extends Map<string, Pause> {
  /** Pauses a name for `ms` milliseconds from `now`. Keeps a pause that ends later. */
  hold(name: string, ms: number, now: number, isAsked: boolean): void {
    for (const [other, pause] of this) if (leftOf(pause, now) <= 0) this.delete(other);
    if (ms > leftOf(this.get(name), now)) this.set(name, { until: now + ms, ms, isAsked });
  }

  /** The longest remaining pause of the names. */
  find(names: readonly string[], now: number): Pause | undefined {
    let longest: Pause | undefined;
    for (const name of names) if (leftOf(this.get(name), now) > leftOf(longest, now)) longest = this.get(name);
    return longest;
  }
}

/** The remaining time of a pause, in milliseconds. Setting the clock back does not extend it. */
export function leftOf(pause: Pause | undefined, now: number): number {
  return pause ? Math.min(pause.until - now, pause.ms) : 0;
}
