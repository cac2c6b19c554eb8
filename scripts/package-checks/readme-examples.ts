import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { typescriptBlocks } from "@gpu/testing";
import { type Finished, runToEnd } from "@gpu-scripts/openapi/process.ts";
import ts from "typescript";
import { type PublishedPackage, root } from "./workspace.ts";

/** A program of a README. */
export interface ReadmeExample {
  /** Such as `@gpu/fal 2`. */
  readonly title: string;
  readonly code: string;
  /** Whether it is a test for vitest. */
  readonly isTest: boolean;
}

/** The programs in a package's README: TypeScript blocks. A block without imports continues the block before it. */
export function readmeExamples({ folder, manifest }: PublishedPackage): ReadmeExample[] {
  const file = join(folder, "README.md");
  if (!existsSync(file)) return [];
  const programs: string[] = [];
  for (const block of typescriptBlocks(readFileSync(file, "utf8"))) {
    if (block.startsWith("import ")) programs.push(block);
    else programs.push(`${programs.pop() ?? ""}\n${block}`);
  }
  return programs.map((code, index) => ({
    title: `${manifest.name} ${index + 1}`,
    code,
    isTest: code.includes('from "vitest"'),
  }));
}

const sshPublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPZF0ivPXjdsYBKwMkfTmXB3rI1bzs8pdVnEGAcBg0TX ada@workstation";

const runner = `
import { readFileSync } from "node:fs";
import { createLambdaClient } from "@gpu/lambda";
import { createRuncrateClient } from "@gpu/runcrate";
import { createSimulator } from "@gpu/simulator";

const [example, ...documents] = process.argv.slice(2);
const simulator = createSimulator();
globalThis.fetch = simulator.fetch;
globalThis.simulator = simulator;
for (const file of documents) {
  const { "x-gpu-client": vendor } = JSON.parse(readFileSync(file, "utf8"));
  process.env[vendor.apiKeyEnv] = simulator.keys[vendor.vendor];
}
// The examples need accounts with an SSH key.
const sshKey = { name: "workstation", public_key: ${JSON.stringify(sshPublicKey)} };
await createRuncrateClient().createSshKey({ body: sshKey });
await createLambdaClient().createSshKey({ body: sshKey });
const before = simulator.requests().length;
await import(example);
const left = simulator.ledger().filter(({ endedAt }) => endedAt === null).length;
console.log("requests: " + (simulator.requests().length - before) + ", machines left: " + left);
`;

/** Replacements of modules, so that examples wait on the simulator's clock. */
const standIns = {
  "node:timers/promises": "export const setTimeout = (ms) => globalThis.simulator.clock.sleep(ms);",
  "@gpu/unified": `
import { createGpu as create } from "@gpu/unified";
export * from "@gpu/unified";
export const createGpu = (options) => create({ ...options, defaults: { clock: globalThis.simulator.clock, ...options.defaults } });
`,
};

/**
 * Runs an example in a project with the packages installed, against the simulator instead of the network. Only its waits are changed:
 * they use the simulator's clock. The last line printed has the numbers of requests and of running machines.
 */
export function runExample(
  { title, code, isTest }: ReadmeExample,
  project: string,
  documents: readonly string[],
  runtime: string,
): Promise<Finished> {
  const folder = join(project, "readme");
  mkdirSync(folder, { recursive: true });
  const name = title.replaceAll(/[@/ ]+/g, "-").slice(1);
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  if (isTest) {
    // The packages do not depend on a test runner, so the project uses the workspace's.
    if (!existsSync(join(project, "node_modules/vitest")))
      symlinkSync(join(root, "node_modules/vitest"), join(project, "node_modules/vitest"));
    writeFileSync(join(folder, `${name}.test.js`), outputText);
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    return runToEnd(process.execPath, [vitest, "run", "--root", project, `readme/${name}.test.js`], { cwd: project });
  }
  writeFileSync(join(folder, "run.js"), runner);
  let program = outputText;
  for (const [module, standIn] of Object.entries(standIns)) {
    const file = `stand-in-${module.replaceAll(/\W/g, "-")}.js`;
    writeFileSync(join(folder, file), standIn);
    program = program.replace(`from "${module}"`, `from "./${file}"`);
  }
  writeFileSync(join(folder, `${name}.js`), program);
  writeFileSync(join(project, "id_ed25519.pub"), sshPublicKey);
  return runToEnd(runtime, [join(folder, "run.js"), `./${name}.js`, ...documents], { cwd: project });
}
