import { dereference, isObject, type JsonObject, type JsonValue, list, objectAt, stringAt, walkObjects } from "../json.ts";
import { bodiesOf, componentsOf, operationsOf } from "../operations.ts";
import { reachableComponents } from "../reachable.ts";
import { schemasWithin } from "../schemas.ts";
import type { Repair } from "./repair.ts";
import { isTypeName } from "./type-names.ts";

const prefix = "#/components/schemas/";

/**
 * Gives requests a separate schema if a required field is read-only: with a shared schema, callers would have to send fields that only
 * the server sets.
 */
export const requestSchemas: Repair = {
  title: "separate schemas created for requests, without required fields that are read-only",
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
  return schemasWithin(schema).some(({ schema: one }) =>
    Object.entries(objectAt(one, "properties")).some(
      ([name, property]) => list(one["required"]).includes(name) && isRead(document, property),
    ),
  );
}

function isRead(document: JsonObject, property: JsonValue | undefined): boolean {
  const found = dereference(document, property);
  return [property, found].some((one) => isObject(one) && one["readOnly"] === true);
}

function referencesIn(schema: JsonValue): string[] {
  const references = schemasWithin(schema).flatMap((one) => stringAt(one.schema, "$ref") ?? []);
  return references.filter((ref) => ref.startsWith(prefix)).map((ref) => ref.slice(prefix.length));
}

function forRequests(document: JsonObject, schema: JsonValue, names: ReadonlyMap<string, string>): void {
  for (const { schema: one } of schemasWithin(schema)) {
    const properties = objectAt(one, "properties");
    const dropped = Object.keys(properties).filter((name) => isRead(document, properties[name]));
    for (const name of dropped) delete properties[name];
    const required = one["required"];
    if (Array.isArray(required)) one["required"] = required.filter((name) => !dropped.includes(String(name)));
    if (list(one["required"]).length === 0) delete one["required"];
    redirect(one, names);
    // An example of the shared schema has the read-only fields.
    delete one["example"];
    delete one["examples"];
  }
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
