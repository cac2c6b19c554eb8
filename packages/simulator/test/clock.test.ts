import { describe, expect, it } from "vitest";
import { createVirtualClock } from "../src/index.js";

const start = Date.UTC(2026, 0, 1);

describe("the automatic clock", () => {
  it("jumps to the earliest sleeper when the program is idle", async () => {
    const clock = createVirtualClock();
    const woken: [string, number][] = [];
    const sleepAs = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push([name, clock.now() - start]);
    };
    await Promise.all([
      sleepAs("day", 86_400_000),
      sleepAs("second", 1_000),
      sleepAs("other second", 1_000),
      sleepAs("minute", 60_000),
    ]);
    expect(woken).toEqual([
      ["second", 1_000],
      ["other second", 1_000],
      ["minute", 60_000],
      ["day", 86_400_000],
    ]);
  });

  it("lets woken work sleep again before it jumps further", async () => {
    const clock = createVirtualClock();
    const polls: number[] = [];
    const poll = async () => {
      for (let count = 0; count < 5; count += 1) {
        await clock.sleep(10);
        polls.push(clock.now() - start);
      }
    };
    await Promise.all([poll(), clock.sleep(25).then(() => polls.push(-25))]);
    expect(polls).toEqual([10, 20, -25, 30, 40, 50]);
  });

  it("stands still while it is held", async () => {
    const clock = createVirtualClock();
    const release = clock.hold();
    let woken = false;
    const sleep = clock.sleep(1_000).then(() => {
      woken = true;
    });
    await crypto.subtle.digest("SHA-256", new Uint8Array(5_000_000));
    expect([woken, clock.now()]).toEqual([false, start]);
    release();
    release();
    await sleep;
    expect(clock.now()).toBe(start + 1_000);
  });

  it("wakes a sleeper at once when its signal aborts, without moving time", async () => {
    const clock = createVirtualClock();
    const controller = new AbortController();
    const sleep = clock.sleep(60_000, controller.signal);
    controller.abort();
    await sleep;
    await clock.sleep(60_000, controller.signal);
    expect(clock.now()).toBe(start);
    await clock.sleep(5);
    expect(clock.now()).toBe(start + 5);
  });

  it("does not sleep for 0 ms or less", async () => {
    const clock = createVirtualClock({ pace: "manual" });
    await clock.sleep(0);
    await clock.sleep(-1);
    expect(clock.now()).toBe(start);
  });
});

describe("advance", () => {
  it("wakes every sleeper at its own time, including sleepers that begin during the call", async () => {
    const clock = createVirtualClock({ pace: "manual", startAt: new Date("2026-11-21T00:00:00Z") });
    const woken: number[] = [];
    const begin = clock.now();
    void (async () => {
      for (;;) {
        await clock.sleep(400);
        woken.push(clock.now() - begin);
      }
    })();
    await clock.advance(1_000);
    expect([woken, clock.now() - begin]).toEqual([[400, 800], 1_000]);
    await clock.advance(200);
    expect(woken).toEqual([400, 800, 1_200]);
  });

  it("moves an automatic clock exclusively until it resolves", async () => {
    const clock = createVirtualClock();
    let woken = -1;
    const sleep = clock.sleep(5_000).then(() => {
      woken = clock.now() - start;
    });
    await clock.advance(2_000);
    expect([woken, clock.now() - start]).toEqual([-1, 2_000]);
    await sleep;
    expect(woken).toBe(5_000);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("rejects %s", async (ms) => {
    await expect(createVirtualClock().advance(ms)).rejects.toThrow(RangeError);
  });
});

it("follows the system clock, at the given speed, with the pace real", async () => {
  const clock = createVirtualClock({ pace: "real", speed: 10_000 });
  await clock.sleep(30_000);
  expect(clock.now()).toBeGreaterThanOrEqual(start + 30_000);
  const before = clock.now();
  await clock.advance(3_600_000);
  expect(clock.now()).toBeGreaterThanOrEqual(before + 3_600_000);
});
