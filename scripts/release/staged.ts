// A patch is applied to git's index only, and accepted or refused by what the index then changes. The working tree, which
// holds the code that runs, is not touched.
import { readFile } from "node:fs/promises";
import { UserError } from "../openapi/user-error.ts";
import type { Call } from "./call.ts";

/** One file that the index changes. */
export interface StagedChange {
  path: string;
  kind: "added" | "modified" | "deleted";
  /** Object of the old content; absent for an added file. */
  before?: string;
  /** Object of the new content; absent for a deleted file. */
  after?: string;
}

/** Why a change is not accepted; undefined when it is. */
export type Rule = (change: StagedChange, read: ReadBlob) => Promise<string | undefined>;

/** Reads the content of a git object. */
export type ReadBlob = (object: string) => Promise<string>;

const mostFiles = 1_000;

/** Applies a patch to the index. Renames, copies and binary content are refused. */
export async function stagePatch(file: string, call: Call): Promise<void> {
  // A line of content starts with a space, `+`, `-` or `\`, so that a match is a header.
  const header = /^(?:(?:rename|copy) (?:from|to) |(?:dis)?similarity index |GIT binary patch|Binary files )/m;
  const found = header.exec(await readFile(file, "utf8"));
  if (found)
    throw new UserError(`the patch is refused: it has a header "${found[0].trim()}"; only plain text changes are accepted`);
  await call("git", ["apply", "--cached", "--whitespace=nowarn", "--", file]);
}

/** What the index changes compared with `HEAD`, once every change has passed the rule. */
export async function acceptedChanges(rule: Rule, call: Call): Promise<StagedChange[]> {
  const changes = parseRaw(await call("git", ["diff", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "HEAD"]));
  if (changes.length > mostFiles) throw new UserError(`the patch is refused: it changes ${changes.length} files`);
  for (const change of changes) {
    const reason = await rule(change, blobReader(call));
    if (reason !== undefined) throw new UserError(`the patch is refused: ${JSON.stringify(change.path)} ${reason}`);
  }
  return changes;
}

export function blobReader(call: Call): ReadBlob {
  return (object) => call("git", ["cat-file", "blob", object]);
}

/** Reads `:MODE MODE OBJECT OBJECT STATUS\0PATH\0…`; anything but plain files that are not executable is refused. */
function parseRaw(raw: string): StagedChange[] {
  const fields = raw.split("\0");
  if (fields.pop() !== "" || fields.length % 2 !== 0) throw new UserError("git printed differences in an unknown form");
  const changes: StagedChange[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    const path = fields[index + 1] ?? "";
    const [, oldMode, newMode, before, after, status] =
      /^:(\d{6}) (\d{6}) ([0-9a-f]{40,64}) ([0-9a-f]{40,64}) ([A-Z])$/.exec(fields[index] ?? "") ?? [];
    const modes = `${oldMode} ${newMode}`;
    if (status === "A" && modes === "000000 100644" && after) changes.push({ path, kind: "added", after });
    else if (status === "M" && modes === "100644 100644" && before && after)
      changes.push({ path, kind: "modified", before, after });
    else if (status === "D" && modes === "100644 000000" && before) changes.push({ path, kind: "deleted", before });
    else throw new UserError(`the patch is refused: ${JSON.stringify(path)} is not a plain file, or changes its mode (${modes})`);
  }
  return changes;
}
