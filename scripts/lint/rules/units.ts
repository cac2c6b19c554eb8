import { fieldsWithoutUnit } from "@gpu-scripts/openapi/unit-names.ts";
import type { Rule } from "../rule.ts";

/** Every price, size and time field names its unit: a wrong guess is wrong by a factor of a hundred. */
export const units: Rule = {
  id: "units",
  check: (document) =>
    fieldsWithoutUnit(document).map(({ name, place }) => ({
      message: `\`${name}\` must name its unit in its description (GB, seconds, US dollars per hour, …), or say that it is not documented`,
      place,
    })),
};
