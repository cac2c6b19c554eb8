import { run } from "@gpu-scripts/openapi/process.ts";
import { readManifest, root } from "./workspace.ts";

/**
 * Runs a program that may call pnpm, with the pnpm version of the repository. `variables` are set for the program only: npx must
 * fetch pnpm with the machine's configuration.
 */
export function runWithPnpm(
  program: string,
  args: readonly string[],
  cwd: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { packageManager } = readManifest(root);
  if (typeof packageManager !== "string") throw new Error("package.json has no packageManager");
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return run("npx", ["-y", `--package=${packageManager}`, "--", "env", ...settings, program, ...args], { cwd });
}

export function pnpm(args: readonly string[], cwd: string, variables: Readonly<Record<string, string>> = {}): Promise<string> {
  return runWithPnpm("pnpm", args, cwd, variables);
}
