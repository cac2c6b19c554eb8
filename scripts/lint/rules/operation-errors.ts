import { placeOf, responsesOf, takesKey, titleOf } from "@gpu-scripts/openapi/operations.ts";
import type { Rule } from "../rule.ts";
import { eachOperation } from "../rule.ts";

/** Every operation describes its errors, including those of undocumented statuses. */
export const operationErrors: Rule = {
  id: "operation-errors",
  check: (document) =>
    eachOperation(document, (operation) => {
      const statuses = responsesOf(document, operation).map(([status]) => status);
      const place = [...placeOf(operation), "responses"];
      const problems = [];
      if (!statuses.includes("default")) {
        problems.push({
          message: `${titleOf(operation)} needs a \`default\` response, for every status that it does not list`,
          place,
        });
      }
      if (takesKey(document, operation) && !statuses.includes("401")) {
        problems.push({ message: `${titleOf(operation)} needs a key, so it needs a \`401\` response`, place });
      }
      return problems;
    }),
};
