import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { run } from "@gpu-scripts/openapi/process.ts";
import { median } from "./median.ts";

/** The import time of a package. */
export interface ImportTime {
  name: string;
  /** Duration of the import in a new process that has already used `fetch`. Median of the rounds. */
  milliseconds: number;
}

const packages = new URL("../../packages/", import.meta.url);

/**
 * Measures the import of each package after the first use of Node's `fetch`, and that first use itself (the first entry). Each
 * measurement is a new process. The packages must be built.
 */
export async function measureImportTime(rounds = 15): Promise<ImportTime[]> {
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
  return entries.map(({ name, times }) => ({ name, milliseconds: median(times) }));
}

function timed(statement: string): string {
  return `const start = performance.now();${statement};console.log(performance.now() - start)`;
}

async function measure(program: string): Promise<number> {
  const args = ["--input-type=module", "--eval", program];
  return Number(await run(process.execPath, args, { cwd: process.cwd() }));
}
