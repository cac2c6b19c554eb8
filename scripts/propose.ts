// Of the nightly workflow: node scripts/propose.ts VENDOR EXIT_CODE REPORT.json REPORT.md BASE_BRANCH
import { readFile } from "node:fs/promises";
import { callInTree } from "./release/call.ts";
import { propose, readReport } from "./release/propose.ts";
import { runCommand, UserError } from "./user-error.ts";

await runCommand(async () => {
  const [vendor, exitCode, reportFile, textFile, baseBranch] = process.argv.slice(2);
  if (!vendor || !exitCode || !reportFile || !textFile || !baseBranch) {
    throw new UserError("usage: propose.ts VENDOR EXIT_CODE REPORT.json REPORT.md BASE_BRANCH");
  }
  const text = await readFile(textFile, "utf8");
  const done = await propose(
    {
      vendor,
      exitCode: Number(exitCode),
      ...readReport(await readFile(reportFile, "utf8"), vendor),
      textFile,
      needsReading: Number(exitCode) !== 0 || text.includes("### For a person"),
      baseBranch,
    },
    callInTree,
  );
  process.stdout.write(`${vendor}: ${done}\n`);
  return 0;
});
