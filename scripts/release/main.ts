// `pnpm release [version|publish]`: versions and changelogs from changesets, then build and publish; without an argument, all of it.
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import { runCommand, UserError } from "@gpu-scripts/openapi/user-error.ts";
import { callInTree } from "./call.ts";
import { publish, refuseDirtyTree, release, runInWorkspace, version } from "./release.ts";
import { readScope, refuseUnownedScope } from "./scope.ts";

await runCommand(async () => {
  const usage = "pnpm release [version|publish]";
  const { positionals } = readArguments(usage, {});
  const [step = "all", ...others] = positionals;
  const inCi = process.env["GITHUB_ACTIONS"] === "true";
  if (others.length > 0 || !["version", "publish", "all"].includes(step)) throw new UserError(`usage: ${usage}`);
  if (step === "version") {
    await version(runInWorkspace);
    return 0;
  }
  refuseUnownedScope(readScope());
  refuseDirtyTree(await callInTree("git", ["status", "--porcelain"]));
  if (step === "publish") await publish(runInWorkspace, inCi);
  else await release(runInWorkspace, inCi);
  return 0;
});
