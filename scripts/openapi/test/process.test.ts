import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RunOptions, run, runToEnd } from "../process.ts";

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "gpu-process-"));
});
afterAll(() => rm(cwd, { recursive: true }));

const node = (program: string, options: Omit<RunOptions, "cwd"> = {}) =>
  runToEnd(process.execPath, ["--eval", program], { cwd, ...options });

it("returns the exit code and the output, also of a program that fails", async () => {
  expect(await node(`console.log("out"); console.error("err"); process.exitCode = 3;`)).toEqual({
    code: 3,
    stdout: "out\n",
    stderr: "err\n",
  });
});

it("adds variables and removes those that are undefined", async () => {
  const env = { GPU_ADDED: "1", PATH: undefined };
  expect((await node(`console.log(process.env.GPU_ADDED, process.env.PATH, "HOME" in process.env)`, { env })).stdout).toBe(
    `1 undefined ${"HOME" in process.env}\n`,
  );
});

it.each([
  ["is read", `process.stdin.on("data", (text) => process.stdout.write(text))`, "x".repeat(1_000_000)],
  ["is empty by default", `process.stdin.on("data", () => {}).on("end", () => console.log("end"))`, undefined],
  ["is left unread", `process.stdin.destroy()`, "x".repeat(1_000_000)],
])("runs a program whose input %s", async (name, program, input) => {
  const { code, stdout } = await node(program, input === undefined ? {} : { input });
  expect([code, stdout]).toEqual([0, name === "is read" ? input : name === "is left unread" ? "" : "end\n"]);
});

it("kills a program that takes too long", async () => {
  expect((await node(`setInterval(() => {}, 1000)`, { timeoutMs: 200 })).code).toBeNull();
});

it("rejects when a program cannot be started or prints too much", async () => {
  await expect(runToEnd(join(cwd, "missing"), [], { cwd })).rejects.toThrow(/ENOENT/);
  await expect(node(`const text = "x".repeat(2 ** 20); const go = () => process.stdout.write(text, go); go()`)).rejects.toThrow(
    /maxBuffer/,
  );
});

it("names a program that fails, with its whole output", async () => {
  await expect(run(process.execPath, ["--eval", `console.log("out"); process.exit(2)`], { cwd })).rejects.toThrow(
    /--eval .* in .* exited with 2\nout\n/,
  );
});
