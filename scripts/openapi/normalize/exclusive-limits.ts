import type { Repair } from "./repair.ts";
import { walkSchemas } from "./walk.ts";

const limits = [
  ["exclusiveMinimum", "minimum"],
  ["exclusiveMaximum", "maximum"],
] as const;

/** `exclusiveMinimum: true` of OpenAPI 3.0 is `exclusiveMinimum` with the number in 3.1. */
export const exclusiveLimits: Repair = {
  title: "exclusive limits written as numbers",
  apply(document, note) {
    walkSchemas(document, (schema, place) => {
      for (const [exclusive, limit] of limits) {
        const given = schema[exclusive];
        const value = schema[limit];
        if (typeof given === "boolean") {
          delete schema[exclusive];
          if (given && typeof value === "number") {
            schema[exclusive] = value;
            delete schema[limit];
          }
          note(place);
        } else if (typeof given === "number" && typeof value === "number") {
          const isStricter = exclusive === "exclusiveMinimum" ? given >= value : given <= value;
          delete schema[isStricter ? limit : exclusive];
          note(place);
        }
      }
    });
  },
};
