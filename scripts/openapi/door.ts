// The entry of every document. Vendors' documents are untrusted: nothing reads a document that was not admitted here.

import { shown, withoutHidden } from "./characters.ts";
import { withoutOurExtensions } from "./extensions.ts";
import type { JsonObject } from "./json.ts";
import { readText } from "./load.ts";
import { parseObject } from "./parse.ts";
import { refuseMultiplying, refuseOutsideReferences } from "./references.ts";
import { withPlainTexts } from "./texts.ts";
import { UserError } from "./user-error.ts";

/** Who wrote a document: only ours may have extensions that control the generator and the runtime. */
export type Origin = "vendor" | "ours";

/** A document that was admitted. */
export interface Admitted {
  document: JsonObject;
  /** Its source text: byte for byte as published, without hidden characters. */
  text: string;
  /** What was removed from it, one line each. */
  notes: string[];
}

/**
 * Admits the text of a document. `UserError` with the reason in one line if it is unreadable, too large, nested too deeply, expands too
 * much, refers to anything outside, or has hidden characters in names. Resolves nothing and reads nothing else.
 */
export function admit(text: string, shownAs: string, origin: Origin): Admitted {
  let parsed = parseObject(text, shownAs);
  refuseOutsideReferences(parsed, shownAs);
  const { document: plain, cleaned } = withPlainTexts(parsed, shownAs);
  // The stored text loses them too, because they would hide the same things from its readers.
  const stored = withoutHidden(text);
  parsed = stored === text ? plain : withPlainTexts(parseObject(stored, shownAs), shownAs).document;
  refuseMultiplying(parsed, shownAs);
  const { document, removed } = origin === "vendor" ? withoutOurExtensions(parsed) : { document: parsed, removed: [] };
  return {
    document,
    text: stored,
    notes: [...note("Hidden characters", cleaned), ...note("Extensions that only we set", removed)],
  };
}

function note(what: string, places: readonly string[]): string[] {
  if (places.length === 0) return [];
  const some = places.slice(0, 5).map((place) => `\`${shown(place)}\``);
  const more = places.length > some.length ? ` and ${places.length - some.length} more` : "";
  return [`${what} were removed from the document: ${some.join(", ")}${more}.`];
}

/**
 * Runs work on a document and reports its failure in one line. A document may have a shape that no reader expects, such as a list of
 * paths; an unexpected error is therefore reported as a fault of the document.
 */
export async function blamingDocument<T>(shownAs: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // Errors of the system, such as a full disk, are not the document's fault.
    if (!(error instanceof Error) || error instanceof UserError || "syscall" in error) throw error;
    throw new UserError(`${shownAs}: cannot be read as an OpenAPI document (${shown(error.message)})`, {
      cause: error,
    });
  }
}

/** The document in a file. */
export async function readDocument(path: string, shownAs: string, origin: Origin): Promise<JsonObject> {
  return admit(await readText(path, shownAs), shownAs, origin).document;
}

/** A file of ours other than a document: `source.yaml`, an overlay. */
export async function readObject(path: string, shownAs: string): Promise<JsonObject> {
  return parseObject(await readText(path, shownAs), shownAs);
}
