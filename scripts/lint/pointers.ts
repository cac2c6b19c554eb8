import { dereference, isObject, type JsonObject, type JsonValue, objectAt, pointerSteps } from "../json.ts";
import { list } from "./operations.ts";

/** The schemas to which a JSON pointer into the data leads; none when the schema has no such field. */
export function schemasAt(document: JsonObject, schema: JsonValue | undefined, pointer: string): JsonObject[] {
  let found = variantsOf(document, schema);
  for (const name of pointerSteps(pointer)) {
    found = found.flatMap((one) => variantsOf(document, objectAt(one, "properties")[name]));
  }
  return found;
}

/** A schema and everything that it is put together from. */
export function variantsOf(document: JsonObject, schema: JsonValue | undefined, depth = 0): JsonObject[] {
  const found = dereference(document, schema);
  if (!isObject(found) || depth > 10) return [];
  const parts = [...list(found["allOf"]), ...list(found["anyOf"]), ...list(found["oneOf"])];
  return [found, ...parts.flatMap((part) => variantsOf(document, part, depth + 1))];
}

/** Whether a text is a JSON pointer (RFC 6901) to something below the top. */
export function isPointer(value: JsonValue | undefined): value is string {
  return typeof value === "string" && /^(\/([^~/]|~[01])+)+$/.test(value);
}
