import { badExamples } from "@gpu-scripts/openapi/examples/check.ts";
import type { Rule } from "../rule.ts";

/** An example is a value that its own schema allows, and has no field that the schema does not declare. */
export const examples: Rule = {
  id: "examples",
  check: (document) =>
    badExamples(document).map(({ place, problem }) => ({
      message: `an example must be what its schema allows: ${problem}`,
      place,
    })),
};
