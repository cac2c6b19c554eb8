import { mkdir, open, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import type { Outcome } from "./report.ts";

/** Makes sure that the report can be written before anything is done that it reports. */
export async function refuseUnwritable(file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await (await open(file, "a")).close();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const reason = "code" in error && error.code === "EISDIR" ? "it is a folder" : error.message;
    throw new UserError(`--report ${file}: cannot be written: ${reason}; name a file`);
  }
}

/** Writes the whole outcome of each vendor's run. */
export async function writeReports(file: string, outcomes: readonly Outcome[]): Promise<void> {
  const reports = outcomes.map(({ report, ...outcome }) => ({ ...report, ...outcome }));
  await writeFile(file, `${JSON.stringify(reports, null, 2)}\n`);
}
