// Prints times, as ratios within one run on this machine, and bundle sizes. `pnpm bench` runs all benchmarks, and
// `pnpm bench size offers` runs two of them.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readArguments } from "@gpu-scripts/openapi/command-line.ts";
import { runCommand, UserError } from "@gpu-scripts/openapi/user-error.ts";
import { contestants, generateRedoclyClient } from "./clients.ts";
import { measureImportTime } from "./import-time.ts";
import { measureOffers } from "./offers.ts";
import { measureRegenerate } from "./regenerate.ts";
import { measureSizes } from "./size.ts";
import { measureSpeed } from "./speed.ts";
import { measureTypeCheck } from "./type-check.ts";

const parts: Record<string, () => Promise<void>> = {
  async speed() {
    await generateRedoclyClient();
    const server = fork(new URL("server.ts", import.meta.url));
    try {
      const [port] = (await once(server, "message")) as [number];
      const speeds = await measureSpeed(await contestants(`http://127.0.0.1:${port}`));
      print(
        ["one call", "time", "ratio"],
        speeds.map(({ name, microseconds, ratio }) => [name, `${microseconds.toFixed(0)} µs`, ratio.toFixed(2)]),
      );
    } finally {
      server.disconnect();
    }
  },

  async size() {
    print(
      ["bundle of a client", "minified", "gzip"],
      (await measureSizes(await generateRedoclyClient())).map(({ name, minified, gzip }) => [
        name,
        kilobytes(minified),
        kilobytes(gzip),
      ]),
    );
  },

  async import() {
    print(
      ["import in a new process", "time"],
      (await measureImportTime()).map(({ name, milliseconds }) => [name, `${milliseconds.toFixed(1)} ms`]),
    );
  },

  async types() {
    const checks = await measureTypeCheck();
    const [empty, everything] = checks;
    const added = { name: "added", milliseconds: everything.milliseconds - empty.milliseconds, instantiations: 0, files: 0 };
    added.instantiations = everything.instantiations - empty.instantiations;
    added.files = everything.files - empty.files;
    print(
      ["type check of a file", "time", "instantiations", "files"],
      [...checks, added].map(({ name, milliseconds, instantiations, files }) => [
        name,
        `${milliseconds.toFixed(0)} ms`,
        String(instantiations),
        String(files),
      ]),
    );
  },

  async offers() {
    print(
      ["gpu.offers()", "time", "lower bound", "time", "ratio"],
      (await measureOffers()).map(({ name, milliseconds, bound, boundMilliseconds, ratio }) => [
        name,
        `${milliseconds.toFixed(0)} ms`,
        bound,
        `${boundMilliseconds.toFixed(0)} ms`,
        ratio.toFixed(2),
      ]),
    );
  },

  async regenerate() {
    const { lines, operations, toolsSeconds, regenerateSeconds, ratio, peakMiB } = await measureRegenerate();
    print(
      [`a document of ${lines} lines, ${operations} operations`, "time", "ratio", "memory"],
      [
        ["redocly bundle and openapi-typescript", `${toolsSeconds.toFixed(1)} s`, "1.00", ""],
        ["pnpm regenerate --dry-run", `${regenerateSeconds.toFixed(1)} s`, ratio.toFixed(2), `${peakMiB.toFixed(0)} MiB`],
      ],
    );
  },
};

await runCommand(async () => {
  const { positionals: selected } = readArguments(`pnpm bench [${Object.keys(parts).join("|")} …]`, {});
  const unknown = selected.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined)
    throw new UserError(`there is no benchmark "${unknown}"; there are ${Object.keys(parts).join(", ")}`);
  for (const [name, measure] of Object.entries(parts)) {
    if (selected.length === 0 || selected.includes(name)) await measure();
  }
  return 0;
});

function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}

function print(head: string[], rows: string[][]): void {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ");
  console.log([line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line), ""].join("\n"));
}
