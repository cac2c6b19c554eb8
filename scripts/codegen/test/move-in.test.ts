import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clearDeadRuns, completeMove, endRun, moveIn, moveIsPending, startRun, workFolder } from "../move-in.ts";
import { snapshot } from "./tree.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "gpu-move-"));
  await mkdir(join(root, "specs"));
  await writeFile(join(root, "specs/a.yaml"), "old a");
  await writeFile(join(root, "specs/gone.yaml"), "old");
});
afterEach(() => rm(root, { recursive: true, force: true }));

const files = new Map([
  ["specs/a.yaml", "new a"],
  ["specs/gone.yaml", undefined],
  ["packages/a/openapi.json", "{}"],
  [".changeset/a.md", "text"],
]);
const after = { "specs/a.yaml": "new a", "packages/a/openapi.json": "{}", ".changeset/a.md": "text" };

const tree = async () => Object.fromEntries([...(await snapshot(root))].filter(([path]) => !path.startsWith(".regenerate")));

/** A run that was killed after its journal was written and `done` of its moves were made. */
async function killedAfter(done: number): Promise<void> {
  const run = join(workFolder(root), "1-killed");
  await mkdir(run, { recursive: true });
  const moves = [...files].map(([target, content], index) =>
    content === undefined ? { target } : { target, staged: `file-${index}` },
  );
  for (const [index, [, content]] of [...files].entries())
    if (content !== undefined) await writeFile(join(run, `file-${index}`), content);
  await writeFile(join(workFolder(root), "journal.json"), JSON.stringify({ run: "1-killed", moves }));
  for (const { target, staged } of moves.slice(0, done)) {
    await mkdir(join(root, target, ".."), { recursive: true });
    if (staged === undefined) await rm(join(root, target));
    else await rename(join(run, staged), join(root, target));
  }
}

describe("moving files in", () => {
  it("writes and deletes all of them and leaves nothing behind", async () => {
    const run = await startRun(root);
    await moveIn(root, run, files);
    await endRun(root, run);
    expect(Object.fromEntries(await snapshot(root))).toEqual(after);
  });

  it.each([0, 1, 2, 3, 4])("is completed by the next command when it was killed after %i moves", async (done) => {
    await killedAfter(done);
    expect(moveIsPending(root)).toBe(true);
    expect(await completeMove(root)).toEqual([...files.keys()]);
    expect(await tree()).toEqual(after);
    expect(moveIsPending(root)).toBe(false);
    expect(await completeMove(root)).toEqual([]);
  });

  it("is completed once when several commands start together", async () => {
    await killedAfter(1);
    await Promise.all(Array.from({ length: 5 }, () => completeMove(root)));
    expect(await tree()).toEqual(after);
  });

  it("leaves the tree as it was when it is killed before the journal is there", async () => {
    const before = await tree();
    const child = spawn(process.execPath, [
      "--input-type=module",
      "-e",
      `const { startRun } = await import(${JSON.stringify(new URL("../move-in.ts", import.meta.url).href)});
       const { writeFile } = await import("node:fs/promises");
       const run = await startRun(${JSON.stringify(root)});
       await writeFile(run + "/file-1", "new a");
       process.kill(process.pid, "SIGKILL");`,
    ]);
    const signal = await new Promise((resolve) => child.once("exit", (_, name) => resolve(name)));
    expect(signal).toBe("SIGKILL");
    expect(await tree()).toEqual(before);
    expect(await completeMove(root)).toEqual([]);
    await clearDeadRuns(root);
    expect(await readFile(join(workFolder(root), ".gitignore"), "utf8")).toBe("*\n");
    expect((await snapshot(workFolder(root))).size).toBe(1);
  });

  it("is refused while another run is moving", async () => {
    await killedAfter(0);
    const run = await startRun(root);
    await expect(moveIn(root, run, files)).rejects.toThrow(/another run/);
  });
});
