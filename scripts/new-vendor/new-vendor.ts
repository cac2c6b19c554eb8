import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { compose } from "../compose/compose.ts";
import { readSource } from "../compose/source.ts";
import { type GeneratedFiles, writeFiles } from "../generate/files.ts";
import { generateFrom } from "../generate/generate.ts";
import type { JsonObject } from "../json.ts";
import { bumpFor } from "../regenerate/impact.ts";
import { UserError } from "../user-error.ts";
import { root as repository } from "../vendors.ts";
import { formatted } from "./format.ts";
import { leftToDo } from "./left-to-do.ts";
import { namesOf, refuseBadId, type VendorNames } from "./names.ts";
import { packageFiles, refuseTaken, vendorPackages } from "./package-files.ts";
import { providerSkeleton } from "./provider.ts";
import { registrations } from "./registrations.ts";
import { scenarioSkeleton, simulatorSkeleton } from "./simulator.ts";

/** What became of the tree. */
export interface NewVendor {
  /** The files that were written, relative to the repository, sorted. */
  written: string[];
  /** What a person has to do, a line each. */
  left: string[];
}

/**
 * Makes everything of a vendor that follows from its documents in `specs/`. What exists stays: files that a person goes on with are
 * written once, lines are added once, and only generated files are made anew. Nothing is written unless all could be made.
 */
export async function newVendor(root: string, id: string): Promise<NewVendor> {
  refuseBadId(id);
  refuseTaken(root, id);
  refuseMissingSpecs(root, id);
  const document = await compose(id, join(root, "specs"));
  const names = namesOf(id, document);
  const kept = await filesToKeep(root, names, document);
  const files = new Map([...kept, ...(await generated(root, id, document, kept)), ...(await registered(root, names, document))]);
  const absolute = new Map([...files].map(([path, text]) => [join(root, path), text]));
  const written = await writeFiles(absolute);
  const present = await Promise.all(
    leftToDo(names).map(async ({ path, line, isLeft }) => {
      const text = files.get(path) ?? (await readFile(join(root, path), "utf8").catch(() => ""));
      return isLeft(text) ? [line] : [];
    }),
  );
  return { written: written.map((path) => relative(root, join(repository, path))).sort(), left: present.flat() };
}

function refuseMissingSpecs(root: string, id: string): void {
  if (existsSync(join(root, "specs", id, "source.yaml"))) return;
  throw new UserError(
    `specs/${id}/source.yaml: missing; put there \`url\` (or null), \`pages\` (a list of { url, sha256 }), \`file\`, \`sha256\` (or null), ` +
      "`date` (YYYY-MM-DD) and `operations` (a list of METHOD /path), and beside it openapi.yaml (file: openapi.yaml, written by hand), " +
      "or upstream.yaml as published with operations.overlay.yaml and fixes.overlay.yaml (file: upstream.yaml)",
  );
}

/** Files that a person goes on with: those that are there already stay as they are. */
async function filesToKeep(root: string, names: VendorNames, document: JsonObject): Promise<Map<string, string>> {
  const { id } = names;
  const { file } = await readSource(join(root, "specs", id), `specs/${id}`);
  const skeletons = new Map([
    ...(await packageFiles(root, names, file)),
    [`packages/unified/src/providers/${id}.ts`, providerSkeleton(names, document)],
    [`packages/simulator/src/vendors/${id}.ts`, simulatorSkeleton(names, document)],
    [`packages/simulator/test/scenarios/${id}.ts`, scenarioSkeleton(names, document)],
  ]);
  // A package that is there had its changeset, which a release may have used up.
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

New vendor: ${title}. \`@gpu/${id}\` is its typed client, \`${camel}()\` its provider in \`@gpu/unified\`, and \`@gpu/simulator\` stands in for it.
`;
}

/** What `pnpm generate` makes, before the package is in its place: it reads the package's version and its README. */
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

/** Files that exist, with the vendor's lines in them. */
async function registered(root: string, names: VendorNames, document: JsonObject): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const [path, edits] of registrations(names, document, vendorPackages(root))) {
    const present = await readFile(join(root, path), "utf8").catch(() => {
      throw new UserError(`${path}: cannot be read, so the vendor cannot be added to it; nothing was written`);
    });
    const text = edits.reduce((edited, edit) => edit(edited, path), present);
    if (text !== present) files.set(path, path.endsWith(".md") ? text : await formatted(path, text));
  }
  return files;
}
