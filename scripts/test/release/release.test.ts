import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Impact } from "../../regenerate/impact.ts";
import { bumpFor, greatest } from "../../regenerate/impact.ts";
import { refuseDirtyTree } from "../../release/release.ts";
import { copyTree } from "../regenerate/tree.ts";

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
