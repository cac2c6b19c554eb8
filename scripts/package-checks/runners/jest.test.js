const { rent, expected } = require("./rent.js");

test("rents a simulated machine", async () => {
  expect(await rent()).toEqual(expected);
});
