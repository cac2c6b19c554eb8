import { dereference, isObject, type JsonObject, type JsonValue, list, objectAt, type Place } from "../json.ts";
import { type Operation, operationsOf, placeOf } from "../operations.ts";
import { compositionKeywords, limitKeywords, namedKeywords, singleKeywords } from "../schemas.ts";

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

/** A request body or a response, where it is defined. */
export interface Body {
  object: JsonObject;
  place: Place;
  kind: "request" | "success" | "failure";
  /** `request`, or the status of a response. */
  status: string;
  operation: Operation;
}

/** The bodies of all operations; a shared body is yielded once for each operation. */
export function bodiesOf(document: JsonObject): Body[] {
  return operationsOf(document).flatMap((operation) => {
    const place = placeOf(operation);
    const holders: [string, JsonValue | undefined, Place][] = [
      ["request", operation.object["requestBody"], [...place, "requestBody"]],
      ...Object.entries(objectAt(operation.object, "responses")).map(([status, response]): [string, JsonValue, Place] => [
        status,
        response,
        [...place, "responses", status],
      ]),
    ];
    return holders.flatMap(([status, holder, at]): Body[] => {
      const found = dereference(document, holder);
      const kind = status === "request" ? status : status.startsWith("2") ? "success" : "failure";
      return isObject(found) ? [{ object: found, place: definedAt(holder, at), kind, status, operation }] : [];
    });
  });
}

/** Where a holder is defined: at its own place, or in the component that it refers to. */
export function definedAt(holder: JsonValue | undefined, place: Place): Place {
  const ref = isObject(holder) ? holder["$ref"] : undefined;
  return typeof ref === "string" && ref.startsWith("#/components/") ? ref.slice(2).split("/") : place;
}
