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
      // The top of the document lists all components; what counts is who points to them.
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

/**
 * The overlay update that brings back an operation which upstream dropped: the operation as upstream last had it, with the
 * components that it needs and the new document lacks.
 */
export function updateForLost(operation: string, previous: JsonObject, next: JsonObject): JsonObject {
  const [method = "", path = ""] = operation.split(" ");
  const item = objectAt(objectAt(previous, "paths"), path);
  const shared = objectAt(objectAt(next, "paths"), path);
  const kept = Object.fromEntries(
    Object.entries(item).filter(([key]) => key === method.toLowerCase() || (!isMethod(key) && shared[key] === undefined)),
  );
  const update: JsonObject = { paths: { [path]: kept } };
  const needed = reachableComponents(update, previous);
  const missing = Object.entries(needed).flatMap(([section, entries]): [string, JsonValue][] => {
    const present = objectAt(objectAt(next, "components"), section);
    const absent = Object.entries(isObject(entries) ? entries : {}).filter(([name]) => present[name] === undefined);
    return absent.length > 0 ? [[section, Object.fromEntries(absent)]] : [];
  });
  if (missing.length > 0) update["components"] = Object.fromEntries(missing);
  return update;
}
