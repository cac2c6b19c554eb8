import { mkdir, open, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import type { Change } from "./change.ts";
import { messageOf } from "./change-text.ts";
import type { Outcome } from "./outcome.ts";

/** Checks that the report can be written before the run changes anything. */
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

/** Writes the whole outcome of each vendor's run. Each change also has its `message`, for readers that do not know its kind. */
export async function writeReports(file: string, outcomes: readonly Outcome[]): Promise<void> {
  const withMessage = (change: Change) => ({ ...change, message: messageOf(change) });
  const reports = outcomes.map((outcome) => ({ ...outcome, changes: outcome.changes.map(withMessage) }));
  await writeFile(file, `${JSON.stringify(reports, null, 2)}\n`);
}
