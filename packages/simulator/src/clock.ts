import type { Clock } from "@gpu/core";
import { checkOptions, milliseconds, SimulatorError } from "./options.js";
import { oneOf, type Rule } from "./validation.js";

// Captured at import, so that a test runner's fake timers do not stop the clock.
const { setTimeout, clearTimeout, MessageChannel } = globalThis;
const performanceNow = performance.now.bind(performance);

/** A clock whose time passes without waiting. Pass it to clients as `clock`. */
export interface VirtualClock extends Clock {
  /**
   * Advances the time by `ms`. Each sleeper on the way wakes at its own time, and its work settles before time goes on.
   * Rejects with a RangeError unless `ms` is a finite number from 0 on.
   */
  advance(ms: number): Promise<void>;
  /**
   * Stops automatic time until the returned function is called. Use it for real work that the clock cannot see (a file, a digest,
   * another server), so that no timeout fires meanwhile. The simulator holds the clock while it processes a request.
   */
  hold(): () => void;
}

/** Options of `createVirtualClock`. */
export interface VirtualClockOptions {
  /** The first time. Default: 2026-01-01T00:00:00Z. */
  startAt?: Date | number | undefined;
  /**
   * - `automatic` (default): when the program is idle, time jumps to the earliest sleeper. Idle: no request is being processed,
   *   nothing holds the clock, and for `quietMs` no `sleep` has begun or ended and no request was sent.
   * - `manual`: only `advance` moves time.
   * - `real`: follows the system clock, `speed` times as fast; `advance` adds to it. For servers that other processes use.
   */
  pace?: "automatic" | "manual" | "real" | undefined;
  /** Only for `automatic`: idle time before a jump, in real milliseconds. Default: 2. 0: one turn of the event loop. */
  quietMs?: number | undefined;
  /** Only for `real`: virtual milliseconds per real millisecond. Default: 1. */
  speed?: number | undefined;
}

interface Sleeper {
  at: number;
  wake: () => void;
}

const startRule: Rule<unknown> = (value, at) => {
  if ((typeof value === "number" || value instanceof Date) && Number.isFinite(Number(value))) return value;
  throw new SimulatorError(`${at} must be a Date or a number of milliseconds since 1970`);
};
const optionRules = {
  startAt: startRule,
  pace: oneOf("automatic", "manual", "real"),
  quietMs: milliseconds(),
  speed: positive,
};

function positive(value: unknown, at: string): number {
  if (typeof value === "number" && value > 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new SimulatorError(`${at} must be a number above 0`);
}

/** Creates a virtual clock. Throws a `SimulatorError` when an option is unknown or wrong. */
export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  checkOptions(options, optionRules, "createVirtualClock");
  const { startAt = Date.UTC(2026, 0, 1), pace = "automatic", quietMs = 2, speed = 1 } = options;
  let time = Number(startAt);
  let lastRead = performanceNow();
  /** Earliest first. */
  const sleepers: Sleeper[] = [];
  let holds = 0;
  /** How many calls of `advance` are under way: time must not jump beyond their target. */
  let advancing = 0;
  /** Counts everything that happens: while it does not grow, the program is idle. */
  let activity = 0;
  let watching = false;
  let realTimer: ReturnType<typeof setTimeout> | undefined;

  function now(): number {
    if (pace === "real") {
      const read = performanceNow();
      time += (read - lastRead) * speed;
      lastRead = read;
    }
    return Math.floor(time);
  }

  function wakeUntil(moment: number): void {
    for (;;) {
      const next = sleepers[0];
      if (!next || next.at > moment) return;
      sleepers.shift();
      next.wake();
    }
  }

  /** Starts to move time towards the sleepers, where time moves by itself. */
  function watch(): void {
    if (pace === "automatic" && !watching) void jumpWhenQuiet();
    if (pace === "real") followSystemClock();
  }

  async function jumpWhenQuiet(): Promise<void> {
    watching = true;
    while (sleepers.length > 0 && holds === 0 && advancing === 0) {
      const before = activity;
      await quiet(quietMs);
      const next = sleepers[0];
      if (!next || activity !== before || holds > 0 || advancing > 0) continue;
      time = Math.max(time, next.at);
      wakeUntil(time);
      activity += 1;
    }
    watching = false;
  }

  function followSystemClock(): void {
    clearTimeout(realTimer);
    const next = sleepers[0];
    if (!next) return;
    const wait = Math.min(Math.max(0, Math.ceil((next.at - now()) / speed)), longestTimerMs);
    realTimer = setTimeout(() => {
      wakeUntil(now());
      followSystemClock();
    }, wait);
  }

  /** Resolves when woken work waits for the clock again. */
  async function settled(): Promise<void> {
    for (;;) {
      const before = activity;
      await quiet(quietMs);
      if (activity === before && holds === 0) return;
    }
  }

  return {
    now,
    sleep(ms, signal) {
      return new Promise((resolve) => {
        activity += 1;
        if (!(ms > 0) || signal?.aborted) {
          resolve();
          return;
        }
        const onAbort = () => {
          activity += 1;
          const index = sleepers.indexOf(sleeper);
          if (index >= 0) sleepers.splice(index, 1);
          resolve();
          watch();
        };
        const sleeper: Sleeper = {
          at: now() + ms,
          wake: () => {
            signal?.removeEventListener("abort", onAbort);
            resolve();
          },
        };
        signal?.addEventListener("abort", onAbort, { once: true });
        if (sleeper.at === Number.POSITIVE_INFINITY) return;
        insert(sleepers, sleeper);
        watch();
      });
    },
    async advance(ms) {
      if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY))
        throw new RangeError(`advance: ${ms} is not a finite number of milliseconds from 0 on`);
      advancing += 1;
      try {
        await settled();
        const target = now() + ms;
        for (;;) {
          const next = sleepers[0];
          if (!next || next.at > target) break;
          time = Math.max(time, next.at);
          wakeUntil(next.at);
          await settled();
        }
        time = Math.max(time, target);
      } finally {
        advancing -= 1;
        watch();
      }
    },
    hold() {
      holds += 1;
      activity += 1;
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        holds -= 1;
        activity += 1;
        watch();
      };
    },
  };
}

/** The longest delay that timers support. */
const longestTimerMs = 2 ** 31 - 1;

/** Inserts after sleepers of the same time: the first to sleep is the first to wake. */
function insert(sleepers: Sleeper[], sleeper: Sleeper): void {
  let index = sleepers.length;
  while (index > 0 && (sleepers[index - 1]?.at ?? 0) > sleeper.at) index -= 1;
  sleepers.splice(index, 0, sleeper);
}

/** Waits in real time, in milliseconds. */
export function realTime(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** At least one turn of the event loop. */
function quiet(quietMs: number): Promise<void> {
  if (quietMs > 0) return realTime(quietMs);
  return new Promise((resolve) => {
    // Runtimes round a timer of 0 ms up to 1 or 4 ms.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
