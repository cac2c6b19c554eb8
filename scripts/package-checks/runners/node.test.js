const { deepEqual } = require("node:assert/strict");
const { test } = require("node:test");
const { rent, expected } = require("./rent.js");

test("rents a simulated machine", async () => {
  deepEqual(await rent(), expected);
});
