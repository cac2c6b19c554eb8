import { systemClock } from "@gpu/core";
import { createVirtualClock } from "@gpu/simulator";
import { describe, expect, it } from "vitest";
import { Timekeeper, Watch } from "../src/time.js";
import { errorOf, fakeCloud, gpuOn, jumpingClock } from "./fake-provider.js";

const hourMs = 3_600_000;

describe("elapsed time", () => {
  it("is measured with the monotonic source when there is one", async () => {
    const clock = createVirtualClock();
    const jumping = jumpingClock(clock);
    const time = new Timekeeper({ ...jumping, monotonic: clock.now });
    const watch = new Watch(time);
    const began = time.now();
    jumping.jump(hourMs);
    await watch.pause(2_000, undefined);
    jumping.jump(-5 * hourMs);
    await clock.advance(3_000);
    expect([time.now() - began, watch.elapsed(), watch.proven()]).toEqual([5_000, 5_000, 5_000]);
    expect(time.instant()).toBe(clock.now() - 4 * hourMs);
  });

  it("of the system clock is monotonic", () => {
    const { monotonic } = systemClock;
    const first = monotonic?.() ?? Number.NaN;
    expect((monotonic?.() ?? Number.NaN) - first).toBeGreaterThanOrEqual(0);
  });

  it.each([
    ["continues between two pauses", 0, [5_000, 5_000, 2_000]],
    [
      "counts a jump ahead between two pauses, as with a clock that a test moves",
      hourMs,
      [hourMs + 5_000, hourMs + 5_000, 2_000],
    ],
    ["does not count a jump back", -hourMs, [2_000, 2_000, 2_000]],
  ])("without one %s", async (_, jumpMs, expected) => {
    const clock = createVirtualClock();
    const jumping = jumpingClock(clock);
    const time = new Timekeeper(jumping);
    const watch = new Watch(time);
    const began = time.now();
    await watch.pause(2_000, undefined);
    await clock.advance(3_000);
    jumping.jump(jumpMs);
    expect([time.now() - began, watch.elapsed(), watch.proven()]).toEqual(expected);
  });

  it.each([hourMs, -hourMs])("without one does not count a jump of %d ms in a pause", async (jumpMs) => {
    const clock = createVirtualClock();
    const jumping = jumpingClock(clock);
    const time = new Timekeeper(jumping);
    const watch = new Watch(time);
    const began = time.now();
    void clock.sleep(1_000).then(() => jumping.jump(jumpMs));
    await watch.pause(2_000, undefined);
    await watch.pause(3_000, undefined);
    const counted = jumpMs > 0 ? 5_000 : 3_000;
    expect([time.now() - began, watch.elapsed(), watch.proven()]).toEqual([counted, counted, counted]);
  });

  it("of a loop that begins after a jump, during another loop's pause, does not go back with it", async () => {
    const clock = createVirtualClock();
    const jumping = jumpingClock(clock);
    const time = new Timekeeper(jumping);
    const pause = new Watch(time).pause(2_000, undefined);
    jumping.jump(hourMs);
    const watch = new Watch(time);
    await pause;
    await watch.pause(3_000, undefined);
    await clock.advance(1_000);
    expect([watch.elapsed(), watch.proven()]).toEqual([6_000, 3_000]);
  });

  it("ends a pause when the signal aborts", async () => {
    const clock = createVirtualClock();
    const watch = new Watch(new Timekeeper(clock));
    const controller = new AbortController();
    void clock.sleep(1_000).then(() => controller.abort());
    await watch.pause(60_000, controller.signal);
    expect(watch.proven()).toBe(1_000);
  });
});

it.each([hourMs, -hourMs])("the age of a key from this process does not jump with the clock (%d ms)", async (jumpMs) => {
  const cloud = fakeCloud({ id: "fake", guarantee: "key" });
  const clock = jumpingClock(cloud.clock);
  const { gpu } = gpuOn([cloud], { clock: { ...clock, monotonic: cloud.clock.now } });
  const [first, second] = [gpu.newIdempotencyKey(), gpu.newIdempotencyKey()];
  clock.jump(jumpMs);
  await cloud.clock.advance(7 * 60_000);
  expect(await gpu.create({ offer: "fake:h100", idempotencyKey: first })).toMatchObject({ ref: "fake:i1" });
  await cloud.clock.advance(2 * 60_000);
  expect((await errorOf(gpu.create({ offer: "fake:h100", idempotencyKey: second }))).code).toBe("create_ambiguous");
  expect(cloud.count("create")).toBe(1);
});
