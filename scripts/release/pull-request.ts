import { UserError } from "../openapi/user-error.ts";
import { type Impact, impacts } from "../regenerate/impact.ts";
import type { Call } from "./call.ts";

export interface PullRequest {
  branch: string;
  baseBranch: string;
  title: string;
  textFile: string;
  bump: Impact;
}

/** Whether a pull request for the branch is open. */
export async function isOpen(branch: string, call: Call): Promise<boolean> {
  const numbers = await call("gh", ["pr", "list", "--head", branch, "--state", "open", "--json", "number", "--jq", ".[].number"]);
  return numbers.trim() !== "";
}

/** Opens the pull request, or updates title, text and label of the open one. */
export async function openOrUpdate(pullRequest: PullRequest, open: boolean, call: Call): Promise<void> {
  const { branch, baseBranch, title, textFile, bump } = pullRequest;
  const label = `bump: ${bump}`;
  await call("gh", ["label", "create", label, "--force"]);
  const text = ["--title", title, "--body-file", textFile];
  if (!open) {
    await call("gh", ["pr", "create", "--base", baseBranch, "--head", branch, ...text, "--label", label]);
    return;
  }
  const others = impacts.filter((other) => other !== bump).flatMap((other) => ["--remove-label", `bump: ${other}`]);
  for (const other of impacts) await call("gh", ["label", "create", `bump: ${other}`, "--force"]);
  await call("gh", ["pr", "edit", branch, ...text, "--add-label", label, ...others]);
}

/** Replaces the text of the open pull request. */
export async function updateText(branch: string, textFile: string, call: Call): Promise<void> {
  await call("gh", ["pr", "edit", branch, "--body-file", textFile]);
}

/** Turns on auto-merge; returns why GitHub refuses it, as it does unless "Allow auto-merge" is on. */
export async function mergeWhenPassed(branch: string, call: Call): Promise<string | undefined> {
  try {
    await call("gh", ["pr", "merge", branch, "--auto", "--squash"]);
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `GitHub does not let it merge by itself (${error.message})`;
  }
}

/** Turns off auto-merge where it is on: GitHub refuses to turn it off otherwise. */
export async function stopAutoMerge(branch: string, call: Call): Promise<void> {
  const on = await call("gh", ["pr", "view", branch, "--json", "autoMergeRequest", "--jq", ".autoMergeRequest != null"]);
  if (on.trim() === "true") await call("gh", ["pr", "merge", branch, "--disable-auto"]);
}
