import { dereference, isObject, type JsonObject, type JsonValue, list, objectAt, type Place, stringAt } from "../json.ts";
import { reachableComponents } from "../reachable.ts";
import { typesOf, wordsOf } from "../schemas.ts";
import { hoist } from "./hoist.ts";
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
      checkOpenList(schema);
    });
    for (const { schema, place } of [...closedLists(document), ...inlineOpenLists(document)]) {
      note(place);
      if (schema["x-extensible-enum"] === undefined) schema["x-extensible-enum"] = schema["enum"] ?? [];
      delete schema["enum"];
      const values = list(schema["x-extensible-enum"]);
      if (values.includes(null)) {
        schema["x-extensible-enum"] = values.filter((value) => value !== null);
        if (!typesOf(schema).includes("null")) schema["type"] = [...typesOf(schema), "null"];
      }
      if (!(place.length === 3 && place[1] === "schemas")) hoist(document, schema, nameFor(document, place), vendor);
    }
    walkSchemas(document, (schema) => {
      if (schema["x-extensible-enum"] === false) delete schema["x-extensible-enum"];
    });
  },
};

/** Removes a vendor's open list that the generator cannot read. */
function checkOpenList(schema: JsonObject): void {
  const given = schema["x-extensible-enum"];
  if (given === undefined || given === false) return;
  const values = list(given).filter((value) => value !== null);
  const types = typesOf(schema);
  const isText = types.includes("string") && types.every((type) => type === "string" || type === "null");
  if (values.length === 0 || !isText || !values.every((value) => typeof value === "string")) delete schema["x-extensible-enum"];
}

/** The vendor's own open lists that are described inline. */
function inlineOpenLists(document: JsonObject): { schema: JsonObject; place: Place }[] {
  const found: { schema: JsonObject; place: Place }[] = [];
  walkSchemas(document, (schema, place) => {
    const isComponent = place.length === 3 && place[1] === "schemas";
    if (Array.isArray(schema["x-extensible-enum"]) && (!isComponent || schema["enum"] !== undefined))
      found.push({ schema, place: [...place] });
  });
  return found;
}

function closedLists(document: JsonObject): { schema: JsonObject; place: Place }[] {
  const successes = bodiesOf(document).filter(({ status }) => status.startsWith("2"));
  const answered = objectAt(
    reachableComponents(
      successes.map(({ object }) => object),
      document,
    ),
    "schemas",
  );
  const tags = discriminatorsOf(document);
  const found = new Map<JsonObject, Place>();
  const look = (schema: JsonObject, place: Place): void => {
    const isTag = place.at(-2) === "properties" && tags.has(String(place.at(-1)));
    if (isOpenable(schema) && !isTag) found.set(schema, [...place]);
  };
  for (const [name, schema] of Object.entries(objectAt(objectAt(document, "components"), "schemas"))) {
    walkSchema(schema, ["components", "schemas", name], (inner, place) => {
      const field = place.findLast((_, index) => place[index - 1] === "properties") ?? name;
      if (answered[name] !== undefined || catalogue.test(wordsOf(String(field)).join(" "))) look(inner, place);
    });
  }
  for (const { object, place } of successes) {
    for (const [type, media] of Object.entries(objectAt(object, "content")))
      walkSchema(objectAt(media as JsonValue, "schema"), [...place, "content", type, "schema"], look);
  }
  return [...found].map(([schema, place]) => ({ schema, place }));
}

function isOpenable(schema: JsonObject): boolean {
  const values = list(schema["enum"]).filter((value) => value !== null);
  const types = typesOf(schema);
  return (
    schema["x-extensible-enum"] === undefined &&
    values.length > 1 &&
    values.every((value) => typeof value === "string") &&
    types.includes("string") &&
    types.every((type) => type === "string" || type === "null")
  );
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
    return objectAt(objectAt(document, "components"), "schemas")[name] === undefined ? name : whole + own;
  }
  const operation = dereference(document, objectAt(objectAt(document, "paths"), String(place[1]))[String(place[2])]);
  return typeName((isObject(operation) ? stringAt(operation, "operationId") : undefined) ?? String(place[2])) + own;
}
