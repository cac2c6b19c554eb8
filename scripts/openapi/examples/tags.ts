import { isObject, type JsonObject, objectAt, resolvePointer, stringAt } from "../json.ts";
import { schemasOf } from "../schemas.ts";

type Tags = Map<JsonObject, { name: string; value: string }>;

const tagsByDocument = new WeakMap<JsonObject, Tags>();

/** The tag of each schema that a discriminator leads to. Kept: a document must not change while examples are made of it. */
export function tagsOf(document: JsonObject): Tags {
  const known = tagsByDocument.get(document);
  if (known) return known;
  const tags: Tags = new Map();
  tagsByDocument.set(document, tags);
  for (const { schema } of schemasOf(document)) {
    const discriminator = objectAt(schema, "discriminator");
    const name = stringAt(discriminator, "propertyName");
    if (name === undefined) continue;
    const mapping = Object.entries(objectAt(discriminator, "mapping"));
    for (const [value, target] of mapping) {
      const found = typeof target === "string" ? resolvePointer(document, target) : undefined;
      if (isObject(found) && !tags.has(found)) tags.set(found, { name, value });
    }
    const [first] = mapping;
    if (first !== undefined && !tags.has(schema) && isObject(schema["properties"])) tags.set(schema, { name, value: first[0] });
  }
  return tags;
}
