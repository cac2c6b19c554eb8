import { walkDescription } from "@gpu-scripts/openapi/schemas.ts";
import type { Problem, Rule } from "../rule.ts";

/** `nullable` means nothing in OpenAPI 3.1: it would be read over. */
export const noNullable: Rule = {
  id: "no-nullable",
  check(document) {
    const problems: Problem[] = [];
    walkDescription(document, (object, place) => {
      if (place.at(-1) === "properties" || object["nullable"] === undefined) return;
      problems.push({
        message: "`nullable` has no meaning in OpenAPI 3.1; write `type: [x, 'null']` or `anyOf: [$ref, { type: 'null' }]`",
        place: [...place, "nullable"],
      });
    });
    return problems;
  },
};
