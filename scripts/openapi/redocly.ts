import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { isObject, type JsonObject, list, stringAt } from "./json.ts";
import { type Finished, runToEnd } from "./process.ts";
import { refuseOutsideReferences } from "./references.ts";
import { UserError } from "./user-error.ts";
import { root } from "./vendors.ts";

/** Fails with every error and warning that the linter finds. */
export async function lint(document: JsonObject, shownAs: string): Promise<void> {
  refuseProblems(await lintProblems(document, shownAs), shownAs);
}

/** One error or warning of the linter. */
export interface LintProblem {
  /** JSON pointer into the document, with its `#`. */
  pointer: string;
  message: string;
  rule: string;
}

/** Every error and warning that the linter finds. */
export async function lintProblems(document: JsonObject, shownAs: string): Promise<LintProblem[]> {
  const args = ["lint", "composed.json", "--format", "json", "--max-problems", "1000", ...config];
  return await withRedocly(args, { "composed.json": document }, (output) => readProblems(output, shownAs));
}

/** Fails when there are problems, and reports all of them. */
export function refuseProblems(problems: readonly LintProblem[], shownAs: string): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ pointer, message, rule }) => `\n  ${pointer}: ${message} (${rule})`);
  throw new UserError(`${shownAs}: does not pass the linter${lines.join("")}`);
}

const config = ["--config", join(root, "redocly.yaml")];

/** Longer than any document takes; some patterns of vendors take practically forever. */
const timeoutMs = 120_000;

/**
 * Runs Redocly's command line in a temporary folder with these documents, and returns the result of `read`. The process starts before
 * the promise is returned, so it runs in parallel with the caller's next steps.
 */
export async function withRedocly<T>(
  args: readonly string[],
  documents: Readonly<Record<string, JsonObject>>,
  read: (output: Finished, folder: string) => T | Promise<T>,
): Promise<T> {
  // Redocly follows every reference, to files and servers too.
  for (const [name, document] of Object.entries(documents)) refuseOutsideReferences(document, name);
  const folder = mkdtempSync(join(tmpdir(), "gpu-redocly-"));
  try {
    for (const [name, document] of Object.entries(documents)) writeFileSync(join(folder, name), JSON.stringify(document));
    return await read(await redocly(args, folder), folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function redocly(args: readonly string[], cwd: string): Promise<Finished> {
  const cli = createRequire(import.meta.url).resolve("@redocly/cli/bin/cli.js");
  const finished = await runToEnd(process.execPath, [cli, ...args], {
    cwd,
    env: { REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
    timeoutMs,
    // On few cores, the process that started it goes first.
    priority: constants.priority.PRIORITY_BELOW_NORMAL,
  });
  return finished.code === null ? { ...finished, stderr: `it takes longer than ${timeoutMs / 1000} s` } : finished;
}

function readProblems(output: Finished, shownAs: string): LintProblem[] {
  let report: unknown;
  try {
    report = JSON.parse(output.stdout);
  } catch {
    const reason = (output.stderr || output.stdout).trim().split("\n").slice(0, 3).join(" ");
    throw new UserError(`${shownAs}: cannot be linted: ${reason}`);
  }
  return list(isObject(report) ? report["problems"] : undefined).map((problem) => ({
    pointer: stringAt(list(isObject(problem) ? problem["location"] : undefined)[0], "pointer") ?? "",
    message: (stringAt(problem, "message") ?? "").replace(/\s+/g, " "),
    rule: stringAt(problem, "ruleId") ?? "",
  }));
}
