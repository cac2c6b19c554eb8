import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packedProject } from "../packed.ts";
import { runToEnd } from "../process.ts";
import { readmeExamples } from "../readme-examples.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { installTools } from "../tools.ts";
import { publishedPackages, root } from "../workspace.ts";

const temporary = temporaryFolder();
let project: string;
const tools = await installTools("typescript");

beforeAll(async () => {
  project = await packedProject(temporary.path, new URL("../consumer", import.meta.url));
  mkdirSync(join(project, "node_modules/@types"));
  symlinkSync(join(tools, "@types/node"), join(project, "node_modules/@types/node"));
  for (const folder of ["readme", "examples"]) mkdirSync(join(project, folder));
  for (const { title, code, isTest } of publishedPackages().flatMap(readmeExamples)) {
    if (!isTest) writeFileSync(join(project, "readme", `${title.replaceAll(/[@/ ]+/g, "-").slice(1)}.ts`), code);
  }
  const examples = join(root, "examples");
  for (const file of readdirSync(examples).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))) {
    cpSync(join(examples, file), join(project, "examples", file));
  }
});
afterAll(() => temporary.remove());

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
/** Where the names of `fetch` come from, and what is compiled: what runs only on Node.js needs its types. */
const surroundings: Record<string, { options: object; files: string[] }> = {
  "of a browser or worker": { options: { lib: ["es2022", "dom", "dom.iterable"], types: [] }, files: ["consumer.ts"] },
  "of Node.js, with READMEs and examples": {
    options: { lib: ["es2022"], types: ["node"] },
    files: ["consumer.ts", "readme/*.ts", "examples/*.ts"],
  },
};

describe.each(["5.4", "5.9", "6", "7"])("TypeScript %s", (version) => {
  const settings = Object.keys(strictness).flatMap((strict) =>
    Object.keys(resolutions).flatMap((resolution) => Object.keys(surroundings).map((types) => ({ strict, resolution, types }))),
  );

  it.each(settings)("compiles, $strict, by $resolution, with the types $types", async ({ strict, resolution, types }) => {
    const { options, files } = surroundings[types] ?? { options: {}, files: [] };
    const file = `tsconfig.${version}.${strict}.${resolution}.${files.length}.json`.replaceAll(" ", "-");
    const compilerOptions = {
      target: "es2022",
      skipLibCheck: false,
      declaration: true,
      emitDeclarationOnly: true,
      outDir: "declarations",
      rootDir: ".",
      allowImportingTsExtensions: true,
      ...strictness[strict],
      ...resolutions[resolution],
      ...options,
    };
    writeFileSync(join(project, file), JSON.stringify({ compilerOptions, include: files }));
    const compiler = join(tools, `typescript-${version}`, "bin/tsc");
    const { code, stdout, stderr } = await runToEnd(process.execPath, [compiler, "-p", file], { cwd: project });
    expect(stdout + stderr).toBe("");
    expect(code).toBe(0);
  });
});
