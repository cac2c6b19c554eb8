import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { root } from "@gpu-scripts/openapi/vendors.ts";

/** Content of generated files by absolute path. */
export type GeneratedFiles = ReadonlyMap<string, string>;

/** The files whose content on disk differs, relative to the repository. */
export async function staleFiles(files: GeneratedFiles): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, content] of files) {
    const present = await readFile(path, "utf8").catch(() => undefined);
    if (present !== content) stale.push(relative(root, path));
  }
  return stale;
}

/** Writes the files that differ. Each is replaced atomically, after all have been written to temporary files. */
export async function writeFiles(files: GeneratedFiles): Promise<string[]> {
  const stale = new Set(await staleFiles(files));
  const moves: [from: string, to: string][] = [];
  for (const [path, content] of files) {
    if (!stale.has(relative(root, path))) continue;
    const temporary = `${path}.${process.pid}.tmp`;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, content);
    moves.push([temporary, path]);
  }
  for (const [from, to] of moves) await rename(from, to);
  return [...stale];
}
