import { type JsonObject, type JsonValue, list, objectAt, type Place, stringAt } from "../json.ts";
import { componentsOf } from "../operations.ts";
import { reachableComponents } from "../reachable.ts";
import { typesOf, wordsOf } from "../schemas.ts";
import { hoist } from "./components.ts";
import { allowNull } from "./nullable.ts";
import type { Repair } from "./repair.ts";
import { typeName } from "./type-names.ts";
import { bodiesOf, walkSchema, walkSchemas } from "./walk.ts";

/** Fields with names from a vendor's catalogue, which grows. */
const catalogue = /\b(?:region|zone|location|gpu|image|os|template|plan|flavor|sku|instance type|machine type)\b/;

/**
 * Opens the lists that vendors extend without notice: those in successful responses, and names of a catalogue in requests. Others stay
 * closed, and so does a list with `x-extensible-enum: false`.
 */
export const openLists: Repair = {
  title: "lists of values opened that vendors extend without notice",
  listsNames: true,
  apply(document, note, { vendor }) {
    walkSchemas(document, (schema) => {
      // The generator reads lists of texts only.
      if (schema["x-extensible-enum"] !== false && textsIn(schema, "x-extensible-enum").length === 0)
        delete schema["x-extensible-enum"];
    });
    for (const { schema, place } of [...closedLists(document), ...inlineOpenLists(document)]) {
      note(place);
      const values = list(schema["x-extensible-enum"] ?? schema["enum"]);
      schema["x-extensible-enum"] = values.filter((value) => value !== null);
      delete schema["enum"];
      if (values.includes(null)) allowNull(schema);
      if (!isComponent(place)) hoist(document, schema, nameFor(document, place), vendor);
    }
    walkSchemas(document, (schema) => {
      if (schema["x-extensible-enum"] === false) delete schema["x-extensible-enum"];
    });
  },
};

/** The values that a schema lists at a key, if it is a schema of texts and null. */
function textsIn(schema: JsonObject, key: string): JsonValue[] {
  const values = list(schema[key]).filter((value) => value !== null);
  const types = typesOf(schema).filter((type) => type !== "null");
  const isOfTexts = types.length > 0 && types.every((type) => type === "string");
  return isOfTexts && values.every((value) => typeof value === "string") ? values : [];
}

function isComponent(place: Place): boolean {
  return place.length === 3 && place[1] === "schemas";
}

/** The vendor's own open lists that are described inline. */
function inlineOpenLists(document: JsonObject): { schema: JsonObject; place: Place }[] {
  const found: { schema: JsonObject; place: Place }[] = [];
  walkSchemas(document, (schema, place) => {
    if (Array.isArray(schema["x-extensible-enum"]) && (!isComponent(place) || schema["enum"] !== undefined))
      found.push({ schema, place });
  });
  return found;
}

/** The closed lists of successful responses, and those of a catalogue's fields. */
function closedLists(document: JsonObject): { schema: JsonObject; place: Place }[] {
  const successes = bodiesOf(document).filter(({ kind }) => kind === "success");
  const bodies = successes.map(({ object }) => object);
  const returned = objectAt(reachableComponents(bodies, document), "schemas");
  const tags = discriminatorsOf(document);
  const found = new Map<JsonObject, Place>();
  const check = (schema: JsonObject, place: Place): void => {
    const isTag = place.at(-2) === "properties" && tags.has(String(place.at(-1)));
    const isOpenable = schema["x-extensible-enum"] === undefined && textsIn(schema, "enum").length > 1;
    if (isOpenable && !isTag) found.set(schema, place);
  };
  for (const [name, schema] of Object.entries(componentsOf(document, "schemas"))) {
    walkSchema(schema, ["components", "schemas", name], (inner, place) => {
      const field = place.findLast((_, index) => place[index - 1] === "properties") ?? name;
      if (returned[name] !== undefined || catalogue.test(wordsOf(String(field)).join(" "))) check(inner, place);
    });
  }
  for (const { object, place } of successes) {
    for (const [type, media] of Object.entries(objectAt(object, "content")))
      walkSchema(objectAt(media, "schema"), [...place, "content", type, "schema"], check);
  }
  return [...found].map(([schema, place]) => ({ schema, place }));
}

/** Properties that distinguish variants, whose lists of values must stay closed. */
function discriminatorsOf(document: JsonObject): Set<string> {
  const names = new Set<string>();
  walkSchemas(document, (schema) => {
    const name = stringAt(objectAt(schema, "discriminator"), "propertyName");
    if (name !== undefined) names.add(name);
  });
  return names;
}

/** `InstanceStatus` of the property `status` in `Instance`. */
function nameFor(document: JsonObject, place: Place): string {
  const properties = place.filter((_, index) => place[index - 1] === "properties").map(String);
  const own = typeName(properties.at(-1) ?? "value");
  if (place[0] === "components" && place[1] === "schemas") {
    const whole = String(place[2]);
    const owner = whole.replace(/(?<=.)(?:Request|Response)$/, "");
    const name = own.startsWith(owner) ? own : owner + own;
    return componentsOf(document, "schemas")[name] === undefined ? name : whole + own;
  }
  const operation = objectAt(objectAt(objectAt(document, "paths"), String(place[1])), String(place[2]));
  return typeName(stringAt(operation, "operationId") ?? String(place[2])) + own;
}
