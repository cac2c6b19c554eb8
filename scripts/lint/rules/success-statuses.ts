import { placeOf, successesOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import type { Rule } from "../rule.ts";
import { eachOperation } from "../rule.ts";

/** The success statuses are those of `SuccessStatus` in `@gpu/core`, which the type of a result is made from. */
export const successStatuses: Rule = {
  id: "success-statuses",
  check: (document) =>
    eachOperation(document, (operation) =>
      successesOf(document, operation)
        .filter(([status]) => !/^20[0-6]$/.test(status))
        .map(([status]) => ({
          message: `${titleOf(operation)}: a success status must be a number from 200 to 206; \`${status}\` would have no type`,
          place: [...placeOf(operation), "responses", status],
        })),
    ),
};
