import { dereference, isObject, type JsonObject, type JsonValue, list, objectAt, stringAt, walkObjects } from "../json.ts";
import { componentsOf, operationsOf } from "../operations.ts";
import { reachableComponents } from "../reachable.ts";
import type { Repair } from "./repair.ts";
import { isTypeName } from "./type-names.ts";
import { bodiesOf, walkSchema } from "./walk.ts";

const prefix = "#/components/schemas/";

/**
 * Gives requests a separate schema if a required field is read-only: with a shared schema, callers would have to send fields that only
 * the server sets.
 */
export const requestSchemas: Repair = {
  title: "schemas of requests without the fields that are only read, which a caller would have to send",
  apply(document, note, { vendor }) {
    const schemas = componentsOf(document, "schemas");
    const requests = operationsOf(document).flatMap(({ object }) =>
      isObject(object["requestBody"]) ? [object["requestBody"]] : [],
    );
    const sent = Object.keys(objectAt(reachableComponents(requests, document), "schemas"));
    const split = splitOff(document, schemas, sent);
    const names = new Map<string, string>();
    for (const name of split) {
      const wanted = [`${name}Input`, `${name}RequestInput`].find(
        (one) => schemas[one] === undefined && isTypeName(one, vendor, schemas),
      );
      if (wanted !== undefined) names.set(name, wanted);
    }
    for (const [name, input] of names) {
      schemas[input] = structuredClone(schemas[name] ?? {});
      note(["components", "schemas", name]);
    }
    for (const input of names.values()) forRequests(document, schemas[input] ?? {}, names);
    for (const { object, kind } of bodiesOf(document)) {
      if (kind !== "request") continue;
      walkObjects(object, (one, location) => {
        if (!location.includes("example") && !location.includes("examples")) redirect(one, names);
      });
    }
  },
};

/** The schemas of requests that require a read-only field, and those that refer to one. */
function splitOff(document: JsonObject, schemas: JsonObject, sent: readonly string[]): string[] {
  const needed = new Set(sent.filter((name) => requiresRead(document, schemas[name] ?? {})));
  for (let size = -1; size !== needed.size; ) {
    size = needed.size;
    for (const name of sent) {
      if (!needed.has(name) && referencesIn(schemas[name] ?? {}).some((target) => needed.has(target))) needed.add(name);
    }
  }
  return sent.filter((name) => needed.has(name));
}

function requiresRead(document: JsonObject, schema: JsonValue): boolean {
  let found = false;
  walkSchema(schema, [], (one) => {
    const required = list(one["required"]);
    for (const [name, property] of Object.entries(objectAt(one, "properties")))
      if (required.includes(name) && isRead(document, property)) found = true;
  });
  return found;
}

function isRead(document: JsonObject, property: JsonValue): boolean {
  const found = dereference(document, property);
  return [property, found].some((one) => isObject(one) && one["readOnly"] === true);
}

function referencesIn(schema: JsonValue): string[] {
  const found: string[] = [];
  walkSchema(schema, [], (one) => {
    const ref = stringAt(one, "$ref");
    if (ref?.startsWith(prefix)) found.push(ref.slice(prefix.length));
  });
  return found;
}

function forRequests(document: JsonObject, schema: JsonValue, names: ReadonlyMap<string, string>): void {
  walkSchema(schema, [], (one) => {
    const properties = objectAt(one, "properties");
    for (const [name, property] of Object.entries(properties)) {
      if (!isRead(document, property)) continue;
      delete properties[name];
      if (Array.isArray(one["required"])) one["required"] = one["required"].filter((required) => required !== name);
    }
    if (Array.isArray(one["required"]) && one["required"].length === 0) delete one["required"];
    redirect(one, names);
    // An example of the shared schema has the read-only fields.
    delete one["example"];
    delete one["examples"];
  });
}

function redirect(schema: JsonObject, names: ReadonlyMap<string, string>): void {
  const to = (target: JsonValue | undefined) =>
    typeof target === "string" && target.startsWith(prefix) ? names.get(target.slice(prefix.length)) : undefined;
  const own = to(schema["$ref"]);
  if (own !== undefined) schema["$ref"] = prefix + own;
  const mapping = objectAt(objectAt(schema, "discriminator"), "mapping");
  for (const [value, target] of Object.entries(mapping)) {
    const mapped = to(target);
    if (mapped !== undefined) mapping[value] = prefix + mapped;
  }
}
