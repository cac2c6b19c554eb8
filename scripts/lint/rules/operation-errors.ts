import { responsesOf, takesKey, titleOf } from "@gpu-scripts/openapi/operations.ts";
import { operationRule } from "../rule.ts";

/** Every operation describes its errors, including those of undocumented statuses. */
export const operationErrors = operationRule("operation-errors", (operation, report, document) => {
  const statuses = responsesOf(document, operation).map(([status]) => status);
  if (!statuses.includes("default"))
    report(`${titleOf(operation)} needs a \`default\` response, for every status that it does not list`, "responses");
  if (takesKey(document, operation) && !statuses.includes("401"))
    report(`${titleOf(operation)} needs a key, so it needs a \`401\` response`, "responses");
});
