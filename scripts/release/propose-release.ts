import { releaseRule } from "./allowed.ts";
import { readBranch, replaceBranch, stagedTree } from "./branch.ts";
import type { Call } from "./call.ts";
import type { Proposed } from "./propose.ts";
import { isOpen } from "./pull-request.ts";
import { acceptedChanges } from "./staged.ts";

const branchName = "release/next";

const text =
  "Versions and changelogs of the changesets on main. Merging this publishes the packages. " +
  "This branch is replaced from main: correct the changesets there, not the changelogs here.";

/** Opens or updates the pull request with the versions and changelogs that the index holds. */
export async function proposeRelease(baseBranch: string, call: Call): Promise<Proposed> {
  const changes = await acceptedChanges(releaseRule, call);
  if (changes.length === 0) return { done: "nothing to release" };
  const branch = await readBranch(branchName, call);
  // Pushing the same tree again would only cost the pull request its approvals.
  const isSame =
    branch.tip !== "" && (await call("git", ["rev-parse", `${branch.tip}^{tree}`])).trim() === (await stagedTree(call));
  const commit = isSame ? undefined : await replaceBranch(branch, "Release", call);
  if (!(await isOpen(branchName, call)))
    await call("gh", ["pr", "create", "--base", baseBranch, "--head", branchName, "--title", "Release", "--body", text]);
  return commit === undefined ? { done: "the release is proposed already" } : { done: "proposed", commit };
}
