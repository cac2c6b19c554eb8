// `pnpm new-vendor <id>`: from `specs/<id>/` to a package, a provider and a simulated vendor that only need what no document says.
import { parseArgs } from "node:util";
import { newVendor } from "./new-vendor/new-vendor.ts";
import { completeMove } from "./regenerate/move-in.ts";
import { runCommand, UserError } from "./user-error.ts";
import { root } from "./vendors.ts";

await runCommand(async () => {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [id, ...others] = positionals;
  if (!id || others.length > 0) throw new UserError("usage: pnpm new-vendor <id>, with the vendor's documents in specs/<id>/");
  for (const file of await completeMove()) process.stderr.write(`completed from the journal of \`pnpm regenerate\`: ${file}\n`);
  const { written, left } = await newVendor(root, id);
  for (const path of written) process.stdout.write(`wrote ${path}\n`);
  if (written.length === 0)
    process.stdout.write(`nothing to write: everything of ${id} that follows from specs/${id} is there\n`);
  if (left.length > 0) process.stdout.write(`\nLeft for a person:\n${left.map((line) => `- ${line}`).join("\n")}\n`);
  if (written.length > 0) {
    process.stdout.write(
      "\nThe next pnpm script installs the new package first, and so changes pnpm-lock.yaml: commit that too.\n",
    );
  }
  return 0;
});
