import { type GeneratedFiles, staleFiles, writeFiles } from "./files.ts";

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
