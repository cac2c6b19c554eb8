import { parametersOf, placeOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import { queryStyleProblem } from "@gpu-scripts/openapi/query-styles.ts";
import type { Rule } from "../rule.ts";
import { eachOperation } from "../rule.ts";

/** The runtime writes a list as `a=1&a=2` or, with `explode: false`, as `a=1,2`, and an object as `a[b]=1`. */
export const queryStyles: Rule = {
  id: "query-styles",
  check: (document) =>
    eachOperation(document, (operation) =>
      parametersOf(document, operation)
        .filter((parameter) => parameter["in"] === "query")
        .flatMap((parameter) => queryStyleProblem(document, parameter) ?? [])
        .map((complaint) => ({ message: `${titleOf(operation)}: ${complaint}`, place: placeOf(operation) })),
    ),
};
