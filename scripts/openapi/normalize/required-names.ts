import { isObject, type JsonObject, list, objectAt } from "../json.ts";
import { variantsOf } from "../pointers.ts";
import type { Repair } from "./repair.ts";
import { walkSchemas } from "./walk.ts";

/** Removes names from `required` that are not properties: they would be fields of unknown type, which nobody can send. */
export const requiredNames: Repair = {
  title: "names in `required` that no property has dropped",
  apply(document, note) {
    // The enclosing composition: a part may require a property that another part declares.
    const wholes = new Map<JsonObject, JsonObject>();
    walkSchemas(document, (schema) => {
      for (const key of ["allOf", "anyOf", "oneOf"])
        for (const part of list(schema[key])) if (isObject(part)) wholes.set(part, schema);
    });
    walkSchemas(document, (schema, place) => {
      const required = schema["required"];
      if (!Array.isArray(required)) return;
      let whole = schema;
      for (let depth = 0; depth < 20 && wholes.has(whole); depth += 1) whole = wholes.get(whole) ?? whole;
      const known = new Set(variantsOf(document, whole).flatMap((part) => Object.keys(objectAt(part, "properties"))));
      const kept = required.filter((name) => known.has(String(name)));
      if (kept.length === required.length) return;
      note(place);
      if (kept.length > 0) schema["required"] = kept;
      else delete schema["required"];
    });
  },
};
