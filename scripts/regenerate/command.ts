import { resolve } from "node:path";
import { clearDeadRuns, completeMove, moveIsPending } from "@gpu-scripts/codegen/move-in.ts";
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import { isUrl } from "@gpu-scripts/openapi/load.ts";
import { runCommand, UserError } from "@gpu-scripts/openapi/user-error.ts";
import { chosenVendors, root } from "@gpu-scripts/openapi/vendors.ts";
import { regenerateVendor } from "./regenerate.ts";
import { type Outcome, renderOutcome } from "./report.ts";
import { refuseUnwritable, writeReports } from "./report-file.ts";

/**
 * Runs the command. Exit code 0: done. 1: a document was refused, or overlays must be mended or pruned, and that vendor's files
 * are as before. 2: done, and code that depends on the vendor must be mended.
 */
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
    const dryRun = values["dry-run"] ?? false;
    const { from, report, prune = false } = values;
    const vendors = chosenVendors(positionals);
    if (from !== undefined && (positionals.length !== 1 || vendors.length !== 1))
      throw new UserError("--from needs exactly one vendor");
    if (dryRun && moveIsPending()) {
      throw new UserError(
        "an earlier run was cut short while it moved files in; run without --dry-run, or `pnpm generate`, to complete it",
      );
    }
    if (report !== undefined) await refuseUnwritable(report);
    if (!dryRun) {
      for (const file of await completeMove())
        process.stderr.write(`completed from the journal of a run that was cut short: ${file}\n`);
      await clearDeadRuns(root);
    }
    const outcomes: Outcome[] = [];
    try {
      for (const vendor of vendors) {
        const outcome = await regenerateVendor(vendor, {
          root: resolve(root),
          from: from === undefined || isUrl(from) ? from : resolve(from),
          dryRun,
          prune,
        });
        outcomes.push(outcome);
        process.stdout.write(`${renderOutcome(outcome)}\n`);
      }
    } finally {
      // Of the vendors before a failure of the program itself, too.
      if (report !== undefined) await writeReports(report, outcomes);
    }
    if (outcomes.some(({ status }) => status === "refused")) return 1;
    return outcomes.some(({ mend }) => mend.length > 0) ? 2 : 0;
  });
