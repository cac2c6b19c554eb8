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

type VisitSchema = (schema: JsonObject, place: Place) => unknown;

/** Calls `visit` for every schema of the document, inner schemas before the one that holds them. References are not followed. */
export function walkSchemas(document: JsonObject, visit: VisitSchema): void {
  const inside = (value: JsonValue, place: Place): void => {
    for (const [index, item] of list(value).entries()) inside(item, [...place, index]);
    if (!isObject(value)) return;
    for (const [key, child] of Object.entries(value)) {
      const at = [...place, key];
      if (key === "example" || key === "examples" || key.startsWith("x-")) continue;
      if (key === "schema") walkSchema(child, at, visit);
      else if (key === "schemas" && place.length === 1 && place[0] === "components") {
        for (const [name, schema] of Object.entries(isObject(child) ? child : {})) walkSchema(schema, [...at, name], visit);
      } else inside(child, at);
    }
  };
  inside(document, []);
}

/** The same for one schema and all within it. */
export function walkSchema(schema: JsonValue | undefined, place: Place, visit: VisitSchema): void {
  if (!isObject(schema)) return;
  for (const [inner, steps] of innerSchemas(schema)) walkSchema(inner, [...place, ...steps], visit);
  visit(schema, place);
}

/** A schema and all schemas within it. References are not followed. */
export function schemasWithin(schema: JsonValue | undefined): JsonObject[] {
  const found: JsonObject[] = [];
  walkSchema(schema, [], (one) => found.push(one));
  return found;
}

/** The schemas directly within a schema, with the steps that lead there. */
function innerSchemas(schema: JsonObject): [inner: JsonValue | undefined, steps: Place][] {
  const listed = (key: string) => list(schema[key]).map((inner, index): [JsonValue, Place] => [inner, [key, index]]);
  const named = (key: string) =>
    Object.entries(objectAt(schema, key)).map(([name, inner]): [JsonValue, Place] => [inner, [key, name]]);
  return [
    // `items` was a list before JSON Schema 2020-12.
    ...singleKeywords.flatMap((key) => [[schema[key], [key]] as [JsonValue | undefined, Place], ...listed(key)]),
    ...[...compositionKeywords, "prefixItems"].flatMap(listed),
    ...namedKeywords.flatMap(named),
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
