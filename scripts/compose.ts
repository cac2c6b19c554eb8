// `pnpm compose <vendor> [--specs FOLDER]`: prints the composed document, for looking at what the overlays do.
import { resolve } from "node:path";
import { readArguments } from "./command-line.ts";
import { compose } from "./compose/compose.ts";
import { runCommand, UserError } from "./user-error.ts";

await runCommand(async () => {
  const usage = "pnpm compose <vendor> [--specs FOLDER]";
  const { positionals, values } = readArguments(usage, { specs: { type: "string" } });
  const [vendor, ...others] = positionals;
  if (!vendor || others.length > 0) throw new UserError(`usage: ${usage}`);
  const { specs } = values;
  const document = await (specs === undefined ? compose(vendor) : compose(vendor, resolve(specs), specs));
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  return 0;
});
