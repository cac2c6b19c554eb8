import { type JsonObject, type JsonValue, list, objectAt, type Place, stringAt } from "../json.ts";
import { bodiesOf, componentsOf } from "../operations.ts";
import { reachableComponents } from "../reachable.ts";
import { type Located, schemasOf, schemasWithin, typesOf, wordsOf } from "../schemas.ts";
import { hoist } from "./components.ts";
import { allowNull } from "./nullable.ts";
import type { Repair } from "./repair.ts";
import { typeName } from "./type-names.ts";

/** Fields with names from a vendor's catalogue, which grows. */
const catalogue = /\b(?:region|zone|location|gpu|image|os|template|plan|flavor|sku|instance type|machine type)\b/;

/**
 * Opens the lists that vendors extend without notice: those in successful responses, and names of a catalogue in requests. Others stay
 * closed, and so does a list with `x-extensible-enum: false`.
 */
export const openLists: Repair = {
  title: "enums opened that vendors extend without notice",
  listsNames: true,
  apply(document, note, { vendor }) {
    for (const { schema } of schemasOf(document)) {
      // The generator reads lists of texts only.
      if (schema["x-extensible-enum"] !== false && textsIn(schema, "x-extensible-enum").length === 0)
        delete schema["x-extensible-enum"];
    }
    for (const { schema, place } of [...closedLists(document), ...inlineOpenLists(document)]) {
      note(place);
      const values = list(schema["x-extensible-enum"] ?? schema["enum"]);
      schema["x-extensible-enum"] = values.filter((value) => value !== null);
      delete schema["enum"];
      if (values.includes(null)) allowNull(schema);
      if (!isComponent(place)) hoist(document, schema, nameFor(document, place), vendor);
    }
    for (const { schema } of schemasOf(document)) if (schema["x-extensible-enum"] === false) delete schema["x-extensible-enum"];
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

function inlineOpenLists(document: JsonObject): Located[] {
  return schemasOf(document).filter(
    ({ schema, place }) => Array.isArray(schema["x-extensible-enum"]) && (!isComponent(place) || schema["enum"] !== undefined),
  );
}

/** The closed lists of successful responses, and those of a catalogue's fields. */
function closedLists(document: JsonObject): Located[] {
  const successes = bodiesOf(document).filter(({ kind }) => kind === "success");
  const bodies = successes.map(({ object }) => object);
  const returned = objectAt(reachableComponents(bodies, document), "schemas");
  // Properties that distinguish variants stay closed.
  const tags = new Set(schemasOf(document).map(({ schema }) => stringAt(objectAt(schema, "discriminator"), "propertyName")));
  const isCandidate = ({ schema, place }: Located) => {
    const isTag = place.at(-2) === "properties" && tags.has(String(place.at(-1)));
    return schema["x-extensible-enum"] === undefined && textsIn(schema, "enum").length > 1 && !isTag;
  };
  const inComponents = Object.entries(componentsOf(document, "schemas")).flatMap(([name, component]) =>
    schemasWithin(component, ["components", "schemas", name]).filter(({ place }) => {
      const field = place.findLast((_, index) => place[index - 1] === "properties") ?? name;
      return returned[name] !== undefined || catalogue.test(wordsOf(String(field)).join(" "));
    }),
  );
  const inBodies = successes.flatMap(({ object, place }) =>
    Object.entries(objectAt(object, "content")).flatMap(([type, media]) =>
      schemasWithin(objectAt(media, "schema"), [...place, "content", type, "schema"]),
    ),
  );
  const found = new Map([...inComponents, ...inBodies].filter(isCandidate).map(({ schema, place }) => [schema, place]));
  return [...found].map(([schema, place]) => ({ schema, place }));
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
