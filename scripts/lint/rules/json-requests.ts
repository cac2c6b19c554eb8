import { dereference, objectAt } from "@gpu-scripts/openapi/json.ts";
import { placeOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import type { Rule } from "../rule.ts";
import { eachOperation } from "../rule.ts";

/** Every body is sent as `application/json`; another media type would exist in the types only. */
export const jsonRequests: Rule = {
  id: "json-requests",
  check: (document) =>
    eachOperation(document, (operation) =>
      Object.keys(objectAt(dereference(document, operation.object["requestBody"]), "content"))
        .filter((type) => !/^application\/json\s*(;|$)/i.test(type))
        .map((type) => ({
          message: `${titleOf(operation)}: a request body must be \`application/json\` only; the client does not send \`${type}\``,
          place: [...placeOf(operation), "requestBody"],
        })),
    ),
};
