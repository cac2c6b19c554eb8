import { execFileSync } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { releaseRule, vendorRule } from "../../allowed.ts";
import type { Call } from "../../call.ts";
import { acceptedChanges, type Rule, stagePatch } from "../../staged.ts";

/** The files on `main`: one of each kind. */
const main: Record<string, string> = {
  ".ci/run": "test\n",
  ".changeset/README.md": "About changesets.\n",
  ".changeset/core-fix.md": '---\n"@gpu/core": patch\n---\n\nA fix.\n',
  ".github/workflows/ci.yml": "on: push\n",
  "package.json": "{}\n",
  "packages/core/src/index.ts": "export {};\n",
  "packages/fal/README.md": "# fal\n",
  "packages/fal/openapi.json": "{}\n",
  "packages/fal/package.json": '{\n  "name": "@gpu/fal",\n  "version": "0.1.0"\n}\n',
  "packages/fal/src/generated/client.ts": "export const version = 1;\n",
  "packages/fal/src/generated/schema.ts": "export type A = 1;\n",
  "packages/fal/src/index.ts": "export {};\n",
  "packages/fal/test/contract.test.ts": "test\n",
  "packages/novita/openapi.json": "{}\n",
  "scripts/release/propose-command.ts": "propose\n",
  "specs/fal/source.yaml": "file: upstream.yaml\n",
  "specs/fal/upstream.yaml": "a document that is long enough for git to see that it was renamed or copied\n",
  "specs/novita/openapi.yaml": "a: 1\n",
};

let tree: string;
let reader: string;
let patch: string;
const git = (cwd: string, ...args: string[]) => execFileSync("git", args, { cwd, encoding: "utf8", stdio: "pipe" });
const call: Call = async (program, args) => {
  try {
    return execFileSync(program, args, { cwd: tree, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    throw new UserError(String(error));
  }
};

let template: string;

beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), "gpu-staged-template-"));
  git(template, "init", "--quiet", "--template=", "--initial-branch=main");
  for (const [path, text] of Object.entries(main)) {
    await mkdir(dirname(join(template, path)), { recursive: true });
    await writeFile(join(template, path), text);
  }
  git(template, "add", "--all");
  git(template, "-c", "user.name=Test", "-c", "user.email=test@localhost", "commit", "--quiet", "--message", "Start");
});
afterAll(() => rm(template, { recursive: true, force: true }));

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "gpu-staged-"));
  [tree, reader, patch] = [join(folder, "tree"), join(folder, "reader"), join(folder, "changes.patch")];
  for (const copy of [tree, reader]) await cp(template, copy, { recursive: true });
});
afterEach(() => rm(dirname(tree), { recursive: true, force: true }));

/** Changes the reading job's tree, and writes the patch like the workflow. */
async function makePatch(change: () => unknown, ...options: string[]): Promise<void> {
  await change();
  git(reader, "add", "--all");
  const form = ["--binary", "--full-index", ...(options.length > 0 ? options : ["--no-renames"])];
  await writeFile(patch, execFileSync("git", ["diff", "--cached", ...form, "HEAD"], { cwd: reader }));
}

async function accepted(rule: Rule): Promise<string[]> {
  await stagePatch(patch, call);
  return (await acceptedChanges(rule, call)).map(({ kind, path }) => `${kind} ${path}`);
}

const write =
  (path: string, text = "changed\n") =>
  async () => {
    await mkdir(dirname(join(reader, path)), { recursive: true });
    await writeFile(join(reader, path), text);
  };
const changeset = (...bumps: string[]) => `---\n${bumps.map((bump) => `${bump}\n`).join("")}---\n\nfal changed.\n`;

