import { dereference, isObject, list } from "../json.ts";
import { typesOf } from "../schemas.ts";
import type { Repair } from "./repair.ts";
import { constraintsOf, walkSchemas } from "./walk.ts";

/** Unwraps compositions with one entry: OpenAPI 3.0 needs them for a description next to a reference, and 3.1 does not. */
export const oneEntry: Repair = {
  title: "`allOf`, `anyOf` and `oneOf` with one entry replaced by the entry",
  apply(document, note) {
    walkSchemas(document, (schema, place) => {
      for (const composition of ["allOf", "anyOf", "oneOf"]) {
        const parts = list(schema[composition]);
        if (schema[composition] === undefined || parts.length > 1) continue;
        const [only] = parts;
        const target = dereference(document, only);
        if (only !== undefined && !isObject(only)) continue;
        const isRedundantType = isObject(target) && typesOf(schema).join() === typesOf(target).join();
        const own = constraintsOf(schema).filter((key) => key !== composition && !(key === "type" && isRedundantType));
        if (only !== undefined && own.length > 0) continue;
        note(place);
        delete schema[composition];
        if (only === undefined) continue;
        if (isRedundantType) delete schema["type"];
        // A discriminator selects among entries.
        if (composition !== "allOf") delete schema["discriminator"];
        const described = { ...only, ...schema };
        for (const key of Object.keys(schema)) delete schema[key];
        Object.assign(schema, described);
      }
    });
  },
};
