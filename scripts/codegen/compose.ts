// `pnpm compose <vendor> [--specs FOLDER] [--report]`: prints the composed document, to check what the overlays do, or with --report
// what was repaired by rule.
import { join, resolve } from "node:path";
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import { composeWithReport } from "@gpu-scripts/openapi/compose.ts";
import { repairLine } from "@gpu-scripts/openapi/normalize/repair.ts";
import { runCommand, UserError } from "@gpu-scripts/openapi/user-error.ts";
import { root } from "@gpu-scripts/openapi/vendors.ts";

await runCommand(async () => {
  const usage = "pnpm compose <vendor> [--specs FOLDER] [--report]";
  const { positionals, values } = readArguments(usage, { specs: { type: "string" }, report: { type: "boolean" } });
  const [vendor, ...others] = positionals;
  if (!vendor || others.length > 0) throw new UserError(`usage: ${usage}`);
  const { specs = "specs" } = values;
  const { document, repaired } = await composeWithReport(
    vendor,
    values.specs === undefined ? join(root, specs) : resolve(specs),
    specs,
  );
  const report = repaired.map((one) => `${repairLine(one)}\n`).join("");
  process.stdout.write(values.report ? report : `${JSON.stringify(document, null, 2)}\n`);
  return 0;
});
