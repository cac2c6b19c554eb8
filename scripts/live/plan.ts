import {
  dereference,
  isObject,
  type JsonObject,
  type JsonValue,
  jsonPointer,
  list,
  objectAt,
  pointerSteps,
  stringAt,
} from "@gpu-scripts/openapi/json.ts";
import {
  jsonContent,
  type Operation,
  operationsOf,
  parametersOf,
  responsesOf,
  titleOf,
} from "@gpu-scripts/openapi/operations.ts";
import { variantsOf } from "@gpu-scripts/openapi/pointers.ts";
import { wordsOf } from "@gpu-scripts/openapi/schemas.ts";

/** A list whose response contains ids, at pointers with `*` for each item. */
export interface IdSource {
  list: string;
  pointers: string[];
}

/** A required parameter of a read, and the source of its value. */
export interface Input {
  in: "path" | "query" | "header";
  name: string;
  value: { kind: "fixed"; value: string } | { kind: "id"; source: IdSource } | { kind: "none" };
}

/** One call of a run. */
export interface Step {
  operation: Operation;
  name: string;
  inputs: Input[];
}

/** Whether an operation costs and changes nothing: a GET without any mark of a paid or changing operation. No other is ever called. */
export function isHarmless({ method, object }: Operation): boolean {
  const marks = ["x-paid", "x-idempotent", "x-idempotency-key"];
  return method === "get" && marks.every((mark) => object[mark] === undefined || object[mark] === false);
}

/** The reads of a document. Each comes after the lists that provide its ids. */
export function planReads(document: JsonObject): Step[] {
  const reads = operationsOf(document).filter(isHarmless);
  const waiting = new Set(
    reads.map((operation): Step => {
      const required = parametersOf(document, operation).filter((parameter) => parameter["required"] === true);
      return { operation, name: titleOf(operation), inputs: required.map((one) => inputOf(document, reads, operation, one)) };
    }),
  );
  const ordered: Step[] = [];
  const isReady = (step: Step) => sourcesOf(step).every((source) => ordered.some(({ name }) => name === source));
  // Operations that need each other's ids stay in the document's order.
  while (true) {
    const [first] = waiting;
    const next = [...waiting].find(isReady) ?? first;
    if (!next) return ordered;
    waiting.delete(next);
    ordered.push(next);
  }
}

/** The lists from which a step takes ids. */
export function sourcesOf({ inputs }: Step): string[] {
  return inputs.flatMap(({ value }) => (value.kind === "id" ? [value.source.list] : []));
}

function inputOf(document: JsonObject, reads: readonly Operation[], operation: Operation, parameter: JsonObject): Input {
  const name = stringAt(parameter, "name") ?? "";
  const place = stringAt(parameter, "in");
  const fixed = place === "path" ? undefined : fixedValue(document, parameter);
  // A parameter with listed values, such as `type`, is not an id, even if a list of resources has the operation's name.
  const isListed = fixed !== undefined && hasListedValues(document, parameter);
  const source = isListed ? undefined : idSource(document, reads, operation, name);
  return {
    in: place === "path" || place === "header" ? place : "query",
    name,
    value: source ? { kind: "id", source } : fixed === undefined ? { kind: "none" } : { kind: "fixed", value: fixed },
  };
}

/** The list that provides the id for a parameter, found by name: `getInstanceStatus` and `instanceId` use `listInstances`. */
function idSource(
  document: JsonObject,
  reads: readonly Operation[],
  operation: Operation,
  parameter: string,
): IdSource | undefined {
  const ofParameter = wordsOf(parameter).filter((word) => word !== "id" && word !== "uuid");
  const [, ...ofOperation] = wordsOf(titleOf(operation));
  const nouns = [ofParameter, ...ofOperation.map((_, index) => ofOperation.slice(0, ofOperation.length - index))];
  for (const noun of nouns.map((words) => words.join(""))) {
    const list = reads.find((read) => read !== operation && pluralsOf(noun).includes(wordsOf(titleOf(read)).join("")));
    const pointers = list && noun !== "" ? idPointers(document, list, [parameter, "id", `${noun}id`, "uuid"]) : [];
    if (list && pointers.length > 0) return { list: titleOf(list), pointers };
  }
  return undefined;
}

function pluralsOf(noun: string): string[] {
  return [`list${noun}`, `list${noun}s`, `list${noun}es`, `list${noun.replace(/y$/, "ie")}s`];
}

/** The pointers to the first of the names that the items of a list's response have. */
function idPointers(document: JsonObject, operation: Operation, names: readonly string[]): string[] {
  const schemas = responsesOf(document, operation).flatMap(([status, response]) =>
    status.startsWith("2") ? [jsonContent(response)["schema"]] : [],
  );
  const items = schemas.flatMap((schema) => itemsIn(document, schema, []));
  for (const name of names) {
    const found = items.flatMap(({ place, fields }) =>
      fields.filter((field) => plainName(field) === plainName(name)).map((field) => jsonPointer([...place, field])),
    );
    if (found.length > 0) return [...new Set(found)];
  }
  return [];
}

/** The outermost lists and maps of a schema, with the fields of their items. */
function itemsIn(document: JsonObject, schema: JsonValue | undefined, place: string[]): { place: string[]; fields: string[] }[] {
  if (place.length > 3) return [];
  return variantsOf(document, schema).flatMap((part) => {
    const items = [part["items"], part["additionalProperties"]].filter(isObject).map((item) => ({
      place: [...place, "*"],
      fields: variantsOf(document, item).flatMap((variant) => Object.keys(objectAt(variant, "properties"))),
    }));
    const inside = Object.entries(objectAt(part, "properties")).flatMap(([name, property]) =>
      itemsIn(document, property, [...place, name]),
    );
    return [...items, ...inside];
  });
}

/** `instanceId`, `instance_id` and `InstanceID` are the same name. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z\d]/g, "");
}

function hasListedValues(document: JsonObject, parameter: JsonObject): boolean {
  return variantsOf(document, parameter["schema"]).some(
    (part) => Array.isArray(part["enum"]) || Array.isArray(part["x-extensible-enum"]),
  );
}

/** A value for a required parameter that is not an id: the document's example, default or first value. */
function fixedValue(document: JsonObject, parameter: JsonObject): string | undefined {
  const [example] = Object.values(objectAt(parameter, "examples"));
  const parts = variantsOf(document, parameter["schema"]);
  const ofSchema = parts.flatMap((part) => [
    part["const"],
    part["default"],
    part["example"],
    ...list(part["examples"]),
    ...list(part["enum"]),
    ...list(part["x-extensible-enum"]),
    ...(part["type"] === "boolean" ? [false] : []),
  ]);
  const named = dereference(document, example);
  const candidates = [parameter["example"], isObject(named) ? named["value"] : undefined, ...ofSchema];
  const found = candidates.find((value) => ["string", "number", "boolean"].includes(typeof value));
  return found === undefined ? undefined : String(found);
}

/** The ids at pointers with `*` for each item of a list or a map. */
export function idsAt(body: JsonValue | undefined, pointers: readonly string[]): string[] {
  const follow = (value: JsonValue | undefined, steps: readonly string[]): string[] => {
    const [step, ...rest] = steps;
    if (step === undefined) return typeof value === "string" || typeof value === "number" ? [String(value)] : [];
    if (step === "*")
      return Object.values(Array.isArray(value) || isObject(value) ? value : []).flatMap((one) => follow(one, rest));
    return isObject(value) && Object.hasOwn(value, step) ? follow(value[step], rest) : [];
  };
  return pointers.flatMap((pointer) => follow(body, pointerSteps(pointer))).filter((id) => id !== "");
}
