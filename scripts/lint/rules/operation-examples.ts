import { dereference, isObject, type JsonObject, objectAt } from "@gpu-scripts/openapi/json.ts";
import { placeOf, responsesOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import type { Rule } from "../rule.ts";
import { eachOperation } from "../rule.ts";

/** Every body has an example, or the mark that none can be made: Prism responds with it, and readers look at it first. */
export const operationExamples: Rule = {
  id: "operation-examples",
  check: (document) =>
    eachOperation(document, (operation) => {
      const body = dereference(document, operation.object["requestBody"]);
      const bodies: [what: string, place: readonly string[], holder: JsonObject][] = [
        ...(isObject(body) ? [["request", ["requestBody"], body] as [string, string[], JsonObject]] : []),
        ...responsesOf(document, operation).map(([status, response]): [string, string[], JsonObject] => [
          status,
          ["responses", status],
          response,
        ]),
      ];
      return bodies.flatMap(([what, place, holder]) =>
        Object.entries(objectAt(holder, "content"))
          .filter(([, media]) => !hasExample(media))
          .map(([type]) => ({
            message: `${titleOf(operation)}: the ${what} body (${type}) needs an example`,
            place: [...placeOf(operation), ...place],
          })),
      );
    }),
};

function hasExample(media: unknown): boolean {
  return (
    isObject(media) &&
    (media["x-no-example"] === true || media["example"] !== undefined || Object.keys(objectAt(media, "examples")).length > 0)
  );
}
