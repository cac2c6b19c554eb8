import { parametersOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import { queryStyleProblem } from "@gpu-scripts/openapi/query-styles.ts";
import { operationRule } from "../rule.ts";

/** The runtime writes a list as `a=1&a=2` or, with `explode: false`, as `a=1,2`, and an object as `a[b]=1`. */
export const queryStyles = operationRule("query-styles", (operation, report, document) => {
  for (const parameter of parametersOf(document, operation)) {
    const problem = parameter["in"] === "query" && queryStyleProblem(document, parameter);
    if (problem) report(`${titleOf(operation)}: ${problem}`);
  }
});
