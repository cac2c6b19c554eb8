import { dereference, isObject, list } from "../json.ts";
import { typesOf } from "../schemas.ts";
import type { Repair } from "./repair.ts";
import { constraintsOf, walkSchemas } from "./walk.ts";

/** How OpenAPI 3.0 puts a description next to a reference; in 3.1 the reference itself may have one. */
export const oneEntryAllOf: Repair = {
  title: "`allOf` with one entry replaced by the entry",
  apply(document, note) {
    walkSchemas(document, (schema, place) => {
      const parts = list(schema["allOf"]);
      if (schema["allOf"] === undefined || parts.length > 1) return;
      const [only] = parts;
      const target = dereference(document, only);
      if (only !== undefined && !isObject(only)) return;
      const isRedundantType = isObject(target) && typesOf(schema).join() === typesOf(target).join();
      const own = constraintsOf(schema).filter((key) => key !== "allOf" && !(key === "type" && isRedundantType));
      if (only !== undefined && own.length > 0) return;
      note(place);
      delete schema["allOf"];
      if (only === undefined) return;
      if (isRedundantType) delete schema["type"];
      const described = { ...only, ...schema };
      for (const key of Object.keys(schema)) delete schema[key];
      Object.assign(schema, described);
    });
  },
};
