import { dereference, stringAt } from "../json.ts";
import { wordsOf } from "../schemas.ts";
import { fieldsWithoutUnit } from "../unit-names.ts";
import type { Repair } from "./repair.ts";

/** Units that a name states itself. */
const unitsByWord: Readonly<Record<string, string>> = {
  mb: "MB",
  mib: "MiB",
  gb: "GB",
  gib: "GiB",
  tb: "TB",
  seconds: "seconds",
  secs: "seconds",
  sec: "seconds",
  minutes: "minutes",
  hours: "hours",
  cents: "cents",
  usd: "US dollars",
};

/** States units in descriptions of numbers, but only those that the name has: a guessed unit may be wrong by a factor. */
export const units: Repair = {
  title: "units added to descriptions from the names of fields, or a note that the unit is not documented",
  listsNames: true,
  apply(document, note) {
    for (const { name, object, place } of fieldsWithoutUnit(document)) {
      // `GiB` is one word, in any capitalization.
      const words = wordsOf(name)
        .join(" ")
        .replace(/\b([kmgt]i) b\b/g, "$1b")
        .split(" ");
      const known = words.flatMap((word) => unitsByWord[word] ?? [])[0];
      const time = words.some((word) => word === "hour" || word === "hourly") ? " per hour" : "";
      const unit = known === undefined ? "Its unit is not documented." : `In ${known}${time}, by its name.`;
      // A description next to a reference replaces the one that the reference leads to.
      const before = (stringAt(object, "description") ?? stringAt(dereference(document, object), "description"))?.trim();
      object["description"] = before ? `${before.replace(/(?<![.!?])$/, ".")} ${unit}` : unit;
      note(stringAt(object, "in") === undefined ? place : [...place, name]);
    }
  },
};
