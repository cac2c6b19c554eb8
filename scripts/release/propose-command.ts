// Run by the workflows to propose what another job made: `stage` without a token, then `open` with it. Nothing is installed where
// it runs, so everything that it loads is imported by path.
// node scripts/release/propose-command.ts stage|open VENDOR|--release ARTIFACT BASE_BRANCH
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand, UserError } from "../openapi/user-error.ts";
import { chosenVendors } from "../openapi/vendors.ts";
import { releaseRule, vendorRule } from "./allowed.ts";
import { checkArtifact, outcomeIn, patchIn } from "./artifact.ts";
import { callInTree } from "./call.ts";
import { type Proposed, propose } from "./propose.ts";
import { proposeRelease } from "./propose-release.ts";
import { acceptedChanges, stagePatch } from "./staged.ts";

await runCommand(async () => {
  const [step, subject, artifact, baseBranch, ...others] = process.argv.slice(2);
  if (!subject || !artifact || !baseBranch || others.length > 0 || (step !== "stage" && step !== "open"))
    throw new UserError("usage: propose.ts stage|open VENDOR|--release ARTIFACT BASE_BRANCH");
  const isRelease = subject === "--release";
  if (!isRelease) chosenVendors([subject]);
  await checkArtifact(artifact);
  if (step === "stage") {
    const patch = await patchIn(artifact);
    if (patch !== undefined) await stagePatch(patch, callInTree);
    const changes = await acceptedChanges(isRelease ? releaseRule : vendorRule(subject), callInTree);
    process.stdout.write(`${changes.length} files changed\n`);
    return 0;
  }
  const { done, commit } = await (isRelease ? proposeRelease(baseBranch, callInTree) : open(subject, artifact, baseBranch));
  process.stdout.write(`${subject}: ${done}\n`);
  const outputs = process.env["GITHUB_OUTPUT"];
  if (outputs && commit !== undefined) await appendFile(outputs, `commit=${commit}\n`);
  return 0;
});

async function open(vendor: string, artifact: string, baseBranch: string): Promise<Proposed> {
  const outcome = await outcomeIn(artifact, vendor);
  const folder = await mkdtemp(join(tmpdir(), "gpu-propose-"));
  try {
    const autoMerge = process.env["AUTO_MERGE"] === "true";
    return await propose({ vendor, outcome, textFile: join(folder, "text.md"), baseBranch, autoMerge }, callInTree);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
