// The artifact of the job that reads a vendor's document. That job runs on third-party input, so nothing in the artifact
// is trusted: files must be plain and small, and every value is checked.
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isObject, type JsonObject } from "../openapi/json.ts";
import { UserError } from "../openapi/user-error.ts";
import { type Change, readFacts } from "../regenerate/change.ts";
import { impacts } from "../regenerate/impact.ts";
import {
  type Fixable,
  type HiddenField,
  type Outcome,
  type OverlayVerdict,
  type RefusalReason,
  statuses,
} from "../regenerate/outcome.ts";

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
  const versions = entry["versions"];
  return {
    vendor,
    status: oneOf(statuses, entry["status"], "status"),
    reasons: list(entry["reasons"], "reasons", readReason),
    impact: oneOf(impacts, entry["impact"], "impact"),
    bump: oneOf(impacts, entry["bump"], "bump"),
    ...(versions === undefined ? {} : { versions: strings(versions, "versions", ["before", "after"]) }),
    changes: list(entry["changes"], "changes", readChange),
    overlays: list(entry["overlays"], "overlays", readVerdict),
    fixable: list(entry["fixable"], "fixable", readFixable),
    lookAt: list(entry["lookAt"], "lookAt", (value, place) => ({
      ...strings(value, place, ["file"]),
      change: readChange(isObject(value) ? value["change"] : undefined, `${place}.change`),
    })),
    notes: list(entry["notes"], "notes", string),
    files: list(entry["files"], "files", string),
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new UserError("the report is not JSON");
  }
}

function readReason(value: unknown, place: string): RefusalReason {
  const reason = object(value, place);
  const kind = oneOf(["document", "lint", "overlays-misfit", "overlays-to-prune"] as const, reason["kind"], `${place}.kind`);
  switch (kind) {
    case "document":
      return { kind, ...strings(reason, place, ["message"]) };
    case "lint": {
      const problems = list(reason["problems"], `${place}.problems`, (problem, inner) =>
        strings(problem, inner, ["pointer", "message", "rule"]),
      );
      return { kind, problems };
    }
    default:
      return { kind };
  }
}

function readChange(value: unknown, place: string): Change {
  const change = object(value, place);
  const facts = readFacts(change);
  if ("wrong" in facts) throw unreadable(`${place}.${facts.wrong}`);
  const impact = oneOf(impacts, change["impact"], `${place}.impact`);
  return { ...strings(change, place, ["operation"]), impact, ...facts };
}

function readVerdict(value: unknown, place: string): OverlayVerdict {
  const entry = object(value, place);
  const action = string(entry["action"], `${place}.action`);
  const known = ["unnecessary", "adapted", "superseded", "lost", "hides", "misfit"] as const;
  const verdict = oneOf(known, entry["verdict"], `${place}.verdict`);
  switch (verdict) {
    case "unnecessary": {
      const cause = oneOf(["in-upstream", "dropped-upstream", "used-upstream"] as const, entry["cause"], `${place}.cause`);
      return { action, verdict, cause, parts: list(entry["parts"], `${place}.parts`, string) };
    }
    case "adapted":
      return { action, verdict, ...strings(entry, place, ["target"]) };
    case "superseded":
      return { action, verdict, parts: list(entry["parts"], `${place}.parts`, string) };
    case "lost":
      return { action, verdict };
    case "hides":
      return { action, verdict, fields: list(entry["fields"], `${place}.fields`, readHidden) };
    case "misfit":
      return { action, verdict, ...strings(entry, place, ["reason"]) };
  }
}

function readHidden(value: unknown, place: string): HiddenField {
  const before = object(value, place)["before"];
  return {
    ...strings(value, place, ["field", "after"]),
    before: before === null ? null : string(before, `${place}.before`),
  };
}

function readFixable(value: unknown, place: string): Fixable {
  const item = object(value, place);
  const kind = oneOf(["lint", "compile"] as const, item["kind"], `${place}.kind`);
  if (kind === "lint") return { kind, ...strings(item, place, ["operation", "place", "rule", "message"]) };
  const line = item["line"];
  if (typeof line !== "number") throw unreadable(`${place}.line`);
  return { kind, ...strings(item, place, ["file", "message"]), line };
}

/** Some strings of an object. */
function strings<Key extends string>(value: unknown, place: string, keys: readonly Key[]): Record<Key, string> {
  const entries = keys.map((key) => [key, string(object(value, place)[key], `${place}.${key}`)]);
  return Object.fromEntries(entries) as Record<Key, string>;
}

function object(value: unknown, place: string): JsonObject {
  if (!isObject(value)) throw unreadable(place);
  return value;
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
