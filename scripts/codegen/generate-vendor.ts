// The turbo tasks `generate` and `generate:check` of one vendor's package: node generate-vendor.ts <vendor> [--check]
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import { runCommand, UserError } from "@gpu-scripts/openapi/user-error.ts";
import { applyFiles } from "./files.ts";
import { generateVendor } from "./vendor-files.ts";

await runCommand(async () => {
  const usage = "generate-vendor.ts <vendor> [--check]";
  const { positionals, values } = readArguments(usage, { check: { type: "boolean" } });
  const [vendor] = positionals;
  if (!vendor) throw new UserError(`usage: ${usage}`);
  return await applyFiles(await generateVendor(vendor), { check: values.check === true, command: `pnpm generate ${vendor}` });
});
