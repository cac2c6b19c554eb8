import { createRequire } from "node:module";
import { join } from "node:path";
import { run } from "@gpu-scripts/openapi/process.ts";
import { build } from "esbuild";
import { executable } from "./tools.ts";

/** A JavaScript runtime. */
export interface Runtime {
  readonly name: string;
  /** Runs `main.js` of a folder (`worker.js` on runtimes without a command line) with an input, and returns its output. */
  execute(folder: string, input: string): Promise<string>;
  /** Runs a CommonJS file and returns its output. Undefined on runtimes without `require`. */
  readonly requires?: (folder: string, file: string) => Promise<string>;
}

/** A runtime by name. `runtime` is undefined when it is not available on this machine. */
export interface WantedRuntime {
  readonly name: string;
  readonly runtime: Runtime | undefined;
}

/** The supported runtimes. */
export function wantedRuntimes(installed: string): WantedRuntime[] {
  return [
    ...["20", "22", "24", "26"].map((major) => node(major, installed)),
    commandLine("Bun", executable(installed, "bun", "bin/bun"), []),
    // Only loopback is permitted: the packages must work without access to the environment.
    commandLine("Deno", executable(installed, "deno", "deno"), ["run", "--no-prompt", "--allow-net=127.0.0.1"]),
    workerd("workerd", "2026-01-01", installed),
    // Before 2024-11-11 `new Request(url, { cache: "no-store" })` throws.
    workerd("workerd of 2024", "2024-09-01", installed),
  ];
}

function node(major: string, installed: string): WantedRuntime {
  const program = executable(installed, `node-${major}`, "bin/node");
  const { name, runtime } = commandLine(`Node ${major}`, program, []);
  if (runtime === undefined || program === undefined) return { name, runtime: undefined };
  return { name, runtime: { ...runtime, requires: (folder, file) => run(program, [file], { cwd: folder }) } };
}

function commandLine(name: string, program: string | undefined, args: readonly string[]): WantedRuntime {
  if (program === undefined) return { name, runtime: undefined };
  return { name, runtime: { name, execute: (folder, input) => run(program, [...args, "main.js", input], { cwd: folder }) } };
}

/** The used parts of Miniflare. */
interface MiniflareModule {
  Miniflare: new (options: {
    modules: { type: "ESModule"; path: string; contents: string }[];
    compatibilityDate: string;
  }) => {
    dispatchFetch(url: string, init: { method: string; body: string }): Promise<{ status: number; text(): Promise<string> }>;
    dispose(): Promise<void>;
  };
}

/** Cloudflare's runtime as of a date. Programs are bundled into one file, as its users do. */
function workerd(name: string, compatibilityDate: string, installed: string): WantedRuntime {
  let miniflare: MiniflareModule;
  try {
    miniflare = createRequire(join(installed, "..", "package.json"))("miniflare");
  } catch {
    return { name, runtime: undefined };
  }
  const runtime: Runtime = {
    name,
    async execute(folder, input) {
      const { outputFiles } = await build({
        absWorkingDir: folder,
        entryPoints: ["worker.js"],
        bundle: true,
        format: "esm",
        conditions: ["workerd", "worker", "browser"],
        write: false,
      });
      const worker = new miniflare.Miniflare({
        modules: [{ type: "ESModule", path: "worker.js", contents: outputFiles[0]?.text ?? "" }],
        compatibilityDate,
      });
      try {
        const response = await worker.dispatchFetch("http://worker/", { method: "POST", body: input });
        const text = await response.text();
        if (response.status !== 200) throw new Error(`the worker returned ${response.status}: ${text}`);
        return text;
      } finally {
        await worker.dispose();
      }
    },
  };
  return { name, runtime };
}
