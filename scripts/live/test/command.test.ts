import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runToEnd } from "@gpu-scripts/openapi/process.ts";
import { afterAll, expect, it } from "vitest";
import { repository, runningClouds } from "./support.ts";

const vendor = "fal";
const { simulator, urlOf } = runningClouds([vendor]);
const folder = await mkdtemp(join(tmpdir(), "gpu-live-command-"));
afterAll(() => rm(folder, { recursive: true }));

const live = (args: string[], key?: string) =>
  runToEnd(process.execPath, [join(repository, "scripts", "live", "main.ts"), ...args], { cwd: folder, env: { FAL_KEY: key } });

it("reads with the key from the environment, prints a table, and writes the report", async () => {
  const report = join(folder, "report.json");
  const { code, stdout, stderr } = await live([vendor, "--base-url", urlOf(vendor), "--report", report], simulator.keys[vendor]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^fal \d+\.\d+\.\d+: reads with a key, \d{4}-\d\d-\d\d, http:\/\/127\.0\.0\.1:\d+\/v1\n/);
  expect(stdout).toMatch(/^ {2}ok {7}getInstance {8}200$/m);
  expect(stdout).toMatch(/^ {2}5 calls, 0 new findings, 0 known$/m);
  expect(stdout).not.toContain(simulator.keys[vendor]);
  const [run] = JSON.parse(await readFile(report, "utf8")) as { vendor: string; kind: string; results: unknown[] }[];
  expect(run).toMatchObject({ vendor, kind: "read", results: { length: 5 } });
});

it("reports calls as blocked with a wrong key", async () => {
  const { code, stdout } = await live([vendor, "--base-url", urlOf(vendor)], "wrong:key");
  expect(stdout).toMatch(/^ {2}blocked {2}listInstances {6}401, no key$/m);
  expect(code).toBe(0);
});

it.each([
  ["an unknown vendor", ["acme"], 'unknown vendor "acme"'],
  ["one server for all vendors", ["--base-url", "http://127.0.0.1:1"], "--base-url needs exactly one vendor"],
  [
    "recording of another server",
    [vendor, "--base-url", "http://127.0.0.1:1", "--record"],
    "--record is for the vendor's own server",
  ],
  ["an unknown option", ["--rent"], "Unknown option '--rent'"],
])("rejects %s", async (_, args, message) => {
  const { code, stderr } = await live(args);
  expect([code, stderr.split("\n").length]).toEqual([1, 2]);
  expect(stderr).toContain(message);
});
