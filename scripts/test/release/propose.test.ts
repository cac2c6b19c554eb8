import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { JsonObject, JsonValue } from "../../json.ts";
import { objectAt } from "../../json.ts";
import type { Impact } from "../../regenerate/impact.ts";
import { type Call, callInTree } from "../../release/call.ts";
import { mayMergeItself, propose, readReport } from "../../release/propose.ts";
import { checkName, whyNotByItself } from "../../release/required-check.ts";
import { UserError } from "../../user-error.ts";
import { root } from "../../vendors.ts";

let folder: string;
let textFile: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gpu-propose-"));
  textFile = join(folder, "report.md");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const rules = (...contexts: string[]): JsonValue => [
  { type: "deletion" },
  {
    type: "required_status_checks",
    parameters: { required_status_checks: contexts.map((context) => ({ context, integration_id: 15368 })) },
  },
];
const protection = (...contexts: string[]): JsonValue => ({
  name: "main",
  protection: { enabled: contexts.length > 0, required_status_checks: { enforcement_level: "everyone", contexts } },
});

/** What GitHub answers about `main`; undefined where it refuses to say. */
interface Settings {
  rules?: JsonValue | undefined;
  protection?: JsonValue | undefined;
}

/** Answers as `gh api` does. */
function answerAbout({ rules, protection }: Settings, path: string | undefined): string {
  const answer = path?.includes("/rules/branches/main") ? rules : protection;
  if (answer === undefined) throw new UserError(`gh api ${path}: HTTP 403: Resource not accessible by integration`);
  return JSON.stringify(answer);
}

const required: Settings = { rules: rules(checkName), protection: protection() };
const notRequired: Settings = { rules: rules("Other"), protection: protection("Other") };

