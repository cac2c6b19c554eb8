// `pnpm compose <vendor> [--specs FOLDER]`: prints the composed document, for looking at what the overlays do.
import { join, resolve } from "node:path";
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import { compose } from "@gpu-scripts/openapi/compose.ts";
import { runCommand, UserError } from "@gpu-scripts/openapi/user-error.ts";
import { root } from "@gpu-scripts/openapi/vendors.ts";

await runCommand(async () => {
  const usage = "pnpm compose <vendor> [--specs FOLDER]";
  const { positionals, values } = readArguments(usage, { specs: { type: "string" } });
  const [vendor, ...others] = positionals;
  if (!vendor || others.length > 0) throw new UserError(`usage: ${usage}`);
  const { specs = "specs" } = values;
  const document = await compose(vendor, values.specs === undefined ? join(root, specs) : resolve(specs), specs);
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  return 0;
});
