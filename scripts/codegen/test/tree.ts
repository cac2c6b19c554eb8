import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { root } from "@gpu-scripts/openapi/vendors.ts";

/**
 * Copies the files that `regenerate` reads and writes to a temporary folder. Installed packages are linked. With `scripts`, the scripts
 * are copied too, and work on the copy. Without `dependents`, the copy has no tests, and only the manifests of packages that depend on
 * the vendors' packages.
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
    // Keeps links relative, so that the scripts resolve each other within the copy.
    if (existsSync(modules))
      await cp(modules, join(copy, "scripts", name, "node_modules"), { recursive: true, verbatimSymlinks: true });
  }
  return { root: copy, remove: () => rm(copy, { recursive: true, force: true }) };
}

/** The content of every file in a tree, to detect changes. */
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
