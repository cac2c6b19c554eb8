import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { root } from "@gpu-scripts/openapi/vendors.ts";
import { moveIn } from "./move-in.ts";

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

/** Writes the files that differ, all or none, and returns their paths relative to the repository. */
export async function writeFiles(files: GeneratedFiles): Promise<string[]> {
  const stale = await staleFiles(files);
  const byPath = [...files].map(([path, content]) => [relative(root, path), content] as const);
  await moveIn(root, new Map(byPath.filter(([path]) => stale.includes(path))));
  return stale;
}

/** Writes generated files or, with `check`, only reports the stale ones. Returns the exit code. */
export async function applyFiles(
  files: GeneratedFiles,
  { check, command }: { check: boolean; command: string },
): Promise<number> {
  if (!check) {
    for (const file of await writeFiles(files)) process.stdout.write(`wrote ${file}\n`);
    return 0;
  }
  const stale = await staleFiles(files);
  for (const file of stale) process.stderr.write(`error: stale: ${file}; run \`${command}\`\n`);
  return stale.length > 0 ? 1 : 0;
}
