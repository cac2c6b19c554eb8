import { execFileSync, spawnSync } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { root } from "@gpu-scripts/openapi/vendors.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let folder: string;
let tree: string;
let artifact: string;
let outputs: string;
let calls: string;
const git = (cwd: string, ...args: string[]) => execFileSync("git", args, { cwd, encoding: "utf8", stdio: "pipe" }).trim();

/** Runs the command as the workflow does, with a `gh` that records its calls. */
function run(step: string, subject: string, more: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(tree, "scripts/release/propose-command.ts"), step, subject, artifact, "main"],
    {
      cwd: tree,
      encoding: "utf8",
      env: { ...process.env, PATH: `${folder}${delimiter}${process.env["PATH"]}`, GITHUB_OUTPUT: outputs, CALLS: calls, ...more },
    },
  );
  return { status, output: stdout + stderr };
}

const title = "document's title";
const document = (text: string) => JSON.stringify({ info: { title, description: text } });

// A checkout without installed packages, because only this repository's code may run where the token is.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gpu-propose-command-"));
  [tree, artifact, outputs, calls] = ["tree", "artifact", "outputs", "calls"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
  await cp(join(root, "scripts"), join(tree, "scripts"), {
    recursive: true,
    filter: (source) => !/\/(?:node_modules|test)(?:\/|$)/.test(source),
  });
  for (const [path, text] of Object.entries({
    "package.json": '{ "type": "module" }',
    "specs/fal/source.yaml": "file: upstream.yaml\n",
    "specs/fal/upstream.yaml": "old\n",
    "packages/fal/openapi.json": document("old"),
    "packages/fal/package.json": '{\n  "name": "@gpu/fal",\n  "version": "0.1.0"\n}\n',
  })) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), text);
  }
  await writeFile(
    join(folder, "gh"),
    '#!/bin/sh\necho "$@" >> "$CALLS"\nif [ "$1" = pr ] && [ "$2" = view ]; then echo false; fi\n',
  );
  await chmod(join(folder, "gh"), 0o755);
  await mkdir(artifact);
  git(folder, "init", "--quiet", "--bare", "origin");
  git(tree, "init", "--quiet", "--initial-branch=main");
  git(tree, "config", "user.name", "bot");
  git(tree, "config", "user.email", "bot@localhost");
  git(tree, "remote", "add", "origin", join(folder, "origin"));
  git(tree, "add", "--all");
  git(tree, "commit", "--quiet", "--message", "Start");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Creates an artifact like the reading job, and restores the tree. */
async function makeArtifact(files: Record<string, string>, report?: unknown): Promise<void> {
  await rm(artifact, { recursive: true });
  await mkdir(artifact);
  for (const [path, text] of Object.entries(files)) await writeFile(join(tree, path), text);
  git(tree, "add", "--all");
  await writeFile(
    join(artifact, "changes.patch"),
    execFileSync("git", ["diff", "--cached", "--binary", "--full-index", "--no-renames", "HEAD"], { cwd: tree }),
  );
  git(tree, "reset", "--quiet", "--hard");
  if (report !== undefined) await writeFile(join(artifact, "report.json"), JSON.stringify([report]));
  await writeFile(outputs, "");
  await writeFile(calls, "");
}

const report = {
  vendor: "fal",
  impact: "patch",
  bump: "patch",
  changes: [
    {
      operation: "getInstance",
      impact: "patch",
      kind: "property-changed",
      place: "",
      part: "summary",
      before: null,
      after: null,
    },
  ],
  overlays: [],
  status: "written",
  reasons: [],
  fixable: [],
  lookAt: [],
  notes: [],
  files: [],
};

describe("node scripts/release/propose-command.ts", () => {
  it("stages a patch and proposes it on a branch, with only the checked files in its commit", async () => {
    await makeArtifact({ "packages/fal/openapi.json": document("new"), "specs/fal/upstream.yaml": "new\n" }, report);
    expect(run("stage", "fal")).toEqual({ status: 0, output: "2 files changed\n" });
    expect(run("open", "fal")).toEqual({
      status: 0,
      output: "fal: proposed, waits for a person: merging by itself is off\n",
    });
    const commit = git(join(folder, "origin"), "rev-parse", "regenerate/fal");
    expect(await readFile(outputs, "utf8")).toBe(`commit=${commit}\n`);
    expect(git(join(folder, "origin"), "show", "--format=", "--name-only", commit).split("\n")).toEqual([
      "packages/fal/openapi.json",
      "specs/fal/upstream.yaml",
    ]);
    expect(git(tree, "rev-parse", `${commit}^`)).toBe(git(tree, "rev-parse", "HEAD"));
    expect(await readFile(calls, "utf8")).toMatch(/^pr create --base main --head regenerate\/fal --title @gpu\/fal: /m);
    git(tree, "reset", "--quiet", "--hard");
  });

  it("auto-merges only when the variable is exactly `true`", async () => {
    for (const [variable, expected] of [
      ["true", /whether `main` requires the check "Check" cannot be read/],
      ["", /merging by itself is off/],
      ["false", /merging by itself is off/],
      ["1", /merging by itself is off/],
    ] as const) {
      await makeArtifact({ "packages/fal/openapi.json": document("new") }, report);
      expect(run("stage", "fal").status).toBe(0);
      expect(run("open", "fal", { AUTO_MERGE: variable }).output).toMatch(expected);
      git(tree, "reset", "--quiet", "--hard");
    }
  });

  it("proposes a release", async () => {
    await makeArtifact({ "packages/fal/package.json": '{\n  "name": "@gpu/fal",\n  "version": "0.2.0"\n}\n' });
    expect(run("stage", "--release")).toEqual({ status: 0, output: "1 files changed\n" });
    expect(run("open", "--release")).toEqual({ status: 0, output: "--release: proposed\n" });
    expect(git(join(folder, "origin"), "show", "release/next:packages/fal/package.json")).toContain("0.2.0");
    git(tree, "reset", "--quiet", "--hard");
  });

  it("fails with one line and proposes nothing when the patch has other files", async () => {
    await makeArtifact({ "scripts/release/propose-command.ts": "process.exit(0);\n" }, report);
    const refusal = {
      status: 1,
      output:
        'error: the patch is refused: "scripts/release/propose-command.ts" is not one of the files that regenerating fal writes\n',
    };
    expect(run("stage", "fal")).toEqual(refusal);
    expect(run("open", "fal")).toEqual(refusal);
    expect(await readFile(calls, "utf8")).toBe("");
    git(tree, "reset", "--quiet", "--hard");
  });

  it("fails with one line without a report", async () => {
    await makeArtifact({ "packages/fal/openapi.json": document("new") });
    expect(run("stage", "fal").status).toBe(0);
    expect(run("open", "fal")).toEqual({ status: 1, output: "error: the artifact has no report.json\n" });
    git(tree, "reset", "--quiet", "--hard");
  });

  it.each([
    ["stage", "nobody", /^error: unknown vendor "nobody"/],
    ["stage", "../fal", /^error: unknown vendor/],
    ["merge", "fal", /^error: usage: /],
  ])("rejects %s %s", (step, subject, reason) => {
    const { status, output } = run(step, subject);
    expect([status, output]).toEqual([1, expect.stringMatching(reason)]);
  });
});
