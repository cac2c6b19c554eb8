import type { Call } from "./call.ts";

/** The branch of a proposal as GitHub has it. */
export interface RemoteBranch {
  name: string;
  /** Its last commit; empty when there is no such branch yet. */
  tip: string;
  /** Its commits that this workflow did not make, as `HASH AUTHOR`. */
  ofOthers: string[];
}

/** Fetches the branch. `HEAD` must be the base branch with its whole history: commits reachable from there are not the branch's own. */
export async function readBranch(name: string, call: Call): Promise<RemoteBranch> {
  if ((await call("git", ["ls-remote", "origin", `refs/heads/${name}`])).trim() === "") return { name, tip: "", ofOthers: [] };
  await call("git", ["fetch", "--no-tags", "origin", `refs/heads/${name}`]);
  const tip = (await call("git", ["rev-parse", "FETCH_HEAD"])).trim();
  const own = (await call("git", ["config", "user.email"])).trim();
  const commits = (await call("git", ["log", "--format=%ae%x09%ce%x09%h %an", `HEAD..${tip}`])).split("\n").filter(Boolean);
  const ofOthers = commits
    .map((line) => line.split("\t"))
    // Amending a commit of this workflow changes its committer, not its author.
    .filter(([author, committer]) => author !== own || committer !== own)
    .map(([, , ...shown]) => shown.join(" "));
  // A merged branch is on the base branch, under other hashes where it was squashed.
  if (ofOthers.length > 0 && (await mergedTips(name, call)).includes(tip)) return { name, tip, ofOthers: [] };
  return { name, tip, ofOthers };
}

async function mergedTips(name: string, call: Call): Promise<string[]> {
  const search = ["pr", "list", "--head", name, "--state", "merged", "--json", "headRefOid", "--jq", ".[].headRefOid"];
  return (await call("gh", search)).split("\n").filter(Boolean);
}

/** The tree of the index. */
export async function stagedTree(call: Call): Promise<string> {
  return (await call("git", ["write-tree"])).trim();
}

/** Commits the index on top of `HEAD` and points the branch to it, unless somebody pushed to it since it was read. */
export async function replaceBranch({ name, tip }: RemoteBranch, message: string, call: Call): Promise<string> {
  const tree = await stagedTree(call);
  const commit = (await call("git", ["commit-tree", tree, "-p", "HEAD", "-m", message])).trim();
  const place = `refs/heads/${name}`;
  await call("git", ["push", `--force-with-lease=${place}:${tip}`, "origin", `${commit}:${place}`]);
  return commit;
}
