import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { moveIn } from "../move-in.ts";
import { snapshot } from "./tree.ts";

let root: string;
const old = { "specs/a.yaml": "old a", "specs/gone.yaml": "old" };
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "gpu-move-"));
  await mkdir(join(root, "specs"));
  for (const [path, text] of Object.entries(old)) await writeFile(join(root, path), text);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const files = new Map([
  [".changeset/a.md", "text"],
  ["specs/a.yaml", "new a"],
  ["specs/gone.yaml", undefined],
  ["packages/a/openapi.json", "{}"],
]);
const after = { ".changeset/a.md": "text", "specs/a.yaml": "new a", "packages/a/openapi.json": "{}" };
const tree = async () => Object.fromEntries(await snapshot(root));

describe("moveIn", () => {
  it("writes and deletes all files, and leaves no temporary file", async () => {
    await moveIn(root, files);
    expect(await tree()).toEqual(after);
  });

  it.each([
    ["cannot be written", "packages"],
    ["cannot be replaced", "packages/a/openapi.json/folder"],
  ])("restores the other files when the last one %s", async (_, blocker) => {
    // Puts a file where a folder is needed, or a non-empty folder where a file is needed.
    if (blocker === "packages") await writeFile(join(root, blocker), "a file");
    else {
      await mkdir(join(root, blocker), { recursive: true });
      await writeFile(join(root, blocker, "inside"), "");
    }
    const before = await tree();
    await expect(moveIn(root, files)).rejects.toThrow(/EEXIST|ENOTDIR|EISDIR|ENOTEMPTY/);
    expect(await tree()).toEqual(before);
  });

  it("completes the tree after a run that was killed", async () => {
    // The state after a kill: some files are moved, the others are still next to their targets.
    await mkdir(join(root, ".changeset"));
    await writeFile(join(root, ".changeset/a.md"), "text");
    await writeFile(join(root, "specs/a.yaml.tmp"), "new a");
    await moveIn(root, files);
    expect(await tree()).toEqual(after);
  });
});
