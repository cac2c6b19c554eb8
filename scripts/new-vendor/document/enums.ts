import { isObject, type JsonObject, type JsonValue, jsonPointer, list, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { operationsOf, responsesOf } from "@gpu-scripts/openapi/operations.ts";
import { typesOf, walkDescription, wordsOf } from "@gpu-scripts/openapi/schemas.ts";
import { reachableComponents } from "@gpu-scripts/regenerate/operations.ts";
import { hoist, pascalOf } from "./component-names.ts";
import type { Draft, Location } from "./draft.ts";

/** Fields that name something of a vendor's catalogue, which grows. */
const catalogue = /\b(?:region|zone|location|gpu|image|os|template|plan|flavor|sku|instance type|machine type)\b/;

/** Opens the lists that vendors extend without notice: what answers hold, and names of a catalogue in requests. Others stay closed. */
export function openEnums(draft: Draft): void {
  const opened = closedLists(draft).map((location) => open(draft, location));
  if (opened.length === 0) return;
  const reason = "opened, because answers hold them or they name something of a catalogue";
  draft.left.push(`which lists of values are really open (${reason}): ${opened.join(", ")}`);
}

/** The closed lists that are to be opened. */
function closedLists(draft: Draft): Location[] {
  const { document } = draft;
  const answers = answersOf(document);
  const answered = objectAt(reachableComponents(answers, document), "schemas");
  const discriminators = discriminatorsOf(document);
  const found = new Map<string, Location>();
  const look = (object: JsonObject, place: Location): void => {
    const isDiscriminator = place.at(-2) === "properties" && discriminators.has(String(place.at(-1)));
    if (place.at(-1) !== "properties" && isOpenable(object) && !isDiscriminator) found.set(jsonPointer(place), place);
  };
  for (const [name, schema] of Object.entries(objectAt(draft.at(["components"]), "schemas"))) {
    walkDescription(schema, (object, place) => {
      const field = place.findLast((_, index) => place[index - 1] === "properties") ?? name;
      if (answered[name] === undefined && !catalogue.test(wordsOf(String(field)).join(" "))) return;
      look(object, ["components", "schemas", name, ...place]);
    });
  }
  walkDescription(answers, (object, place) => {
    if (place.includes("responses")) look(object, [...draft.resolve(place.slice(0, 5)), ...place.slice(5)]);
  });
  return [...found.values()];
}

/** The document's successes, each where it stands. */
function answersOf(document: JsonObject): JsonObject {
  const paths: JsonObject = {};
  for (const operation of operationsOf(document)) {
    const successes = responsesOf(document, operation).filter(([status]) => status.startsWith("2"));
    paths[operation.path] = {
      ...objectAt(paths, operation.path),
      [operation.method]: { responses: Object.fromEntries(successes) },
    };
  }
  return { paths };
}

function isOpenable(schema: JsonObject): boolean {
  const values = list(schema["enum"]).filter((value) => value !== null);
  const types = typesOf(schema);
  return (
    values.length > 1 &&
    values.every((value) => typeof value === "string") &&
    types.includes("string") &&
    types.every((type) => type === "string" || type === "null")
  );
}

/** Properties by which variants are told apart: their values are the variants. */
function discriminatorsOf(document: JsonObject): Set<string> {
  const names = new Set<string>();
  walkDescription(document, (object) => {
    const name = stringAt(objectAt(object, "discriminator"), "propertyName");
    if (name !== undefined) names.add(name);
  });
  return names;
}

function open(draft: Draft, location: Location): string {
  const isComponent = location.length === 3 && location[0] === "components";
  const name = isComponent
    ? String(location[2])
    : hoist(draft, location, nameFor(draft, location), "An open list is a schema of its own, so that its values get a type.");
  const schema: Location = ["components", "schemas", name];
  const values = list(draft.at([...schema, "enum"]));
  const absent = values.indexOf(null);
  if (absent >= 0) draft.remove([...schema, "enum", absent], "The type says that it may be null.");
  draft.update(schema, "Room for the values that are known.", { "x-extensible-enum": [] });
  draft.copy([...schema, "enum"], [...schema, "x-extensible-enum"], "New values come without notice.");
  draft.remove([...schema, "enum"], "Copied to x-extensible-enum.");
  return name;
}

/** `InstanceStatus` of the property `status` in `Instance`. */
function nameFor(draft: Draft, location: Location): string {
  const properties = location.filter((_, index) => location[index - 1] === "properties").map(String);
  const own = pascalOf(properties.at(-1) ?? "value");
  if (location[0] === "components" && location[1] === "schemas") {
    const whole = String(location[2]);
    const owner = whole.replace(/(?<=.)(?:Request|Response)$/, "");
    const name = own.startsWith(owner) ? own : owner + own;
    return draft.at(["components", "schemas", name]) === undefined ? name : whole + own;
  }
  const operation: JsonValue | undefined = draft.at(location.slice(0, 3));
  const owner = pascalOf((isObject(operation) ? stringAt(operation, "operationId") : undefined) ?? "");
  return owner + own;
}
