import { afterEach, expect, test, vi } from "vitest";
import { expected, listen, rent } from "./rent.js";

const all = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate"];

afterEach(() => vi.useRealTimers());

test("rents a simulated machine", async () => {
  expect(await rent()).toEqual(expected);
});

test("rents a simulated machine under fake timers", async () => {
  vi.useFakeTimers({ toFake: [...all, "Date", "performance", "hrtime", "queueMicrotask"] });
  expect(await rent()).toEqual(expected);
});

test("serves a simulated vendor", async () => {
  expect(await listen()).toBe(401);
});
