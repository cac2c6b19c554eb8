import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runToEnd } from "@gpu-scripts/openapi/process.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packedProject } from "../packed.ts";
import { readmeExamples } from "../readme-examples.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { installTools } from "../tools.ts";
import { publishedPackages, root } from "../workspace.ts";

const temporary = temporaryFolder();
let project: string;
const commonjs = temporaryFolder();
let commonjsProject: string;
const tools = await installTools("typescript");

beforeAll(async () => {
  const consumer = new URL("../consumer", import.meta.url);
  project = await packedProject(temporary.path, consumer);
  commonjsProject = await packedProject(commonjs.path, consumer, "commonjs");
  for (const folder of [project, commonjsProject]) {
    mkdirSync(join(folder, "node_modules/@types"));
    symlinkSync(join(tools, "@types/node"), join(folder, "node_modules/@types/node"));
  }
  for (const folder of ["readme", "examples"]) mkdirSync(join(project, folder));
  for (const { title, code, isTest } of publishedPackages().flatMap(readmeExamples)) {
    if (!isTest) writeFileSync(join(project, "readme", `${title.replaceAll(/[@/ ]+/g, "-").slice(1)}.ts`), code);
  }
  const examples = join(root, "examples");
  for (const file of readdirSync(examples).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))) {
    cpSync(join(examples, file), join(project, "examples", file));
  }
});
afterAll(() => {
  temporary.remove();
  commonjs.remove();
});

const strictest = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  isolatedModules: true,
  verbatimModuleSyntax: true,
};
const strictness: Record<string, object> = { "not strict": { strict: false }, strict: { strict: true }, strictest };
const resolutions: Record<string, object> = {
  bundler: { module: "esnext", moduleResolution: "bundler" },
  nodenext: { module: "nodenext", moduleResolution: "nodenext" },
};
/** Settings of CommonJS projects, and the compiler versions that have them. `commonjs` alone resolves packages like Node 10. */
const commonjsSettings: Record<string, { options: object; since: number; until: number }> = {
  commonjs: { options: { module: "commonjs" }, since: 5, until: 6 },
  "commonjs by a bundler": { options: { module: "commonjs", moduleResolution: "bundler" }, since: 6, until: 99 },
  node16: { options: { module: "node16", moduleResolution: "node16" }, since: 5, until: 99 },
  node18: { options: { module: "node18", moduleResolution: "node16" }, since: 5.8, until: 99 },
  nodenext: { options: { module: "nodenext", moduleResolution: "nodenext" }, since: 5, until: 99 },
};
/** Where the types of `fetch` come from, and the files to compile: programs for Node.js only need the types of Node.js. */
const environments: Record<string, { options: object; files: string[] }> = {
  "of a browser or worker": { options: { lib: ["es2022", "dom", "dom.iterable"], types: [] }, files: ["consumer.ts"] },
  "of Node.js, with READMEs and examples": {
    options: { lib: ["es2022"], types: ["node"] },
    files: ["consumer.ts", "readme/*.ts", "examples/*.ts"],
  },
};

/** Covers every pair of settings instead of every combination, because each compilation takes seconds. */
const settings = Object.keys(strictness).flatMap((strict, row) =>
  Object.keys(resolutions).map((resolution, column) => ({
    strict,
    resolution,
    types: Object.keys(environments)[(row + column) % 2] ?? "",
  })),
);

// The compilers are separate processes, so several can run at a time.
describe.concurrent.each(["5.4", "5.9", "6", "7"])("TypeScript %s", (version) => {
  it.each(settings)("compiles, $strict, by $resolution, with the types $types", async ({ strict, resolution, types }) => {
    const { options, files } = environments[types] ?? { options: {}, files: [] };
    const file = `tsconfig.${version}.${strict}.${resolution}.${files.length}.json`.replaceAll(" ", "-");
    const compilerOptions = {
      allowImportingTsExtensions: true,
      ...strictness[strict],
      ...resolutions[resolution],
      ...options,
    };
    expect(await compile(version, project, file, compilerOptions, files)).toEqual({ code: 0, output: "" });
  });

  const settingsHere = Object.entries(commonjsSettings).filter(
    ([, { since, until }]) => Number(version) >= since && Number(version) < until,
  );

  it.each(settingsHere)("compiles in a CommonJS project with module %s", async (module, { options }) => {
    const file = `tsconfig.${version}.${module}.json`.replaceAll(" ", "-");
    const compilerOptions = { strict: true, lib: ["es2022"], types: ["node"], ...options };
    expect(await compile(version, commonjsProject, file, compilerOptions, ["consumer.ts"])).toEqual({ code: 0, output: "" });
  });
});

/** Compiles files of a project with declarations. Checks all declarations but the compiler's own. */
async function compile(
  version: string,
  folder: string,
  file: string,
  options: object,
  include: readonly string[],
): Promise<{ code: number | null; output: string }> {
  const shared = {
    target: "es2022",
    skipLibCheck: false,
    skipDefaultLibCheck: true,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: `declarations/${file}`,
    rootDir: ".",
  };
  writeFileSync(join(folder, file), JSON.stringify({ compilerOptions: { ...shared, ...options }, include }));
  const compiler = join(tools, `typescript-${version}`, "bin/tsc");
  const { code, stdout, stderr } = await runToEnd(process.execPath, [compiler, "-p", file], { cwd: folder });
  return { code, output: stdout + stderr };
}
