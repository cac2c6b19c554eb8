import { resolve } from "node:path";
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import { isUrl } from "@gpu-scripts/openapi/load.ts";
import { runCommand, UserError } from "@gpu-scripts/openapi/user-error.ts";
import { chosenVendors, root } from "@gpu-scripts/openapi/vendors.ts";
import { exitCode, type Outcome } from "./outcome.ts";
import { regenerateVendor } from "./regenerate.ts";
import { renderOutcome } from "./report.ts";
import { refuseUnwritable, writeReports } from "./report-file.ts";

/** Runs the command; `exitCode` defines its exit codes. */
export const main = (): Promise<void> =>
  runCommand(async () => {
    const { positionals, values } = readArguments(
      "pnpm regenerate [vendor…] [--from FILE|URL] [--dry-run] [--prune] [--report FILE]",
      {
        from: { type: "string" },
        "dry-run": { type: "boolean" },
        report: { type: "string" },
        prune: { type: "boolean" },
      },
    );
    const { from, report, prune = false } = values;
    const vendors = chosenVendors(positionals);
    if (from !== undefined && (positionals.length !== 1 || vendors.length !== 1))
      throw new UserError("--from needs exactly one vendor");
    if (report !== undefined) await refuseUnwritable(report);
    const outcomes: Outcome[] = [];
    try {
      for (const vendor of vendors) {
        const outcome = await regenerateVendor(vendor, {
          root,
          from: from === undefined || isUrl(from) ? from : resolve(from),
          dryRun: values["dry-run"] ?? false,
          prune,
        });
        outcomes.push(outcome);
        process.stdout.write(`${renderOutcome(outcome)}\n`);
      }
    } finally {
      // The vendors before a crash of the program are reported, too.
      if (report !== undefined) await writeReports(report, outcomes);
    }
    return exitCode(outcomes);
  });
