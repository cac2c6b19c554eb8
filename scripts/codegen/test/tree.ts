import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { root } from "@gpu-scripts/openapi/vendors.ts";

/**
 * A copy of what `regenerate` reads and writes, in a temporary folder; installed packages are linked, not copied. With `scripts`, the
 * scripts are copied too and work on the copy. Without `dependents`, tests and the packages that depend on the vendors' are left out, but for their manifests.
 */
export async function copyTree({
  scripts = false,
  dependents = false,
} = {}): Promise<{ root: string; remove: () => Promise<void> }> {
  const copy = await mkdtemp(join(tmpdir(), "gpu-tree-"));
  const parts = [
    "specs",
    "packages",
    "tsconfig.base.json",
    "redocly.yaml",
    "package.json",
    ...(scripts
      ? ["scripts", ".changeset", "pnpm-workspace.yaml", "turbo.json", "rolldown.config.js", "rolldown.commonjs.config.js"]
      : []),
  ];
  for (const part of parts) {
    if (!existsSync(join(root, part))) continue;
    await cp(join(root, part), join(copy, part), {
      recursive: true,
      filter: (source) => {
        const path = relative(root, source);
        if (/(?:^|\/)(?:node_modules|dist|\.turbo)(?:\/|$)/.test(path)) return false;
        if (/^\.changeset\/(?!README)[^/]*\.md$/.test(path)) return false;
        return dependents || !/^packages\/(?:[^/]+\/test|(?:unified|simulator|testing)\/src)(?:\/|$)/.test(path);
      },
    });
  }
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  for (const name of await readdir(join(root, "packages"))) {
    const modules = join(root, "packages", name, "node_modules");
    if (existsSync(modules)) await symlink(modules, join(copy, "packages", name, "node_modules"));
  }
  for (const name of scripts ? await readdir(join(root, "scripts")) : []) {
    const modules = join(root, "scripts", name, "node_modules");
    // The links are relative, so that the scripts find each other in the copy.
    if (existsSync(modules))
      await cp(modules, join(copy, "scripts", name, "node_modules"), { recursive: true, verbatimSymlinks: true });
  }
  return { root: copy, remove: () => rm(copy, { recursive: true, force: true }) };
}

/** Every file of a tree with its content, to see whether anything changed. */
export async function snapshot(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const visit = async (path: string): Promise<void> => {
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.isDirectory()) await visit(join(path, entry.name));
      else if (entry.isFile())
        files.set(relative(folder, join(path, entry.name)), await readFile(join(path, entry.name), "utf8"));
    }
  };
  await visit(folder);
  return files;
}
