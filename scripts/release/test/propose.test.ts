import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { JsonObject, JsonValue } from "@gpu-scripts/openapi/json.ts";
import { objectAt } from "@gpu-scripts/openapi/json.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { root } from "@gpu-scripts/openapi/vendors.ts";
import type { Fixable, Outcome } from "@gpu-scripts/regenerate/outcome.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Call, callInTree } from "../call.ts";
import { type Proposed, propose } from "../propose.ts";
import { proposeRelease } from "../propose-release.ts";
import { checkName, whyNotByItself } from "../required-check.ts";

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

/** GitHub's settings of `main`; undefined when GitHub denies access to them. */
interface Settings {
  rules?: JsonValue | undefined;
  protection?: JsonValue | undefined;
}

/** A response of `gh api`. */
function respondAbout({ rules, protection }: Settings, path: string | undefined): string {
  const response = path?.includes("/rules/branches/main") ? rules : protection;
  if (response === undefined) throw new UserError(`gh api ${path}: HTTP 403: Resource not accessible by integration`);
  return JSON.stringify(response);
}

const required: Settings = { rules: rules(checkName), protection: protection() };
const notRequired: Settings = { rules: rules("Other"), protection: protection("Other") };

/** The outcome of a run that changed only texts, with the given values replaced. */
function outcomeOf(more: Partial<Outcome>): Outcome {
  const lists = { reasons: [], changes: [], overlays: [], fixable: [], lookAt: [], notes: [], files: [] };
  return { vendor: "fal", status: "written", impact: "patch", bump: "patch", ...lists, ...more };
}

const doesNotCompile: Fixable = { kind: "compile", file: "packages/unified/src/a.ts", line: 1, message: "does not compile" };

const heading = /(?:^|\n\n)## fal: /;

/** A Git index with changed files, in the format of `git diff --raw`. */
function indexOf(files: Readonly<Record<string, readonly [before: string, after: string]>>) {
  const objects = new Map<string, string>();
  const put = (text: string) => {
    const object = String(objects.size).padStart(40, "0");
    objects.set(object, text);
    return object;
  };
  const raw = Object.entries(files).map(([path, [before, after]]) => `:100644 100644 ${put(before)} ${put(after)} M\0${path}\0`);
  return { raw: raw.join(""), objects };
}

const texts = { "packages/fal/openapi.json": ['{"info":{"title":"a"}}', '{"info":{"title":"b"}}'] } as const;
const values = { "packages/fal/openapi.json": ['{"info":{"version":"1"}}', '{"info":{"version":"2"}}'] } as const;

