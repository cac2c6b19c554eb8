import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { run } from "@gpu-scripts/openapi/process.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Registry, startRegistry } from "../registry.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { installTools } from "../tools.ts";
import { publishedPackages, root } from "../workspace.ts";

interface Installation {
  /** The README and the number of its code block. */
  title: string;
  /** The command that packs the tarballs. */
  pack: string;
  /** The command that installs some of them. */
  install: string;
}

const readmes = [join(root, "README.md"), ...publishedPackages().map(({ folder }) => join(folder, "README.md"))];

/** The installation commands of the READMEs. */
const installations = readmes.flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/^```sh\n(\(cd [^\n]*)\n(npm install [^\n]*)\n```$/gm)].map(
    ([, pack = "", install = ""], index): Installation => ({ title: `${relative(root, file)} ${index + 1}`, pack, install }),
  ),
);

const temporary = temporaryFolder();
let registry: Registry;

beforeAll(async () => {
  // The registry has only third-party packages, so a request for a package in our scope fails.
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
  it("document the installation from tarballs only, because others may own the scope on a registry", () => {
    const vendors = publishedPackages().filter(({ folder }) => existsSync(join(folder, "openapi.json")));
    expect(vendors.length).toBeGreaterThan(4);
    expect(installations).toHaveLength(vendors.length + 3);
    expect(new Set(installations.map(({ pack }) => pack.replace(/ #.*/, "")))).toHaveProperty("size", 1);
    for (const file of readmes)
      expect(readFileSync(file, "utf8")).not.toMatch(/\b(?:npm|pnpm|yarn|bun) (?:install|i|add) .*@gpu\//);
  });

  it.each(installations)("$title works in an empty folder, without our packages in a registry", async ({ title, install }) => {
    const folder = project(title.replaceAll(/[/ ]/g, "-"));
    await run("bash", ["-c", install], { cwd: folder, env: registry.environment });
    const installed = publishedPackages().filter(({ manifest }) => existsSync(join(folder, "node_modules", manifest.name)));
    expect(installed.length).toBeGreaterThan(1);
    for (const { manifest } of installed) {
      const program = `console.log(Object.keys(await import("${manifest.name}")).length)`;
      expect(Number(await run("node", ["--input-type=module", "-e", program], { cwd: folder }))).toBeGreaterThan(0);
    }
  });
});
