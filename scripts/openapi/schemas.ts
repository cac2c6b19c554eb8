import { isObject, type JsonObject, type JsonValue, list, objectAt, type Place } from "./json.ts";

/** Keys whose values are data of the API, not part of its description. */
export const dataKeywords = ["example", "examples", "default", "const", "enum"];

/** Calls `visit` for every object of a document that describes the API, without examples, other data and maps of properties by name. */
export function walkDescription(value: JsonValue, visit: (object: JsonObject, place: Place) => void, place: Place = []): void {
  for (const [index, item] of list(value).entries()) walkDescription(item, visit, [...place, index]);
  if (!isObject(value)) return;
  const isByName = place.at(-1) === "properties";
  if (!isByName) visit(value, place);
  for (const [key, child] of Object.entries(value)) {
    if (isByName || !(dataKeywords.includes(key) || key.startsWith("x-"))) walkDescription(child, visit, [...place, key]);
  }
}

/** A property of a schema. */
export interface Property {
  name: string;
  schema: JsonObject;
  /** The name of the component schema that it belongs to, if any. */
  owner: string | undefined;
  place: Place;
}

/** Every property of every schema of a document. */
export function propertiesOf(document: JsonObject): Property[] {
  const found: Property[] = [];
  walkDescription(document, (object, place) => {
    for (const [name, schema] of Object.entries(objectAt(object, "properties"))) {
      if (!isObject(schema)) continue;
      found.push({ name, schema, owner: componentAt(place), place: [...place, "properties", name] });
    }
  });
  return found;
}

function componentAt(place: Place): string | undefined {
  return place[0] === "components" && place[1] === "schemas" ? String(place[2]) : undefined;
}

/** Keywords of a schema that hold one schema. */
export const singleKeywords = [
  "items",
  "additionalProperties",
  "not",
  "if",
  "then",
  "else",
  "contains",
  "propertyNames",
  "unevaluatedItems",
  "unevaluatedProperties",
  "contentSchema",
];
/** Keywords whose schemas apply to the same value as the schema that holds them. */
export const compositionKeywords = ["allOf", "anyOf", "oneOf"];
/** Keywords that hold schemas by name. */
export const namedKeywords = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];

/** Keywords that limit a number, or the size of a value. */
export const limitKeywords = [
  "multipleOf",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
];

/** Keys by which a schema constrains a value, apart from its reference. */
const constraints = new Set([
  ...singleKeywords,
  ...compositionKeywords,
  ...namedKeywords,
  ...limitKeywords,
  "prefixItems",
  "type",
  "enum",
  "const",
  "format",
  "pattern",
  "uniqueItems",
  "required",
  "dependentRequired",
]);

export function constraintsOf(schema: JsonObject): string[] {
  return Object.keys(schema).filter((key) => constraints.has(key));
}

/** A schema, and where it is. */
export interface Located {
  schema: JsonObject;
  place: Place;
}

/** Every schema of the document, inner schemas before the one that holds them. References are not followed. */
export function schemasOf(document: JsonObject): Located[] {
  const inside = (value: JsonValue, place: Place): Located[] => {
    if (Array.isArray(value)) return value.flatMap((item, index) => inside(item, [...place, index]));
    return Object.entries(isObject(value) ? value : {}).flatMap(([key, child]) => {
      const at = [...place, key];
      if (key === "example" || key === "examples" || key.startsWith("x-")) return [];
      if (key === "schema") return schemasWithin(child, at);
      const isComponents = key === "schemas" && place.length === 1 && place[0] === "components";
      if (!isComponents) return inside(child, at);
      return Object.entries(isObject(child) ? child : {}).flatMap(([name, schema]) => schemasWithin(schema, [...at, name]));
    });
  };
  return inside(document, []);
}

/** The same for one schema and all within it. */
export function schemasWithin(schema: JsonValue | undefined, place: Place = []): Located[] {
  if (!isObject(schema)) return [];
  const at = (inner: JsonValue | undefined, ...steps: Place) =>
    isObject(inner) ? schemasWithin(inner, [...place, ...steps]) : [];
  const listed = (key: string) => list(schema[key]).flatMap((inner, index) => at(inner, key, index));
  const named = (key: string) => Object.entries(objectAt(schema, key)).flatMap(([name, inner]) => at(inner, key, name));
  return [
    // `items` was a list before JSON Schema 2020-12.
    ...singleKeywords.flatMap((key) => [...at(schema[key], key), ...listed(key)]),
    ...[...compositionKeywords, "prefixItems"].flatMap(listed),
    ...namedKeywords.flatMap(named),
    { schema, place },
  ];
}

/** The JSON type of a value; a number without a fraction is an `integer`. */
export function typeOf(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

/** The types of a schema, `null` included. */
export function typesOf(schema: JsonObject): string[] {
  const type = schema["type"];
  return (Array.isArray(type) ? type : [type]).filter((one) => typeof one === "string");
}

/** The words of a name, in lower case: `maxMemoryGiBPerGPU`, `price_per_gb`. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([A-Z]i?B)(?=[A-Z]|$)/g, " $1 ")
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== "");
}
