import { unmarkedSecrets } from "@gpu-scripts/openapi/secret-names.ts";
import type { Rule } from "../rule.ts";

/** Fields that hold a secret, by their names, declare it: the runtime redacts the values of `x-secret` fields. */
export const secretNames: Rule = {
  id: "secret-names",
  check: (document) =>
    unmarkedSecrets(document).map(({ name, place }) => ({
      message: `\`${name}\` holds a secret, by its name, and needs \`x-secret: true\`, or false`,
      place,
    })),
};
