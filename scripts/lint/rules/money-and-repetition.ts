import { isRead, placeOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import type { Rule } from "../rule.ts";
import { eachOperation } from "../rule.ts";

/** The runtime decides by these two whether a request may be sent again: what a document forgets to say, nobody would notice. */
export const moneyAndRepetition: Rule = {
  id: "money-and-repetition",
  check: (document) =>
    eachOperation(document, (operation) => {
      const { object, method } = operation;
      const place = placeOf(operation);
      if (isRead(operation)) {
        if (object["x-paid"] !== true) return [];
        return [
          {
            message: `${titleOf(operation)} is a ${method.toUpperCase()} and says \`x-paid: true\`; reads are sent again`,
            place,
          },
        ];
      }
      if (object["x-paid"] !== undefined || object["x-idempotent"] !== undefined) return [];
      return [
        {
          message: `${titleOf(operation)} must say \`x-paid\` (may it cost money?) or \`x-idempotent\` (may it be sent again?)`,
          place,
        },
      ];
    }),
};
