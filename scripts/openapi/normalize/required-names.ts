import { isObject, type JsonObject, list, objectAt } from "../json.ts";
import { variantsOf } from "../pointers.ts";
import type { Repair } from "./repair.ts";
import { walkSchemas } from "./walk.ts";

/** A name in `required` that no property has would be a field of unknown type that nobody can send. */
export const requiredNames: Repair = {
  title: "names in `required` that no property has dropped",
  apply(document, note) {
    // What a schema is part of: a part may require what the whole declares.
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
