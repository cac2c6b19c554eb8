import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pascalCase } from "@gpu-scripts/openapi/vendors.ts";
import type { Change } from "./report.ts";

/** The calls of a vendor that `@gpu/unified` makes and that changed in more than words. */
export async function callsToLookAt(root: string, vendor: string, changes: readonly Change[]): Promise<string[]> {
  const providers = join(root, "packages", "unified", "src", "providers");
  if (!existsSync(providers)) return [];
  const entries = await readdir(providers, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name));
  const found: string[] = [];
  for (const file of files) {
    const text = await readFile(file, "utf8");
    const isVendors =
      file.includes(`/providers/${vendor}.`) ||
      file.includes(`/providers/${vendor}/`) ||
      text.includes(`${pascalCase(vendor)}Client`);
    if (!isVendors) continue;
    for (const { operation, impact, message } of changes) {
      const concerns = operation === "*" || new RegExp(`\\.${operation}\\b`).test(text);
      if (concerns && (impact === "major" || impact === "minor")) {
        found.push(
          `\`${file.slice(root.length + 1)}\` uses ${operation === "*" ? "the client" : `\`${operation}\``}: ${message}`,
        );
      }
    }
  }
  return [...new Set(found)];
}
