import { isObject, type JsonObject, type JsonValue, jsonPointer, objectAt, resolvePointer, walkObjects } from "./json.ts";
import { componentsOf } from "./operations.ts";

/** References to the components of `document` that `from` reaches; security schemes are reached by name. */
export function reachableFrom(from: JsonValue, document: JsonObject): Set<string> {
  const reached = new Set<string>();
  const schemes = componentsOf(document, "securitySchemes");
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
  return reached;
}

/** The components of `document` that `from` reaches, in the document's order. */
export function reachableComponents(from: JsonValue, document: JsonObject): JsonObject {
  const reached = reachableFrom(from, document);
  return Object.fromEntries(
    Object.entries(objectAt(document, "components")).flatMap(([section, entries]): [string, JsonValue][] => {
      const kept = Object.entries(isObject(entries) ? entries : {}).filter(([name]) =>
        reached.has(`#${jsonPointer(["components", section, name])}`),
      );
      return kept.length > 0 ? [[section, Object.fromEntries(kept)]] : [];
    }),
  );
}
