import { mock } from "node:test";
import { expect, it, vi } from "vitest";
import { startClouds } from "./clouds.js";
import { scenarios } from "./generated/vendors.js";

const realSetTimeout = globalThis.setTimeout;

it.each([
  ["vitest", () => vi.useFakeTimers(), () => vi.useRealTimers()],
  ["node:test", () => mock.timers.enable(), () => mock.timers.reset()],
])("keeps working under the fake timers of %s", async (_, install, remove) => {
  install();
  try {
    expect(globalThis.setTimeout).not.toBe(realSetTimeout);
    const clouds = startClouds();
    const { simulator } = clouds;
    const { clock } = simulator;
    for (const vendor of ["fal", "shadeform"] as const) {
      const before = clock.now();
      simulator.fault({ vendor, operation: "listInstances", kind: "slow", ms: 12_000 });
      const id = await scenarios[vendor].driver.create(clouds);
      await clock.sleep(600_000);
      expect(await scenarios[vendor].driver.list(clouds)).toMatchObject([{ id, status: scenarios[vendor].driver.ready }]);
      expect(clock.now() - before).toBe(612_000);
      await clock.advance(1_000);
    }
  } finally {
    remove();
  }
});
