import { successesOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import { operationRule } from "../rule.ts";

/** The success statuses are those of `SuccessStatus` in `@gpu/core`, which the type of a result is made from. */
export const successStatuses = operationRule("success-statuses", (operation, report, document) => {
  for (const [status] of successesOf(document, operation)) {
    if (/^20[0-6]$/.test(status)) continue;
    report(
      `${titleOf(operation)}: a success status must be a number from 200 to 206; \`${status}\` would have no type`,
      "responses",
      status,
    );
  }
});
