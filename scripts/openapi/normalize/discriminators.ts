import { isObject, type JsonObject, objectAt, resolvePointer } from "../json.ts";
import type { Repair } from "./repair.ts";
import { walkSchemas } from "./walk.ts";

/** A mapping may name a schema without the rest of the reference, which the linter takes for a file. */
export const discriminators: Repair = {
  title: "targets of discriminators written as references, and those that lead nowhere dropped",
  apply(document, note) {
    const schemas = objectAt(objectAt(document, "components"), "schemas");
    walkSchemas(document, (schema, place) => {
      const discriminator = objectAt(schema, "discriminator");
      const mapping = objectAt(discriminator, "mapping");
      for (const [value, target] of Object.entries(mapping)) {
        const found = referenceOf(document, schemas, target);
        if (found === target) continue;
        if (found === undefined) delete mapping[value];
        else mapping[value] = found;
        note([...place, "discriminator", "mapping", value]);
      }
      if (isObject(discriminator["mapping"]) && Object.keys(mapping).length === 0) delete discriminator["mapping"];
    });
  },
};

function referenceOf(document: JsonObject, schemas: JsonObject, target: unknown): string | undefined {
  if (typeof target !== "string") return undefined;
  if (target.startsWith("#/")) return resolvePointer(document, target) === undefined ? undefined : target;
  return Object.hasOwn(schemas, target) ? `#/components/schemas/${target}` : undefined;
}
