// Proposes what `pnpm regenerate` made of one vendor's document: one pull request a vendor, or one issue when there is nothing to
// merge but something to read.
import { isObject } from "../json.ts";
import { type Impact, impacts } from "../regenerate/impact.ts";
import { UserError } from "../user-error.ts";

/** Runs a program and gives what it printed. */
export type Call = (program: string, args: readonly string[]) => Promise<string>;

export interface Proposal {
  vendor: string;
  /** Exit code of `pnpm regenerate`. */
  exitCode: number;
  impact: Impact;
  bump: Impact;
  /** File with the text report. */
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
 * Opens or updates the pull request. What breaks nobody, compiles, and passes CI merges by itself; what is breaking, or must be
 * mended, never does.
 */
export async function propose(proposal: Proposal, call: Call): Promise<string> {
  const { vendor, impact, bump, textFile, baseBranch } = proposal;
  const changed = (await call("git", ["status", "--porcelain"])).trim() !== "";
  if (!changed) return proposal.needsReading ? await raiseIssue(proposal, call) : "nothing to do";

  const branch = `regenerate/${vendor}`;
  const title = `@gpu/${vendor}: ${impact === "none" ? "document changed, package did not" : `${impact} change of the vendor's document`}`;
  await call("git", ["switch", "--force-create", branch]);
  await call("git", ["add", "--all"]);
  await call("git", ["commit", "--message", title]);
  await call("git", ["push", "--force", "origin", branch]);

  const label = `bump: ${bump}`;
  await call("gh", ["label", "create", label, "--force"]);
  const open = (
    await call("gh", ["pr", "list", "--head", branch, "--state", "open", "--json", "number", "--jq", ".[].number"])
  ).trim();
  if (open === "") {
    await call("gh", [
      "pr",
      "create",
      "--base",
      baseBranch,
      "--head",
      branch,
      "--title",
      title,
      "--body-file",
      textFile,
      "--label",
      label,
    ]);
  } else {
    const others = impacts.filter((other) => other !== bump).flatMap((other) => ["--remove-label", `bump: ${other}`]);
    for (const other of impacts) await call("gh", ["label", "create", `bump: ${other}`, "--force"]);
    await call("gh", ["pr", "edit", branch, "--title", title, "--body-file", textFile, "--add-label", label, ...others]);
  }
  // A pull request that a workflow opens starts no other workflow by itself.
  await call("gh", ["workflow", "run", "ci.yml", "--ref", branch]);
  if (mayMergeItself(proposal)) {
    await call("gh", ["pr", "merge", branch, "--auto", "--squash"]);
    return "proposed, merges when CI passes";
  }
  if (open !== "") await stopAutoMerge(branch, call);
  return "proposed, waits for a person";
}

/** GitHub refuses to turn off what is not on, so it is asked first. */
async function stopAutoMerge(branch: string, call: Call): Promise<void> {
  const on = await call("gh", ["pr", "view", branch, "--json", "autoMergeRequest", "--jq", ".autoMergeRequest != null"]);
  if (on.trim() === "true") await call("gh", ["pr", "merge", branch, "--disable-auto"]);
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
