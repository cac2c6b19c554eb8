import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { run } from "@gpu-scripts/openapi/process.ts";
import { median } from "./median.ts";
import type { Table } from "./table.ts";

const rounds = 15;
const packages = new URL("../../packages/", import.meta.url);

/**
 * Measures the import of each package after the first use of Node's `fetch`, and that first use itself (the first entry). Each
 * measurement is a new process; the times are medians. The packages must be built.
 */
export async function measureImportTime(): Promise<Table> {
  const names = [
    "shadeform",
    ...readdirSync(packages).filter((name) => name !== "shadeform" && name !== "testing" && name !== "core"),
  ];
  const entries = [
    { name: "Node's fetch", program: timed('await fetch("data:,")'), times: [] as number[] },
    ...names.map((name) => ({
      name: `@gpu/${name}`,
      program: `await fetch("data:,");${timed(`await import(${JSON.stringify(fileURLToPath(new URL(`${name}/dist/index.js`, packages)))})`)}`,
      times: [] as number[],
    })),
  ];
  // Interleaved, so that a slow moment of the machine affects all entries.
  for (let round = 0; round < rounds; round += 1) {
    for (const { program, times } of entries) times.push(await measure(program));
  }
  return {
    head: ["import in a new process", "time"],
    rows: entries.map(({ name, times }) => [name, `${median(times).toFixed(1)} ms`]),
  };
}

function timed(statement: string): string {
  return `const start = performance.now();${statement};console.log(performance.now() - start)`;
}

async function measure(program: string): Promise<number> {
  const args = ["--input-type=module", "--eval", program];
  return Number(await run(process.execPath, args, { cwd: process.cwd() }));
}
