import { dereference, isObject, type JsonObject, type JsonValue, list, objectAt, type Place } from "../json.ts";
import { bodiesOf, definedAt, operationsOf, placeOf } from "../operations.ts";
import { schemasOf } from "../schemas.ts";
import { Validator } from "./validator.ts";
import { losesDigits } from "./value.ts";

/** An example that its own schema does not allow. */
export interface BadExample {
  /** The place of the example. */
  place: Place;
  /** The mistake of the example. */
  problem: string;
}

/** The validators of a document's examples; both report a field that no schema declares. */
export function exampleValidators(document: JsonObject): Record<"request" | "response", Validator> {
  return {
    request: new Validator(document, { strict: true, way: "request" }),
    response: new Validator(document, { strict: true, way: "response" }),
  };
}

/** Every example of bodies, parameters and schemas that its own schema does not allow. */
export function badExamples(document: JsonObject): BadExample[] {
  const found: BadExample[] = [];
  const validators = exampleValidators(document);
  const lenient = new Validator(document);
  const check = (validator: Validator, schema: JsonValue | undefined, value: JsonValue, place: Place) => {
    const problem = losesDigits(value) ? "has an integer beyond 2^53, which loses digits" : validator.problem(schema, value);
    if (problem !== undefined) found.push({ place, problem });
  };
  /** `example` and named `examples` of a body or a parameter. */
  const checkAll = (owner: JsonObject, validator: Validator, place: Place) => {
    const { schema, example } = owner;
    if (example !== undefined) check(validator, schema, example, [...place, "example"]);
    for (const [name, entry] of Object.entries(objectAt(owner, "examples"))) {
      const found = dereference(document, entry);
      if (isObject(found) && found["value"] !== undefined) check(validator, schema, found["value"], [...place, "examples", name]);
    }
  };
  const seen = new Set<JsonObject>();
  const once = (object: JsonValue | undefined): object is JsonObject => {
    if (!isObject(object) || seen.has(object)) return false;
    seen.add(object);
    return true;
  };
  for (const { object, place, kind } of bodiesOf(document)) {
    if (!once(object)) continue;
    const validator = validators[kind === "request" ? "request" : "response"];
    for (const [type, media] of Object.entries(objectAt(object, "content")))
      if (isObject(media)) checkAll(media, validator, [...place, "content", type]);
  }
  for (const { object, place } of parametersIn(document)) if (once(object)) checkAll(object, validators.request, place);
  for (const { schema, place } of schemasOf(document)) {
    const { example, examples } = schema;
    if (example !== undefined) check(lenient, schema, example, [...place, "example"]);
    for (const [index, value] of list(examples).entries()) check(lenient, schema, value, [...place, "examples", index]);
  }
  return found;
}

/** The parameters of all operations, each where it is defined. */
export function parametersIn(document: JsonObject): { object: JsonObject; place: Place }[] {
  return operationsOf(document).flatMap((operation) =>
    list(operation.object["parameters"]).flatMap((parameter, index) => {
      const object = dereference(document, parameter);
      const place = definedAt(parameter, [...placeOf(operation), "parameters", index]);
      return isObject(object) ? [{ object, place }] : [];
    }),
  );
}
