import { getEventListeners } from "node:events";
import { createSimulator } from "@gpu/simulator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGpu, fal, novita, runcrate, shadeform, thunderCompute } from "../src/index.js";
import { sshPublicKey } from "./fake-provider.js";

const warnings: Error[] = [];
const note = (warning: Error) => void warnings.push(warning);
beforeEach(() => void process.on("warning", note));
afterEach(() => {
  process.off("warning", note);
  warnings.length = 0;
});

function simulated(signal: AbortSignal) {
  const simulator = createSimulator();
  const { keys, clock } = simulator;
  let most = 0;
  const fetch: typeof simulator.fetch = (...request) => {
    most = Math.max(most, getEventListeners(signal, "abort").length);
    return simulator.fetch(...request);
  };
  const gpu = createGpu({
    providers: [
      thunderCompute({ apiKey: keys["thunder-compute"] }),
      shadeform({ apiKey: keys.shadeform }),
      fal({ apiKey: keys.fal }),
      novita({ apiKey: keys.novita }),
      runcrate({ apiKey: keys.runcrate }),
    ],
    owner: "signals",
    defaults: { fetch, clock },
  });
  return { gpu, simulator, mostListeners: () => most };
}

describe("one signal for many calls of a Gpu with five providers", () => {
  const twelve = Array.from({ length: 12 });

  it("is not reported as a leak by Node.js, with lists, offers, a launch, waits and deletes at the same time", async () => {
    const { signal } = new AbortController();
    const { gpu, simulator, mostListeners } = simulated(signal);
    for (const vendor of ["fal", "novita", "shadeform"] as const)
      simulator.fault({ vendor, operation: "listInstances", kind: "reset_before", times: 12 });
    const launches = await Promise.all(
      twelve.map(async (_, index) =>
        gpu.launch({ gpu: "H100", maxUsdPerHour: 5, name: `one-${index}`, sshPublicKey, signal }).catch(() => undefined),
      ),
    );
    const instances = launches.flatMap((launch) => launch?.instance ?? []);
    expect(instances.length).toBeGreaterThan(5);
    await Promise.all(twelve.flatMap(() => [gpu.list({ signal }), gpu.offers({ gpu: "H100", signal })]));
    await Promise.all(instances.map((instance) => gpu.waitUntilReady(instance, { signal }).catch(() => undefined)));
    await Promise.all(instances.map((instance) => gpu.delete(instance, { signal, waitMs: 600_000 })));
    expect(mostListeners()).toBeGreaterThan(0);
    expect(mostListeners()).toBeLessThan(4);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    // Newer Node versions also warn about intermediate signals, on a later tick.
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  });

  it("aborts all of them", async () => {
    const controller = new AbortController();
    const { gpu } = simulated(controller.signal);
    const calls = twelve.map(() => gpu.list({ signal: controller.signal }).catch(({ code }) => code));
    controller.abort();
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["aborted"]));
  });
});
