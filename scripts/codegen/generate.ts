// `pnpm generate [vendor…] [--check]`: makes the vendors' packages from their documents, as cached turbo tasks.
import { join } from "node:path";
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import { runShown } from "@gpu-scripts/openapi/process.ts";
import { runCommand } from "@gpu-scripts/openapi/user-error.ts";
import { chosenVendors, root } from "@gpu-scripts/openapi/vendors.ts";

await runCommand(async () => {
  const { positionals, values } = readArguments("pnpm generate [vendor…] [--check]", { check: { type: "boolean" } });
  const filters = chosenVendors(positionals).map((vendor) => `--filter=@gpu/${vendor}`);
  const task = values.check ? "generate:check" : "generate";
  // One vendor's failure does not stop the others, so that one run names all that is wrong.
  const args = ["run", task, ...filters, "--continue=always", "--output-logs=new-only", "--log-prefix=none"];
  const turbo = join(root, "node_modules", ".bin", "turbo");
  return (await runShown(turbo, args, { cwd: root, env: { TURBO_TELEMETRY_DISABLED: "1" } })) === 0 ? 0 : 1;
});
