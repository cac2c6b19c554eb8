import type { Clock } from "@gpu/core";
import { withOwnSignal } from "./deadline.js";

/** ISO 8601 of milliseconds since the epoch. */
export function isoOf(instant: number): string {
  return new Date(instant).toISOString();
}

/** The pause after a round of reads, in milliseconds: each is half as long again as the one before. */
export function backoffMs(round: number, shortestMs: number, longestMs: number): number {
  return Math.min(shortestMs * 1.5 ** round, longestMs);
}

/**
 * Elapsed time within one `Gpu`, for ages and waits. A jump of the clock must not prove anything: without a monotonic source, time
 * that goes back counts as zero, and a pause counts for at most its length.
 */
export class Timekeeper {
  readonly #clock: Clock;
  #total = 0;
  #last: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#last = clock.now();
  }

  /** Whether the clock cannot jump. */
  get isSteady(): boolean {
    return this.#clock.monotonic !== undefined;
  }

  /** Milliseconds since an arbitrary moment. */
  now(): number {
    if (this.#clock.monotonic) return this.#clock.monotonic();
    const instant = this.#clock.now();
    this.#total += Math.max(instant - this.#last, 0);
    this.#last = instant;
    return this.#total;
  }

  /** The time of day in milliseconds since the epoch, for values that other processes read. */
  instant(): number {
    return this.#clock.now();
  }

  /** Waits; ends early, without an error, when the signal aborts. Returns how much of the wait counts. */
  async pause(ms: number, signal: AbortSignal | undefined): Promise<number> {
    const began = this.now();
    const instant = this.instant();
    // Clocks add a listener for each wait, and Node warns of many on one signal.
    await withOwnSignal(signal, (own) => this.#clock.sleep(ms, own.signal)).catch(() => {});
    const passed = this.now() - began;
    if (this.isSteady) return passed;
    this.#total -= Math.max(passed - ms, 0);
    return Math.min(Math.max(this.instant() - instant, 0), ms);
  }
}

/** The time of one loop of reads. Each loop counts separately, so that a jump that another loop has not noticed is not included. */
export class Watch {
  readonly #time: Timekeeper;
  readonly #began: number;
  #last: number;
  #elapsed = 0;
  #paused = 0;

  constructor(time: Timekeeper) {
    this.#time = time;
    this.#began = time.now();
    this.#last = time.instant();
  }

  /** Milliseconds since the loop began: for its limit. */
  elapsed(): number {
    if (this.#time.isSteady) return this.#time.now() - this.#began;
    const instant = this.#time.instant();
    this.#elapsed += Math.max(instant - this.#last, 0);
    this.#last = instant;
    return this.#elapsed;
  }

  /** Milliseconds that have certainly passed, for proofs. If the clock may jump, only the loop's own pauses count. */
  proven(): number {
    return this.#time.isSteady ? this.elapsed() : this.#paused;
  }

  /** Waits; ends early, without an error, when the signal aborts. */
  async pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    this.elapsed();
    const counted = await this.#time.pause(ms, signal);
    this.#elapsed += counted;
    this.#paused += counted;
    this.#last = this.#time.instant();
  }
}
