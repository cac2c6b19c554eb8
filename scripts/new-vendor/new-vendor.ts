import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { type GeneratedFiles, staleFiles } from "@gpu-scripts/codegen/files.ts";
import { moveIn } from "@gpu-scripts/codegen/move-in.ts";
import { registryFiles } from "@gpu-scripts/codegen/registries.ts";
import { generateFrom } from "@gpu-scripts/codegen/vendor-files.ts";
import { compose } from "@gpu-scripts/openapi/compose.ts";
import { blamingDocument } from "@gpu-scripts/openapi/door.ts";
import { formatted } from "@gpu-scripts/openapi/format.ts";
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { readSource } from "@gpu-scripts/openapi/source.ts";
import { markdownLine } from "@gpu-scripts/openapi/text/markdown.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { type VendorNames, vendorNames } from "@gpu-scripts/openapi/vendor-names.ts";
import { root as repository } from "@gpu-scripts/openapi/vendors.ts";
import { bumpFor } from "@gpu-scripts/regenerate/impact.ts";
import { type SpecsFromDocument, specsFromDocument } from "./document/specs.ts";
import { leftToDo } from "./left-to-do.ts";
import { refuseBadId } from "./names.ts";
import { packageFiles, refuseTaken } from "./package-files.ts";
import { providerSkeleton } from "./provider.ts";
import { scenarioSkeleton, simulatorSkeleton } from "./simulator.ts";

/** The maximum number of shown lines of one error: a few are enough for a mistake that a document repeats everywhere. */
const mostReasons = 6;

/** What a run wrote and left. */
export interface NewVendor {
  /** The files that were written, relative to the repository, sorted. */
  written: string[];
  /** What a person still has to do, one line each. */
  left: string[];
}

export interface NewVendorOptions {
  /** File or URL of the vendor's document, for a vendor without a folder under `specs/`. */
  from?: string | undefined;
  /** Today, YYYY-MM-DD. */
  date?: string;
}

/**
 * Makes the package, provider and simulated vendor from the documents in `specs/<id>/`, or from the vendor's own document (`from`).
 * Existing files that people edit are kept; generated files are replaced. Writes all files or none.
 */
