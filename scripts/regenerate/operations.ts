import {
  isObject,
  type JsonObject,
  type JsonValue,
  jsonPointer,
  objectAt,
  resolvePointer,
  walkObjects,
} from "@gpu-scripts/openapi/json.ts";
import { httpMethods, operationKey, operationsOf } from "@gpu-scripts/openapi/operations.ts";

/** The document with only some of its operations, and of its components only those that these reach. */
export function cutTo(document: JsonObject, keep: ReadonlySet<string>): { document: JsonObject; dropped: string[] } {
  const dropped = operationsOf(document)
    .map(operationKey)
    .filter((key) => !keep.has(key));
  if (dropped.length === 0) return { document, dropped };
  const cut: JsonObject = { ...document, paths: {} };
  for (const [path, item] of Object.entries(objectAt(document, "paths"))) {
    const kept = Object.fromEntries(
      Object.entries(isObject(item) ? item : {}).filter(
        ([key]) => !isMethod(key) || keep.has(operationKey({ method: key, path })),
      ),
    );
    if (Object.keys(kept).some(isMethod)) objectAt(cut, "paths")[path] = kept;
  }
  delete cut["webhooks"];
  if (isObject(document["components"])) cut["components"] = reachableComponents(cut, document);
  return { document: cut, dropped };
}

function isMethod(key: string): boolean {
  return (httpMethods as readonly string[]).includes(key);
}

/** The components of `document` that `from` reaches, in the document's order; security schemes are reached by name. */
export function reachableComponents(from: JsonValue, document: JsonObject): JsonObject {
  const reached = new Set<string>();
  const schemes = objectAt(objectAt(document, "components"), "securitySchemes");
  const visit = (value: JsonValue): void => {
    walkObjects(value, (object, location) => {
      // The components of the document itself do not count, only references to them.
      if (location[0] === "components") return;
      reach(object["$ref"]);
      for (const target of Object.values(objectAt(objectAt(object, "discriminator"), "mapping"))) reach(target);
      for (const requirement of Array.isArray(object["security"]) ? object["security"] : []) {
        for (const name of Object.keys(isObject(requirement) ? requirement : {})) {
          if (schemes[name] !== undefined) reached.add(`#/components/securitySchemes/${name}`);
        }
      }
    });
  };
  const reach = (ref: JsonValue | undefined): void => {
    if (typeof ref !== "string" || !ref.startsWith("#/components/")) return;
    const component = ref.split("/").slice(0, 4).join("/");
    if (reached.has(component)) return;
    reached.add(component);
    const target = resolvePointer(document, component);
    if (target !== undefined) visit(target);
  };
  visit(from);
  return Object.fromEntries(
    Object.entries(objectAt(document, "components")).flatMap(([section, entries]): [string, JsonValue][] => {
      const kept = Object.entries(isObject(entries) ? entries : {}).filter(([name]) =>
        reached.has(`#${jsonPointer(["components", section, name])}`),
      );
      return kept.length > 0 ? [[section, Object.fromEntries(kept)]] : [];
    }),
  );
}

/** The overlay update that keeps operations which upstream dropped, with the components that the new document lacks. */
export function updateForLost(lost: readonly string[], previous: JsonObject, next: JsonObject): JsonObject {
  const { paths = {}, components = {} } = cutTo(previous, new Set(lost)).document;
  const missing = without(components, objectAt(next, "components"), () => true);
  return {
    paths: without(paths, objectAt(next, "paths"), (key) => !isMethod(key)),
    ...(Object.keys(missing).length > 0 && { components: missing }),
  };
}

/** Groups of entries without those that other groups of the same name have, where these may be left out. */
function without(groups: JsonValue, others: JsonObject, mayBeOmitted: (key: string) => boolean): JsonObject {
  return Object.fromEntries(
    Object.entries(isObject(groups) ? groups : {}).flatMap(([name, group]): [string, JsonValue][] => {
      const present = objectAt(others, name);
      const kept = Object.entries(isObject(group) ? group : {}).filter(
        ([key]) => !mayBeOmitted(key) || present[key] === undefined,
      );
      return kept.length > 0 ? [[name, Object.fromEntries(kept)]] : [];
    }),
  );
}
