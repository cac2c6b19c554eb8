import { spawn } from "node:child_process";
import { join } from "node:path";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { root } from "@gpu-scripts/openapi/vendors.ts";

/** A text as `pnpm lint` wants it: formatted, imports in order. `path` is relative to the repository. */
export function formatted(path: string, text: string): Promise<string> {
  const biome = join(root, "node_modules", "@biomejs", "biome", "bin", "biome");
  const args = [biome, "check", "--write", "--linter-enabled=false", `--stdin-file-path=${path}`];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["pipe", "pipe", "pipe"] });
    let [output, problems] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      problems += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new UserError(`${path}: cannot be formatted: ${problems.trim()}`));
    });
    child.stdin.end(text);
  });
}
