import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runToEnd } from "@gpu-scripts/openapi/process.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PackedPackage, packAll, strictProject } from "../packed.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { installTools } from "../tools.ts";

const temporary = temporaryFolder();
const tools = await installTools("typescript");
let packed: PackedPackage[];

beforeAll(async () => {
  const folder = join(temporary.path, "packed");
  mkdirSync(folder);
  packed = await packAll(folder);
});
afterAll(() => temporary.remove());

const libraries = [
  { dependency: "@gpu/shadeform", source: "vendor.ts" },
  { dependency: "@gpu/shadeform", source: "openapi-fetch.ts" },
  { dependency: "@gpu/unified", source: "unified.ts" },
];

describe.each(libraries)("a library on top of $dependency, in pnpm's layout", ({ dependency, source }) => {
  let project: string;
  beforeAll(() => {
    project = strictProject(join(temporary.path, source), packed, dependency);
    cpSync(fileURLToPath(new URL(`../library/${source}`, import.meta.url)), join(project, source));
  });

  it.each(["5.4", "5.9", "6", "7"])("has declarations by TypeScript %s that need no other package", async (version) => {
    const compilerOptions = {
      target: "es2022",
      module: "nodenext",
      lib: ["es2022", "dom", "dom.iterable"],
      types: [],
      strict: true,
      declaration: true,
      emitDeclarationOnly: true,
      outDir: `declarations-${version}`,
      rootDir: ".",
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [source] }));
    const compiler = join(tools, `typescript-${version}`, "bin/tsc");
    const { code, stdout } = await runToEnd(process.execPath, [compiler, "-p", "."], { cwd: project });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    const declarations = readFileSync(join(project, `declarations-${version}`, source.replace(".ts", ".d.ts")), "utf8");
    const imported = [...declarations.matchAll(/(?:from |import\()"([^"]+)"/g)].map(([, from]) => from);
    expect(imported.length).toBeGreaterThan(0);
    expect(imported.filter((from) => from !== dependency && !from?.startsWith(`${dependency}/`))).toEqual([]);
  });
});
