// `pnpm new-vendor <id> [--from FILE|URL]`: from `specs/<id>/`, or from the vendor's document alone, to a package, a provider and a
// simulated vendor that only need what no document says.
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
  if (written.length === 0)
    process.stdout.write(`nothing to write: everything of ${id} that follows from specs/${id} is there\n`);
  if (left.length > 0)
    process.stdout.write(`\nLeft for a person:\n${left.map((line) => `- ${line.replace(/\s+/g, " ")}`).join("\n")}\n`);
  if (written.length > 0) {
    process.stdout.write(
      "\nThe next pnpm script installs the new package first, and so changes pnpm-lock.yaml: commit that too.\n",
    );
  }
  return 0;
});
