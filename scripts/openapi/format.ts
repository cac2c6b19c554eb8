import { join } from "node:path";
import { runToEnd } from "./process.ts";
import { UserError } from "./user-error.ts";
import { root } from "./vendors.ts";

/** Formats a file and sorts its imports, as `pnpm lint` requires. `path` is relative to the repository. */
export async function formatted(path: string, text: string): Promise<string> {
  const biome = join(root, "node_modules", "@biomejs", "biome", "bin", "biome");
  const args = [biome, "check", "--write", "--linter-enabled=false", `--stdin-file-path=${path}`];
  const { code, stdout, stderr } = await runToEnd(process.execPath, args, { cwd: root, input: text });
  if (code !== 0) throw new UserError(`${path}: cannot be formatted: ${stderr.trim()}`);
  return stdout;
}
