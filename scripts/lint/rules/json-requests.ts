import { dereference, objectAt } from "@gpu-scripts/openapi/json.ts";
import { placeOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import type { Rule } from "../rule.ts";
import { eachOperation } from "../rule.ts";

/** Every body is sent as `application/json`; another form beside it would only be in the types. */
export const jsonRequests: Rule = {
  id: "json-requests",
  check: (document) =>
    eachOperation(document, (operation) =>
      Object.keys(objectAt(dereference(document, operation.object["requestBody"]), "content"))
        .filter((type) => !/^application\/json\s*(;|$)/i.test(type))
        .map((type) => ({
          message: `${titleOf(operation)}: a request body is \`application/json\` and nothing else; the client does not send \`${type}\``,
          place: [...placeOf(operation), "requestBody"],
        })),
    ),
};
