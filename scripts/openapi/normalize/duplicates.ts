import { isObject, type JsonObject, type JsonValue, list, stringAt } from "../json.ts";
import { operationsOf, parameterKey, placeOf } from "../operations.ts";
import { schemasOf } from "../schemas.ts";
import type { Repair } from "./repair.ts";

export const duplicates: Repair = {
  title: "repeated entries of `required`, `enum`, `tags` and `parameters` dropped",
  apply(document, note) {
    const unique = (object: JsonObject, key: string, identity: (entry: JsonValue) => string): boolean => {
      const entries = object[key];
      if (!Array.isArray(entries)) return false;
      const seen = new Set<string>();
      const kept = entries.filter((entry) => {
        const is = identity(entry);
        return !seen.has(is) && seen.add(is);
      });
      if (kept.length === entries.length) return false;
      object[key] = kept;
      return true;
    };
    const asText = (entry: JsonValue) => JSON.stringify(entry);
    for (const { schema, place } of schemasOf(document)) {
      for (const key of ["required", "enum", "x-extensible-enum"]) if (unique(schema, key, asText)) note([...place, key]);
    }
    for (const operation of operationsOf(document)) {
      if (unique(operation.object, "tags", asText)) note([...placeOf(operation), "tags"]);
      if (unique(operation.object, "parameters", (entry) => parameterKey(document, entry)))
        note([...placeOf(operation), "parameters"]);
    }
    if (list(document["tags"]).some(isObject) && unique(document, "tags", (tag) => stringAt(tag, "name") ?? asText(tag)))
      note(["tags"]);
  },
};
