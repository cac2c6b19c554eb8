import { mock } from "node:test";
import { expect, it, vi } from "vitest";
import { createSimulator } from "../src/index.js";
import { startClouds } from "./clouds.js";
import { scenarios } from "./generated/vendors.js";

const realSetTimeout = globalThis.setTimeout;
const timers = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate"] as const;

it.each([
  ["vitest", () => vi.useFakeTimers(), () => vi.useRealTimers()],
  [
    "vitest, with all that it can replace",
    () => vi.useFakeTimers({ toFake: [...timers, "Date", "performance", "hrtime", "queueMicrotask"] }),
    () => vi.useRealTimers(),
  ],
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

it.each(["text", "json", "arrayBuffer"] as const)(
  "a response body can be read only once, like the runtime's: %s",
  async (read) => {
    const { fetch, keys } = createSimulator();
    const headers = { "x-api-key": keys.shadeform };
    const response = await fetch("https://api.shadeform.ai/v1/instances", { headers });
    const copy = response.clone();
    await response[read]();
    expect(response.bodyUsed).toBe(true);
    await expect(response.text()).rejects.toThrow(TypeError);
    await expect(response.json()).rejects.toThrow(TypeError);
    expect(await copy.json()).toEqual({ instances: [] });
  },
);

it("a response whose body is being read elsewhere cannot be read", async () => {
  const { fetch } = createSimulator();
  const response = await fetch("https://api.shadeform.ai/v1/instances");
  response.body?.getReader();
  await expect(response.text()).rejects.toThrow(TypeError);
});
