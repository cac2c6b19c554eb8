import { dereference, isObject, type JsonObject, type JsonValue, list, objectAt, stringAt } from "../json.ts";
import { operationsOf, parameterKey, placeOf } from "../operations.ts";
import type { Repair } from "./repair.ts";

/** Headers that the client sets itself; OpenAPI ignores them as parameters. */
const ofClient = ["authorization", "accept", "content-type", "content-length", "host", "user-agent", "connection"];

/** Declares all parameters at their operation: those of the path item, and those that occur only in the path. */
export const parameters: Repair = {
  title: "parameters of paths declared by each operation, also those that only the path names",
  apply(document, note) {
    for (const operation of operationsOf(document)) {
      const before = JSON.stringify(operation.object["parameters"] ?? null);
      const shared = list(objectAt(objectAt(document, "paths"), operation.path)["parameters"]);
      const own = list(operation.object["parameters"]);
      const taken = new Set(own.map((parameter) => parameterKey(document, parameter)));
      const all = [...own, ...structuredClone(shared.filter((one) => !taken.has(parameterKey(document, one))))];
      const inPath = [...operation.path.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name ?? "");
      const kept = all.flatMap((parameter) => keptOf(document, parameter, inPath));
      const known = new Set(kept.map((parameter) => parameterKey(document, parameter)));
      for (const name of new Set(inPath)) {
        if (known.has(`path ${name}`)) continue;
        kept.push({ name, in: "path", required: true, schema: { type: "string" } });
      }
      if (kept.length > 0) operation.object["parameters"] = kept;
      else delete operation.object["parameters"];
      if (JSON.stringify(operation.object["parameters"] ?? null) !== before) note([...placeOf(operation), "parameters"]);
    }
    for (const item of Object.values(objectAt(document, "paths"))) if (isObject(item)) delete item["parameters"];
  },
};

/** The parameter as the client can send it. Empty if the client sends it anyway, or cannot send it. */
function keptOf(document: JsonObject, parameter: JsonValue, inPath: readonly string[]): JsonValue[] {
  const found = dereference(document, parameter);
  const [place, name] = [stringAt(found, "in"), stringAt(found, "name")];
  if (!isObject(found) || place === undefined || name === undefined) return [];
  if (place === "header" && ofClient.includes(name.toLowerCase())) return [];
  if (place === "cookie" && found["required"] !== true) return [];
  if (place !== "path") return [parameter];
  if (!inPath.includes(name)) return [];
  if (found["required"] !== true) found["required"] = true;
  return [parameter];
}
