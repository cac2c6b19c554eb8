import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** New content of files by path relative to the tree; `undefined` deletes the file. */
export type NewFiles = ReadonlyMap<string, string | undefined>;

/**
 * Writes all files, or none. Content is written next to each file and then renamed over it, in the order of the map, so that no
 * file is ever incomplete. When one fails, those before it get their old content back.
 */
export async function moveIn(root: string, files: NewFiles): Promise<void> {
  const staged: string[] = [];
  const before = new Map<string, string | undefined>();
  try {
    for (const [path, content] of files) if (content !== undefined) staged.push(await stage(join(root, path), content));
    for (const [path, content] of files) {
      before.set(path, await readFile(join(root, path), "utf8").catch(ignoreMissing));
      await replace(join(root, path), content);
    }
  } catch (error) {
    for (const [path, content] of before) {
      if (content !== undefined) await stage(join(root, path), content);
      await replace(join(root, path), content);
    }
    throw error;
  } finally {
    for (const file of staged) await rm(file, { force: true });
  }
}

const stagedFor = (path: string) => `${path}.tmp`;

async function stage(path: string, content: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(stagedFor(path), content);
  return stagedFor(path);
}

async function replace(path: string, content: string | undefined): Promise<void> {
  if (content === undefined) await rm(path, { force: true });
  else await rename(stagedFor(path), path);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
