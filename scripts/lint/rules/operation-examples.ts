import { dereference, isObject, type JsonObject, type JsonValue, objectAt } from "@gpu-scripts/openapi/json.ts";
import { responsesOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import { operationRule } from "../rule.ts";

/** Every body has an example, or the mark that none can be made: Prism responds with it, and readers look at it first. */
export const operationExamples = operationRule("operation-examples", (operation, report, document) => {
  const check = (what: string, holder: JsonObject, ...steps: string[]) => {
    for (const [type, media] of Object.entries(objectAt(holder, "content")))
      if (!hasExample(media)) report(`${titleOf(operation)}: the ${what} body (${type}) needs an example`, ...steps);
  };
  const body = dereference(document, operation.object["requestBody"]);
  if (isObject(body)) check("request", body, "requestBody");
  for (const [status, response] of responsesOf(document, operation)) check(status, response, "responses", status);
});

function hasExample(media: JsonValue): boolean {
  return (
    isObject(media) &&
    (media["x-no-example"] === true || media["example"] !== undefined || Object.keys(objectAt(media, "examples")).length > 0)
  );
}