export async function newVendor(root: string, id: string, { from, date = today() }: NewVendorOptions = {}): Promise<NewVendor> {
  refuseBadId(id);
  refuseTaken(root, id);
  if (from === undefined) {
    refuseMissingSpecs(root, id);
    return await makeFrom(root, id, join(root, "specs"), undefined);
  }
  refusePresentSpecs(root, id);
  const staging = await mkdtemp(join(tmpdir(), "gpu-new-vendor-"));
  try {
    const made = await blamingDocument(from, () => specsFromDocument(id, from, date));
    await mkdir(join(staging, id));
    for (const [name, text] of made.files) await writeFile(join(staging, id, name), text);
    return await blamingDocument(from, () => makeFrom(root, id, staging, made));
  } catch (error) {
    if (!(error instanceof UserError) || !error.message.startsWith(`specs/${id}: `)) throw error;
    const lines = error.message.slice(`specs/${id}: `.length).split(/\n\s*/);
    const more = lines.length > mostReasons ? [`${lines.length - mostReasons} more of these`] : [];
    const reasons = [...lines.slice(0, mostReasons), ...more].join("; ");
    throw new UserError(`${from}: the document made from it ${reasons}`);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function makeFrom(root: string, id: string, specs: string, made: SpecsFromDocument | undefined): Promise<NewVendor> {
  const document = made?.composed ?? (await compose(id, specs));
  const names = vendorNames(document);
  const kept = await filesToKeep(root, names, document, specs);
  const own = new Map([
    ...[...(made?.files ?? [])].map(([name, text]): [string, string] => [`specs/${id}/${name}`, text]),
    ...kept,
    ...(await generated(root, id, document, kept)),
  ]);
  const lists = await registryFiles({ root, pending: own });
  const files = new Map([...own, ...[...lists].map(([path, text]): [string, string] => [relative(root, path), text])]);
  const written = await writeAll(root, files);
  const present = await Promise.all(
    leftToDo(names).map(async ({ path, line, isLeft }) => {
      const text = files.get(path) ?? (await readFile(join(root, path), "utf8").catch(() => ""));
      return isLeft(text) ? [line] : [];
    }),
  );
  return { written, left: [...(made?.left ?? []), ...present.flat()] };
}

/** Moves the files that differ into the tree, all or none. Returns their paths relative to it, sorted. */
async function writeAll(root: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const stale = await staleFiles(new Map([...files].map(([path, text]) => [join(root, path), text])));
  const paths = stale.map((path) => relative(root, join(repository, path))).sort();
  if (paths.length === 0) return [];
  await moveIn(root, new Map(paths.map((path) => [path, files.get(path) ?? ""])));
  return paths;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function refusePresentSpecs(root: string, id: string): void {
  if (!existsSync(join(root, "specs", id))) return;
  throw new UserError(`specs/${id} exists already; use \`pnpm regenerate ${id} --from …\` for a changed document`);
}

function refuseMissingSpecs(root: string, id: string): void {
  if (existsSync(join(root, "specs", id, "source.yaml"))) return;
  throw new UserError(
    `specs/${id}/source.yaml: missing; write it with \`url\` (or null), \`pages\` (a list of { url, sha256 }), \`file\`, \`sha256\` (or null), ` +
      "`date` (YYYY-MM-DD) and `operations` (a list of METHOD /path), and add to the same folder openapi.yaml (file: openapi.yaml, written by hand), " +
      "or upstream.yaml as published with operations.overlay.yaml and fixes.overlay.yaml (file: upstream.yaml)",
  );
}

/** Files that people edit after they are written; existing ones stay unchanged. */
async function filesToKeep(root: string, names: VendorNames, document: JsonObject, specs: string): Promise<Map<string, string>> {
  const { id } = names;
  const { file } = await readSource(join(specs, id), `specs/${id}`);
  const skeletons = new Map([
    ...(await packageFiles(root, names, file)),
    [`packages/unified/src/providers/${id}.ts`, providerSkeleton(names, document)],
    [`packages/simulator/src/vendors/${id}.ts`, simulatorSkeleton(names, document)],
    [`packages/simulator/test/scenarios/${id}.ts`, scenarioSkeleton(names, document)],
  ]);
  // An existing package had its changeset; a release may have consumed it.
  if (!existsSync(join(root, "packages", id, "package.json"))) {
    skeletons.set(`.changeset/${id}.md`, await changeset(root, names));
  }
  const files = new Map<string, string>();
  for (const [path, text] of skeletons) {
    if (existsSync(join(root, path))) continue;
    files.set(path, /\.(?:ts|json)$/.test(path) ? await formatted(path, text) : text);
  }
  return files;
}

async function changeset(root: string, { id, camel, title }: VendorNames): Promise<string> {
  const bumps = await Promise.all(
    ["unified", "simulator"].map(async (name) => {
      const { version } = JSON.parse(await readFile(join(root, "packages", name, "package.json"), "utf8")) as JsonObject;
      return `"@gpu/${name}": ${bumpFor("minor", String(version))}`;
    }),
  );
  return `---
"@gpu/${id}": minor
${bumps.join("\n")}
---

New vendor: ${markdownLine(title)}. \`@gpu/${id}\` is its typed client, \`${camel}()\` its provider in \`@gpu/unified\`, and \`@gpu/simulator\` simulates it.
`;
}

/** The output of `pnpm generate`, made in a temporary folder: it reads the version and README of a package that is not written yet. */
async function generated(
  root: string,
  id: string,
  document: JsonObject,
  kept: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const staging = await mkdtemp(join(tmpdir(), "gpu-new-vendor-"));
  try {
    for (const name of ["package.json", "README.md"]) {
      const path = `packages/${id}/${name}`;
      const text = kept.get(path) ?? (await readFile(join(root, path), "utf8").catch(() => undefined));
      if (text === undefined) continue;
      await mkdir(dirname(join(staging, path)), { recursive: true });
      await writeFile(join(staging, path), text);
    }
    const files: GeneratedFiles = await generateFrom(document, id, join(staging, "packages"));
    return new Map([...files].map(([path, text]) => [relative(staging, path), text]));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
