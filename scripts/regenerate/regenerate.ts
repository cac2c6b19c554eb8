import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { moveIn } from "@gpu-scripts/codegen/move-in.ts";
import { registryFiles } from "@gpu-scripts/codegen/registries.ts";
import { generateFrom } from "@gpu-scripts/codegen/vendor-files.ts";
import { blamingDocument, readDocument } from "@gpu-scripts/openapi/door.ts";
import { type JsonObject, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { readLive } from "@gpu-scripts/openapi/live.ts";
import { operationKey, operationsOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import { parseObject } from "@gpu-scripts/openapi/parse.ts";
import { type LintProblem, lintProblems, refuseProblems } from "@gpu-scripts/openapi/redocly.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import type { Change } from "./change.ts";
import { changedFiles, relativeTo } from "./changed-files.ts";
import { changesets, unifiedImpact } from "./changeset.ts";
import { type Comparison, compareUpstream, compareVersions, withoutMark } from "./compare/compare.ts";
import type { Version } from "./compare/surface.ts";
import { Usage } from "./compare/usage.ts";
import { newCompileErrors } from "./dependents.ts";
import { bumpFor, type Impact } from "./impact.ts";
import { sortProblems } from "./lint.ts";
import type { Fixable, Outcome, RefusalReason } from "./outcome.ts";
import { type NextSpecs, nextSpecs } from "./specs.ts";
import { callsToLookAt } from "./unified.ts";

export interface RegenerateOptions {
  /** The tree to work on. */
  root: string;
  /** File or URL of the document, instead of the address in `source.yaml`. */
  from?: string | undefined;
  /** Changes nothing in the tree. */
  dryRun?: boolean;
  /** Deletes the actions of overlays that upstream made unnecessary. */
  prune?: boolean;
  /** Today, YYYY-MM-DD. */
  date?: string;
}

/**
 * Updates specs and package to what a vendor publishes now, and writes a changeset; all files are written together at the end.
 * When anything prevents that, the outcome is `refused` with the reasons, and the tree is as before.
 */
export async function regenerateVendor(vendor: string, options: RegenerateOptions): Promise<Outcome> {
  const root = resolve(options.root);
  try {
    const { outcome, files } = await blamingDocument(options.from ?? `specs/${vendor}`, () => prepare(root, vendor, options));
    if (!options.dryRun) await moveIn(root, files);
    return outcome;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return refused(vendor, [{ kind: "document", message: error.message }]);
  }
}

interface Prepared {
  outcome: Outcome;
  /** New content of files by path, in the order in which they are written. */
  files: ReadonlyMap<string, string>;
}

async function prepare(root: string, vendor: string, options: RegenerateOptions): Promise<Prepared> {
  const date = options.date ?? new Date().toISOString().slice(0, 10);
  const specs = await nextSpecs(root, vendor, { from: options.from, prune: options.prune ?? false, date });
  const version = stringAt(await readManifest(root, vendor), "version") ?? "0.0.0";
  const refuse = (reasons: RefusalReason[], comparison: Comparison, names: ReadonlyMap<string, string>): Prepared => ({
    outcome: refused(vendor, reasons, shownOf(specs, comparison, names, version)),
    files: new Map(),
  });
  if (!specs.overlaysFit) {
    const names = namesOf((await committed(root, vendor))?.document ?? {});
    return refuse(specs.reasons, await compareUpstream(specs.upstream.before, specs.upstream.after, names), names);
  }
  const names = namesOf(specs.composed);
  const made = await generateAndCompare(root, vendor, specs.composed).catch((error: unknown) => {
    if (error instanceof UserError && specs.verdicts.length > 0) return error;
    throw error;
  });
  // The verdicts on the overlays explain the failure.
  if (made instanceof UserError)
    return refuse([...specs.reasons, { kind: "document", message: made.message }], noDifference, names);
  const { comparison, stale, problems } = made;
  const reasons = [...specs.reasons];
  if (problems.blocking.length > 0) reasons.push({ kind: "lint", problems: problems.blocking });
  if (reasons.length > 0) return refuse(reasons, comparison, names);

  const compileErrors = comparison.mayBreakCode || changesClient(vendor, stale) ? newCompileErrors(root, vendor, stale) : [];
  const breaksUnified = compileErrors.some(({ file }) => file.startsWith("packages/unified/src/"));
  const bump = bumpFor(comparison.impact, version);
  const files = await filesToWrite(root, vendor, specs, made, { bump, breaksUnified });
  const outcome: Outcome = {
    vendor,
    status: files.size === 0 ? "unchanged" : options.dryRun ? "would-write" : "written",
    reasons: [],
    versions: { before: version, after: raise(version, bump) },
    ...shownOf(specs, comparison, names, version),
    fixable: [...lintFixables(vendor, specs.composed, problems.fixable), ...compileErrors],
    lookAt: await callsToLookAt(root, vendor, comparison.changes),
    files: [...files.keys()].sort(),
  };
  return { outcome, files };
}

/** Changesets come first and the files that runs compare come last, so that a second run completes a killed one. */
async function filesToWrite(
  root: string,
  vendor: string,
  specs: NextSpecs,
  { document, comparison, stale }: Made,
  { bump, breaksUnified }: { bump: Impact; breaksUnified: boolean },
): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  if (bump !== "none") {
    const unified = await readManifest(root, "unified").catch(() => undefined);
    const follows = unifiedImpact(comparison.impact, breaksUnified);
    const texts = changesets({
      vendor,
      title: (stringAt(objectAt(document, "info"), "title") ?? vendor).replace(/ API$/, ""),
      comparison,
      bump,
      unifiedBump: unified ? bumpFor(follows, stringAt(unified, "version") ?? "0.0.0") : "none",
      content: JSON.stringify(document),
    });
    // One that is already there describes the same change, and a person may have edited it.
    for (const [path, text] of texts) if (!existsSync(join(root, path))) files.set(path, text);
  }
  const ofSpecs = new Map([...specs.files].map(([name, text]) => [join("specs", vendor, name), text]));
  const lists = relativeTo(root, await registryFiles({ root, pending: stale }));
  for (const [path, text] of await changedFiles(root, new Map([...ofSpecs, ...lists]))) files.set(path, text);
  const isCompared = (path: string) => Number(path === schemaFile(vendor) || path === documentFile(vendor));
  for (const [path, text] of [...stale].sort(([a], [b]) => isCompared(a) - isCompared(b))) files.set(path, text);
  return files;
}

/** What every outcome shows of a document that was compared. */
function shownOf(specs: NextSpecs, { impact, changes }: Comparison, names: ReadonlyMap<string, string>, version: string) {
  return {
    impact,
    bump: bumpFor(impact, version),
    changes: [
      ...changes,
      ...specs.changes.map((change) => ({ ...change, operation: names.get(change.operation) ?? change.operation })),
    ],
    overlays: specs.verdicts,
    notes: specs.notes,
  };
}

function refused(vendor: string, reasons: RefusalReason[], shown: Partial<Outcome> = {}): Outcome {
  const nothing = { changes: [], overlays: [], fixable: [], lookAt: [], notes: [], files: [] };
  return { vendor, status: "refused", reasons, impact: "none", bump: "none", ...nothing, ...shown };
}

const noDifference: Comparison = { impact: "none", changes: [], mayBreakCode: false };

/** Our names of operations by method and path, by which upstream's own document is compared. */
function namesOf(document: JsonObject): Map<string, string> {
  return new Map(operationsOf(document).map((operation) => [operationKey(operation), titleOf(operation)]));
}

function lintFixables(vendor: string, document: JsonObject, problems: readonly LintProblem[]): Fixable[] {
  const usage = new Usage(document);
  return problems.map(({ pointer, message, rule }) => {
    const [operation] = usage.operationsAt(pointer);
    return { kind: "lint", operation: operation ? titleOf(operation) : "*", place: `specs/${vendor}: ${pointer}`, message, rule };
  });
}

interface Made {
  /** The composed document. */
  document: JsonObject;
  problems: ReturnType<typeof sortProblems>;
  /** Generated files that differ from those in the tree, by path relative to it. */
  stale: Map<string, string>;
  comparison: Comparison;
}

/** Lints, generates and compares; the linter runs in its own process at the same time. */
async function generateAndCompare(root: string, vendor: string, document: JsonObject): Promise<Made> {
  const shownAs = `specs/${vendor}`;
  const linted = lintProblems(document, shownAs);
  // A failure of the linter is reported where it is awaited.
  linted.catch(() => undefined);
  const live = await readLive(join(root, shownAs), shownAs);
  const generated = await generateFrom(document, vendor, join(root, "packages"), live).catch(async (error: unknown) => {
    // The linter explains better what is wrong with a document that has no types.
    refuseProblems(sortProblems(await linted).blocking, shownAs);
    throw error;
  });
  const files = relativeTo(root, generated);
  const stale = await changedFiles(root, files);
  const comparison = await compareWithTree(root, vendor, { document, schema: files.get(schemaFile(vendor)) ?? "" }, stale);
  return { document, problems: sortProblems(await linted), stale, comparison };
}

async function compareWithTree(
  root: string,
  vendor: string,
  version: Version,
  stale: ReadonlyMap<string, string>,
): Promise<Comparison> {
  const only = (change: Change): Comparison => ({ impact: change.impact, changes: [change], mayBreakCode: false });
  const old = await committed(root, vendor);
  if (!old) return only({ operation: "*", impact: "minor", kind: "package-added" });
  if (stale.size === 0) return noDifference;
  const comparison = compareVersions(old, version);
  if (comparison.changes.length > 0) return comparison;
  // Any generated file that differs reaches users, even when no check sees what it means to them.
  return only({ operation: "*", impact: "patch", kind: "regenerated", files: [...stale.keys()] });
}

const documentFile = (vendor: string) => `packages/${vendor}/openapi.json`;
const schemaFile = (vendor: string) => `packages/${vendor}/src/generated/schema.ts`;

/** The version of the package in the tree. */
async function committed(root: string, vendor: string): Promise<Version | undefined> {
  const path = documentFile(vendor);
  if (!existsSync(join(root, path)) || !existsSync(join(root, schemaFile(vendor)))) return undefined;
  const document = withoutMark(await readDocument(join(root, path), path, "ours"));
  return { document, schema: await readFile(join(root, schemaFile(vendor)), "utf8") };
}

/** Whether exports other than the types of calls change: iterators, for example, and calls that return a result. */
function changesClient(vendor: string, stale: ReadonlyMap<string, string>): boolean {
  return ["generated/client.ts", "index.ts"].some((file) => stale.has(`packages/${vendor}/src/${file}`));
}

async function readManifest(root: string, folder: string): Promise<JsonObject> {
  const path = join("packages", folder, "package.json");
  const text = await readFile(join(root, path), "utf8").catch(() => {
    throw new UserError(`${path}: missing; \`pnpm new-vendor\` makes the package of a new vendor`);
  });
  return parseObject(text, path);
}

/** `1.2.3` raised by `minor` → `1.3.0`. */
function raise(version: string, bump: Impact): string {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  switch (bump) {
    case "major":
      return `${major + 1}.0.0`;
    case "minor":
      return `${major}.${minor + 1}.0`;
    case "patch":
      return `${major}.${minor}.${patch + 1}`;
    case "none":
      return version;
  }
}
