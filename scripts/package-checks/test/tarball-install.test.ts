import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../process.ts";
import { type Registry, startRegistry } from "../registry.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { installTools } from "../tools.ts";
import { publishedPackages, root } from "../workspace.ts";

interface Installation {
  /** README and place in it. */
  title: string;
  /** Makes the tarballs. */
  pack: string;
  /** Installs some of them. */
  install: string;
}

const readmes = [join(root, "README.md"), ...publishedPackages().map(({ folder }) => join(folder, "README.md"))];

/** The commands of the READMEs that install packages of ours. */
const installations = readmes.flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/^```sh\n(\(cd [^\n]*)\n(npm install [^\n]*)\n```$/gm)].map(
    ([, pack = "", install = ""], index): Installation => ({ title: `${relative(root, file)} ${index + 1}`, pack, install }),
  ),
);

const temporary = temporaryFolder();
let registry: Registry;

beforeAll(async () => {
  // It has the packages of others, and none of ours: what is asked of it under our scope fails.
  registry = await startRegistry(temporary.path, await installTools("registry"));
  symlinkSync(root, join(temporary.path, "gpu-clients"));
  const [first] = installations;
  await run("bash", ["-c", (first?.pack ?? "").replace(/ #.*/, "")], { cwd: project("packing") });
});
afterAll(async () => {
  await registry?.close();
  temporary.remove();
});

/** An empty folder next to the clone. */
function project(name: string): string {
  const folder = join(temporary.path, name);
  mkdirSync(folder);
  return folder;
}

describe("the READMEs", () => {
  it("all say how to install, and none from a scope that may be someone else's", () => {
    const vendors = publishedPackages().filter(({ folder }) => existsSync(join(folder, "openapi.json")));
    expect(vendors.length).toBeGreaterThan(4);
    expect(installations).toHaveLength(vendors.length + 3);
    expect(new Set(installations.map(({ pack }) => pack.replace(/ #.*/, "")))).toHaveProperty("size", 1);
    for (const file of readmes)
      expect(readFileSync(file, "utf8")).not.toMatch(/\b(?:npm|pnpm|yarn|bun) (?:install|i|add) .*@gpu\//);
  });

  it.each(installations)(
    "$title works in an empty folder, and takes nothing of ours from a registry",
    async ({ title, install }) => {
      const folder = project(title.replaceAll(/[/ ]/g, "-"));
      await run("bash", ["-c", install], { cwd: folder, env: registry.environment });
      const installed = publishedPackages().filter(({ manifest }) => existsSync(join(folder, "node_modules", manifest.name)));
      expect(installed.length).toBeGreaterThan(1);
      for (const { manifest } of installed) {
        const program = `console.log(Object.keys(await import("${manifest.name}")).length)`;
        expect(Number(await run("node", ["--input-type=module", "-e", program], { cwd: folder }))).toBeGreaterThan(0);
      }
    },
  );
});
