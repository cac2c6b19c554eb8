// The artifact of the job that reads a vendor's document. That job runs on third-party input, so nothing in the artifact
// is trusted: files must be plain and small, and every value is checked.
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "../openapi/json.ts";
import { UserError } from "../openapi/user-error.ts";
import { type Outcome, readReportEntry } from "../regenerate/outcome.ts";

/** Largest size of each file that an artifact may hold, in bytes. */
const sizes: Readonly<Record<string, number>> = { "changes.patch": 20_000_000, "report.json": 2_000_000 };

/** Refuses an artifact that holds anything but plain files of the known names, within their sizes. */
export async function checkArtifact(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const limit = sizes[name];
    if (limit === undefined) throw new UserError(`the artifact holds an unexpected file: ${JSON.stringify(name)}`);
    const file = await lstat(join(folder, name));
    if (!file.isFile()) throw new UserError(`the artifact's ${name} is not a plain file`);
    if (file.size > limit) throw new UserError(`the artifact's ${name} has ${file.size} bytes; at most ${limit} are accepted`);
  }
}

/** Path of the patch in a checked artifact; undefined when nothing changed. */
export async function patchIn(folder: string): Promise<string | undefined> {
  const file = join(folder, "changes.patch");
  const { size } = await lstat(file).catch(() => {
    throw new UserError("the artifact has no changes.patch");
  });
  return size === 0 ? undefined : file;
}

/** The outcome of one vendor's run from the report in a checked artifact. */
export async function outcomeIn(folder: string, vendor: string): Promise<Outcome> {
  const text = await readFile(join(folder, "report.json"), "utf8").catch(() => {
    throw new UserError("the artifact has no report.json");
  });
  return readOutcome(text, vendor);
}

/** Reads one vendor's outcome from a JSON report. */
export function readOutcome(json: string, vendor: string): Outcome {
  const report = parse(json);
  const entry = Array.isArray(report) ? report.find((one) => isObject(one) && one["vendor"] === vendor) : undefined;
  if (!isObject(entry)) throw new UserError(`the report has no entry for ${vendor}`);
  return readReportEntry(entry, "");
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new UserError("the report is not JSON");
  }
}
