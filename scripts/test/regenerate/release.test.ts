import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Impact } from "../../regenerate/impact.ts";
import { bumpFor, greatest } from "../../regenerate/impact.ts";
import { type Call, mayMergeItself, propose, readReport } from "../../release/propose.ts";
import { refuseDirtyTree } from "../../release/release.ts";
import { copyTree } from "./tree.ts";

describe("the version", () => {
  it.each<[Impact, string, Impact]>([
    ["none", "0.4.2", "none"],
    ["patch", "0.4.2", "patch"],
    ["minor", "0.4.2", "patch"],
    ["major", "0.4.2", "minor"],
    ["none", "1.0.0", "none"],
    ["patch", "1.0.0", "patch"],
    ["minor", "1.0.0", "minor"],
    ["major", "12.3.4", "major"],
  ])("is raised for a %s change of %s by %s", (impact, version, bump) => {
    expect(bumpFor(impact, version)).toBe(bump);
  });

  it("follows the greatest impact", () => {
    expect(greatest(["patch", "major", "minor"])).toBe("major");
    expect(greatest([])).toBe("none");
  });
});

describe("pnpm release version", () => {
  it("turns changesets into versions, changelogs and clients that say their version", { timeout: 60_000 }, async () => {
    const tree = await copyTree({ scripts: true });
    try {
      const git = (...args: string[]) =>
        execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@localhost", ...args], { cwd: tree.root });
      await mkdir(join(tree.root, ".changeset"), { recursive: true });
      await writeFile(
        join(tree.root, ".changeset", "fal-1.md"),
        '---\n"@gpu/fal": minor\n---\n\nfal changed `createInstance`.\n',
      );
      git("init", "--quiet", "--initial-branch=main");
      git("add", ".changeset", "package.json");
      git("commit", "--quiet", "--message", "Start");
      const before = JSON.parse(await readFile(join(tree.root, "packages/fal/package.json"), "utf8")) as { version: string };
      execFileSync(process.execPath, [join(tree.root, "scripts/release.ts"), "version"], { cwd: tree.root, stdio: "pipe" });
      const after = JSON.parse(await readFile(join(tree.root, "packages/fal/package.json"), "utf8")) as { version: string };
      const [major = 0, minor = 0] = before.version.split(".").map(Number);
      expect(after.version).toBe(`${major}.${minor + 1}.0`);
      expect(await readFile(join(tree.root, "packages/fal/CHANGELOG.md"), "utf8")).toContain("fal changed `createInstance`.");
      expect(await readFile(join(tree.root, "packages/fal/src/generated/client.ts"), "utf8")).toContain(after.version);
      // Its range no longer takes the new version, so it is released too.
      expect(await readFile(join(tree.root, "packages/unified/CHANGELOG.md"), "utf8")).toContain(`@gpu/fal@${after.version}`);
    } finally {
      await tree.remove();
    }
  });

  it("is not done with changes that are not committed", () => {
    expect(() => refuseDirtyTree(" M packages/fal/package.json\n")).toThrow(/not committed\n M packages\/fal\/package\.json/);
    expect(() => refuseDirtyTree("\n")).not.toThrow();
  });
});

describe("the nightly proposal", () => {
  interface Case {
    impact: Impact;
    bump: Impact;
    exitCode: number;
    open: boolean;
    changed: boolean;
    needsReading?: boolean;
    autoMerge?: boolean;
  }

  async function calls({ impact, bump, exitCode, open, changed, needsReading = false, autoMerge = false }: Case) {
    const made: string[] = [];
    const call: Call = async (program, args) => {
      made.push([program, ...args].join(" "));
      if (program === "git" && args[0] === "status") return changed ? " M x\n" : "";
      if (args[1] === "list") return open ? "7\n" : "";
      if (args[1] === "view") return `${autoMerge}\n`;
      if (args.includes("--disable-auto") && !autoMerge) throw new Error("auto-merge is not on");
      return "";
    };
    await propose({ vendor: "fal", impact, bump, exitCode, textFile: "report.md", needsReading, baseBranch: "main" }, call);
    return made;
  }

  it("opens one pull request with the report as its text and a label for the bump", async () => {
    const made = await calls({ impact: "major", bump: "minor", exitCode: 0, open: false, changed: true });
    expect(made).toContain("git push --force origin regenerate/fal");
    expect(made).toContainEqual(
      expect.stringMatching(/^gh pr create --base main --head regenerate\/fal .*--body-file report\.md --label bump: minor$/),
    );
    expect(made).toContain("gh workflow run ci.yml --ref regenerate/fal");
  });

  it("updates the one that is open, with its new label only", async () => {
    const made = await calls({ impact: "minor", bump: "patch", exitCode: 0, open: true, changed: true });
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
    expect(mayMergeItself({ impact, exitCode })).toBe(merges);
    for (const open of [true, false]) {
      const made = await calls({ impact, bump: "patch", exitCode, open, changed: true });
      expect(made.includes("gh pr merge regenerate/fal --auto --squash")).toBe(merges);
      expect(made).not.toContain("gh pr merge regenerate/fal --disable-auto");
    }
  });

  it("turns auto-merge off where it is on, when the change has become one for a person", async () => {
    const made = await calls({ impact: "major", bump: "minor", exitCode: 0, open: true, changed: true, autoMerge: true });
    expect(made).toContain("gh pr merge regenerate/fal --disable-auto");
  });

  it("opens or updates an issue when there is something to read and nothing to merge", async () => {
    expect(
      await calls({ impact: "none", bump: "none", exitCode: 1, open: false, changed: false, needsReading: true }),
    ).toContainEqual(expect.stringMatching(/^gh issue create --title fal: .* --body-file report\.md$/));
    expect(await calls({ impact: "none", bump: "none", exitCode: 1, open: true, changed: false, needsReading: true })).toContain(
      "gh issue edit 7 --body-file report.md",
    );
    expect(await calls({ impact: "none", bump: "none", exitCode: 0, open: false, changed: false })).toEqual([
      "git status --porcelain",
    ]);
  });

  it("reads impact and bump from the report, and no other report", () => {
    const json = JSON.stringify([{ vendor: "fal", impact: "minor", bump: "patch", changes: [], overlays: [] }]);
    expect(readReport(json, "fal")).toEqual({ impact: "minor", bump: "patch" });
    expect(() => readReport(json, "novita")).toThrow(/no entry for novita/);
  });
});