describe("the nightly proposal", () => {
  interface Case {
    outcome?: Outcome;
    open: boolean;
    files?: Parameters<typeof indexOf>[0];
    /** Whether auto-merge is enabled for the proposal. */
    autoMerge?: boolean;
    /** Whether auto-merge of the open pull request is on. */
    merging?: boolean;
    /** Whether the GitHub repository allows auto-merge. */
    allowAutoMerge?: boolean;
    settings?: Settings;
  }

  /** Runs a proposal, and returns its result, the programs that it called, and the text of the pull request. */
  async function proposal({
    outcome = outcomeOf({}),
    open,
    ...more
  }: Case): Promise<Proposed & { made: string[]; text: string }> {
    const { files = texts, autoMerge = true, merging = false, allowAutoMerge = true, settings = required } = more;
    const index = indexOf(files);
    const made: string[] = [];
    const call: Call = async (program, args) => {
      if (args[0] === "diff") return index.raw;
      if (args[0] === "cat-file") return index.objects.get(args[2] ?? "") ?? "";
      made.push([program, ...args].join(" ").replace(textFile, "report.md"));
      if (args[0] === "write-tree") return "tree\n";
      if (args[0] === "commit-tree") return "commit\n";
      if (args[0] === "api") return respondAbout(settings, args[1]);
      if (args[1] === "list") return open ? "7\n" : "";
      if (args[1] === "view") return `${merging}\n`;
      if (args.includes("--disable-auto") && !merging) throw new UserError("auto-merge is not on");
      if (args.includes("--auto") && !allowAutoMerge) throw new UserError("Auto merge is not allowed for this repository");
      return "";
    };
    await rm(textFile, { force: true });
    const done = await propose({ vendor: "fal", outcome, textFile, baseBranch: "main", autoMerge }, call);
    return { ...done, made, text: await readFile(textFile, "utf8") };
  }

  const mergeCommand = "gh pr merge regenerate/fal --auto --squash";

  it("opens one pull request with the report as its text and a label for the bump", async () => {
    const outcome = outcomeOf({ impact: "major", bump: "minor" });
    const { made, commit, text } = await proposal({ outcome, open: false });
    expect(made).toContain("git push --force-with-lease=refs/heads/regenerate/fal: origin commit:refs/heads/regenerate/fal");
    expect(made).toContainEqual(
      expect.stringMatching(/^gh pr create --base main --head regenerate\/fal .*--body-file report\.md --label bump: minor$/),
    );
    expect(commit).toBe("commit");
    expect(text).toMatch(/^## fal: major change/);
  });

  it("updates the open pull request, with only its new label", async () => {
    const { made } = await proposal({ outcome: outcomeOf({ impact: "minor" }), open: true });
    expect(made.filter((line) => line.startsWith("gh pr create"))).toEqual([]);
    expect(made).toContainEqual(
      expect.stringMatching(
        /^gh pr edit .*--add-label bump: patch --remove-label bump: none --remove-label bump: minor --remove-label bump: major$/,
      ),
    );
  });

  it("does not auto-merge unless it is enabled", async () => {
    for (const open of [true, false]) {
      const { made, done, text } = await proposal({ open, autoMerge: false, merging: open });
      expect(made.filter((line) => line.includes("--auto "))).toEqual([]);
      expect(made.includes("gh pr merge regenerate/fal --disable-auto")).toBe(open);
      expect(done).toBe("proposed, waits for a person: merging by itself is off");
      expect(text).toMatch(/^## fal: /);
    }
  });

  it.each<[string, Partial<Case>, boolean]>([
    ["texts", {}, true],
    [
      "nothing but the vendor's own document",
      { outcome: outcomeOf({ impact: "none", bump: "none" }), files: { "specs/fal/upstream.yaml": ["a", "b"] } },
      true,
    ],
    ["values that the report calls texts", { files: values }, false],
    ["texts that the report calls minor", { outcome: outcomeOf({ impact: "minor" }) }, false],
    ["texts that the report calls major", { outcome: outcomeOf({ impact: "major" }) }, false],
    ["texts, with code to fix", { outcome: outcomeOf({ fixable: [doesNotCompile] }) }, false],
    [
      "texts, with a verdict on an overlay",
      {
        outcome: outcomeOf({ overlays: [{ action: "a", verdict: "unnecessary", cause: "in-upstream", parts: [] }] }),
      },
      false,
    ],
    ["an overlay", { files: { ...texts, "specs/fal/fixes.overlay.yaml": ["a", "b"] } }, false],
  ])("with auto-merge enabled, of %s auto-merges: %s", async (_, change, merges) => {
    for (const open of [true, false]) {
      const { made, done } = await proposal({ ...change, open, merging: open && !merges });
      expect(made.includes(mergeCommand)).toBe(merges);
      expect(made.includes("gh pr merge regenerate/fal --disable-auto")).toBe(open && !merges);
      if (merges) expect(done).toBe("proposed, merges when CI passes");
      else expect(done).toMatch(/^proposed, waits for a person: /);
    }
  });

  it("turns auto-merge off before it pushes a change that needs review", async () => {
    const { made } = await proposal({ files: values, open: true, merging: true });
    const off = made.indexOf("gh pr merge regenerate/fal --disable-auto");
    expect(off).toBeGreaterThan(0);
    expect(made.findIndex((line) => line.startsWith("git push"))).toBeGreaterThan(off);
  });

  it.each<[string, Settings, RegExp]>([
    ["main requires no check", notRequired, /`main` does not require the check "Check"/],
    ["GitHub does not show it", {}, /whether `main` requires the check "Check" cannot be read \(gh api \S+: HTTP 403.*\)/],
  ])("does not auto-merge when %s, and reports it", async (_, settings, reason) => {
    for (const open of [true, false]) {
      const { made, done, text } = await proposal({ open, merging: open, settings });
      expect(made.filter((line) => line.includes("--auto "))).toEqual([]);
      expect(made.includes("gh pr merge regenerate/fal --disable-auto")).toBe(open);
      expect(done).toMatch(/^proposed, waits for a person: /);
      expect(done).toMatch(reason);
      expect(text).toMatch(reason);
      expect(text).toMatch(heading);
    }
  });

  it("reports when GitHub rejects auto-merge", async () => {
    const { made, done, text } = await proposal({ open: false, allowAutoMerge: false });
    expect(done).toMatch(/^proposed, waits for a person: .*Auto merge is not allowed for this repository/);
    expect(text).toContain("Auto merge is not allowed for this repository");
    expect(made.at(-1)).toBe("gh pr edit regenerate/fal --body-file report.md");
  });

  it.each<[string, Partial<Outcome>, boolean]>([
    ["was rejected", { status: "refused", reasons: [{ kind: "document", message: "the document is empty" }] }, true],
    ["has notes", { status: "unchanged", notes: ["a page changed"] }, true],
    ["must be fixed", { status: "unchanged", fixable: [doesNotCompile] }, true],
    ["is unchanged", { status: "unchanged" }, false],
  ])("without a change opens or updates an issue when the vendor %s: %s", async (_, more, reads) => {
    const night = { outcome: outcomeOf({ impact: "none", bump: "none", ...more }), files: {} };
    const [first, second] = [await proposal({ ...night, open: false }), await proposal({ ...night, open: true })];
    if (!reads) return expect([first.made, second.made]).toEqual([[], []]);
    expect(first.made).toContainEqual(expect.stringMatching(/^gh issue create --title fal: .* --body-file report\.md$/));
    expect(second.made).toContain("gh issue edit 7 --body-file report.md");
    expect(first.commit).toBeUndefined();
  });

  it.each<[string, Outcome, Case["files"]]>([
    ["changes that it does not report", outcomeOf({ status: "refused" }), texts],
    ["no changes although it reports some", outcomeOf({}), {}],
  ])("is rejected when the report comes with %s", async (_, outcome, files) => {
    await expect(proposal({ outcome, open: false, ...(files && { files }) })).rejects.toThrow(/the report of fal has the status/);
  });

  it("is rejected when the index has other files", async () => {
    await expect(proposal({ open: false, files: { ".github/workflows/ci.yml": ["a", "b"] } })).rejects.toThrow(
      /"\.github\/workflows\/ci\.yml" is not one of the files that regenerating fal writes/,
    );
  });

  it("truncates a text that is too long for GitHub", async () => {
    const { text } = await proposal({
      outcome: outcomeOf({ notes: Array<string>(5_000).fill("a page that changed") }),
      open: false,
    });
    expect(text.length).toBeLessThan(60_200);
    expect(text).toMatch(/\nThe report is cut here\. All of it is in the summary of the workflow run\.\n$/);
  });

  it("passes third-party text to programs only in a file", async () => {
    const nasty = "`$(touch /tmp/x)` --body @everyone";
    const outcome = outcomeOf({
      impact: "major",
      reasons: [{ kind: "document", message: nasty }],
      notes: [nasty],
      files: [nasty],
    });
    const { made, text } = await proposal({ outcome, open: false });
    expect(text).toContain("touch /tmp/x");
    expect(made.filter((line) => /touch|everyone/.test(line))).toEqual([]);
  });
});

describe("the branch of a proposal", () => {
  const bot = "bot@localhost";
  const branch = "regenerate/fal";
  const document = "packages/fal/openapi.json";
  let origin: string;

  /** A clone with an identity, and a function that runs git in it. */
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
    await mkdir(dirname(join(maintainer.path, document)), { recursive: true });
    await writeFile(join(maintainer.path, document), JSON.stringify({ info: { title: "at first" } }));
    await maintainer.commit("start");
    maintainer.git("push", "--quiet", "origin", "HEAD:main");
  });

  const tip = () => execFileSync("git", ["rev-parse", branch], { cwd: origin, encoding: "utf8" }).trim();

  /** One nightly run: proposes a changed file from a fresh clone with actual Git and a fake GitHub that records its calls. */
  async function night({ open, merged = [], beforePush }: { open: boolean; merged?: string[]; beforePush?: () => void }) {
    const { path, git } = await clone("bot", bot);
    nights += 1;
    await writeFile(join(path, document), JSON.stringify({ info: { title: `of night ${nights}` } }));
    git("add", "--all");
    const calls: string[] = [];
    const call: Call = async (program, args) => {
      if (program === "git") {
        if (args[0] === "push") beforePush?.();
        return execFileSync("git", args, { cwd: path, encoding: "utf8", stdio: "pipe" });
      }
      calls.push(args.join(" ").replace(textFile, "report.md"));
      if (args[0] === "api") return respondAbout(required, args[1]);
      if (args.includes("merged")) return merged.join("\n");
      if (args[0] === "pr" && args[1] === "list") return open ? "7\n" : "";
      return "";
    };
    const proposed = await propose(
      { vendor: "fal", outcome: outcomeOf({}), textFile, baseBranch: "main", autoMerge: true },
      call,
    );
    return { ...proposed, calls, text: await readFile(textFile, "utf8") };
  }

  it("is replaced each night from the current base branch, if only the workflow pushed to it", async () => {
    await night({ open: false });
    const first = tip();
    await maintainer.commit("meanwhile");
    maintainer.git("push", "--quiet", "origin", "HEAD:main");
    const { done, commit } = await night({ open: true });
    expect(done).toBe("proposed, merges when CI passes");
    expect(tip()).not.toBe(first);
    expect(tip()).toBe(commit);
    expect(maintainer.git("ls-remote", "origin", "main")).toContain(
      execFileSync("git", ["rev-parse", `${branch}^`], { cwd: origin, encoding: "utf8" }).trim(),
    );
  });

  /** Changes that a person pushes to the branch, and the author that the report names. */
  const pushes: [string, () => Promise<void>, string][] = [
    ["a commit", () => maintainer.commit("fixed"), "maintainer"],
    ["an amended commit", () => maintainer.commit("fixed", "--amend"), "bot"],
  ];
  it.each(pushes)(
    "is not replaced when a person pushed %s, and the report goes to the pull request",
    async (_, change, author) => {
      await night({ open: false });
      maintainer.git("fetch", "--quiet");
      maintainer.git("switch", "--quiet", branch);
      await change();
      maintainer.git("push", "--quiet", "--force", "origin", branch);
      const theirs = tip();

      const { done, commit, calls, text } = await night({ open: true });
      expect(tip()).toBe(theirs);
      expect(commit).toBeUndefined();
      const hash = maintainer.git("rev-parse", "--short", "HEAD");
      const reason = `not pushed: \`regenerate/fal\` holds commits that this workflow did not make (${hash} ${author})`;
      expect(done).toBe(reason);
      expect(text.toLowerCase()).toContain(reason.toLowerCase());
      expect(text).toMatch(heading);
      expect(calls.at(-1)).toBe("pr edit regenerate/fal --body-file report.md");
      expect(calls.filter((line) => line.startsWith("pr merge"))).toEqual([]);

      // Without an open pull request, an issue reports it.
      expect((await night({ open: false })).calls.at(-1)).toMatch(/^issue create .*--body-file report\.md$/);
      expect(tip()).toBe(theirs);

      // Once their commit is merged, the branch may be replaced.
      expect((await night({ open: false, merged: [theirs] })).done).toBe("proposed, merges when CI passes");
      expect(tip()).not.toBe(theirs);
    },
  );

  it("is not replaced when somebody pushes between the fetch and the push", async () => {
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

describe("the proposal of a release", () => {
  const index = indexOf({ "packages/fal/package.json": ['{"version":"0.1.0"}', '{"version":"0.2.0"}'] });

  async function proposal({ tip = "", open = false, raw = index.raw }) {
    const made: string[] = [];
    const call: Call = async (program, args) => {
      if (args[0] === "diff") return raw;
      if (args[0] === "cat-file") return index.objects.get(args[2] ?? "") ?? "";
      made.push([program, ...args].join(" "));
      if (args[0] === "ls-remote") return tip && "commit refs/heads/release/next\n";
      if (args[0] === "rev-parse") return args[1] === "FETCH_HEAD" ? "theirs\n" : tip;
      if (args[0] === "write-tree") return "tree\n";
      if (args[0] === "commit-tree") return "commit\n";
      if (args[1] === "list") return open ? "7\n" : "";
      return "";
    };
    return { ...(await proposeRelease("main", call)), made };
  }

  it("opens one pull request", async () => {
    const { made, commit } = await proposal({});
    expect(commit).toBe("commit");
    expect(made).toContain("git push --force-with-lease=refs/heads/release/next: origin commit:refs/heads/release/next");
    expect(made).toContainEqual(expect.stringMatching(/^gh pr create --base main --head release\/next --title Release /));
  });

  it("replaces the branch when the release differs", async () => {
    const { made, commit } = await proposal({ tip: "another tree\n", open: true });
    expect(commit).toBe("commit");
    expect(made).toContain("git push --force-with-lease=refs/heads/release/next:theirs origin commit:refs/heads/release/next");
    expect(made.filter((line) => line.startsWith("gh pr create"))).toEqual([]);
  });

  it("keeps the branch when the release is the same", async () => {
    const { made, commit, done } = await proposal({ tip: "tree\n", open: true });
    expect([commit, done]).toEqual([undefined, "the release is proposed already"]);
    expect(made.filter((line) => line.startsWith("git push"))).toEqual([]);
  });

  it("does nothing without a change, and rejects other changes", async () => {
    expect(await proposal({ raw: "" })).toEqual({ done: "nothing to release", made: [] });
    await expect(proposal({ raw: index.raw.replace("packages/fal/package.json", "scripts/release/main.ts") })).rejects.toThrow(
      /is not one of the files that a release changes/,
    );
  });
});

describe("auto-merge", () => {
  const why = (settings: Settings) => whyNotByItself("main", async (_, args) => respondAbout(settings, args[1]));

  it.each<[string, Settings]>([
    ["a ruleset", { rules: rules("Other", checkName), protection: protection() }],
    ["the branch protection", { rules: [], protection: protection(checkName) }],
    ["a ruleset, and the protection cannot be read", { rules: rules(checkName), protection: undefined }],
    ["the branch protection, and rulesets cannot be read", { rules: undefined, protection: protection(checkName) }],
  ])("is allowed when CI is required by %s", async (_, settings) => {
    expect(await why(settings)).toBeUndefined();
  });

  it.each<[string, Settings, RegExp]>([
    ["nothing is required", { rules: [], protection: protection() }, /does not require/],
    ["the branch has no protection", { rules: [], protection: { name: "main" } }, /does not require/],
    ["only another check is required", notRequired, /does not require/],
    ["the rest cannot be read", { rules: undefined, protection: protection() }, /cannot be read/],
    ["the response has another format", { rules: "moved", protection: [] }, /does not require/],
  ])("is not allowed when %s", async (_, settings, reason) => {
    expect(await why(settings)).toMatch(reason);
  });

  it("is not allowed when the response is not JSON", async () => {
    expect(await whyNotByItself("main", async () => "<html>")).toMatch(/cannot be read .*the response is not JSON/);
  });

  it("waits for the job of ci.yml by its name", async () => {
    const workflow = parse(await readFile(join(root, ".github", "workflows", "ci.yml"), "utf8")) as JsonObject;
    expect(objectAt(objectAt(workflow, "jobs"), "check")["name"]).toBe(checkName);
  });
});

it("reports a failed program in one line", async () => {
  expect(await callInTree("git", ["--version"])).toMatch(/^git version/);
  await expect(callInTree("git", ["rev-parse", "--verify", "nowhere"])).rejects.toThrow(
    /^git rev-parse --verify nowhere: fatal: .*$/,
  );
  await expect(callInTree("no-such-program", [])).rejects.toThrow(UserError);
});
