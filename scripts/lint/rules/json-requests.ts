import { dereference, objectAt } from "@gpu-scripts/openapi/json.ts";
import { titleOf } from "@gpu-scripts/openapi/operations.ts";
import { operationRule } from "../rule.ts";

/** Every body is sent as `application/json`; another media type would exist in the types only. */
export const jsonRequests = operationRule("json-requests", (operation, report, document) => {
  for (const type of Object.keys(objectAt(dereference(document, operation.object["requestBody"]), "content"))) {
    if (/^application\/json\s*(;|$)/i.test(type)) continue;
    report(
      `${titleOf(operation)}: a request body must be \`application/json\` only; the client does not send \`${type}\``,
      "requestBody",
    );
  }
});
