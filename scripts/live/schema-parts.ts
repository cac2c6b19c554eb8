import { dereference, isObject, type JsonObject, type JsonValue, list, objectAt } from "@gpu-scripts/openapi/json.ts";

/** A field of an object or an item of a list. */
export interface Child {
  /** The name of the field or the index of the item. */
  key: string | number;
  value: JsonValue;
  /** Its step in a pointer: the name of a documented field, `*` for an item of a list or a map, null for an unknown field. */
  step: string | null;
  schema: JsonValue | undefined;
}

/** The schema with its references and `allOf`s followed, without alternatives. */
export function togetherWith(document: JsonObject, schema: JsonValue | undefined): JsonObject[] {
  const found = new Set<JsonObject>();
  const visit = (part: JsonValue | undefined): void => {
    if (!isObject(part) || found.has(part)) return;
    found.add(part);
    if (typeof part["$ref"] === "string") visit(dereference(document, { $ref: part["$ref"] }));
    list(part["allOf"]).forEach(visit);
  };
  visit(schema);
  return [...found];
}

/** The children of a value, each with its schema. */
export function childrenOf(parts: readonly JsonObject[], value: JsonValue): Child[] {
  if (Array.isArray(value)) {
    return value.map((item, index) => {
      const schemas = parts.flatMap((part) => schemaOf(list(part["prefixItems"])[index] ?? part["items"]));
      return { key: index, value: item, step: "*", schema: together(schemas) };
    });
  }
  if (!isObject(value)) return [];
  return Object.entries(value).map(([name, child]) => {
    const own = parts.flatMap((part) => ownEntry(objectAt(part, "properties"), name) ?? []);
    if (own.length > 0) return { key: name, value: child, step: name, schema: together(own.filter(isObject)) };
    const ofMap = parts.flatMap((part) => mapSchemas(part, name));
    if (ofMap.length > 0 || isOpen(parts)) return { key: name, value: child, step: "*", schema: together(ofMap) };
    return { key: name, value: child, step: null, schema: undefined };
  });
}

/** The documented values of closed and open enums. */
export function documentedValues(parts: readonly JsonObject[]): JsonValue[] {
  return parts.flatMap((part) => [
    ...list(part["enum"]),
    ...list(part["x-extensible-enum"]),
    ...(part["const"] === undefined ? [] : [part["const"]]),
  ]);
}

/** Whether fields may have any name: also when no field is documented. */
function isOpen(parts: readonly JsonObject[]): boolean {
  if (parts.some((part) => part["additionalProperties"] !== undefined && part["additionalProperties"] !== false)) return true;
  return !parts.some((part) => part["properties"] !== undefined || part["additionalProperties"] === false);
}

function mapSchemas(part: JsonObject, name: string): JsonValue[] {
  const patterns = Object.entries(objectAt(part, "patternProperties"));
  const matching = patterns.filter(([pattern]) => new RegExp(pattern, "u").test(name)).map(([, schema]) => schema);
  return matching.length > 0 ? matching : schemaOf(part["additionalProperties"]);
}

function schemaOf(schema: JsonValue | undefined): JsonValue[] {
  return isObject(schema) ? [schema] : [];
}

function ownEntry(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function together(schemas: JsonValue[]): JsonValue | undefined {
  return schemas.length > 1 ? { allOf: schemas } : schemas[0];
}
