import type { Clock } from "@gpu/core";
import { checkOptions, milliseconds, SimulatorError } from "./options.js";
import { oneOf, type Rule } from "./validation.js";

/**
 * The runtime's timers as they are when this file is loaded: fake timers that a test runner installs later would stop the clock.
 */
const { setTimeout, clearTimeout, MessageChannel } = globalThis;
const performanceNow = performance.now.bind(performance);

/** Time that passes without waiting. Give it to the clients as `clock`. */
export interface VirtualClock extends Clock {
  /**
   * Moves time on by `ms`, waking every sleeper on the way at its own moment and letting what it starts settle.
   * Resolves when time stands at the new moment. RangeError when `ms` is negative or no number.
   */
  advance(ms: number): Promise<void>;
  /**
   * Keeps time from moving by itself until the returned function is called: for real work that the clock cannot see
   * (a file, a digest, another server) and that a sleeping time limit must not overtake. The simulator holds the clock while it answers
   * a request.
   */
  hold(): () => void;
}

/** Options of `createVirtualClock`. */
export interface VirtualClockOptions {
  /** Where time begins. Default: 2026-01-01T00:00:00Z, always the same. */
  startAt?: Date | number | undefined;
  /**
   * - `automatic` (default): when nothing runs, time jumps to the earliest sleeper. Nothing runs means: no request is being
   *   answered, nobody holds the clock, and for `quietMs` nobody has called `sleep`, ended one, or sent a request.
   * - `manual`: time moves by `advance` only.
   * - `real`: time passes as on the wall, `speed` times as fast; `advance` adds to it. For servers that other processes use.
   */
  pace?: "automatic" | "manual" | "real" | undefined;
  /** Only for `automatic`: the quiet before a jump, in real milliseconds. Default: 2. With 0, one turn of the event loop. */
  quietMs?: number | undefined;
  /** Only for `real`: virtual milliseconds in a real one. Default: 1. */
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

/** Makes a clock whose time is not the world's. `SimulatorError` when an option is unknown or wrong. */
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
  /** Grows with everything that happens, so that quiet can be told. */
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

  /** Sees to it that time reaches the sleepers, if it moves by itself. */
  function watch(): void {
    if (pace === "automatic" && !watching) void jumpWhenQuiet();
    if (pace === "real") followWall();
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

  function followWall(): void {
    clearTimeout(realTimer);
    const next = sleepers[0];
    if (!next) return;
    const wait = Math.min(Math.max(0, Math.ceil((next.at - now()) / speed)), longestTimerMs);
    realTimer = setTimeout(() => {
      wakeUntil(now());
      followWall();
    }, wait);
  }

  /** Until what has been woken has gone as far as it can. */
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
        throw new RangeError(`advance: ${ms} is no number of milliseconds from 0 on`);
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

/** The longest delay that timers keep. */
const longestTimerMs = 2 ** 31 - 1;

/** Behind all that are not later: who slept first wakes first. */
function insert(sleepers: Sleeper[], sleeper: Sleeper): void {
  let low = 0;
  let high = sleepers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sleepers[middle]?.at ?? 0) <= sleeper.at) low = middle + 1;
    else high = middle;
  }
  sleepers.splice(low, 0, sleeper);
}

/** Resolves after real milliseconds. */
export function realTime(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** At least one turn of the event loop. */
function quiet(quietMs: number): Promise<void> {
  if (quietMs > 0) return realTime(quietMs);
  return new Promise((resolve) => {
    // Not a timer of 0 ms: runtimes make 1 ms of it, or 4.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
