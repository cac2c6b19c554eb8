import { type JsonObject, objectAt } from "../json.ts";
import { typeName, typeNameProblem, typeNames } from "./type-names.ts";

/** Moves a schema into a component and replaces it by a reference. Returns the component's name. */
export function hoist(document: JsonObject, schema: JsonObject, wanted: string, vendor: string): string {
  const schemas = schemasOf(document);
  const name = freeName(schemas, wanted, vendor);
  schemas[name] = { ...schema };
  for (const key of Object.keys(schema)) delete schema[key];
  schema["$ref"] = `#/components/schemas/${name}`;
  return name;
}

/** The component schemas of a document. Creates the section if there is none. */
export function schemasOf(document: JsonObject): JsonObject {
  document["components"] ??= {};
  const components = objectAt(document, "components");
  components["schemas"] ??= {};
  return objectAt(components, "schemas");
}

function freeName(schemas: JsonObject, wanted: string, vendor: string): string {
  for (const candidate of typeNames(wanted)) {
    if (schemas[candidate] !== undefined || candidate !== typeName(candidate)) continue;
    if (typeNameProblem(candidate, vendor, schemas) === undefined) return candidate;
  }
  return wanted;
}
