// A CommonJS program: `require` loads the CommonJS build, `import()` loads the ES modules, and each recognizes the other's errors.
const assert = require("node:assert/strict");
const { readdirSync } = require("node:fs");
const { join } = require("node:path");

const { createShadeformClient, GpuError } = require("@gpu/shadeform");
const { createSimulator } = require("@gpu/simulator");
const unified = require("@gpu/unified");

async function main() {
  for (const name of readdirSync(join(__dirname, "node_modules/@gpu"))) {
    assert.ok(Object.keys(require(`@gpu/${name}`)).length > 0);
  }
  assert.equal(require("@gpu/fal/openapi.json").openapi, "3.1.0");
  assert.equal(unified.GpuError, GpuError);
  const modules = await import("@gpu/shadeform");
  const failure = await modules
    .createShadeformClient({ baseUrl: "nowhere" })
    .listInstances()
    .catch((error) => error);
  assert.ok(GpuError.isInstance(failure) && modules.GpuError.isInstance(failure));
  assert.equal(failure.code, "configuration");

  const { fetch, clock, keys } = createSimulator();
  const shadeform = createShadeformClient({ apiKey: keys.shadeform, fetch, clock });
  assert.deepEqual((await shadeform.listInstances()).instances, []);
  const gpu = unified.createGpu({ providers: [unified.shadeform({ client: shadeform })], defaults: { clock } });
  assert.ok((await gpu.offers({ gpu: "H100" })).offers.length > 0);
}

main();