describe("the patch of a vendor", () => {
  it("may change the files that regenerating the vendor writes", async () => {
    await makePatch(async () => {
      for (const path of Object.keys(main).filter((path) => /^(?:specs|packages)\/fal\/(?!test|package)/.test(path)))
        await write(path)();
      await write(".changeset/fal-0123abcd.md", changeset('"@gpu/fal": minor'))();
      await write(".changeset/fal-0123abcd-unified.md", changeset('"@gpu/unified": patch'))();
      await write("specs/fal/fixes.overlay.yaml")();
    });
    expect(await accepted(vendorRule("fal"))).toEqual([
      "added .changeset/fal-0123abcd-unified.md",
      "added .changeset/fal-0123abcd.md",
      "modified packages/fal/README.md",
      "modified packages/fal/openapi.json",
      "modified packages/fal/src/generated/client.ts",
      "modified packages/fal/src/generated/schema.ts",
      "modified packages/fal/src/index.ts",
      "added specs/fal/fixes.overlay.yaml",
      "modified specs/fal/source.yaml",
      "modified specs/fal/upstream.yaml",
    ]);
  });

  it("changes only the index, not the files", async () => {
    await makePatch(write("packages/fal/openapi.json"));
    await stagePatch(patch, call);
    expect(await readFile(join(tree, "packages/fal/openapi.json"), "utf8")).toBe("{}\n");
    expect(git(tree, "show", ":packages/fal/openapi.json")).toBe("changed\n");
  });

  it.each([
    ".ci/run",
    ".changeset/README.md",
    ".changeset/config.json",
    ".changeset/core-fix.md",
    ".changeset/novita-0123abcd.md",
    ".changeset/sub/fal-0123abcd.md",
    ".gitattributes",
    ".github/workflows/ci.yml",
    ".github/workflows/other.yml",
    ".npmrc",
    "package.json",
    "packages/core/src/index.ts",
    "packages/fal/.npmrc",
    "packages/fal/package.json",
    "packages/fal/src/generated/.eslintrc.ts",
    "packages/fal/src/generated/deep/client.ts",
    "packages/fal/src/other.ts",
    "packages/fal/test/contract.test.ts",
    "packages/fal-other/openapi.json",
    "packages/novita/openapi.json",
    "scripts/release/propose-command.ts",
    "specs/fal/deep/upstream.yaml",
    "specs/fal/run.sh",
    "specs/fal/line\nbreak.yaml",
    'specs/fal/"quoted".yaml',
    "specs/fal-other/upstream.yaml",
    "specs/novita/openapi.yaml",
  ])("is rejected with a change of %j", async (path) => {
    await makePatch(write(path));
    await expect(accepted(vendorRule("fal"))).rejects.toThrow(
      `the patch is refused: ${JSON.stringify(path)} is not one of the files that regenerating fal writes`,
    );
  });

  it.each<[string, string[], RegExp]>([
    ["another package", ['"@gpu/core": major'], /raises the version of @gpu\/core/],
    ["another package besides", ['"@gpu/fal": patch', '"@gpu/novita": major'], /raises the version of @gpu\/novita/],
    ["no known part", ['"@gpu/fal": huge'], /header that cannot be read/],
    ["something else", ["fal: patch"], /header that cannot be read/],
    ["nothing", [], /no header/],
  ])("is rejected with a changeset that bumps %s", async (_, bumps, reason) => {
    await makePatch(write(".changeset/fal-0123abcd.md", changeset(...bumps)));
    await expect(accepted(vendorRule("fal"))).rejects.toThrow(reason);
  });

  const notPlain: [string, () => unknown, RegExp][] = [
    [
      "a link instead of a file",
      async () => {
        await rm(join(reader, "packages/fal/README.md"));
        await symlink("../../.git/config", join(reader, "packages/fal/README.md"));
      },
      /"packages\/fal\/README.md" is not a plain file, or changes its mode \(100644 120000\)/,
    ],
    ["a new link", () => symlink("/etc/passwd", join(reader, "specs/fal/openapi.yaml")), /not a plain file.*\(000000 120000\)/],
    [
      "a file that becomes executable",
      () => chmod(join(reader, "specs/fal/upstream.yaml"), 0o755),
      /changes its mode \(100644 100755\)/,
    ],
    [
      "a new executable file",
      async () => {
        await write("specs/fal/openapi.yaml")();
        await chmod(join(reader, "specs/fal/openapi.yaml"), 0o755);
      },
      /\(000000 100755\)/,
    ],
    ["a deleted file", () => rm(join(reader, "specs/fal/upstream.yaml")), /"specs\/fal\/upstream.yaml" is deleted/],
    [
      "a renamed file",
      () => rename(join(reader, "specs/fal/upstream.yaml"), join(reader, "specs/fal/openapi.yaml")),
      /"specs\/fal\/upstream.yaml" is deleted/,
    ],
    ["binary content", write("specs/fal/upstream.yaml", "a\0b\n"), /it has a header "GIT binary patch"/],
    [
      "more files than a vendor has",
      async () => {
        const names = Array.from({ length: 1_001 }, (_, index) =>
          [...index.toString(2)].map((bit) => "ab"[Number(bit)]).join(""),
        );
        for (const name of names) await write(`specs/fal/${name}.yaml`)();
      },
      /it changes 1001 files/,
    ],
  ];
  it.each(notPlain)("is rejected with %s", async (_, change, reason) => {
    await makePatch(change);
    await expect(accepted(vendorRule("fal"))).rejects.toThrow(reason);
  });

  it("is rejected with a submodule", async () => {
    const commit = git(reader, "rev-parse", "HEAD").trim();
    git(reader, "update-index", "--add", "--cacheinfo", `160000,${commit},specs/fal/openapi.yaml`);
    await writeFile(patch, git(reader, "diff", "--cached", "--full-index", "HEAD"));
    await expect(accepted(vendorRule("fal"))).rejects.toThrow(/\(000000 160000\)/);
  });

  it.each<[string, () => unknown, string[], RegExp]>([
    [
      "renamed",
      () => rename(join(reader, "specs/fal/upstream.yaml"), join(reader, "specs/fal/openapi.yaml")),
      ["--find-renames"],
      /header "similarity index"/,
    ],
    [
      "copied",
      async () => write("specs/fal/openapi.yaml", main["specs/fal/upstream.yaml"])(),
      ["--find-copies-harder", "--find-copies"],
      /header "similarity index"/,
    ],
  ])("is rejected when it declares that a file was %s", async (_, change, options, reason) => {
    await makePatch(change, ...options);
    await expect(accepted(vendorRule("fal"))).rejects.toThrow(reason);
  });

  const added = (path: string) =>
    `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`;
  it.each([
    ["outside", added("specs/fal/../../../outside.yaml")],
    ["in git's folder", added(".git/hooks/pre-push")],
    ["at an absolute path", added("/tmp/outside.yaml").replaceAll(/[ab]\/\//g, "/")],
    ["that is not a patch", "hello\n"],
    ["that does not apply", added("specs/fal/upstream.yaml")],
  ])("is rejected with text %s", async (_, text) => {
    await writeFile(patch, text);
    await expect(accepted(vendorRule("fal"))).rejects.toThrow(UserError);
    expect(git(tree, "ls-files", "--others")).toBe("");
  });

  it.each(["", "..", "a/b", "fal|novita", ".*", "-fal", "Fal"])("rejects %j as the id of a vendor", (vendor) => {
    expect(() => vendorRule(vendor)).toThrow(/is not the id of a vendor/);
  });
});

describe("the patch of a release", () => {
  const manifest = main["packages/fal/package.json"] ?? "";
  const raised = manifest.replace("0.1.0", "0.2.0");

  it("may bump versions, write changelogs and delete changesets", async () => {
    await makePatch(async () => {
      await write("packages/fal/package.json", raised)();
      await write("packages/fal/CHANGELOG.md")();
      await rm(join(reader, ".changeset/core-fix.md"));
    });
    expect(await accepted(releaseRule)).toEqual([
      "deleted .changeset/core-fix.md",
      "added packages/fal/CHANGELOG.md",
      "modified packages/fal/package.json",
    ]);
  });

  const refused: [string, () => unknown, RegExp][] = [
    [
      "a script that is run on installation",
      write("packages/fal/package.json", raised.replace("{", '{\n  "scripts": { "postinstall": "x" },')),
      /changes more than its version/,
    ],
    ["a workflow", write(".github/workflows/ci.yml"), /is not one of the files that a release changes/],
    ["a script", write("scripts/release/propose-command.ts"), /is not one of the files/],
    ["other code", write("packages/core/src/index.ts"), /is not one of the files/],
    ["generated code", write("packages/fal/src/generated/client.ts"), /is not one of the files/],
    ["a new file", write("packages/fal/src/generated/more.ts"), /is new/],
    ["a new changeset", write(".changeset/other.md"), /is new/],
    ["a deleted file", () => rm(join(reader, "packages/fal/README.md")), /is deleted/],
    ["the deleted README of the changesets", () => rm(join(reader, ".changeset/README.md")), /is deleted/],
    ["an executable file", () => chmod(join(reader, "packages/fal/package.json"), 0o755), /changes its mode \(100644 100755\)/],
  ];
  it.each(refused)("is rejected with %s", async (_, change, reason) => {
    await makePatch(change);
    await expect(accepted(releaseRule)).rejects.toThrow(reason);
  });
});
