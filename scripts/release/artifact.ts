// The artifact of the job that reads a vendor's document. That job runs on third-party input, so nothing in the artifact
// is trusted: files must be plain and small, and every value is checked.
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "../openapi/json.ts";
import { UserError } from "../openapi/user-error.ts";
import { impacts } from "../regenerate/impact.ts";
import type { Change, Outcome, OverlayVerdict, Status } from "../regenerate/report.ts";

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
  const reason = entry["reason"];
  const versions = entry["versions"];
  return {
    report: {
      vendor,
      impact: oneOf(impacts, entry["impact"], "impact"),
      bump: oneOf(impacts, entry["bump"], "bump"),
      changes: list(entry["changes"], "changes", readChange),
      overlays: list(entry["overlays"], "overlays", readVerdict),
    },
    status: oneOf(statuses, entry["status"], "status"),
    ...(reason === undefined ? {} : { reason: string(reason, "reason") }),
    ...(versions === undefined ? {} : { versions: readVersions(versions) }),
    files: list(entry["files"], "files", string),
    mend: list(entry["mend"], "mend", string),
    lookAt: list(entry["lookAt"], "lookAt", string),
    notes: list(entry["notes"], "notes", string),
  };
}

const statuses: readonly Status[] = ["unchanged", "written", "would-write", "refused"];

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new UserError("the report is not JSON");
  }
}

function readChange(value: unknown, place: string): Change {
  if (!isObject(value)) throw unreadable(place);
  return {
    operation: string(value["operation"], `${place}.operation`),
    impact: oneOf(impacts, value["impact"], `${place}.impact`),
    message: string(value["message"], `${place}.message`),
  };
}

function readVerdict(value: unknown, place: string): OverlayVerdict {
  if (!isObject(value)) throw unreadable(place);
  return { action: string(value["action"], `${place}.action`), verdict: string(value["verdict"], `${place}.verdict`) };
}

function readVersions(value: unknown): { before: string; after: string } {
  if (!isObject(value)) throw unreadable("versions");
  return { before: string(value["before"], "versions.before"), after: string(value["after"], "versions.after") };
}

function list<T>(value: unknown, place: string, read: (item: unknown, place: string) => T): T[] {
  if (!Array.isArray(value)) throw unreadable(place);
  return value.map((item, index) => read(item, `${place}[${index}]`));
}

function string(value: unknown, place: string): string {
  if (typeof value !== "string") throw unreadable(place);
  return value;
}

function oneOf<T extends string>(known: readonly T[], value: unknown, place: string): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw unreadable(place);
  return found;
}

function unreadable(place: string): UserError {
  return new UserError(`the report has no valid \`${place}\``);
}
