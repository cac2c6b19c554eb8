// Files are made beside the tree and moved in at the end. A journal makes the move whole: killed before the journal is
// there, the tree is as before; killed after, the next command completes the move from it.
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { root as repository } from "@gpu-scripts/openapi/vendors.ts";

/** New content of files by path relative to the tree; `undefined` deletes the file. */
export type NewFiles = ReadonlyMap<string, string | undefined>;

interface Move {
  /** Name of the staged file in the run's folder; absent when the target is to be deleted. */
  staged?: string;
  /** Path of the target, relative to the tree. */
  target: string;
}

interface Journal {
  /** Name of the run's folder. */
  run: string;
  moves: Move[];
}

/** Where work in progress lies; it hides itself from git. */
export function workFolder(root: string): string {
  return join(root, ".regenerate");
}

const journalFile = (root: string) => join(workFolder(root), "journal.json");

/** Whether a move is half done. */
export function moveIsPending(root: string = repository): boolean {
  return existsSync(journalFile(root));
}

/** Makes a folder for one run, named so that it is known whose it is. */
export async function startRun(root: string): Promise<string> {
  const work = workFolder(root);
  await mkdir(work, { recursive: true });
  await writeDurably(join(work, ".gitignore"), "*\n");
  const run = `${process.pid}-${randomUUID()}`;
  await mkdir(join(work, run));
  return join(work, run);
}

/** Stages the files in the run's folder, writes the journal, and moves them into the tree. */
export async function moveIn(root: string, runFolder: string, files: NewFiles): Promise<void> {
  if (moveIsPending(root)) throw new UserError("another run is moving files into the tree; run this again");
  const moves: Move[] = [];
  let number = 0;
  for (const [target, content] of files) {
    if (content === undefined) {
      moves.push({ target });
      continue;
    }
    number += 1;
    const staged = `file-${number}`;
    await writeDurably(join(runFolder, staged), content);
    moves.push({ staged, target });
  }
  const journal: Journal = { run: runFolder.slice(workFolder(root).length + 1), moves };
  const draft = join(runFolder, "journal.json");
  await writeDurably(draft, JSON.stringify(journal, null, 2));
  await rename(draft, journalFile(root));
  await completeMove(root);
}

/**
 * Completes a move that was cut short, and clears what dead runs left behind. Safe to call from several processes at once.
 * Gives the targets of the journal that it completed.
 */
export async function completeMove(root: string = repository): Promise<string[]> {
  const text = await readFile(journalFile(root), "utf8").catch(() => undefined);
  if (text === undefined) return [];
  const journal = JSON.parse(text) as Journal;
  for (const { staged, target } of journal.moves) {
    const path = join(root, target);
    if (staged === undefined) {
      await rm(path, { force: true });
      continue;
    }
    await mkdir(dirname(path), { recursive: true });
    // A staged file that is gone was moved before.
    await rename(join(workFolder(root), journal.run, staged), path).catch(ignoreMissing);
  }
  await rm(journalFile(root), { force: true });
  await rm(join(workFolder(root), journal.run), { recursive: true, force: true });
  return journal.moves.map(({ target }) => target);
}

/** Removes what runs left behind that were killed before they changed anything. */
export async function clearDeadRuns(root: string): Promise<void> {
  if (moveIsPending(root)) return;
  const entries = await readdir(workFolder(root), { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const pid = Number(/^(\d+)-/.exec(entry.name)?.[1]);
    if (entry.isDirectory() && pid !== process.pid && !isAlive(pid)) {
      await rm(join(workFolder(root), entry.name), { recursive: true, force: true });
    }
  }
}

/** Ends a run; the work folder goes with the last one. */
export async function endRun(root: string, runFolder: string): Promise<void> {
  await rm(runFolder, { recursive: true, force: true });
  const left = await readdir(workFolder(root)).catch(() => []);
  if (left.every((name) => name === ".gitignore")) await rm(workFolder(root), { recursive: true, force: true });
}

async function writeDurably(path: string, content: string): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
