import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { pascalCase } from "@gpu-scripts/openapi/vendors.ts";
import type { Change } from "./change.ts";
import type { Outcome } from "./outcome.ts";

/** The calls of a vendor that `@gpu/unified` makes and whose behaviour changed, not just their description. */
export async function callsToLookAt(root: string, vendor: string, changes: readonly Change[]): Promise<Outcome["lookAt"]> {
  const providers = join(root, "packages", "unified", "src", "providers");
  if (!existsSync(providers)) return [];
  const considerable = changes.filter(({ impact }) => impact === "major" || impact === "minor");
  // Its title decides the capitals of its name: `RunPodClient`.
  const client = `${pascalCase(vendor)}Client`.toLowerCase();
  const entries = await readdir(providers, { recursive: true, withFileTypes: true });
  const found: Outcome["lookAt"] = [];
  for (const entry of entries.filter((one) => one.isFile() && one.name.endsWith(".ts"))) {
    const path = join(entry.parentPath, entry.name);
    const text = await readFile(path, "utf8");
    const isVendors = path.includes(`/providers/${vendor}.`) || path.includes(`/providers/${vendor}/`);
    if (!isVendors && !text.toLowerCase().includes(client)) continue;
    const uses = ({ operation }: Change) => operation === "*" || new RegExp(`\\.${operation}\\b`).test(text);
    found.push(...considerable.filter(uses).map((change) => ({ file: relative(root, path), change })));
  }
  return found;
}
