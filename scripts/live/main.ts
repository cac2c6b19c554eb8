// `pnpm live [vendor…] [--public] [--record] [--values] [--base-url URL] [--report FILE]`: reads from the live APIs and reports
// how they differ from the documents. docs/live.md explains it.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import { runCommand, UserError } from "@gpu-scripts/openapi/user-error.ts";
import { chosenVendors, root } from "@gpu-scripts/openapi/vendors.ts";
import { exitCode, type VendorRun } from "./outcome.ts";
import { recordRun } from "./record.ts";
import { renderRun } from "./report.ts";
import { keyVariable, runVendor } from "./run.ts";

await runCommand(async () => {
  const { positionals, values } = readArguments(
    "pnpm live [vendor…] [--public] [--record] [--values] [--base-url URL] [--report FILE]",
    {
      public: { type: "boolean" },
      record: { type: "boolean" },
      values: { type: "boolean" },
      "base-url": { type: "string" },
      report: { type: "string" },
    },
  );
  const vendors = chosenVendors(positionals);
  const baseUrl = values["base-url"];
  if (baseUrl !== undefined && vendors.length !== 1) throw new UserError("--base-url needs exactly one vendor");
  if (values.record && baseUrl !== undefined) throw new UserError("--record is for the vendor's own server: drop --base-url");
  const runs: VendorRun[] = [];
  for (const vendor of vendors) {
    const variable = await keyVariable(vendor, root);
    const run = await runVendor(vendor, {
      root,
      apiKey: values.public ? undefined : process.env[variable] || undefined,
      baseUrl,
      fetch: (url, init) => fetch(url, init),
      date: new Date().toISOString().slice(0, 10),
      onValue: values.values ? printValue : undefined,
    });
    runs.push(run);
    process.stdout.write(renderRun(run));
    if (run.kind === "public" && !values.public) process.stdout.write(`  set ${variable} to read with a key\n`);
    if (values.record) await recordRun(run, join(root, "specs", vendor), `specs/${vendor}`);
  }
  if (values.report !== undefined) await writeFile(values.report, `${JSON.stringify(runs, null, 2)}\n`);
  return exitCode(runs);
});

function printValue(operation: string, { pointer, value }: { pointer: string; value?: unknown }): void {
  process.stdout.write(`  value: ${operation} ${pointer} ${JSON.stringify(value)}\n`);
}
