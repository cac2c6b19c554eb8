import { existsSync } from "node:fs";
import { join } from "node:path";
import { pnpm } from "./pnpm.ts";
import { root } from "./workspace.ts";

/** The parts of `tools/`, each with its own package.json. */
export type ToolSet = "libraries" | "nextjs" | "nextjs-16" | "registry" | "runners" | "runtimes" | "typescript";

const tools = join(root, "scripts/package-checks/tools");

/** Installs a package of `tools/` from the lockfile. Returns its `node_modules` folder. */
export async function installTools(set: ToolSet): Promise<string> {
  await pnpm(["install", "--frozen-lockfile", "--filter", `./${set}`], tools);
  return join(tools, set, "node_modules");
}

/** An executable for this platform. Undefined when there is none. */
export function executable(installed: string, name: string, path: string): string | undefined {
  const file = join(installed, `${name}-${process.platform}-${process.arch}`, path);
  return existsSync(file) ? file : undefined;
}
