import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "./user-error.ts";

/** The top of the repository. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Every vendor of this repository, sorted. */
export function allVendors(): string[] {
  return vendorsIn(root);
}

/** Every vendor of a tree that has a folder with a `source.yaml` under `specs/`, sorted. */
export function vendorsIn(tree: string): string[] {
  return readdirSync(join(tree, "specs"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(tree, "specs", entry.name, "source.yaml")))
    .map((entry) => entry.name)
    .sort();
}

/** The vendors named on a command line; all of them when none is named. */
export function chosenVendors(names: readonly string[]): string[] {
  const known = allVendors();
  for (const name of names) {
    if (!known.includes(name)) {
      throw new UserError(`unknown vendor "${name}"; known vendors: ${known.join(", ")}`);
    }
  }
  return names.length === 0 ? known : known.filter((vendor) => names.includes(vendor));
}

/** `thunder-compute` → `thunderCompute`. */
export function camelCase(name: string): string {
  const pascal = pascalCase(name);
  return pascal.charAt(0).toLowerCase() + pascal.slice(1);
}

/** `thunder-compute` → `ThunderCompute`. */
export function pascalCase(name: string): string {
  return name.replace(/(?:^|[-_\s])(\w)/g, (_, letter: string) => letter.toUpperCase());
}
