// A user's test in a CommonJS project, for any test runner: rents a machine from the simulator.
const { GpuError } = require("@gpu/shadeform");
const { createSimulator } = require("@gpu/simulator");
const { cases } = require("@gpu/simulator/conformance");
const { createGpu, shadeform } = require("@gpu/unified");

async function rent() {
  const simulator = createSimulator({ vendors: ["shadeform"] });
  const { fetch, clock, keys, ledger } = simulator;
  simulator.fault({ vendor: "shadeform", operation: "listInstances", kind: "slow", ms: 12_000 });
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

/** The status that a loopback server returns for a request without a key. */
async function listen() {
  const { urls, close } = await createSimulator({ vendors: ["shadeform"] }).listen();
  const { get } = require("node:http");
  const response = await new Promise((resolve) => get(`${urls.shadeform}/instances`, resolve));
  response.resume();
  await close();
  return response.statusCode;
}

module.exports = {
  listen,
  rent,
  expected: { ready: true, outcome: "deleted", isGpuError: true, running: 0, hasCases: true },
};
