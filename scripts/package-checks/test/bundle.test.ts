import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { camelCase } from "@gpu-scripts/openapi/vendors.ts";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packedProject } from "../packed.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { publishedPackages } from "../workspace.ts";

/** The vendors with the hosts in their documents. */
const vendors = publishedPackages().flatMap(({ folder }) => {
  const file = join(folder, "openapi.json");
  if (!existsSync(file)) return [];
  const document = JSON.parse(readFileSync(file, "utf8"));
  return [{ vendor: document["x-gpu-client"].vendor as string, host: new URL(document.servers[0].url).host }];
});

const temporary = temporaryFolder();
let project: string;

beforeAll(async () => {
  project = await packedProject(temporary.path);
});
afterAll(() => temporary.remove());

/** Bundles a program, and returns the bundle and the modules in it. */
async function bundle(program: string): Promise<{ text: string; modules: string[] }> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: project,
    stdin: { contents: program, resolveDir: project },
    bundle: true,
    format: "esm",
    logLevel: "silent",
    metafile: true,
    outfile: "bundle.js",
    write: false,
  });
  const [output] = Object.values(metafile.outputs);
  return {
    text: outputFiles[0]?.text ?? "",
    modules: Object.entries(output?.inputs ?? {}).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? file : [])),
  };
}

/** The vendor of a module; undefined for shared code. */
function vendorOf(module: string): string | undefined {
  return vendors.find(({ vendor }) => module.includes(`/@gpu/${vendor}/`) || module.includes(`/providers/${vendor}`))?.vendor;
}

describe.each(vendors)("a bundle with only $vendor", ({ vendor, host }) => {
  const name = camelCase(vendor);
  const others = vendors.filter((other) => other.vendor !== vendor);

  it.each([
    ["its provider", `import { createGpu, ${name} } from "@gpu/unified"; console.log(createGpu({ providers: [${name}()] }));`],
    ["its client", `import * as client from "@gpu/${vendor}"; console.log(client);`],
  ])("contains no code of another vendor or of openapi-fetch, with %s", async (_, program) => {
    const { text, modules } = await bundle(program);
    expect(text).toContain(host);
    expect(modules.filter((module) => module.includes("openapi-fetch"))).toEqual([]);
    expect(new Set(modules.flatMap((module) => vendorOf(module) ?? []))).toEqual(new Set([vendor]));
    expect(others.filter((other) => text.includes(other.host))).toEqual([]);
  });
});

it("a bundle with a vendor's openapi-fetch client contains openapi-fetch", async () => {
  const { modules } = await bundle(
    'import { createOpenapiFetch } from "@gpu/fal/openapi-fetch"; console.log(createOpenapiFetch);',
  );
  expect(modules).toEqual(expect.arrayContaining([expect.stringContaining("node_modules/openapi-fetch/")]));
});

it("a bundle that only imports the packages is empty", async () => {
  const imports = publishedPackages().map(({ manifest }) => `import "${manifest.name}";`);
  const { modules } = await bundle(imports.join("\n"));
  expect(modules).toEqual([]);
});
