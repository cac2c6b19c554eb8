import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isObject, type JsonObject, stringAt } from "../json.ts";
import { UserError } from "../user-error.ts";
import { root } from "../vendors.ts";

/** Bundles a document and lints the result; any error or warning of the linter is an error here. */
export async function bundleAndLint(document: JsonObject, shownAs: string): Promise<JsonObject> {
  const folder = await mkdtemp(join(tmpdir(), "gpu-compose-"));
  try {
    await writeFile(join(folder, "composed.json"), JSON.stringify(document));
    const bundled = await redocly(["bundle", "composed.json", "--output", "bundled.json", ...config], folder);
    if (bundled.code !== 0) throw new UserError(`${shownAs}: cannot be bundled: ${firstLines(bundled.stderr)}`);
    const linted = await redocly(["lint", "bundled.json", "--format", "json", "--max-problems", "1000", ...config], folder);
    refuseProblems(linted, shownAs);
    return JSON.parse(await readFile(join(folder, "bundled.json"), "utf8")) as JsonObject;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const config = ["--config", join(root, "redocly.yaml")];

export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs Redocly's command line in a folder. */
export function redocly(args: readonly string[], cwd: string): Promise<Output> {
  const cli = join(root, "node_modules", "@redocly", "cli", "bin", "cli.js");
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [cli, ...args],
      {
        cwd,
        maxBuffer: 64 * 1024 * 1024,
        env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
      },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
      },
    );
  });
}

function refuseProblems(output: Output, shownAs: string): void {
  let report: unknown;
  try {
    report = JSON.parse(output.stdout);
  } catch {
    throw new UserError(`${shownAs}: cannot be linted: ${firstLines(output.stderr || output.stdout)}`);
  }
  const problems = isObject(report) && Array.isArray(report["problems"]) ? report["problems"] : [];
  if (problems.length === 0) return;
  const lines = problems.map((problem) => {
    const location = isObject(problem) && Array.isArray(problem["location"]) ? problem["location"][0] : undefined;
    return `${stringAt(location, "pointer") ?? ""}: ${stringAt(problem, "message")?.replace(/\s+/g, " ")} (${stringAt(problem, "ruleId")})`;
  });
  throw new UserError(`${shownAs}: does not pass the linter\n  ${lines.join("\n  ")}`);
}

function firstLines(text: string): string {
  return text.trim().split("\n").slice(0, 3).join(" ");
}
