import { isObject, type JsonObject, type JsonValue, objectAt } from "@gpu-scripts/openapi/json.ts";
import { httpMethods, operationKey, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { reachableComponents } from "@gpu-scripts/openapi/reachable.ts";

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
  if (isObject(document["components"])) {
    // Which scheme carries the key may be a decision that no operation states.
    const { securitySchemes } = document["components"];
    cut["components"] = { ...reachableComponents(cut, document), ...(securitySchemes !== undefined && { securitySchemes }) };
  }
  return { document: cut, dropped };
}

function isMethod(key: string): boolean {
  return (httpMethods as readonly string[]).includes(key);
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
