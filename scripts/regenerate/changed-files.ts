import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { GeneratedFiles } from "@gpu-scripts/codegen/files.ts";

/** Generated files by path relative to a tree. */
export function relativeTo(root: string, files: GeneratedFiles): Map<string, string> {
  return new Map([...files].map(([path, text]) => [relative(root, path), text]));
}

/** The files that differ from those in a tree, by path relative to it. */
export async function changedFiles(root: string, files: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const changed = new Map<string, string>();
  for (const [path, text] of files) {
    const present = await readFile(join(root, path), "utf8").catch(() => undefined);
    if (present !== text) changed.set(path, text);
  }
  return changed;
}
