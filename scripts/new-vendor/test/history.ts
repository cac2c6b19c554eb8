// `pnpm history FOLDER`: creates a vendor from the folder's first usable document, regenerates it from the others in the order of
// their names, and compares each verdict with the effect on a caller's compiled code. The repository itself does not change.
import { cp, readdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { copyTree } from "@gpu-scripts/codegen/test/tree.ts";
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { runCommand, UserError } from "@gpu-scripts/openapi/user-error.ts";
import { root } from "@gpu-scripts/openapi/vendors.ts";
import type { ChangeKind } from "@gpu-scripts/regenerate/change.ts";
import { greatest, type Impact } from "@gpu-scripts/regenerate/impact.ts";
import type { Outcome } from "@gpu-scripts/regenerate/outcome.ts";
import { regenerateVendor } from "@gpu-scripts/regenerate/regenerate.ts";
import { renderOutcome } from "@gpu-scripts/regenerate/report.ts";
import { generatedOf, noticed } from "@gpu-scripts/regenerate/test/caller/caller.ts";
import { newVendor } from "../new-vendor.ts";

/** The result for one document. */
export interface Step {
  document: string;
  status: "made" | Outcome["status"];
  /** The reason for rejecting the document, or the whole report. */
  report: string;
  verdict?: Impact;
  /** Number of examples and descriptions to fix. */
  fixable?: number;
  /** The impact on a caller's compiled code. */
  floor?: Impact;
  /** Whether the verdict is wrong, and how. */
  wrong?: "too low" | "too high";
}

/** Changes that affect callers only at run time. */
const atRunTime: readonly ChangeKind[] = [
  ...(["limited", "default-changed", "enum-values-added", "base-url-changed", "key-header-changed", "client-changed"] as const),
  ...(["promise-changed", "security-changed", "secret-name-removed", "secret-mark-removed"] as const),
];

const id = "history";

/** Processes the documents of a folder in a copy of the repository. */
export async function* replay(folder: string): AsyncGenerator<Step> {
  const documents = (await readdir(folder)).sort();
  const tree = await copyTree({ dependents: true });
  await cp(join(root, "README.md"), join(tree.root, "README.md"));
  const packaged = async () => JSON.parse(await readFile(join(tree.root, "packages", id, "openapi.json"), "utf8")) as JsonObject;
  try {
    let isMade = false;
    for (const document of documents) {
      const from = resolve(folder, document);
      if (!isMade) {
        const report = await newVendor(tree.root, id, { from }).then(({ left }) => left.join("\n"), refusal);
        isMade = !(report instanceof UserError);
        if (isMade) await keepFromCompiling(tree.root);
        yield { document, status: isMade ? "made" : "refused", report: report instanceof UserError ? report.message : report };
        continue;
      }
      const before = await packaged();
      const outcome = await regenerateVendor(id, { root: tree.root, from, prune: true });
      const { status, impact: verdict, fixable } = outcome;
      const step = { document, status, verdict, fixable: fixable.length, report: renderOutcome(outcome) };
      yield status === "written" ? { ...step, ...(await judged(outcome, before, await packaged())) } : step;
    }
  } finally {
    await tree.remove();
  }
}

/** Excludes code that depends on the vendor from compilation: it is not checked here, and takes most of the compile time. */
async function keepFromCompiling(root: string): Promise<void> {
  for (const name of await readdir(join(root, "packages")))
    await rm(join(root, "packages", name, "tsconfig.json"), { force: true });
}

function refusal(error: unknown): UserError {
  if (error instanceof UserError) return error;
  throw error;
}

async function judged(
  { impact, changes }: Outcome,
  before: JsonObject,
  after: JsonObject,
): Promise<Pick<Step, "floor" | "wrong">> {
  if (JSON.stringify(before) === JSON.stringify(after)) return { floor: "none", ...(impact !== "none" && { wrong: "too high" }) };
  const { impact: floor } = noticed(await generatedOf(before), await generatedOf(after));
  if (greatest([impact, floor]) !== impact) return { floor, wrong: "too low" };
  const hasReason = changes.some((change) => change.impact === impact && atRunTime.includes(change.kind));
  return { floor, ...(impact !== floor && !hasReason && { wrong: "too high" }) };
}

async function main(): Promise<number> {
  const { positionals } = readArguments("pnpm history FOLDER", {});
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0) throw new UserError("usage: pnpm history FOLDER");
  let isWrong = false;
  for await (const { document, status, verdict = "", floor = "", fixable = 0, wrong = "", report } of replay(folder)) {
    process.stdout.write(`| ${document} | ${status} | ${verdict} | ${floor} | ${fixable} to fix | ${wrong} |\n`);
    if (status === "refused") process.stdout.write(`${report}\n`);
    if (wrong !== "" || status === "refused") isWrong = true;
  }
  return isWrong ? 1 : 0;
}

if (import.meta.main) await runCommand(main);
