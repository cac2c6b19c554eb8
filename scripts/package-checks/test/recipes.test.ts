import { once } from "node:events";
import { symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { run, runToEnd } from "@gpu-scripts/openapi/process.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packedProject } from "../packed.ts";
import { recipe, recipes } from "../recipes.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { installTools } from "../tools.ts";
import { root } from "../workspace.ts";

const temporary = temporaryFolder();
let project: string;

/** Loaded before a program: replaces the global `fetch` and the key with the simulator's. */
const simulated = `
const { createSimulator } = require("@gpu/simulator");
globalThis.simulator = createSimulator({ vendors: ["shadeform"] });
globalThis.fetch = simulator.fetch;
process.env.SHADEFORM_API_KEY = simulator.keys.shadeform;
`;
/** Replaces real waits with simulated time. */
const onSimulatedTime = (code: string) =>
  code.replace('owner: "ci"', 'owner: "ci", defaults: { clock: globalThis.simulator.clock }');

beforeAll(async () => {
  project = await packedProject(temporary.path, undefined, "commonjs");
  for (const [file, code] of recipes())
    if (!file.includes("/")) writeFileSync(join(project, file), file === "refs.mjs" ? onSimulatedTime(code) : code);
  writeFileSync(join(project, "simulated.cjs"), simulated);
  writeFileSync(join(project, "jest.config.json"), JSON.stringify({ testMatch: ["<rootDir>/jest.test.js"] }));
  symlinkSync(join(root, "node_modules/vitest"), join(project, "node_modules/vitest"));
  symlinkSync(join(await installTools("libraries"), "undici"), join(project, "node_modules/undici"));
});
afterAll(() => temporary.remove());

describe("recipe", () => {
  it.each([
    ["commonjs.cjs", "0 instances\n"],
    ["openapi-fetch.mjs", "/instances\n0 instances\n"],
    ["refs.mjs", "deleted\n"],
  ])("%s runs", async (file, printed) => {
    expect(await run(process.execPath, ["--require", "./simulated.cjs", file], { cwd: project })).toBe(printed);
  });

  it("jest.test.js passes under jest", async () => {
    const jest = join(await installTools("runners"), "jest/bin/jest.js");
    const { code, stderr } = await runToEnd(process.execPath, [jest, "--config", "jest.config.json"], { cwd: project });
    expect(stderr).toContain("Tests:       1 passed, 1 total");
    expect(code).toBe(0);
  });

  it("fake-timers.test.mjs passes under vitest", async () => {
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    expect(await run(process.execPath, [vitest, "run", "fake-timers.test.mjs"], { cwd: project })).toContain("1 passed");
  });

  it("proxy.mjs uses the proxy: a rejecting proxy sees the vendor's host, and nothing is sent", async () => {
    const hosts: string[] = [];
    const proxy = createServer().on("connect", ({ url = "" }, socket) => {
      hosts.push(url);
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const env = { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, SHADEFORM_API_KEY: "key" };
    const code = recipe("proxy.mjs").replace("createShadeformClient({ ", "createShadeformClient({ maxRetries: 0, ");
    writeFileSync(join(project, "proxy.mjs"), code);
    const { stderr } = await runToEnd(process.execPath, ["proxy.mjs"], { cwd: project, env });
    proxy.close();
    expect(hosts).toEqual(["api.shadeform.ai:443"]);
    expect(stderr).toContain("the vendor could not be reached");
  });

  it("files are all run here or in the Next.js test", () => {
    const here = ["commonjs.cjs", "fake-timers.test.mjs", "jest.test.js", "openapi-fetch.mjs", "proxy.mjs", "refs.mjs"];
    expect([...recipes().keys()].sort()).toEqual([...here, "app/recipe/route.js"].sort());
  });
});
