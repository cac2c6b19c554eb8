import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { copyTree } from "@gpu-scripts/codegen/test/tree.ts";
import { root } from "@gpu-scripts/openapi/vendors.ts";
import type { Impact } from "@gpu-scripts/regenerate/impact.ts";
import { bumpFor, greatest } from "@gpu-scripts/regenerate/impact.ts";
import { describe, expect, it } from "vitest";
import { refuseDirtyTree } from "../../release.ts";
import { readScope, refuseUnownedScope } from "../../scope.ts";

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
  ])("is bumped for a %s change of %s by %s", (impact, version, bump) => {
    expect(bumpFor(impact, version)).toBe(bump);
  });

  it("follows the greatest impact", () => {
    expect(greatest(["patch", "major", "minor"])).toBe("major");
    expect(greatest([])).toBe("none");
  });
});

/** The user agent that a client sends, built with the settings of its package. */
function userAgentOf(folder: string): string {
  const settings = `import { shared } from "../../rolldown.commonjs.config.js";
    const resolve = { alias: { "@gpu/core": new URL("../core/src/index.ts", import.meta.url).pathname } };
    export default { ...shared, external: [], resolve, output: { dir: "built" } };`;
  const program = `const { createFalClient } = await import("./built/index.js");
    const fetch = async (url, { headers }) => Response.json({ instances: [], next_cursor: null, userAgent: headers["user-agent"] });
    console.log((await createFalClient({ apiKey: "key", fetch }).listInstances()).userAgent);`;
  writeFileSync(join(folder, "client.config.js"), settings);
  writeFileSync(join(folder, "call.mjs"), program);
  const rolldown = join(folder, "node_modules/.bin/rolldown");
  execFileSync(rolldown, ["--config", "client.config.js"], { cwd: folder, stdio: "pipe" });
  return execFileSync(process.execPath, ["call.mjs"], { cwd: folder, encoding: "utf8" }).trim();
}

describe("pnpm release version", () => {
  it("turns changesets into versions and changelogs, and clients send the new version", { timeout: 60_000 }, async () => {
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
      execFileSync(process.execPath, [join(tree.root, "scripts/release/main.ts"), "version"], { cwd: tree.root, stdio: "pipe" });
      const after = JSON.parse(await readFile(join(tree.root, "packages/fal/package.json"), "utf8")) as { version: string };
      const [major = 0, minor = 0] = before.version.split(".").map(Number);
      expect(after.version).toBe(`${major}.${minor + 1}.0`);
      expect(await readFile(join(tree.root, "packages/fal/CHANGELOG.md"), "utf8")).toContain("fal changed `createInstance`.");
      expect(userAgentOf(join(tree.root, "packages/fal"))).toBe(`gpu-fal/${after.version}`);
      // The new version is outside the range of @gpu/unified, so @gpu/unified is released too.
      expect(await readFile(join(tree.root, "packages/unified/CHANGELOG.md"), "utf8")).toContain(`@gpu/fal@${after.version}`);
    } finally {
      await tree.remove();
    }
  });

  it("rejects uncommitted changes", () => {
    expect(() => refuseDirtyTree(" M packages/fal/package.json\n")).toThrow(/not committed\n M packages\/fal\/package\.json/);
    expect(() => refuseDirtyTree("\n")).not.toThrow();
  });
});

describe("the scope of the packages", () => {
  it("is the one that scope.json names", async () => {
    const { name } = readScope();
    const folders = await readdir(join(root, "packages"));
    const manifests = folders.map((folder) => join(root, "packages", folder, "package.json")).filter((file) => existsSync(file));
    for (const file of manifests) {
      expect((JSON.parse(await readFile(file, "utf8")) as { name: string }).name).toMatch(new RegExp(`^${name}/`));
    }
  });

  it.each([null, "", " "])("rejects publishing while its owner is %j", (owner) => {
    expect(() => refuseUnownedScope({ name: "@gpu", owner })).toThrow(/it is not confirmed who owns the npm scope @gpu/);
  });

  it("stops `pnpm release` and `pnpm release publish` with one line, before anything else", { timeout: 60_000 }, async () => {
    const tree = await copyTree({ scripts: true });
    const release = (...args: string[]) => {
      const { status, stderr } = spawnSync(process.execPath, [join(tree.root, "scripts/release/main.ts"), ...args], {
        cwd: tree.root,
        encoding: "utf8",
      });
      return { status, stderr };
    };
    const confirm = (owner: string | null) =>
      writeFile(join(tree.root, "scripts/release/scope.json"), JSON.stringify({ name: "@gpu", owner }));
    try {
      execFileSync("git", ["init", "--quiet"], { cwd: tree.root });
      await confirm(null);
      const refusal = { status: 1, stderr: expect.stringMatching(/^error: not published: [^\n]* npm scope @gpu; [^\n]*\n$/) };
      expect(release("publish")).toEqual(refusal);
      expect(release()).toEqual(refusal);
      // With a confirmed scope, the uncommitted files stop the release.
      await confirm("somebody");
      expect(release("publish")).toEqual({
        status: 1,
        stderr: expect.stringMatching(/^error: not released: these files are not/),
      });
    } finally {
      await tree.remove();
    }
  });
});
