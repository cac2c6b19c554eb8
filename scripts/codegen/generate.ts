// `pnpm generate [vendor…] [--check]`: makes the vendors' packages from their documents, as cached turbo tasks.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import { runCommand } from "@gpu-scripts/openapi/user-error.ts";
import { chosenVendors, root } from "@gpu-scripts/openapi/vendors.ts";
import { completeMove } from "./move-in.ts";

await runCommand(async () => {
  const { positionals, values } = readArguments("pnpm generate [vendor…] [--check]", { check: { type: "boolean" } });
  // Before turbo looks at any file: what a killed `pnpm regenerate` left half done.
  for (const file of await completeMove()) process.stderr.write(`completed from the journal of \`pnpm regenerate\`: ${file}\n`);
  const filters = chosenVendors(positionals).map((vendor) => `--filter=@gpu/${vendor}`);
  const task = values.check ? "generate:check" : "generate";
  // Every vendor is looked at, so that one run names all that is wrong.
  const { code, output } = await turbo([
    "run",
    task,
    ...filters,
    "--continue=always",
    "--output-logs=new-only",
    "--log-prefix=none",
  ]);
  const lines = output.split("\n");
  const errors = lines.filter((line) => line.startsWith("error: ") || line.startsWith("  #"));
  if (code !== 0) {
    // Only what the vendors' own tasks said: which task failed follows from it.
    process.stderr.write(errors.length > 0 ? `${[...new Set(errors)].join("\n")}\n` : output);
    return 1;
  }
  const wrote = lines.filter((line) => line.startsWith("wrote "));
  const summary = lines.filter((line) => /^\s*(?:Tasks|Cached|Time):/.test(line));
  process.stdout.write(`${[...wrote, ...summary].join("\n")}\n`);
  return 0;
});

function turbo(args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, "node_modules", ".bin", "turbo"), args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
    });
    let output = "";
    const read = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, output }));
  });
}
