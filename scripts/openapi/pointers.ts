import { dereference, isObject, type JsonObject, type JsonValue, list, objectAt, pointerSteps } from "./json.ts";

/** The schemas to which a JSON pointer into the data leads; none when the schema has no such field. */
export function schemasAt(document: JsonObject, schema: JsonValue | undefined, pointer: string): JsonObject[] {
  let found = variantsOf(document, schema);
  for (const name of pointerSteps(pointer)) {
    found = found.flatMap((one) => variantsOf(document, objectAt(one, "properties")[name]));
  }
  return found;
}

/** A schema and all schemas that it is composed of, each once; they may refer to each other. */
export function variantsOf(document: JsonObject, schema: JsonValue | undefined): JsonObject[] {
  const found = new Set<JsonObject>();
  const visit = (part: JsonValue | undefined): void => {
    const target = dereference(document, part);
    if (!isObject(target) || found.has(target)) return;
    found.add(target);
    for (const key of ["allOf", "anyOf", "oneOf"]) list(target[key]).forEach(visit);
  };
  visit(schema);
  return [...found];
}

/** Whether a text is a JSON pointer (RFC 6901) to something below the root. */
export function isPointer(value: JsonValue | undefined): value is string {
  return typeof value === "string" && /^(\/([^~/]|~[01])+)+$/.test(value);
}
