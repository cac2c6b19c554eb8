import { isObject, type JsonObject, objectAt } from "@gpu-scripts/openapi/json.ts";
import { leftOutOfServer, operationsOf, placeOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import type { Problem, Rule } from "../rule.ts";

/**
 * A client has one base URL, the first of the document's `servers`; the key is sent to this server only. Operations may leave out the end
 * of its path.
 */
export const servers: Rule = {
  id: "servers",
  check: (document) => [
    ...Object.entries(objectAt(document, "paths")).flatMap(([path, item]) =>
      isObject(item) ? complaints(document, item, path, ["paths", path]) : [],
    ),
    ...operationsOf(document).flatMap((operation) =>
      complaints(document, operation.object, titleOf(operation), placeOf(operation)),
    ),
  ],
};

function complaints(document: JsonObject, owner: JsonObject, title: string, place: Problem["place"]): Problem[] {
  const own = owner["servers"];
  if (own === undefined || leftOutOfServer(document, own) !== undefined) return [];
  const message = `\`servers\` of ${title} must be the first server of the document, without the end of its path: the key goes nowhere else`;
  return [{ message, place: [...place, "servers"] }];
}
