import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, runToEnd } from "@gpu-scripts/openapi/process.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { packedProject } from "../packed.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { executable, installTools } from "../tools.ts";
import { root } from "../workspace.ts";

const temporary = temporaryFolder();
let project: string;
let tools: string;
let node20: string | undefined;

beforeAll(async () => {
  tools = await installTools("runners");
  node20 = executable(await installTools("runtimes"), "node-20", "bin/node");
  project = await packedProject(temporary.path, new URL("../runners", import.meta.url), "commonjs");
  symlinkSync(join(root, "node_modules/vitest"), join(project, "node_modules/vitest"));
  writeFileSync(join(project, "jest.config.json"), JSON.stringify({ testMatch: ["<rootDir>/jest.test.js"] }));
});
afterAll(() => temporary.remove());

it("runs under jest in its default CommonJS mode, on the oldest supported Node", async () => {
  const jest = join(tools, "jest/bin/jest.js");
  const { code, stderr } = await runToEnd(node20 ?? process.execPath, [jest, "--config", "jest.config.json"], { cwd: project });
  expect(stderr).toContain("Tests:       3 passed, 3 total");
  expect(code).toBe(0);
});

it("runs under node:test", async () => {
  expect(await run(process.execPath, ["--test", "node.test.js"], { cwd: project })).toContain("pass 3");
});

it("runs under vitest", async () => {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  expect(await run(process.execPath, [vitest, "run", "vitest.test.js"], { cwd: project })).toContain("3 passed");
});
