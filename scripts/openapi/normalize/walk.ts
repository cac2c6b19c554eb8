import { dereference, isObject, type JsonObject, type JsonValue, objectAt, type Place } from "../json.ts";
import { operationsOf, placeOf } from "../operations.ts";
import { compositionKeywords, namedKeywords, singleKeywords } from "../schemas.ts";

const several = [...compositionKeywords, "prefixItems"];

/** Keys by which a schema constrains a value, apart from its reference. */
const constraints = new Set([
  ...singleKeywords,
  ...several,
  ...namedKeywords,
  "type",
  "enum",
  "const",
  "format",
  "pattern",
  "multipleOf",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
  "required",
  "dependentRequired",
]);

export function constraintsOf(schema: JsonObject): string[] {
  return Object.keys(schema).filter((key) => constraints.has(key));
}

/** The place is valid only during the call. */
type VisitSchema = (schema: JsonObject, place: Place) => void;

/** Calls `visit` for every schema of the document, inner schemas before the one that holds them. References are not followed. */
export function walkSchemas(document: JsonObject, visit: VisitSchema): void {
  const place: (string | number)[] = [];
  const enter = (value: JsonValue, key: string | number): void => {
    place.push(key);
    inside(value);
    place.pop();
  };
  const inside = (value: JsonValue): void => {
    if (Array.isArray(value)) value.forEach(enter);
    if (!isObject(value)) return;
    for (const [key, child] of Object.entries(value)) {
      if (key === "example" || key === "examples" || key.startsWith("x-")) continue;
      if (key === "schema") walkInto(child, place, [key], visit);
      else if (key === "schemas" && place.length === 1 && place[0] === "components") {
        for (const [name, schema] of Object.entries(isObject(child) ? child : {})) walkInto(schema, place, [key, name], visit);
      } else if (typeof child === "object" && child !== null) enter(child, key);
    }
  };
  inside(document);
}

/** The same for one schema and all within it. */
export function walkSchema(schema: JsonValue | undefined, place: Place, visit: VisitSchema): void {
  if (isObject(schema)) walk(schema, [...place], visit);
}

function walk(schema: JsonObject, place: (string | number)[], visit: VisitSchema): void {
  for (const key of singleKeywords) {
    const inner = schema[key];
    if (Array.isArray(inner)) walkEach(inner, place, key, visit);
    else walkInto(inner, place, [key], visit);
  }
  for (const key of several) {
    const inner = schema[key];
    if (Array.isArray(inner)) walkEach(inner, place, key, visit);
  }
  for (const key of namedKeywords) {
    const inner = schema[key];
    if (!isObject(inner)) continue;
    for (const [name, item] of Object.entries(inner)) walkInto(item, place, [key, name], visit);
  }
  visit(schema, place);
}

function walkEach(items: readonly JsonValue[], place: (string | number)[], key: string, visit: VisitSchema): void {
  items.forEach((item, index) => {
    walkInto(item, place, [key, index], visit);
  });
}

function walkInto(value: JsonValue | undefined, place: (string | number)[], steps: Place, visit: VisitSchema): void {
  if (!isObject(value)) return;
  place.push(...steps);
  walk(value, place, visit);
  place.length -= steps.length;
}

/** A request body or a response, where it is defined. */
export interface Body {
  object: JsonObject;
  place: Place;
  /** `request`, or the status of a response. */
  status: string;
  operation: ReturnType<typeof operationsOf>[number];
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
      return isObject(found) ? [{ object: found, place: definedAt(holder, at), status, operation }] : [];
    });
  });
}

/** Where a holder is defined: at its own place, or in the component that it refers to. */
export function definedAt(holder: JsonValue | undefined, place: Place): Place {
  const ref = isObject(holder) ? holder["$ref"] : undefined;
  return typeof ref === "string" && ref.startsWith("#/components/") ? ref.slice(2).split("/") : place;
}
