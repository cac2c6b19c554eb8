// A user's test in a CommonJS project, for any test runner: rents a machine from the simulator.
const { GpuError } = require("@gpu/shadeform");
const { createSimulator } = require("@gpu/simulator");
const { cases } = require("@gpu/simulator/conformance");
const { createGpu, shadeform } = require("@gpu/unified");

async function rent() {
  const { fetch, clock, keys, ledger } = createSimulator({ vendors: ["shadeform"] });
  const gpu = createGpu({ providers: [shadeform({ apiKey: keys.shadeform })], defaults: { fetch, clock }, owner: "tests" });
  const { instance } = await gpu.launch({ gpu: "H100", maxUsdPerHour: 5, name: "under-test" });
  const { outcome } = await gpu.delete(instance, { waitMs: 120_000 });
  const refused = await gpu.get("shadeform:none").catch((error) => error);
  const running = ledger().filter(({ endedAt }) => endedAt === null).length;
  return {
    ready: instance.ready,
    outcome,
    isGpuError: GpuError.isInstance(refused),
    running,
    hasCases: typeof cases === "function",
  };
}

module.exports = { rent, expected: { ready: true, outcome: "deleted", isGpuError: true, running: 0, hasCases: true } };
