import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@gpu-scripts/openapi/process.ts";
import { pnpm } from "./pnpm.ts";
import { foreignDependencies, publishedPackages, readManifest, root } from "./workspace.ts";

/** A package as it is published. */
export interface PackedPackage {
  readonly name: string;
  readonly folder: string;
  readonly tarball: string;
  /** The folder of the unpacked tarball. */
  readonly content: string;
}

/** Packs every published package into `folder`, as `gpu-core.tgz` for example. The packages must be built. */
export async function packInto(folder: string): Promise<void> {
  const filters = publishedPackages().map(({ manifest }) => `--filter=${manifest.name}`);
  await pnpm(["--recursive", ...filters, "pack", "--out", join(folder, "%s.tgz")], root);
}

/** Packs every published package into `folder` and unpacks it there. */
export async function packAll(folder: string): Promise<PackedPackage[]> {
  await packInto(folder);
  const tarballs = readdirSync(folder);
  return Promise.all(
    publishedPackages().map(async ({ folder: source, manifest: { name } }) => {
      const file = `${name.replace("@", "").replace("/", "-")}.tgz`;
      if (!tarballs.includes(file)) throw new Error(`pnpm did not pack ${file}; it packed ${tarballs.join(", ")}`);
      const content = join(folder, basename(file, ".tgz"));
      mkdirSync(content);
      await run("tar", ["-xzf", join(folder, file), "-C", content, "--strip-components=1"], { cwd: folder });
      return { name, folder: source, tarball: join(folder, file), content };
    }),
  );
}

/** Creates a project in `folder` with every packed package installed, and with the files of another folder. */
export async function packedProject(folder: string, files?: URL, type: "module" | "commonjs" = "module"): Promise<string> {
  const [project, packed] = [join(folder, "project"), join(folder, "packed")];
  for (const path of [project, packed]) mkdirSync(path);
  if (files) cpSync(fileURLToPath(files), project, { recursive: true });
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "project", private: true, type }));
  installPacked(await packAll(packed), project);
  return project;
}

/**
 * Copies packed packages and their third-party dependencies into `project/node_modules`, in npm's flat layout. Needs no registry;
 * `registry.test.ts` tests installation from one.
 */
function installPacked(packages: readonly PackedPackage[], project: string): void {
  const modules = join(project, "node_modules");
  for (const { name, content } of packages) cpSync(content, join(modules, name), { recursive: true });
  for (const folder of foreignDependencies()) cpSync(folder, join(modules, readManifest(folder).name), { recursive: true });
}

/**
 * Creates a project in pnpm's layout: it can import only `dependency`, and each package only its own dependencies. `packed` is the
 * result of `packAll`.
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
