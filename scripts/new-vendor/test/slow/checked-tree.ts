// A copy of the repository to compile a new vendor's files and run their tests.

import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { copyTree } from "@gpu-scripts/codegen/test/tree.ts";
import { runToEnd } from "@gpu-scripts/openapi/process.ts";
import { root as repository } from "@gpu-scripts/openapi/vendors.ts";

export interface CheckedTree {
  root: string;
  read(path: string): Promise<string>;
  /** Runs a script of the repository on the tree, and returns its output, even if it fails. */
  run(script: string, ...args: string[]): Promise<string>;
  /** Compiles the code that depends on the new package, and runs the named tests and an optional one given as text. */
  check(id: string, tests: readonly string[], skeletonsTest?: string): Promise<Checked>;
  remove(): Promise<void>;
}

export interface Checked {
  /** The compiler's output. */
  compiled: string;
  passed: string[];
  failed: { test: string; failureMessages: string[] }[];
}

/** With `scripts`, the tree's own commands can run. */
export async function checkedTree({ scripts = false } = {}): Promise<CheckedTree> {
  const { root, remove } = await copyTree({ dependents: true, scripts });
  for (const name of ["README.md", ...(scripts ? ["biome.json", ".gitignore"] : [])])
    await cp(join(repository, name), join(root, name));
  const read = (path: string) => readFile(join(root, path), "utf8");
  const run = async (script: string, ...args: string[]) => {
    const options = { cwd: root, env: { NO_COLOR: "1" } };
    const { stdout, stderr } = await runToEnd(process.execPath, [join(repository, script), ...args], options);
    return stdout + stderr;
  };
  return { root, read, run, remove, check: (id, tests, skeletonsTest) => check({ root, read, run }, id, tests, skeletonsTest) };
}

async function check(
  { root, read, run }: Pick<CheckedTree, "root" | "read" | "run">,
  id: string,
  tests: readonly string[],
  skeletonsTest: string | undefined,
): Promise<Checked> {
  // Packages resolve to their sources, so no build or installation is needed.
  await symlink(join(repository, "packages", "fal", "node_modules"), join(root, "packages", id, "node_modules"));
  const checked = [
    `${id}/src`,
    `${id}/test`,
    "unified/src",
    "unified/test/conformance.test.ts",
    "simulator/src",
    "simulator/test",
  ];
  await writeFile(
    join(root, "tsconfig.check.json"),
    JSON.stringify({
      extends: "./tsconfig.base.json",
      compilerOptions: {
        noEmit: true,
        types: ["node"],
        typeRoots: ["./packages/fal/node_modules/@types"],
        declaration: false,
        declarationMap: false,
        sourceMap: false,
        paths: {
          "@gpu/*/openapi.json": ["./packages/*/openapi.json"],
          "@gpu/simulator/conformance": ["./packages/simulator/src/conformance/index.ts"],
          "@gpu/core/openapi-fetch": ["./packages/core/src/openapi-fetch.ts"],
          "@gpu/*": ["./packages/*/src/index.ts"],
        },
      },
      include: checked.map((folder) => `packages/${folder}`),
    }),
  );
  await mkdir(join(root, "check"));
  if (skeletonsTest !== undefined) await writeFile(join(root, "check", "skeletons.test.ts"), skeletonsTest);
  await writeFile(
    join(root, "check", "vitest.config.js"),
    `export default { root: ${JSON.stringify(root)}, test: { include: ["check/*.test.ts", "packages/${id}/test/{${tests.join(",")},}.test.ts"] },
        resolve: { alias: [{ find: "@gpu/simulator/conformance", replacement: ${JSON.stringify(`${root}/packages/simulator/src/conformance/index.ts`)} }, { find: /^@gpu\\/([\\w-]+)$/, replacement: ${JSON.stringify(`${root}/packages/$1/src/index.ts`)} }] } };`,
  );
  const [compiled, tested] = await Promise.all([
    run("node_modules/typescript/bin/tsc", "-p", "tsconfig.check.json"),
    run(
      "node_modules/vitest/vitest.mjs",
      "run",
      "--config",
      "check/vitest.config.js",
      "--reporter=json",
      "--outputFile=check/results.json",
    ),
  ]);
  const results = JSON.parse(await read("check/results.json").catch(() => JSON.stringify({ testResults: tested }))) as Results;
  const all = results.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status, failureMessages }) => ({
      test: `${relative(root, name)}: ${fullName}`,
      status,
      failureMessages,
    })),
  );
  return {
    compiled,
    passed: all.filter(({ status }) => status === "passed").map(({ test }) => test),
    failed: all.flatMap(({ test, status, failureMessages }) => (status === "failed" ? [{ test, failureMessages }] : [])),
  };
}

interface Results {
  testResults: {
    name: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}
