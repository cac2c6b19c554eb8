import { placeOf, successesOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import type { Rule } from "../rule.ts";
import { eachOperation } from "../rule.ts";

/** The result of a call is what its successes say, each by its number: those of `SuccessStatus` in `@gpu/core`. */
export const successStatuses: Rule = {
  id: "success-statuses",
  check: (document) =>
    eachOperation(document, (operation) =>
      successesOf(document, operation)
        .filter(([status]) => !/^20[0-6]$/.test(status))
        .map(([status]) => ({
          message: `${titleOf(operation)}: a success is one of 200 to 206, by its number; \`${status}\` would have no type`,
          place: [...placeOf(operation), "responses", status],
        })),
    ),
};
