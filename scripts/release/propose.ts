// Proposes the result of `pnpm regenerate` for one vendor: one pull request per vendor, or one issue when there is nothing to
// merge but something to read.
import { readFile, writeFile } from "node:fs/promises";
import { UserError } from "../openapi/user-error.ts";
import type { Outcome } from "../regenerate/outcome.ts";
import { renderOutcome } from "../regenerate/report.ts";
import { vendorRule } from "./allowed.ts";
import { whyForPerson } from "./auto-merge.ts";
import { type RemoteBranch, readBranch, replaceBranch } from "./branch.ts";
import type { Call } from "./call.ts";
import { isOpen, mergeWhenPassed, openOrUpdate, stopAutoMerge, updateText } from "./pull-request.ts";
import { whyNotByItself } from "./required-check.ts";
import { acceptedChanges, blobReader, type StagedChange } from "./staged.ts";

export interface Proposal {
  vendor: string;
  outcome: Outcome;
  /** File for the text of the pull request or issue. */
  textFile: string;
  baseBranch: string;
  /** Whether a change of descriptions only may merge by itself. */
  autoMerge: boolean;
}

export interface Proposed {
  /** What was done, as one line. */
  done: string;
  /** The commit that was pushed, if any. */
  commit?: string;
}

/** Opens or updates the pull request for the staged changes. A branch that others have pushed to is left unchanged. */
export async function propose(proposal: Proposal, call: Call): Promise<Proposed> {
  const { vendor, outcome, textFile, baseBranch } = proposal;
  const { impact, bump } = outcome;
  const changes = await acceptedChanges(vendorRule(vendor), call);
  if (changes.length > 0 !== (outcome.status === "written"))
    throw new UserError(
      `the report of ${vendor} has the status "${outcome.status}", but its patch changes ${changes.length} files`,
    );
  await writeFile(textFile, shortened(renderOutcome(outcome)));
  if (changes.length === 0) return { done: needsReading(outcome) ? await raiseIssue(proposal, call) : "nothing to do" };

  const branch = await readBranch(`regenerate/${vendor}`, call);
  const open = await isOpen(branch.name, call);
  if (branch.ofOthers.length > 0) return { done: await leaveUnchanged(branch, open, proposal, call) };

  const forPerson = await whyNotMerged(proposal, changes, call);
  if (forPerson?.note) await noteOnTop(textFile, waitsNote(forPerson.reason));
  // Before anything is pushed: yesterday's change may have been one that merges by itself.
  if (open && forPerson !== undefined) await stopAutoMerge(branch.name, call);
  const title = `@gpu/${vendor}: ${impact === "none" ? "document changed, package did not" : `${impact} change of the vendor's document`}`;
  const commit = await replaceBranch(branch, title, call);
  await openOrUpdate({ branch: branch.name, baseBranch, title, textFile, bump }, open, call);
  if (forPerson !== undefined) return { done: `proposed, waits for a person: ${forPerson.reason}`, commit };
  const refused = await mergeWhenPassed(branch.name, call);
  if (refused === undefined) return { done: "proposed, merges when CI passes", commit };
  await noteOnTop(textFile, waitsNote(refused));
  await updateText(branch.name, textFile, call);
  return { done: `proposed, waits for a person: ${refused}`, commit };
}

/** Why the change does not merge by itself; with `note`, the pull request mentions the settings that GitHub needs. */
async function whyNotMerged(
  { vendor, outcome, baseBranch, autoMerge }: Proposal,
  changes: readonly StagedChange[],
  call: Call,
): Promise<{ reason: string; note: boolean } | undefined> {
  if (!autoMerge) return { reason: "merging by itself is off", note: false };
  const reason = await whyForPerson(vendor, outcome, changes, blobReader(call));
  if (reason !== undefined) return { reason, note: false };
  const unchecked = await whyNotByItself(baseBranch, call);
  return unchecked === undefined ? undefined : { reason: unchecked, note: true };
}

/** Whether a report has something to read although no file changed. */
function needsReading({ status, fixable, notes }: Outcome): boolean {
  return status === "refused" || fixable.length > 0 || notes.length > 0;
}

/** GitHub refuses texts of more than 65,536 characters. */
const longestText = 60_000;

function shortened(text: string): string {
  if (text.length <= longestText) return text;
  return `${text.slice(0, text.lastIndexOf("\n", longestText))}\n\nThe report is cut here. All of it is in the summary of the workflow run.\n`;
}

/** Commits of others stay on the branch; the report of this run is still added to the pull request, or to an issue. */
async function leaveUnchanged({ name, ofOthers }: RemoteBranch, open: boolean, proposal: Proposal, call: Call): Promise<string> {
  const reason = `\`${name}\` holds commits that this workflow did not make (${ofOthers.join(", ")})`;
  await noteOnTop(
    proposal.textFile,
    `Not pushed: ${reason}. The branch is older than this report. Merge it, or save these commits and delete it; the next run then proposes again.`,
  );
  if (open) await updateText(name, proposal.textFile, call);
  else await raiseIssue(proposal, call);
  return `not pushed: ${reason}`;
}

function waitsNote(reason: string): string {
  return `This could merge by itself, but waits for a person: ${reason}. docs/release.md lists the settings that GitHub needs.`;
}

/** Puts a note about the pull request above the report. */
async function noteOnTop(textFile: string, note: string): Promise<void> {
  await writeFile(textFile, `> ${note}\n\n${await readFile(textFile, "utf8")}`);
}

async function raiseIssue({ vendor, textFile }: Proposal, call: Call): Promise<string> {
  const title = `${vendor}: the vendor's document needs a person`;
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