describe("the nightly proposal", () => {
  interface Case {
    impact: Impact;
    bump: Impact;
    exitCode: number;
    verdicts?: string[];
    open: boolean;
    changed: boolean;
    needsReading?: boolean;
    /** Auto-merge of the open pull request is on. */
    autoMerge?: boolean;
    /** GitHub lets pull requests merge by themselves at all. */
    allowAutoMerge?: boolean;
    settings?: Settings;
  }

  /** The programs that it called, what it printed, and the text of the pull request. */
  async function proposal({ impact, bump, exitCode, ...more }: Case): Promise<{ made: string[]; done: string; text: string }> {
    const {
      open,
      changed,
      verdicts = [],
      needsReading = false,
      autoMerge = false,
      allowAutoMerge = true,
      settings = required,
    } = more;
    const made: string[] = [];
    const call: Call = async (program, args) => {
      made.push([program, ...args].join(" ").replace(textFile, "report.md"));
      if (program === "git" && args[0] === "status") return changed ? " M x\n" : "";
      if (args[0] === "api") return answerAbout(settings, args[1]);
      if (args[1] === "list") return open ? "7\n" : "";
      if (args[1] === "view") return `${autoMerge}\n`;
      if (args.includes("--disable-auto") && !autoMerge) throw new UserError("auto-merge is not on");
      if (args.includes("--auto") && !allowAutoMerge) throw new UserError("Auto merge is not allowed for this repository");
      return "";
    };
    await writeFile(textFile, "## fal: the report\n");
    const report = { vendor: "fal", impact, bump, exitCode, verdicts, textFile, needsReading };
    const done = await propose({ ...report, baseBranch: "main" }, call);
    return { made, done, text: await readFile(textFile, "utf8") };
  }

  it("opens one pull request with the report as its text and a label for the bump", async () => {
    const { made } = await proposal({ impact: "major", bump: "minor", exitCode: 0, open: false, changed: true });
    expect(made).toContain("git push --force-with-lease=refs/heads/regenerate/fal: origin regenerate/fal");
    expect(made).toContainEqual(
      expect.stringMatching(/^gh pr create --base main --head regenerate\/fal .*--body-file report\.md --label bump: minor$/),
    );
    expect(made).toContain("gh workflow run ci.yml --ref regenerate/fal");
  });

  it("updates the one that is open, with its new label only", async () => {
    const { made } = await proposal({ impact: "minor", bump: "patch", exitCode: 0, open: true, changed: true });
    expect(made.filter((line) => line.startsWith("gh pr create"))).toEqual([]);
    expect(made).toContainEqual(
      expect.stringMatching(
        /^gh pr edit .*--add-label bump: patch --remove-label bump: none --remove-label bump: minor --remove-label bump: major$/,
      ),
    );
  });

  it.each<[Impact, number, boolean]>([
    ["none", 0, true],
    ["patch", 0, true],
    ["minor", 0, false],
    ["major", 0, false],
    ["patch", 2, false],
    ["major", 2, false],
  ])("of a %s change with exit code %i merges by itself: %s", async (impact, exitCode, merges) => {
    expect(mayMergeItself({ impact, exitCode, verdicts: [] })).toBe(merges);
    for (const open of [true, false]) {
      const { made, text } = await proposal({ impact, bump: "patch", exitCode, open, changed: true });
      expect(made.includes("gh pr merge regenerate/fal --auto --squash")).toBe(merges);
      expect(made).not.toContain("gh pr merge regenerate/fal --disable-auto");
      expect(text).toBe("## fal: the report\n");
    }
  });

  it.each<[string, boolean]>([
    ["unnecessary", true],
    ["unnecessary: upstream dropped disk", true],
    ["hides a change of upstream: price went from 1 to 2", false],
    ["lost", false],
    ["superseded: upstream now has GET /price in its own words", false],
    ["a verdict of tomorrow", false],
  ])("of an overlay that is %s merges by itself: %s", async (verdict, merges) => {
    const { made, done } = await proposal({ ...harmless, verdicts: ["unnecessary", verdict], open: true, autoMerge: !merges });
    expect(made.includes("gh pr merge regenerate/fal --auto --squash")).toBe(merges);
    expect(made.includes("gh pr merge regenerate/fal --disable-auto")).toBe(!merges);
    expect(done).toBe(merges ? "proposed, merges when CI passes" : "proposed, waits for a person");
  });

  const harmless = { impact: "patch", bump: "patch", exitCode: 0, changed: true } as const;

  it("turns auto-merge off where it is on, before it pushes what is for a person", async () => {
    const { made } = await proposal({ ...harmless, impact: "major", open: true, autoMerge: true });
    const off = made.indexOf("gh pr merge regenerate/fal --disable-auto");
    expect(off).toBeGreaterThan(0);
    expect(made.findIndex((line) => line.startsWith("git push"))).toBeGreaterThan(off);
  });

  it.each<[string, Settings, RegExp]>([
    ["main requires no check", notRequired, /`main` does not require the check "Check"/],
    ["GitHub does not say", {}, /whether `main` requires the check "Check" cannot be read \(gh api \S+: HTTP 403.*\)/],
  ])("merges nothing by itself when %s, and says so", async (_, settings, reason) => {
    for (const open of [true, false]) {
      const { made, done, text } = await proposal({ ...harmless, open, autoMerge: open, settings });
      expect(made.filter((line) => line.includes("--auto "))).toEqual([]);
      expect(made.includes("gh pr merge regenerate/fal --disable-auto")).toBe(open);
      expect(done).toMatch(/^proposed, waits for a person: /);
      expect(done).toMatch(reason);
      expect(text).toMatch(reason);
      expect(text).toMatch(/\n\n## fal: the report\n$/);
    }
  });

  it("says so too when GitHub does not take the order to merge", async () => {
    const { made, done, text } = await proposal({ ...harmless, open: false, allowAutoMerge: false });
    expect(done).toMatch(/^proposed, waits for a person: .*Auto merge is not allowed for this repository/);
    expect(text).toContain("Auto merge is not allowed for this repository");
    expect(made.at(-1)).toBe("gh pr edit regenerate/fal --body-file report.md");
  });

  it("opens or updates an issue when there is something to read and nothing to merge", async () => {
    const reading = { impact: "none", bump: "none", exitCode: 1, changed: false, needsReading: true } as const;
    expect((await proposal({ ...reading, open: false })).made).toContainEqual(
      expect.stringMatching(/^gh issue create --title fal: .* --body-file report\.md$/),
    );
    expect((await proposal({ ...reading, open: true })).made).toContain("gh issue edit 7 --body-file report.md");
    expect((await proposal({ ...reading, exitCode: 0, needsReading: false, open: false })).made).toEqual([
      "git status --porcelain",
    ]);
  });

  it("reads impact, bump and verdicts from the report, and no other report", () => {
    const report = { vendor: "fal", impact: "minor", bump: "patch", changes: [] };
    const json = JSON.stringify([{ ...report, overlays: [{ action: "fixes.overlay.yaml, action 1 ($)", verdict: "lost" }, 1] }]);
    expect(readReport(json, "fal")).toEqual({ impact: "minor", bump: "patch", verdicts: ["lost", "unknown"] });
    expect(() => readReport(json, "novita")).toThrow(/no entry for novita/);
    expect(() => readReport(JSON.stringify([report]), "fal")).toThrow(/what became of the overlays/);
  });
});

describe("the branch of a proposal", () => {
  const bot = "bot@localhost";
  const branch = "regenerate/fal";
  let origin: string;

  /** A clone with an identity, and git in it. */
  async function clone(name: string, email: string) {
    const path = await mkdtemp(join(folder, `${name}-`));
    const git = (...args: string[]) => execFileSync("git", args, { cwd: path, encoding: "utf8", stdio: "pipe" }).trim();
    git("clone", "--quiet", origin, ".");
    git("config", "user.name", name);
    git("config", "user.email", email);
    const commit = async (file: string, ...more: string[]) => {
      await writeFile(join(path, file), `by ${name}\n`);
      git("add", "--all");
      git("commit", "--quiet", "--message", `${file} by ${name}`, ...more);
    };
    return { path, git, commit };
  }
  let maintainer: Awaited<ReturnType<typeof clone>>;
  let nights = 0;

  beforeEach(async () => {
    origin = await mkdtemp(join(folder, "origin-"));
    execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", origin]);
    maintainer = await clone("maintainer", "maintainer@localhost");
    await maintainer.commit("start");
    maintainer.git("push", "--quiet", "origin", "HEAD:main");
  });

  const tip = () => execFileSync("git", ["rev-parse", branch], { cwd: origin, encoding: "utf8" }).trim();

  /** One night: a fresh clone with a changed file is proposed by real git, and by a GitHub that remembers what it is told. */
  async function night({ open, merged = [], beforePush }: { open: boolean; merged?: string[]; beforePush?: () => void }) {
    const { path, git } = await clone("bot", bot);
    nights += 1;
    await writeFile(join(path, "document"), `of night ${nights}\n`);
    await writeFile(textFile, "## fal: the report\n");
    const told: string[] = [];
    const call: Call = async (program, args) => {
      if (program === "git") {
        if (args[0] === "push") beforePush?.();
        return git(...args);
      }
      told.push(args.join(" ").replace(textFile, "report.md"));
      if (args[0] === "api") return answerAbout(required, args[1]);
      if (args.includes("merged")) return merged.join("\n");
      if (args[0] === "pr" && args[1] === "list") return open ? "7\n" : "";
      return "";
    };
    const report = { vendor: "fal", impact: "patch", bump: "patch", exitCode: 0, textFile, needsReading: false } as const;
    const done = await propose({ ...report, verdicts: [], baseBranch: "main" }, call);
    return { done, told, text: await readFile(textFile, "utf8") };
  }

  it("is made anew each night while only the workflow pushed to it, from the base branch of that night", async () => {
    await night({ open: false });
    const first = tip();
    await maintainer.commit("meanwhile");
    maintainer.git("push", "--quiet", "origin", "HEAD:main");
    const { done } = await night({ open: true });
    expect(done).toBe("proposed, merges when CI passes");
    expect(tip()).not.toBe(first);
    expect(maintainer.git("ls-remote", "origin", "main")).toContain(
      execFileSync("git", ["rev-parse", `${branch}^`], { cwd: origin, encoding: "utf8" }).trim(),
    );
  });

  /** What a person does on the branch, and what the note then says of it. */
  const pushes: [string, () => Promise<void>, string][] = [
    ["a commit", () => maintainer.commit("mended"), "maintainer"],
    ["an amended commit", () => maintainer.commit("mended", "--amend"), "bot"],
  ];
  it.each(pushes)("is left as it is when a person pushed %s, with the report in the pull request", async (_, change, author) => {
    await night({ open: false });
    maintainer.git("fetch", "--quiet");
    maintainer.git("switch", "--quiet", branch);
    await change();
    maintainer.git("push", "--quiet", "--force", "origin", branch);
    const theirs = tip();

    const { done, told, text } = await night({ open: true });
    expect(tip()).toBe(theirs);
    const hash = maintainer.git("rev-parse", "--short", "HEAD");
    const reason = `not pushed: \`regenerate/fal\` holds commits that this workflow did not make (${hash} ${author})`;
    expect(done).toBe(reason);
    expect(text.toLowerCase()).toContain(reason.toLowerCase());
    expect(text).toMatch(/\n\n## fal: the report\n$/);
    expect(told.at(-1)).toBe("pr edit regenerate/fal --body-file report.md");
    expect(told.filter((line) => line.startsWith("pr merge"))).toEqual([]);

    // Without a pull request it is an issue that says so.
    expect((await night({ open: false })).told.at(-1)).toMatch(/^issue create .*--body-file report\.md$/);
    expect(tip()).toBe(theirs);

    // What was merged as it stands is no longer theirs alone.
    expect((await night({ open: false, merged: [theirs] })).done).toBe("proposed, merges when CI passes");
    expect(tip()).not.toBe(theirs);
  });

  it("is not replaced when somebody pushes between the look and the push", async () => {
    await night({ open: false });
    let theirs = "";
    const beforePush = () => {
      maintainer.git("push", "--quiet", "--force", "origin", `HEAD:${branch}`);
      theirs = tip();
    };
    await expect(night({ open: true, beforePush })).rejects.toThrow(/stale info/);
    expect(tip()).toBe(theirs);
  });
});

describe("what merges by itself", () => {
  const why = (settings: Settings) => whyNotByItself("main", async (_, args) => answerAbout(settings, args[1]));

  it.each<[string, Settings]>([
    ["a ruleset", { rules: rules("Other", checkName), protection: protection() }],
    ["the branch protection", { rules: [], protection: protection(checkName) }],
    ["a ruleset, and the protection cannot be read", { rules: rules(checkName), protection: undefined }],
    ["the branch protection, and rulesets cannot be read", { rules: undefined, protection: protection(checkName) }],
  ])("may, when CI is required by %s", async (_, settings) => {
    expect(await why(settings)).toBeUndefined();
  });

  it.each<[string, Settings, RegExp]>([
    ["nothing is required", { rules: [], protection: protection() }, /does not require/],
    ["the branch has no protection", { rules: [], protection: { name: "main" } }, /does not require/],
    ["only another check is required", notRequired, /does not require/],
    ["the rest cannot be read", { rules: undefined, protection: protection() }, /cannot be read/],
    ["the answer has another form", { rules: "moved", protection: [] }, /does not require/],
  ])("may not, when %s", async (_, settings, reason) => {
    expect(await why(settings)).toMatch(reason);
  });

  it("may not, when the answer is no JSON", async () => {
    expect(await whyNotByItself("main", async () => "<html>")).toMatch(/cannot be read .*the answer is not JSON/);
  });

  it("waits for the job of ci.yml by its name", async () => {
    const workflow = parse(await readFile(join(root, ".github", "workflows", "ci.yml"), "utf8")) as JsonObject;
    expect(objectAt(objectAt(workflow, "jobs"), "check")["name"]).toBe(checkName);
  });
});

it("a program that fails is told in one line", async () => {
  expect(await callInTree("git", ["--version"])).toMatch(/^git version/);
  await expect(callInTree("git", ["rev-parse", "--verify", "nowhere"])).rejects.toThrow(
    /^git rev-parse --verify nowhere: fatal: .*$/,
  );
  await expect(callInTree("no-such-program", [])).rejects.toThrow(UserError);
});
