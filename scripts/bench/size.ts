import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { vendorNames } from "@gpu-scripts/openapi/vendor-names.ts";
import { allVendors, camelCase, root } from "@gpu-scripts/openapi/vendors.ts";
import { build } from "esbuild";

export interface Size {
  name: string;
  /** Bytes of the minified bundle. */
  minified: number;
  gzip: number;
}

/** Sizes of bundled programs that only create one client or one `Gpu`. */
export async function measureSizes(redoclyClient: string): Promise<Size[]> {
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
  return Promise.all(programs.map(async ([name, program]) => ({ name, ...(await sizeOf(program)) })));
}

function factoryOf(vendor: string): string {
  return vendorNames(JSON.parse(readFileSync(join(root, "packages", vendor, "openapi.json"), "utf8"))).factory;
}

async function sizeOf(contents: string): Promise<{ minified: number; gzip: number }> {
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
  return { minified: text.length, gzip: gzipSync(text, { level: 9 }).length };
}
