const { deepEqual, equal } = require("node:assert/strict");
const { test } = require("node:test");
const { listen, rent, expected } = require("./rent.js");

test("rents a simulated machine", async () => {
  deepEqual(await rent(), expected);
});

test("rents a simulated machine under fake timers", async ({ mock }) => {
  mock.timers.enable();
  deepEqual(await rent(), expected);
});

test("serves a simulated vendor", async () => {
  equal(await listen(), 401);
});
