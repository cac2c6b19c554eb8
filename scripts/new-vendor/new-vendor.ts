import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { moveIn } from "@gpu-scripts/codegen/move-in.ts";
import { registryFiles } from "@gpu-scripts/codegen/registries.ts";
import { generateFrom } from "@gpu-scripts/codegen/vendor-files.ts";
import { compose } from "@gpu-scripts/openapi/compose.ts";
import { blamingDocument } from "@gpu-scripts/openapi/door.ts";
import { formatted } from "@gpu-scripts/openapi/format.ts";
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { readLive } from "@gpu-scripts/openapi/live.ts";
import { readSource, type Source } from "@gpu-scripts/openapi/source.ts";
import { markdownLine } from "@gpu-scripts/openapi/text/markdown.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { type VendorNames, vendorNames } from "@gpu-scripts/openapi/vendor-names.ts";
import { changedFiles, relativeTo } from "@gpu-scripts/regenerate/changed-files.ts";
import { bumpFor } from "@gpu-scripts/regenerate/impact.ts";
import { type SpecsFromDocument, specsFromDocument } from "./document/specs.ts";
import { leftToDo } from "./left-to-do.ts";
import { refuseBadId } from "./names.ts";
import { packageFiles, refuseTaken } from "./package-files.ts";
import { providerSkeleton } from "./provider.ts";
import { scenarioSkeleton, simulatorSkeleton } from "./simulator.ts";

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
    return await makeFrom(root, id, undefined);
  }
  refusePresentSpecs(root, id);
  return await blamingDocument(from, async () => await makeFrom(root, id, await specsFromDocument(id, from, date)));
}

async function makeFrom(root: string, id: string, made: SpecsFromDocument | undefined): Promise<NewVendor> {
  const document = made?.composed ?? (await compose(id, join(root, "specs")));
  const file = made ? "upstream.yaml" : (await readSource(join(root, "specs", id), `specs/${id}`)).file;
  const live = await readLive(join(root, "specs", id), `specs/${id}`);
  const names = vendorNames(document);
  const own = new Map([
    ...[...(made?.files ?? [])].map(([name, text]): [string, string] => [`specs/${id}/${name}`, text]),
    ...(await filesToKeep(root, names, document, file)),
    ...relativeTo(root, await generateFrom(document, id, join(root, "packages"), live)),
  ]);
  const lists = relativeTo(root, await registryFiles({ root, pending: own }));
  const changed = await changedFiles(root, new Map([...own, ...lists]));
  const written = [...changed.keys()].sort();
  await moveIn(root, new Map(written.map((path) => [path, changed.get(path)])));
  const left = await Promise.all(
    leftToDo(names).map(async ({ path, line, isLeft }) => {
      const text = await readFile(join(root, path), "utf8").catch(() => "");
      return isLeft(text) ? [line] : [];
    }),
  );
  return { written, left: [...(made?.left ?? []), ...left.flat()] };
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
async function filesToKeep(
  root: string,
  names: VendorNames,
  document: JsonObject,
  file: Source["file"],
): Promise<Map<string, string>> {
  const { id } = names;
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
