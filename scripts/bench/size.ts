import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { vendorNames } from "@gpu-scripts/openapi/vendor-names.ts";
import { allVendors, camelCase, root } from "@gpu-scripts/openapi/vendors.ts";
import { build } from "esbuild";
import { generateRedoclyClient } from "./clients.ts";
import type { Table } from "./table.ts";

/** Sizes of bundled programs that only create one client or one `Gpu`. */
export async function measureSizes(): Promise<Table> {
  const redoclyClient = await generateRedoclyClient();
  const vendors = allVendors();
  const programs: [name: string, program: string][] = [
    ...vendors.map((vendor): [string, string] => [`@gpu/${vendor}`, `export { ${factoryOf(vendor)} } from "@gpu/${vendor}";`]),
    ...vendors.map((vendor): [string, string] => [
      `@gpu/unified with ${vendor} alone`,
      `export { createGpu, ${camelCase(vendor)} } from "@gpu/unified";`,
    ]),
    ["@gpu/unified with all providers", `export { createGpu, ${vendors.map(camelCase).join(", ")} } from "@gpu/unified";`],
    ["openapi-fetch, bare", 'export { default } from "openapi-fetch";'],
    ["redocly generate-client", `export { client } from ${JSON.stringify(redoclyClient)};`],
    ["ky", 'export { default } from "ky";'],
    ["openai", 'export { default } from "openai";'],
  ];
  const rows = await Promise.all(programs.map(async ([name, program]) => [name, ...(await sizesOf(program)).map(kilobytes)]));
  return { head: ["bundle of a client", "minified", "gzip"], rows };
}

function factoryOf(vendor: string): string {
  return vendorNames(JSON.parse(readFileSync(join(root, "packages", vendor, "openapi.json"), "utf8"))).factory;
}

/** Bytes of the minified bundle of a program, and of the same after gzip. */
async function sizesOf(contents: string): Promise<number[]> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    external: ["node:*"],
    write: false,
  });
  const text = outputFiles[0]?.contents ?? new Uint8Array();
  return [text.length, gzipSync(text, { level: 9 }).length];
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}
