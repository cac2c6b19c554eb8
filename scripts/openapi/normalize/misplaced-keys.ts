import { typesOf } from "../schemas.ts";
import type { Repair } from "./repair.ts";
import { walkSchemas } from "./walk.ts";

const keysOfType = {
  array: ["items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"],
  object: ["properties", "patternProperties", "additionalProperties", "required", "minProperties", "maxProperties"],
};

/** Removes keywords that apply to no value of the schema's type. */
export const misplacedKeys: Repair = {
  title: "keys of another type dropped, such as `items` next to `type: object`",
  apply(document, note) {
    walkSchemas(document, (schema, place) => {
      const types = typesOf(schema);
      if (types.length === 0) return;
      for (const [type, keys] of Object.entries(keysOfType)) {
        if (types.includes(type)) continue;
        for (const key of keys) {
          if (schema[key] === undefined) continue;
          delete schema[key];
          note([...place, key]);
        }
      }
    });
  },
};
