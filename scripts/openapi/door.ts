// Where every document comes in. What a vendor publishes is untrusted: nothing reads a document that has not passed here.

import { shown, withoutHidden } from "./characters.ts";
import { withoutOurExtensions } from "./extensions.ts";
import type { JsonObject } from "./json.ts";
import { readText } from "./load.ts";
import { parseObject } from "./parse.ts";
import { refuseMultiplying, refuseOutsideReferences } from "./references.ts";
import { withPlainTexts } from "./texts.ts";
import { UserError } from "./user-error.ts";

/** Who wrote a document: only ours may say what the generator and the runtime do. */
export type Origin = "vendor" | "ours";

/** A document that has passed the door. */
export interface Admitted {
  document: JsonObject;
  /** What it was read from: byte for byte as published, but for hidden characters. */
  text: string;
  /** What was removed from it, a line each. */
  notes: string[];
}

/**
 * Admits the text of a document, or fails with one line that says why not: unreadable, too large, nested or multiplied beyond bounds,
 * with references to anything outside, or with hidden characters in names. Nothing is resolved, and nothing else is read.
 */
export function admit(text: string, shownAs: string, origin: Origin): Admitted {
  let parsed = parseObject(text, shownAs);
  refuseOutsideReferences(parsed, shownAs);
  const { document: plain, cleaned } = withPlainTexts(parsed, shownAs);
  // What is stored loses them too: they would hide in the file what they hid in the document.
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
 * Does work on a document, and tells of its failure in one line. A document may be of a shape that no reader expects, such as a list of
 * paths; where that makes one of them stumble, the document is to blame.
 */
export async function blamingDocument<T>(shownAs: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // Errors of the system, such as a full disk, name the call that failed.
    if (!(error instanceof Error) || error instanceof UserError || "syscall" in error) throw error;
    throw new UserError(`${shownAs}: is of a shape that cannot be read as an OpenAPI document (${shown(error.message)})`, {
      cause: error,
    });
  }
}

/** The document in a file. */
export async function readDocument(path: string, shownAs: string, origin: Origin): Promise<JsonObject> {
  return admit(await readText(path, shownAs), shownAs, origin).document;
}

/** A file of ours that is no document: `source.yaml`, an overlay. */
export async function readObject(path: string, shownAs: string): Promise<JsonObject> {
  return parseObject(await readText(path, shownAs), shownAs);
}
