import { expect, test } from "vitest";
import { expected, rent } from "./rent.js";

test("rents a simulated machine", async () => {
  expect(await rent()).toEqual(expected);
});
