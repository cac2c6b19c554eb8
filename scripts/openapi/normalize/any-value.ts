import { isObject, type JsonObject, type JsonValue, list } from "../json.ts";
import type { Repair } from "./repair.ts";
import { constraintsOf, walkSchemas } from "./walk.ts";

/** Simplifies `anyOf: [{}, { type: null }]`, which FastAPI writes for an optional field of any type and the linter rejects. */
export const anyValue: Repair = {
  title: "`anyOf` and `oneOf` dropped where one of their entries allows every value",
  apply(document, note) {
    walkSchemas(document, (schema, place) => {
      for (const choice of ["anyOf", "oneOf"]) {
        if (!list(schema[choice]).some(allowsEverything)) continue;
        delete schema[choice];
        delete schema["discriminator"];
        note(place);
      }
    });
  },
};

function allowsEverything(schema: JsonValue): boolean {
  return schema === true || (isObject(schema) && !isReference(schema) && constraintsOf(schema).length === 0);
}

function isReference(schema: JsonObject): boolean {
  return schema["$ref"] !== undefined || schema["x-extensible-enum"] !== undefined;
}
