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

/** Whose time it is; none outside of a run. */
let running: VirtualTime | undefined;

// For code that keeps these two functions when it is loaded: they lead here at any time.
performance.now = () => (running ? running.now - running.start : real.performanceNow.call(performance));
Date.now = () => (running ? running.now + running.wallOffsetMs : real.dateNow());

/** Resolves once every promise that can be resolved without time passing is. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    real.setImmediate(resolve);
  });
}

/**
 * Time that only passes when nothing else can happen. While `run` is at work the runtime's timers, clocks and random numbers are
 * this one's too, so that a client's own time limits end where they would in the world, and a seed gives the same run again.
 */
export class VirtualTime {
  /** Milliseconds since the epoch, as they truly are. */
  now = real.Date.UTC(2026, 10, 30, 12);
  readonly start = this.now;
  /** What the wall clock of our side shows beyond the truth, in milliseconds. */
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

  /** Resolves later, or as soon as the signal aborts. */
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

  /** Runs to the end of `main`, and gives what it gives. Fails when all wait for something that will not come. */
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
        if (!timer) throw new Error("Everything waits, and no timer is left");
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
        // The many signatures of Date's constructor cannot be spread with types.
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
