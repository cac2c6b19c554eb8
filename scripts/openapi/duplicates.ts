import type { JsonObject, JsonValue } from "./json.ts";
import { jsonPointer, stringAt, walkObjects } from "./json.ts";
import { UserError } from "./user-error.ts";

/** Arrays that overlays append to; the vendor may have added the same entry since. */
const listsOfUniqueEntries = ["required", "tags", "enum", "parameters", "x-extensible-enum"];

/** Fails when a list whose entries must be unique contains one twice. */
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
          throw new UserError(`${shownAs}: ${identity} is listed twice in ${jsonPointer([...location, list])}`);
        }
        seen.add(identity);
      }
    }
  });
}

/** Parameters are the same if their place and name are; other entries if they are equal. */
function identify(entry: JsonValue): string {
  const place = stringAt(entry, "in");
  const name = stringAt(entry, "name");
  return place && name ? `${place} parameter ${name}` : JSON.stringify(entry);
}
