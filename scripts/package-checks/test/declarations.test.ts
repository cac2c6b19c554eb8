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
  { dependency: "@gpu/shadeform", sources: ["vendor.ts", "openapi-fetch.ts"] },
  { dependency: "@gpu/unified", sources: ["unified.ts"] },
];

describe.concurrent.each(libraries)("a library that depends on $dependency, in pnpm's layout", ({ dependency, sources }) => {
  let project: string;
  beforeAll(() => {
    project = strictProject(join(temporary.path, dependency), packed, dependency);
    for (const source of sources) cpSync(fileURLToPath(new URL(`../library/${source}`, import.meta.url)), join(project, source));
  });

  it.each(["5.4", "5.9", "6", "7"])("emits declarations with TypeScript %s that refer to no other package", async (version) => {
    const compilerOptions = {
      target: "es2022",
      module: "nodenext",
      lib: ["es2022", "dom", "dom.iterable"],
      types: [],
      strict: true,
      skipDefaultLibCheck: true,
      declaration: true,
      emitDeclarationOnly: true,
      outDir: `declarations-${version}`,
      rootDir: ".",
    };
    const file = `tsconfig.${version}.json`;
    writeFileSync(join(project, file), JSON.stringify({ compilerOptions, files: sources }));
    const compiler = join(tools, `typescript-${version}`, "bin/tsc");
    const { code, stdout } = await runToEnd(process.execPath, [compiler, "-p", file], { cwd: project });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    for (const source of sources) {
      const declarations = readFileSync(join(project, `declarations-${version}`, source.replace(".ts", ".d.ts")), "utf8");
      const imported = [...declarations.matchAll(/(?:from |import\()"([^"]+)"/g)].map(([, from]) => from);
      expect(imported.length, source).toBeGreaterThan(0);
      expect(imported.filter((from) => from !== dependency && !from?.startsWith(`${dependency}/`))).toEqual([]);
    }
  });
});
