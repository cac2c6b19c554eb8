import { walkDescription } from "@gpu-scripts/openapi/schemas.ts";
import type { Problem, Rule } from "../rule.ts";

/** OpenAPI 3.1 has no `nullable`; it would be ignored. */
export const noNullable: Rule = {
  id: "no-nullable",
  check(document) {
    const problems: Problem[] = [];
    walkDescription(document, (object, place) => {
      if (place.at(-1) === "properties" || object["nullable"] === undefined) return;
      problems.push({
        message: "`nullable` is ignored in OpenAPI 3.1; write `type: [x, 'null']` or `anyOf: [$ref, { type: 'null' }]`",
        place: [...place, "nullable"],
      });
    });
    return problems;
  },
};
