import { isObject, type JsonObject, type JsonValue, objectAt, readReference, walkObjects } from "../json.ts";
import { componentsOf } from "../operations.ts";
import { reachableComponents } from "../reachable.ts";
import type { Repair } from "./repair.ts";
import { freeName, isTypeName } from "./type-names.ts";

/** The components of one kind. Creates the section if there is none. */
export function madeSection(document: JsonObject, section: string): JsonObject {
  document["components"] ??= {};
  objectAt(document, "components")[section] ??= {};
  return componentsOf(document, section);
}

/** Moves a schema into a component and replaces it by a reference. */
export function hoist(document: JsonObject, schema: JsonObject, wanted: string, vendor: string): void {
  const schemas = madeSection(document, "schemas");
  const isFree = (name: string) => schemas[name] === undefined && isTypeName(name, vendor, schemas);
  const name = freeName(wanted, isFree) ?? wanted;
  schemas[name] = { ...schema };
  for (const key of Object.keys(schema)) delete schema[key];
  schema["$ref"] = `#/components/schemas/${name}`;
}

/** Renames schemas, because each becomes an exported type of its name. */
export const schemaNames: Repair = {
  title: "schemas renamed to PascalCase",
  apply(document, note, { vendor }) {
    const schemas = componentsOf(document, "schemas");
    const renames = newNames(Object.keys(schemas), (name) => isTypeName(name, vendor, schemas));
    for (const name of renames.keys()) note(["components", "schemas", name]);
    renameComponents(document, "schemas", renames);
  },
};

/** Renames other components, whose names are parts of references. */
export const otherNames: Repair = {
  title: "components renamed if a reference cannot contain their name",
  apply(document, note) {
    for (const [section, entries] of Object.entries(objectAt(document, "components"))) {
      if (section === "schemas" || section === "securitySchemes" || section.startsWith("x-") || !isObject(entries)) continue;
      const renames = newNames(Object.keys(entries), (name) => /^[\w.-]+$/.test(name));
      for (const name of renames.keys()) note(["components", section, name]);
      renameComponents(document, section, renames);
    }
  },
};

/** A new name for each one that is not allowed, if an allowed one is free. */
function newNames(names: readonly string[], isAllowed: (name: string) => boolean): Map<string, string> {
  const taken = new Set(names.filter(isAllowed));
  const renames = new Map<string, string>();
  for (const name of names) {
    if (isAllowed(name)) continue;
    const free = freeName(name, (candidate) => !taken.has(candidate) && isAllowed(candidate));
    if (free === undefined) continue;
    taken.add(free);
    renames.set(name, free);
  }
  return renames;
}

/** Renames components in their section, and in every reference to them. */
export function renameComponents(document: JsonObject, section: string, renames: ReadonlyMap<string, string>): void {
  if (renames.size === 0) return;
  const components = objectAt(document, "components");
  components[section] = Object.fromEntries(
    Object.entries(objectAt(components, section)).map(([name, value]): [string, JsonValue] => [renames.get(name) ?? name, value]),
  );
  const renamed = (ref: JsonValue | undefined): string | undefined => {
    if (typeof ref !== "string" || !ref.startsWith(`#/components/${section}/`)) return undefined;
    const [name = "", ...rest] = readReference(ref).slice(`#/components/${section}/`.length).split("/");
    const to = renames.get(name.replaceAll("~1", "/").replaceAll("~0", "~"));
    return to === undefined ? undefined : [`#/components/${section}/${to}`, ...rest].join("/");
  };
  walkObjects(document, (object) => {
    const to = renamed(object["$ref"]);
    if (to !== undefined) object["$ref"] = to;
    const mapping = objectAt(objectAt(object, "discriminator"), "mapping");
    for (const [value, target] of Object.entries(mapping)) {
      // A mapping may have only the name of a schema instead of a reference.
      const own = renamed(target) ?? (section === "schemas" ? renames.get(String(target)) : undefined);
      if (own !== undefined) mapping[value] = own;
    }
  });
}

/** Removes components without references. They stay in the vendor's file, and come back when something refers to them. */
export const unusedComponents: Repair = {
  title: "unreferenced components dropped",
  apply(document, note) {
    const components = objectAt(document, "components");
    const used = reachableComponents(document, document);
    for (const [section, entries] of Object.entries(components)) {
      if (section === "securitySchemes" || section.startsWith("x-") || !isObject(entries)) continue;
      for (const name of Object.keys(entries)) {
        if (objectAt(used, section)[name] !== undefined) continue;
        delete entries[name];
        note(["components", section, name]);
      }
      if (Object.keys(entries).length === 0) delete components[section];
    }
  },
};
