import { isObject, type JsonObject, type JsonValue, objectAt, readReference, walkObjects } from "../json.ts";
import type { Repair } from "./repair.ts";
import { typeName, typeNameProblem, typeNames } from "./type-names.ts";

/** Renames schemas, because each becomes an exported type of its name. */
export const schemaNames: Repair = {
  title: "schemas renamed to PascalCase",
  apply(document, note, { vendor }) {
    const schemas = objectAt(objectAt(document, "components"), "schemas");
    const isFree = (name: string) => name === typeName(name) && typeNameProblem(name, vendor, schemas) === undefined;
    const taken = new Set(Object.keys(schemas).filter(isFree));
    const renames = new Map<string, string>();
    for (const name of Object.keys(schemas)) {
      if (taken.has(name) && isFree(name)) continue;
      for (const candidate of typeNames(name)) {
        if (taken.has(candidate) || !isFree(candidate)) continue;
        taken.add(candidate);
        renames.set(name, candidate);
        note(["components", "schemas", name]);
        break;
      }
    }
    renameComponents(document, "schemas", renames);
  },
};

/** Renames other components, whose names are parts of references. */
export const otherNames: Repair = {
  title: "components renamed whose names a reference cannot have",
  apply(document, note) {
    for (const [section, entries] of Object.entries(objectAt(document, "components"))) {
      if (section === "schemas" || section === "securitySchemes" || section.startsWith("x-") || !isObject(entries)) continue;
      const taken = new Set(Object.keys(entries));
      const renames = new Map<string, string>();
      for (const name of taken) {
        if (/^[\w.-]+$/.test(name)) continue;
        for (const candidate of typeNames(name)) {
          if (candidate === "" || taken.has(candidate)) continue;
          taken.add(candidate);
          renames.set(name, candidate);
          note(["components", section, name]);
          break;
        }
      }
      renameComponents(document, section, renames);
    }
  },
};

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
