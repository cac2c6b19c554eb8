import { shown } from "../characters.ts";
import { type JsonObject, jsonPointer, type Place } from "../json.ts";
import { schemasOf } from "../schemas.ts";

/** What a repair gets in addition to the document. */
export interface RepairContext {
  /** The vendor's name, such as `fal`. */
  vendor: string;
  /** The https address that the document's facts come from; empty when there is none. */
  sourceUrl: string;
}

interface Described {
  /** Its line in the report, which describes the change. */
  title: string;
  /** The report lists all changed fields, for a person to check. */
  listsNames?: true;
}

/** A repair of the whole document. Changes it in place, and calls `note` for every place that it changes. */
interface DocumentRepair extends Described {
  apply(document: JsonObject, note: (place: Place) => void, context: RepairContext): void;
}

/**
 * A repair of each schema by itself, inner schemas before the one that holds them. `note` takes the steps from the schema to the place
 * of the change.
 */
interface SchemaRepair extends Described {
  repairSchema(schema: JsonObject, note: (...steps: string[]) => void, document: JsonObject, place: Place): void;
}

/** One mechanical change, made whenever a document is composed. */
export type Repair = DocumentRepair | SchemaRepair;

/** What one repair changed. */
export interface Repaired {
  title: string;
  listsNames?: true;
  /** Where, in the order in which the places were changed. */
  places: Place[];
}

/** Applies repairs one after the other, each to the result of the previous one. */
export function applyRepairs(document: JsonObject, repairs: readonly Repair[], context: RepairContext): Repaired[] {
  return repairs.flatMap((repair) => {
    const places: Place[] = [];
    const note = (place: Place) => places.push(place);
    if ("apply" in repair) repair.apply(document, note, context);
    else {
      for (const { schema, place } of schemasOf(document))
        repair.repairSchema(schema, (...steps) => note([...place, ...steps]), document, place);
    }
    const { title, listsNames } = repair;
    return places.length > 0 ? [{ title, places, ...(listsNames && { listsNames }) }] : [];
  });
}

const mostShown = 3;

/** A line of the report: what was done, and where. */
export function repairLine({ title, listsNames, places }: Repaired): string {
  if (listsNames) return `${title}: ${[...new Set(places.map((place) => shown(String(place.at(-1)), 60)))].join(", ")}`;
  const some = places.slice(0, mostShown).map((place) => shown(jsonPointer(place)) || "/");
  const more = places.length > some.length ? ` and ${places.length - some.length} more` : "";
  return `${title}: ${some.join(", ")}${more}`;
}

/** What the second list of repairs changed and the first did not. */
export function newRepairs(before: readonly Repaired[], after: readonly Repaired[]): Repaired[] {
  return after.flatMap((repaired) => {
    const same = before.filter(({ title }) => title === repaired.title);
    const known = new Set(same.flatMap(({ places }) => places.map(jsonPointer)));
    const places = repaired.places.filter((place) => !known.has(jsonPointer(place)));
    return places.length > 0 ? [{ ...repaired, places }] : [];
  });
}
