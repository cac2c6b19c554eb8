import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { endRun, moveIn, startRun } from "@gpu-scripts/codegen/move-in.ts";
import { generateTypes } from "@gpu-scripts/codegen/types.ts";
import { generateFrom } from "@gpu-scripts/codegen/vendor-files.ts";
import { blamingDocument, readDocument } from "@gpu-scripts/openapi/door.ts";
import { isObject, type JsonObject, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { operationKey, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { lintProblems, type Problem, refuseProblems, showProblem } from "@gpu-scripts/openapi/redocly.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { changesets, unifiedImpact } from "./changeset.ts";
import { type ChangedParts, changedParts } from "./compare/changed.ts";
import { type Comparison, compareUpstream, compareVersions, withoutMark } from "./compare/compare.ts";
import type { Version } from "./compare/surface.ts";
import { operationName, Usage } from "./compare/usage.ts";
import { concernsSources, newCompileErrors } from "./dependents.ts";
import { bumpFor, byImpact, greatest, type Impact } from "./impact.ts";
import { sortProblems } from "./lint.ts";
import { sizeOf } from "./refuse.ts";
import type { Change, Outcome } from "./report.ts";
import { type NextSpecs, nextSpecs } from "./specs.ts";
import { callsToLookAt } from "./unified.ts";

export interface RegenerateOptions {
  /** The tree to work on. */
  root: string;
  /** File or URL of the document instead of the place that `source.yaml` names. */
  from?: string | undefined;
  /** Changes nothing in the tree. */
  dryRun?: boolean;
  /** Deletes the actions of overlays that upstream made unnecessary. */
  prune?: boolean;
  /** Today, YYYY-MM-DD. */
  date?: string;
}

/**
 * Takes in what a vendor publishes now: specs, package and changeset, moved into the tree together at the end. Whatever stands
 * against that is the outcome `refused` with its reason, and the tree is as before.
 */
export async function regenerateVendor(vendor: string, options: RegenerateOptions): Promise<Outcome> {
  const runFolder = options.dryRun ? await mkdtemp(join(tmpdir(), "gpu-regenerate-")) : await startRun(options.root);
  const shownAs = options.from ?? `specs/${vendor}`;
  try {
    const { outcome, files } = await blamingDocument(shownAs, () => prepare(vendor, options));
    if (files.size > 0 && !options.dryRun) await moveIn(resolve(options.root), runFolder, files);
    return outcome;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return refused(vendor, error.message);
  } finally {
    if (options.dryRun) await rm(runFolder, { recursive: true, force: true });
    else await endRun(options.root, runFolder);
  }
}

/** What a run comes to, with the files that it moves into the tree. */
interface Prepared {
  outcome: Outcome;
  files: ReadonlyMap<string, string>;
}

async function prepare(vendor: string, options: RegenerateOptions): Promise<Prepared> {
  const root = resolve(options.root);
  const date = options.date ?? new Date().toISOString().slice(0, 10);
  const specs = await nextSpecs(root, vendor, { from: options.from, prune: options.prune ?? false, date });
  const stopped = (outcome: Outcome): Prepared => ({ outcome, files: new Map() });
  if (specs.upstream) return stopped(await misfit(root, vendor, specs, specs.upstream));
  if (!specs.composed) return stopped(blocked(vendor, specs, nothingCompared, "none"));
  const made = await generateAndCompare(root, vendor, specs.composed).catch((error: unknown) => {
    if (error instanceof UserError && specs.verdicts.length > 0) return error;
    throw error;
  });
  // What became of the overlays is what explains the failure.
  if (made instanceof UserError) return stopped(blocked(vendor, withReason(specs, made.message), nothingCompared, "none"));
  const { document, stale, comparison, toMend, grave } = made;
  const version = stringAt(await readManifest(root, vendor), "version") ?? "0.0.0";
  const bump = bumpFor(comparison.impact, version);
  nameLost(specs.changes, document);
  if (grave.length > 0) {
    const reason = `The composed document does not pass the linter:\n\n${grave.map((problem) => `- ${showProblem(problem)}`).join("\n")}`;
    return stopped(blocked(vendor, withReason(specs, reason), comparison, bump));
  }
  if (specs.blocked !== undefined) return stopped(blocked(vendor, specs, comparison, bump));

  const broken = comparison.mayBreakCode || changesClient(vendor, stale) ? newCompileErrors(root, vendor, stale) : [];
  const mend = [...toMend.map((problem) => `specs/${vendor}: ${showProblem(problem)}`), ...broken];
  const files = new Map([
    ...(await changedFiles(root, new Map([...specs.files].map(([name, text]) => [join("specs", vendor, name), text])))),
    ...stale,
  ]);
  if (bump !== "none") {
    const unified = await readManifest(root, "unified").catch(() => undefined);
    const follows = unifiedImpact(comparison.impact, concernsSources(broken, "packages/unified"));
    const texts = changesets({
      vendor,
      title: (stringAt(objectAt(document, "info"), "title") ?? vendor).replace(/ API$/, ""),
      comparison,
      bump,
      unifiedBump: unified ? bumpFor(follows, stringAt(unified, "version") ?? "0.0.0") : "none",
      content: JSON.stringify(document),
    });
    for (const [path, text] of texts) files.set(path, text);
  }
  const outcome: Outcome = {
    report: {
      vendor,
      impact: comparison.impact,
      bump,
      changes: [...comparison.changes, ...specs.changes, ...mendingChanges(document, toMend, broken)],
      overlays: specs.verdicts,
    },
    status: files.size === 0 ? "unchanged" : options.dryRun ? "would-write" : "written",
    versions: { before: version, after: raise(version, bump) },
    files: [...files.keys()].sort(),
    mend,
    lookAt: await callsToLookAt(root, vendor, comparison.changes),
    notes: specs.notes,
  };
  return { outcome, files };
}

/** Overlays that do not fit stop the run; what upstream changed is told as far as it can be seen without them. */
async function misfit(root: string, vendor: string, specs: NextSpecs, { before, after }: Documents): Promise<Outcome> {
  const made = specs.composed && (await generateAndCompare(root, vendor, specs.composed).catch(ignoreMistakes));
  const old = await committed(root, vendor);
  const names = new Map(
    operationsOf(old?.document ?? {}).map((operation) => [operationKey(operation), operationName(operation)]),
  );
  const known = new Set(made?.comparison.changes.map(({ operation, impact }) => `${operation} ${impact}`));
  const raw = (await compareUpstream(before, after, names)).filter(
    ({ operation, impact }) => !known.has(`${operation} ${impact}`),
  );
  const changes = [...(made?.comparison.changes ?? []), ...raw].sort(byImpact);
  for (const change of specs.changes) change.operation = names.get(change.operation) ?? change.operation;
  const impact = greatest(changes.map((change) => change.impact));
  const version = stringAt(await readManifest(root, vendor), "version") ?? "0.0.0";
  return blocked(vendor, specs, { impact, changes, mayBreakCode: false }, bumpFor(impact, version));
}

interface Documents {
  before: JsonObject;
  after: JsonObject;
}

function ignoreMistakes(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
  return undefined;
}

const nothingCompared: Comparison = { impact: "none", changes: [], mayBreakCode: false };

/** What is to be mended, for those who read the report as JSON: by the operation or the package that it concerns. */
function mendingChanges(document: JsonObject, toMend: readonly Problem[], broken: readonly string[]): Change[] {
  const usage = new Usage(document);
  return [
    ...toMend.map(
      (problem): Change => ({
        operation: usage.operationsAt(problem.pointer)[0] ?? "*",
        impact: "none",
        message: `to mend: ${showProblem(problem)}`,
      }),
    ),
    ...broken.map(
      (error): Change => ({
        operation: error.replace(/^packages\/([^/]+).*/s, "@gpu/$1").replace(/^scripts\/([^/]+).*/s, "@gpu-scripts/$1"),
        impact: "none",
        message: `to mend: ${error}`,
      }),
    ),
  ];
}

function withReason(specs: NextSpecs, reason: string): NextSpecs {
  return { ...specs, blocked: specs.blocked === undefined ? reason : `${specs.blocked}\n\n${reason}` };
}

interface Made {
  /** The composed document. */
  document: JsonObject;
  /** What the linter finds that does not hold the package up. */
  toMend: Problem[];
  /** What the linter finds because of which nothing may be written. */
  grave: Problem[];
  /** Generated files that differ from those in the tree, by path relative to it. */
  stale: Map<string, string>;
  comparison: Comparison;
}

/** Characters of a document as JSON from which on only what changed is linted and compared. */
const large = 1_000_000;

/** Lints, generates and compares; the linter and the diff run in processes of their own beside the generator. */
async function generateAndCompare(root: string, vendor: string, document: JsonObject): Promise<Made> {
  const shownAs = `specs/${vendor}`;
  const old = await committed(root, vendor);
  const parts = old && sizeOf(document) > large ? changedParts(old.document, document) : undefined;
  const linted = lintProblems(parts?.toLint ?? document, shownAs);
  // Whatever else fails first, the linter's failure is awaited below.
  linted.catch(() => undefined);
  const compared = parts ? compareParts(parts) : undefined;
  compared?.catch(() => undefined);
  const generated = await generateFrom(document, vendor, join(root, "packages")).catch(async (error: unknown) => {
    // The linter says better what is wrong with a document that types cannot be made of.
    const { grave } = sortProblems(await linted);
    refuseProblems(grave, shownAs);
    throw error;
  });
  const stale = await changedFiles(root, new Map([...generated].map(([path, text]) => [relative(root, path), text])));
  const problems = sortProblems(await linted);
  if (!old) {
    const changes: Change[] = [{ operation: "*", impact: "minor", message: "the package is new" }];
    return { document, stale, ...problems, comparison: { impact: "minor", changes, mayBreakCode: false } };
  }
  const schema = generated.get(join(root, schemaFile(vendor))) ?? "";
  const comparison = await (compared ?? compareVersions(old, { document, schema }));
  return { document, stale, ...problems, comparison: stale.size === 0 ? nothingCompared : atLeastPatch(comparison, stale) };
}

/** Compares the parts of two large documents that differ, each with types of its own. */
async function compareParts({ before, after }: ChangedParts): Promise<Comparison> {
  return await compareVersions(
    { document: before, schema: await generateTypes(before) },
    { document: after, schema: await generateTypes(after) },
  );
}

/** Any generated file that differs reaches users, though no check may see what it means to them. */
function atLeastPatch(comparison: Comparison, stale: ReadonlyMap<string, string>): Comparison {
  const changes: Change[] =
    comparison.changes.length > 0
      ? comparison.changes
      : [{ operation: "*", impact: "patch", message: `generated anew: ${[...stale.keys()].join(", ")}` }];
  return { ...comparison, impact: greatest([comparison.impact, "patch"]), changes };
}

const schemaFile = (vendor: string) => `packages/${vendor}/src/generated/schema.ts`;

/** The version of the package that is in the tree. */
async function committed(root: string, vendor: string): Promise<Version | undefined> {
  const path = `packages/${vendor}/openapi.json`;
  if (!existsSync(join(root, path)) || !existsSync(join(root, schemaFile(vendor)))) return undefined;
  const document = withoutMark(await readDocument(join(root, path), path, "ours"));
  return { document, schema: await readFile(join(root, schemaFile(vendor)), "utf8") };
}

/** Whether what the package exports changes besides the types of its calls: pages, for one, and the calls that have a result. */
function changesClient(vendor: string, stale: ReadonlyMap<string, string>): boolean {
  return ["generated/client.ts", "index.ts"].some((file) => stale.has(`packages/${vendor}/src/${file}`));
}

async function changedFiles(root: string, files: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const changed = new Map<string, string>();
  for (const [path, text] of files) {
    const present = await readFile(join(root, path), "utf8").catch(() => undefined);
    if (present !== text) changed.set(path, text);
  }
  return changed;
}

function parseObject(text: string, shownAs: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new UserError(`${shownAs}: expected a JSON object`);
  return value;
}

async function readManifest(root: string, folder: string): Promise<JsonObject> {
  const path = join("packages", folder, "package.json");
  const text = await readFile(join(root, path), "utf8").catch(() => {
    throw new UserError(`${path}: missing; \`pnpm new-vendor\` makes the package of a new vendor`);
  });
  return parseObject(text, path);
}

/** Upstream names operations by path only; the report names those that we have by our own name. */
function nameLost(changes: readonly Change[], document: JsonObject): void {
  const names = new Map(operationsOf(document).map((operation) => [operationKey(operation), operationName(operation)]));
  for (const change of changes) change.operation = names.get(change.operation) ?? change.operation;
}

function refused(vendor: string, reason: string): Outcome {
  return {
    report: {
      vendor,
      impact: "none",
      bump: "none",
      changes: [{ operation: "*", impact: "none", message: `refused: ${reason}` }],
      overlays: [],
    },
    status: "refused",
    reason,
    files: [],
    mend: [],
    lookAt: [],
    notes: [],
  };
}

function blocked(vendor: string, specs: NextSpecs, comparison: Comparison, bump: Impact): Outcome {
  return {
    report: {
      vendor,
      impact: comparison.impact,
      bump,
      changes: [...comparison.changes, ...specs.changes],
      overlays: specs.verdicts,
    },
    status: "refused",
    ...(specs.blocked === undefined ? {} : { reason: specs.blocked }),
    files: [],
    mend: [],
    lookAt: [],
    notes: specs.notes,
  };
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
