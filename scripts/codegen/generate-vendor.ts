// The turbo tasks `generate` and `generate:check` of one vendor's package: node generate-vendor.ts <vendor> [--check]
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import { runCommand, UserError } from "@gpu-scripts/openapi/user-error.ts";
import { staleFiles, writeFiles } from "./files.ts";
import { generateVendor } from "./vendor-files.ts";

await runCommand(async () => {
  const usage = "generate-vendor.ts <vendor> [--check]";
  const { positionals, values } = readArguments(usage, { check: { type: "boolean" } });
  const [vendor] = positionals;
  if (!vendor) throw new UserError(`usage: ${usage}`);
  const files = await generateVendor(vendor);
  if (!values.check) {
    for (const file of await writeFiles(files)) process.stdout.write(`wrote ${file}\n`);
    return 0;
  }
  const stale = await staleFiles(files);
  for (const file of stale) process.stderr.write(`error: stale: ${file}; run \`pnpm generate ${vendor}\`\n`);
  return stale.length > 0 ? 1 : 0;
});
