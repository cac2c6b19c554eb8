// `pnpm generate [vendor…] [--check]`: makes the vendors' packages from their documents, as cached turbo tasks, and the lists of
// vendors in the rest of the repository.
import { join } from "node:path";
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import { runShown } from "@gpu-scripts/openapi/process.ts";
import { runCommand } from "@gpu-scripts/openapi/user-error.ts";
import { chosenVendors, root } from "@gpu-scripts/openapi/vendors.ts";
import { applyFiles } from "./files.ts";
import { registryFiles } from "./registries.ts";

await runCommand(async () => {
  const { positionals, values } = readArguments("pnpm generate [vendor…] [--check]", { check: { type: "boolean" } });
  const check = values.check === true;
  const filters = chosenVendors(positionals).map((vendor) => `--filter=@gpu/${vendor}`);
  // One vendor's failure does not stop the others, so that one run reports everything that is wrong.
  const args = [...filters, "--continue=always", "--output-logs=new-only", "--log-prefix=none"];
  const turbo = join(root, "node_modules", ".bin", "turbo");
  const packages = await runShown(turbo, ["run", check ? "generate:check" : "generate", ...args], {
    cwd: root,
    env: { TURBO_TELEMETRY_DISABLED: "1" },
  });
  // The lists are made from the generated documents, which must be current before the lists are written.
  if (packages !== 0 && !check) return 1;
  const lists = await applyFiles(await registryFiles({ root }), { check, command: "pnpm generate" });
  return packages === 0 ? lists : 1;
});
