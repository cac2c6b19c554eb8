import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isObject, type JsonObject, objectAt } from "@gpu-scripts/openapi/json.ts";
import type { Source } from "@gpu-scripts/openapi/source.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import type { VendorNames } from "@gpu-scripts/openapi/vendor-names.ts";

/** Files that differ between the vendors' packages only in the vendor's id. */
const copied = ["package.json", "turbo.json", "tsconfig.json", "tsconfig.build.json", "LICENSE"];

/** The vendors that have a package, sorted. */
function vendorPackages(root: string): string[] {
  return readdirSync(join(root, "packages"))
    .filter((name) => generatesVendor(root, name))
    .sort();
}

/** The part of the README's test without calls; while the file contains it, the example is not written. */
export const unfinishedReadme = "calls: []";

/** Refuses an id that is the folder of another package. */
export function refuseTaken(root: string, id: string): void {
  if (existsSync(join(root, "packages", id, "package.json")) && !generatesVendor(root, id)) {
    throw new UserError(`packages/${id} is not a vendor's package; choose another id, also for the folder in specs/`);
  }
}

function generatesVendor(root: string, name: string): boolean {
  const file = join(root, "packages", name, "package.json");
  if (!existsSync(file)) return false;
  const manifest: unknown = JSON.parse(readFileSync(file, "utf8"));
  return isObject(manifest) && String(objectAt(manifest, "scripts")["generate"]).includes("generate-vendor.ts");
}

/** The files of a new package that are not generated, by path relative to the repository. Modelled on an existing package. */
export async function packageFiles(root: string, names: VendorNames, source: Source["file"]): Promise<Map<string, string>> {
  const folder = `packages/${names.id}`;
  const model = vendorPackages(root).find((vendor) => vendor !== names.id);
  if (!model) throw new UserError("packages/ has no vendor's package that could serve as the model of a new one");
  const files = new Map<string, string>();
  for (const name of copied) {
    const text = await readFile(join(root, "packages", model, name), "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const renamed = text.replaceAll(new RegExp(`(?<![\\w-])${model}(?![\\w-])`, "g"), names.id);
    files.set(`${folder}/${name}`, name === "package.json" ? manifest(renamed, names) : renamed);
  }
  for (const [name, text] of tests(names, source)) files.set(`${folder}/test/${name}`, text);
  return files;
}

function manifest(text: string, { id, title }: VendorNames): string {
  const model = JSON.parse(text) as JsonObject;
  const own = {
    // The changeset raises it to the first version.
    version: "0.0.0",
    description: `Typed client of the ${title} API: every call typed, and no paid request sent twice.`,
    keywords: ["gpu", "cloud", id, "openapi", "typescript", "client"],
  };
  return JSON.stringify({ ...model, ...own }, null, 2);
}

function tests({ id, pascal, camel, factory }: VendorNames, source: Source["file"]): Map<string, string> {
  const documentFile = `documentFile: new URL("../openapi.json", import.meta.url)`;
  const readmeFile = `readmeFile: new URL("../README.md", import.meta.url)`;
  const files = new Map([
    ["responses.json", "[]"],
    ["requests.json", "[]"],
    [
      "responses.test.ts",
      suite("responsesSuite", [documentFile, `recordedResponsesFile: new URL("responses.json", import.meta.url)`]),
    ],
    [
      "contract.test.ts",
      suite(
        "contractSuite",
        [documentFile, `createClient: ${factory}`, `recordedRequestsFile: new URL("requests.json", import.meta.url)`],
        `{ ${factory} }`,
      ),
    ],
    [
      "types.test.ts",
      suite("typesSuite", [
        documentFile,
        `projectFile: new URL("../tsconfig.json", import.meta.url)`,
        readmeFile,
        `clientInterface: "${pascal}Client"`,
      ]),
    ],
    [
      "readme.test.ts",
      suite(
        "readmeSuite",
        [readmeFile, documentFile, `modules: { "@gpu/${id}": ${camel} }`, unfinishedReadme, "prints: []"],
        `* as ${camel}`,
      ),
    ],
  ]);
  if (source === "upstream.yaml") {
    const folder = `folder: new URL("../../../specs/${id}/", import.meta.url)`;
    files.set("source.test.ts", suite("vendoredDocumentSuite", [folder]));
  }
  return files;
}

/** A test file that calls a suite of `@gpu/testing`; `client` is what it imports of the package. */
function suite(name: string, fields: readonly string[], client?: string): string {
  return `import { ${name} } from "@gpu/testing";
${client === undefined ? "" : `import ${client} from "../src/index.js";\n`}
${name}({
${fields.map((field) => `  ${field},`).join("\n")}
});
`;
}
