const { listen, rent, expected } = require("./rent.js");

afterEach(() => jest.useRealTimers());

test("rents a simulated machine", async () => {
  expect(await rent()).toEqual(expected);
});

test("rents a simulated machine under fake timers", async () => {
  jest.useFakeTimers();
  expect(await rent()).toEqual(expected);
});

test("serves a simulated vendor", async () => {
  expect(await listen()).toBe(401);
});
