import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pnpm } from "./pnpm.ts";
import { run } from "./process.ts";
import { foreignDependencies, publishedPackages, readManifest, root } from "./workspace.ts";

/** A package as it is published. */
export interface PackedPackage {
  readonly name: string;
  /** Its folder in the repository. */
  readonly folder: string;
  readonly tarball: string;
  /** The tarball's content. */
  readonly content: string;
}

/** Makes a tarball of every published package in `folder`, such as `gpu-core.tgz`. The packages must be built. */
export async function packInto(folder: string): Promise<void> {
  const filters = publishedPackages().map(({ manifest }) => `--filter=${manifest.name}`);
  await pnpm(["--recursive", ...filters, "pack", "--out", join(folder, "%s.tgz")], root);
}

/** Packs every published package into `folder`, and unpacks it there. */
export async function packAll(folder: string): Promise<PackedPackage[]> {
  await packInto(folder);
  const tarballs = readdirSync(folder);
  return Promise.all(
    publishedPackages().map(async ({ folder: source, manifest: { name } }) => {
      const file = `${name.replace("@", "").replace("/", "-")}.tgz`;
      if (!tarballs.includes(file)) throw new Error(`pnpm packed no ${file}; there are ${tarballs.join(", ")}`);
      const content = join(folder, basename(file, ".tgz"));
      mkdirSync(content);
      await run("tar", ["-xzf", join(folder, file), "-C", content, "--strip-components=1"], { cwd: folder });
      return { name, folder: source, tarball: join(folder, file), content };
    }),
  );
}

/** A project in `folder` that has every published package installed as it is published, and the files of another folder. */
export async function packedProject(folder: string, files?: URL, type: "module" | "commonjs" = "module"): Promise<string> {
  const [project, packed] = [join(folder, "project"), join(folder, "packed")];
  for (const path of [project, packed]) mkdirSync(path);
  if (files) cpSync(fileURLToPath(files), project, { recursive: true });
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "project", private: true, type }));
  installPacked(await packAll(packed), project);
  return project;
}

/**
 * Puts packed packages, and the packages of others that they need, into `project/node_modules`, flat as npm does. Needs no registry:
 * installing from one is the subject of `registry.test.ts`.
 */
function installPacked(packages: readonly PackedPackage[], project: string): void {
  const modules = join(project, "node_modules");
  for (const { name, content } of packages) cpSync(content, join(modules, name), { recursive: true });
  for (const folder of foreignDependencies()) cpSync(folder, join(modules, readManifest(folder).name), { recursive: true });
}

/**
 * A project as pnpm lays it out: it sees the one package that it depends on, and each package only its own dependencies. `packed` is what
 * `packAll` made.
 */
export function strictProject(folder: string, packed: readonly PackedPackage[], dependency: string): string {
  const project = join(folder, "project");
  const store = join(project, "node_modules/.pnpm");
  const sources = new Map(packed.map(({ name, content }) => [name, content]));
  for (const source of foreignDependencies()) sources.set(readManifest(source).name, source);
  const homeOf = (name: string) => join(store, name.replace("/", "+"), "node_modules");
  for (const [name, source] of sources) {
    cpSync(source, join(homeOf(name), name), { recursive: true });
    for (const needed of Object.keys(readManifest(source).dependencies ?? {}))
      link(join(homeOf(needed), needed), join(homeOf(name), needed));
  }
  link(join(homeOf(dependency), dependency), join(project, "node_modules", dependency));
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "project", private: true, type: "module" }));
  return project;
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}
