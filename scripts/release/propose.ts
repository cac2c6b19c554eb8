// Proposes what `pnpm regenerate` made of one vendor's document: one pull request a vendor, or one issue when there is nothing to
// merge but something to read.
import { readFile, writeFile } from "node:fs/promises";
import { isObject } from "../json.ts";
import { type Impact, impacts } from "../regenerate/impact.ts";
import { UserError } from "../user-error.ts";
import type { Call } from "./call.ts";
import { isOpen, mergeWhenPassed, openOrUpdate, stopAutoMerge } from "./pull-request.ts";
import { whyNotByItself } from "./required-check.ts";

export interface Proposal {
  vendor: string;
  /** Exit code of `pnpm regenerate`. */
  exitCode: number;
  impact: Impact;
  bump: Impact;
  /** File with the text report; what a reader of the pull request must know besides is written on top of it. */
  textFile: string;
  /** Whether the report has something to read although no file changed. */
  needsReading: boolean;
  baseBranch: string;
}

/** Reads what the pull request needs from the JSON report. */
export function readReport(json: string, vendor: string): Pick<Proposal, "impact" | "bump"> {
  const report: unknown = JSON.parse(json);
  const entry = Array.isArray(report) ? report.find((one) => isObject(one) && one["vendor"] === vendor) : undefined;
  const impact = impacts.find((known) => isObject(entry) && entry["impact"] === known);
  const bump = impacts.find((known) => isObject(entry) && entry["bump"] === known);
  if (!impact || !bump) throw new UserError(`the report has no entry for ${vendor}`);
  return { impact, bump };
}

/**
 * Opens or updates the pull request. What breaks nobody, compiles, and passes CI merges by itself, if GitHub waits for CI; what is
 * breaking, or must be mended, never does.
 */
export async function propose(proposal: Proposal, call: Call): Promise<string> {
  const { vendor, impact, bump, textFile, baseBranch } = proposal;
  const changed = (await call("git", ["status", "--porcelain"])).trim() !== "";
  if (!changed) return proposal.needsReading ? await raiseIssue(proposal, call) : "nothing to do";

  const harmless = mayMergeItself(proposal);
  const withheld = harmless ? await whyNotByItself(baseBranch, call) : undefined;
  const mergesItself = harmless && withheld === undefined;
  if (withheld !== undefined) await sayOnTop(textFile, withheld);

  const branch = `regenerate/${vendor}`;
  const title = `@gpu/${vendor}: ${impact === "none" ? "document changed, package did not" : `${impact} change of the vendor's document`}`;
  const open = await isOpen(branch, call);
  // Before anything is pushed: what was to merge by itself yesterday may be for a person today.
  if (open && !mergesItself) await stopAutoMerge(branch, call);
  await call("git", ["switch", "--force-create", branch]);
  await call("git", ["add", "--all"]);
  await call("git", ["commit", "--message", title]);
  await call("git", ["push", "--force", "origin", branch]);
  await openOrUpdate({ branch, baseBranch, title, textFile, bump }, open, call);
  // A pull request that a workflow opens starts no other workflow by itself.
  await call("gh", ["workflow", "run", "ci.yml", "--ref", branch]);
  if (!mergesItself) return waitsForPerson(withheld);
  const refused = await mergeWhenPassed(branch, call);
  if (refused === undefined) return "proposed, merges when CI passes";
  await sayOnTop(textFile, refused);
  await call("gh", ["pr", "edit", branch, "--body-file", textFile]);
  return waitsForPerson(refused);
}

function waitsForPerson(reason?: string): string {
  return `proposed, waits for a person${reason === undefined ? "" : `: ${reason}`}`;
}

/** Tells the reader of the pull request why what could merge by itself does not. */
async function sayOnTop(textFile: string, reason: string): Promise<void> {
  const note = `> This could merge by itself, but waits for a person: ${reason}. CONTRIBUTING.md lists what GitHub must be told once.`;
  await writeFile(textFile, `${note}\n\n${await readFile(textFile, "utf8")}`);
}

export function mayMergeItself({ impact, exitCode }: Pick<Proposal, "impact" | "exitCode">): boolean {
  return exitCode === 0 && (impact === "patch" || impact === "none");
}

async function raiseIssue({ vendor, textFile }: Proposal, call: Call): Promise<string> {
  const title = `${vendor}: a person must look at the vendor's document`;
  const search = [
    "issue",
    "list",
    "--state",
    "open",
    "--search",
    `in:title "${title}"`,
    "--json",
    "number",
    "--jq",
    ".[0].number",
  ];
  const open = (await call("gh", search)).trim();
  if (open === "") {
    await call("gh", ["issue", "create", "--title", title, "--body-file", textFile]);
    return "issue opened";
  }
  await call("gh", ["issue", "edit", open, "--body-file", textFile]);
  return "issue updated";
}
