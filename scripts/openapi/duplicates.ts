import type { JsonObject, JsonValue } from "./json.ts";
import { jsonPointer, stringAt, walkObjects } from "./json.ts";
import { UserError } from "./user-error.ts";

/** Arrays that overlays append to, where the vendor may since have added the same entry. */
const listsOfUniqueEntries = ["required", "tags", "enum", "parameters", "x-extensible-enum"];

/** Fails when an entry stands twice in a list whose entries are unique. */
export function refuseDuplicates(document: JsonObject, shownAs: string): void {
  walkObjects(document, (object, location) => {
    if (location.some((step) => step === "example" || step === "examples")) return;
    for (const list of listsOfUniqueEntries) {
      const entries = object[list];
      if (!Array.isArray(entries)) continue;
      const seen = new Set<string>();
      for (const entry of entries) {
        const identity = identify(entry);
        if (seen.has(identity)) {
          throw new UserError(`${shownAs}: ${identity} stands twice in ${jsonPointer([...location, list])}`);
        }
        seen.add(identity);
      }
    }
  });
}

/** A parameter is the same one when its place and name are; anything else when it is equal. */
function identify(entry: JsonValue): string {
  const place = stringAt(entry, "in");
  const name = stringAt(entry, "name");
  return place && name ? `${place} parameter ${name}` : JSON.stringify(entry);
}
