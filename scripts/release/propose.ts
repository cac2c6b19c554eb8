// Proposes what `pnpm regenerate` made of one vendor's document: one pull request a vendor, or one issue when there is nothing to
// merge but something to read.
import { readFile, writeFile } from "node:fs/promises";
import { isObject } from "../json.ts";
import { type Impact, impacts } from "../regenerate/impact.ts";
import { UserError } from "../user-error.ts";
import { type RemoteBranch, readBranch, replaceBranch } from "./branch.ts";
import type { Call } from "./call.ts";
import { isOpen, mergeWhenPassed, openOrUpdate, stopAutoMerge, updateText } from "./pull-request.ts";
import { whyNotByItself } from "./required-check.ts";

export interface Proposal {
  vendor: string;
  /** Exit code of `pnpm regenerate`. */
  exitCode: number;
  impact: Impact;
  bump: Impact;
  /** What the report says of actions of overlays. */
  verdicts: string[];
  /** File with the text report; what a reader of the pull request must know besides is written on top of it. */
  textFile: string;
  /** Whether the report has something to read although no file changed. */
  needsReading: boolean;
  baseBranch: string;
}

/** Reads what the pull request needs from the JSON report. */
export function readReport(json: string, vendor: string): Pick<Proposal, "impact" | "bump" | "verdicts"> {
  const report: unknown = JSON.parse(json);
  const entry = Array.isArray(report) ? report.find((one) => isObject(one) && one["vendor"] === vendor) : undefined;
  const impact = impacts.find((known) => isObject(entry) && entry["impact"] === known);
  const bump = impacts.find((known) => isObject(entry) && entry["bump"] === known);
  if (!impact || !bump) throw new UserError(`the report has no entry for ${vendor}`);
  return { impact, bump, verdicts: readVerdicts(entry) };
}

function readVerdicts(entry: unknown): string[] {
  const overlays = isObject(entry) ? entry["overlays"] : undefined;
  if (!Array.isArray(overlays)) throw new UserError("the report does not say what became of the overlays");
  // What cannot be read must not pass for harmless.
  return overlays.map((overlay) => (isObject(overlay) ? String(overlay["verdict"]) : "unknown"));
}

/**
 * Opens or updates the pull request. What breaks nobody, compiles, and passes CI merges by itself, if GitHub waits for CI; what is
 * breaking, must be mended, or asks a person which of vendor and overlay is right, never does. A branch that others have pushed to is left as it is.
 */
export async function propose(proposal: Proposal, call: Call): Promise<string> {
  const { vendor, impact, bump, textFile, baseBranch } = proposal;
  const changed = (await call("git", ["status", "--porcelain"])).trim() !== "";
  if (!changed) return proposal.needsReading ? await raiseIssue(proposal, call) : "nothing to do";

  const branch = await readBranch(`regenerate/${vendor}`, call);
  const open = await isOpen(branch.name, call);
  if (branch.ofOthers.length > 0) return await leaveAsItIs(branch, open, proposal, call);

  const harmless = mayMergeItself(proposal);
  const withheld = harmless ? await whyNotByItself(baseBranch, call) : undefined;
  const mergesItself = harmless && withheld === undefined;
  if (withheld !== undefined) await sayWhyItWaits(textFile, withheld);
  // Before anything is pushed: what was to merge by itself yesterday may be for a person today.
  if (open && !mergesItself) await stopAutoMerge(branch.name, call);
  const title = `@gpu/${vendor}: ${impact === "none" ? "document changed, package did not" : `${impact} change of the vendor's document`}`;
  await replaceBranch(branch, title, call);
  await openOrUpdate({ branch: branch.name, baseBranch, title, textFile, bump }, open, call);
  // A pull request that a workflow opens starts no other workflow by itself.
  await call("gh", ["workflow", "run", "ci.yml", "--ref", branch.name]);
  if (!mergesItself) return waitsForPerson(withheld);
  const refused = await mergeWhenPassed(branch.name, call);
  if (refused === undefined) return "proposed, merges when CI passes";
  await sayWhyItWaits(textFile, refused);
  await updateText(branch.name, textFile, call);
  return waitsForPerson(refused);
}

function waitsForPerson(reason?: string): string {
  return `proposed, waits for a person${reason === undefined ? "" : `: ${reason}`}`;
}

/** What others pushed to the branch stays there; its readers get the report of this run all the same. */
async function leaveAsItIs({ name, ofOthers }: RemoteBranch, open: boolean, proposal: Proposal, call: Call): Promise<string> {
  const reason = `\`${name}\` holds commits that this workflow did not make (${ofOthers.join(", ")})`;
  await sayOnTop(
    proposal.textFile,
    `Not pushed: ${reason}. What is on the branch is older than this report. Merge it, or save these commits and delete it; the next run then proposes again.`,
  );
  if (open) await updateText(name, proposal.textFile, call);
  else await raiseIssue(proposal, call);
  return `not pushed: ${reason}`;
}

async function sayWhyItWaits(textFile: string, reason: string): Promise<void> {
  const note = `This could merge by itself, but waits for a person: ${reason}. CONTRIBUTING.md lists what GitHub must be told once.`;
  await sayOnTop(textFile, note);
}

/** Tells the readers of the report what concerns the pull request. */
async function sayOnTop(textFile: string, note: string): Promise<void> {
  await writeFile(textFile, `> ${note}\n\n${await readFile(textFile, "utf8")}`);
}

export function mayMergeItself({ impact, exitCode, verdicts }: Pick<Proposal, "impact" | "exitCode" | "verdicts">): boolean {
  return exitCode === 0 && (impact === "patch" || impact === "none") && verdicts.every(asksNobody);
}

/** What upstream says itself now needs no decision; every other verdict hides or keeps something that only a person can weigh. */
function asksNobody(verdict: string): boolean {
  return verdict.startsWith("unnecessary");
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
