import { isObject, type JsonObject, objectAt } from "@gpu-scripts/openapi/json.ts";
import { placeOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import type { Problem, Rule } from "../rule.ts";
import { eachOperation } from "../rule.ts";

/** A client has one base URL, the first of the document's `servers`; the key is sent to this server only. */
export const servers: Rule = {
  id: "servers",
  check: (document) => [
    ...Object.entries(objectAt(document, "paths")).flatMap(([path, item]) =>
      isObject(item) ? complaints(item, path, ["paths", path]) : [],
    ),
    ...eachOperation(document, (operation) => complaints(operation.object, titleOf(operation), placeOf(operation))),
  ],
};

function complaints(owner: JsonObject, title: string, place: Problem["place"]): Problem[] {
  if (owner["servers"] === undefined) return [];
  const message = `${title} must not have its own \`servers\`: every request goes to the first server of the document`;
  return [{ message, place: [...place, "servers"] }];
}
