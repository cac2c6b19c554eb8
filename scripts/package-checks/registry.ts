import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@gpu-scripts/openapi/process.ts";
import { foreignDependencies } from "./workspace.ts";

/** An npm registry on loopback. */
export interface Registry {
  readonly url: string;
  /** Variables that make npm and pnpm use it, with separate caches, whatever the machine's configuration. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * Starts Verdaccio in its own process on a free port. It writes only to `folder`. It has the third-party dependencies of our packages,
 * published from this workspace, and uses no other registry.
 */
export async function startRegistry(folder: string, installed: string): Promise<Registry> {
  const child = fork(fileURLToPath(new URL("serve-registry.ts", import.meta.url)), [folder, installed], { silent: true });
  let output = "";
  child.stdout?.on("data", (text) => {
    output += text;
  });
  child.stderr?.on("data", (text) => {
    output += text;
  });
  const port = await Promise.race([
    once(child, "message").then(([message]) => message as number),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`the registry ended with ${code}\n${output}`))),
  ]);
  const url = `http://127.0.0.1:${port}/`;
  const configuration = join(folder, "npmrc");
  // The registry accepts everyone, but npm and pnpm need a token.
  writeFileSync(configuration, `registry=${url}\n//127.0.0.1:${port}/:_authToken=anyone\n`);
  const environment = {
    npm_config_registry: url,
    npm_config_userconfig: configuration,
    npm_config_cache: join(folder, "npm-cache"),
    npm_config_store_dir: join(folder, "pnpm-store"),
  };
  const close = async () => {
    const ended = once(child, "exit");
    child.kill();
    await ended;
  };
  try {
    for (const dependency of foreignDependencies()) {
      await run("npm", ["publish", "--ignore-scripts", dependency], { cwd: folder, env: environment });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { url, environment, close };
}
