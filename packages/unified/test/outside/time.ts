import "../immediate-digest.js";
import type { Random } from "./random.js";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

const real = {
  setImmediate: globalThis.setImmediate,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  Date: globalThis.Date,
  dateNow: globalThis.Date.now,
  performanceNow: globalThis.performance.now,
  abortTimeout: AbortSignal.timeout,
  random: Math.random,
  getRandomValues: crypto.getRandomValues,
  randomUUID: crypto.randomUUID,
};

/** The time of the current run; undefined outside of a run. */
let running: VirtualTime | undefined;

// Some code keeps a reference to these two functions at load time, so they are replaced permanently.
performance.now = () => (running ? running.now - running.start : real.performanceNow.call(performance));
Date.now = () => (running ? running.now + running.wallOffsetMs : real.dateNow());

/** Resolves once no more promises settle without time advancing. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    real.setImmediate(resolve);
  });
}

/**
 * Virtual time, which advances only when nothing else can happen. `run` also replaces the runtime's timers, clocks and random
 * numbers, so that a client's own timeouts use virtual time and a seed always gives the same run.
 */
export class VirtualTime {
  /** The actual time, in milliseconds since the epoch. */
  now = real.Date.UTC(2026, 10, 30, 12);
  readonly start = this.now;
  /** Offset of the client's wall clock from the actual time, in milliseconds. */
  wallOffsetMs = 0;
  #timers: Timer[] = [];
  #order = 0;

  at(at: number, run: () => void): () => void {
    const timer: Timer = { at, order: this.#order++, run, cancelled: false };
    let index = this.#timers.length;
    while (index > 0 && (this.#timers[index - 1] as Timer).at > at) index--;
    this.#timers.splice(index, 0, timer);
    return () => {
      timer.cancelled = true;
    };
  }

  /** Resolves after `ms`, or as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal | null): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const cancel = this.at(this.now + Math.max(0, ms), end);
      signal?.addEventListener("abort", end);
    });
  }

  /** Runs `main` and returns its result. Throws on a deadlock: everything waits, and no timer is pending. */
  async run<T>(random: Random, main: () => Promise<T>): Promise<T> {
    const uninstall = this.#install(random);
    let over = false;
    try {
      const result = main();
      const end = () => {
        over = true;
      };
      result.then(end, end);
      for (;;) {
        await settled();
        if (over) return await result;
        const timer = this.#timers.shift();
        if (!timer) throw new Error("Deadlock: everything waits, and no timer is pending");
        if (timer.cancelled) continue;
        this.now = Math.max(this.now, timer.at);
        timer.run();
      }
    } finally {
      uninstall();
    }
  }

  #install(random: Random): () => void {
    const time = this;
    running = time;
    class VirtualDate extends real.Date {
      constructor(...values: unknown[]) {
        // TypeScript cannot spread arguments into the overloads of Date's constructor.
        super(...((values.length > 0 ? values : [time.now + time.wallOffsetMs]) as [number]));
      }
      static override now() {
        return time.now + time.wallOffsetMs;
      }
    }
    const setTimer = (run: (...values: unknown[]) => void, ms = 0, ...values: unknown[]) => {
      const cancel = time.at(time.now + Math.max(0, Number(ms) || 0), () => run(...values));
      const handle = { cancel, ref: () => handle, unref: () => handle, hasRef: () => true, refresh: () => handle };
      return handle;
    };
    const clearTimer = (handle: { cancel?: () => void } | undefined) => handle?.cancel?.();
    const setRepeated = (run: (...values: unknown[]) => void, ms = 0, ...values: unknown[]) => {
      const step = Math.max(1, Number(ms) || 0);
      const handle = {
        cancel: () => cancelNext(),
        ref: () => handle,
        unref: () => handle,
        hasRef: () => true,
        refresh: () => handle,
      };
      const next = () => {
        cancelNext = time.at(time.now + step, next);
        run(...values);
      };
      let cancelNext = time.at(time.now + step, next);
      return handle;
    };
    const bytes = (length: number) => {
      const values = new Uint8Array(length);
      for (let index = 0; index < length; index++) values[index] = random.between(0, 255);
      return values;
    };
    Object.assign(globalThis, {
      Date: VirtualDate,
      setTimeout: setTimer,
      clearTimeout: clearTimer,
      setInterval: setRepeated,
      clearInterval: clearTimer,
    });
    AbortSignal.timeout = (ms) => {
      const controller = new AbortController();
      time.at(time.now + ms, () =>
        controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError")),
      );
      return controller.signal;
    };
    Math.random = () => random.next();
    crypto.getRandomValues = (array) => {
      if (array) new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(bytes(array.byteLength));
      return array;
    };
    crypto.randomUUID = () => random.uuid() as `${string}-${string}-${string}-${string}-${string}`;
    return () => {
      const { setTimeout, clearTimeout, setInterval, clearInterval } = real;
      Object.assign(globalThis, { Date: real.Date, setTimeout, clearTimeout, setInterval, clearInterval });
      running = undefined;
      AbortSignal.timeout = real.abortTimeout;
      Math.random = real.random;
      crypto.getRandomValues = real.getRandomValues;
      crypto.randomUUID = real.randomUUID;
    };
  }
}
