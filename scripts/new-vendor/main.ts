// `pnpm new-vendor <id> [--from FILE|URL]`: makes the package, provider and simulated vendor from `specs/<id>/`, or from the vendor's
// document alone, and lists what a person still has to write.
import { resolve } from "node:path";
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import { isUrl } from "@gpu-scripts/openapi/load.ts";
import { runCommand, UserError } from "@gpu-scripts/openapi/user-error.ts";
import { root } from "@gpu-scripts/openapi/vendors.ts";
import { newVendor } from "./new-vendor.ts";

await runCommand(async () => {
  const usage = "pnpm new-vendor <id> [--from FILE|URL]; without --from, the vendor's documents are in specs/<id>/";
  const { positionals, values } = readArguments(usage, { from: { type: "string" } });
  const [id, ...others] = positionals;
  if (!id || others.length > 0) throw new UserError(`usage: ${usage}`);
  const from = values.from === undefined || isUrl(values.from) ? values.from : resolve(values.from);
  const { written, left } = await newVendor(root, id, { from });
  for (const path of written) process.stdout.write(`wrote ${path}\n`);
  if (written.length === 0) process.stdout.write(`nothing to write: all files of ${id} exist and are up to date\n`);
  if (left.length > 0)
    process.stdout.write(`\nLeft to do:\n${left.map((line) => `- ${line.replace(/\s+/g, " ")}`).join("\n")}\n`);
  if (written.length > 0) {
    process.stdout.write(
      "\nThe next pnpm script installs the new package first, which changes pnpm-lock.yaml: commit that file too.\n",
    );
  }
  return 0;
});
