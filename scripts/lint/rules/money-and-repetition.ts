import { isRead, placeOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import type { Rule } from "../rule.ts";
import { eachOperation } from "../rule.ts";

/** `x-paid` and `x-idempotent` decide whether the runtime retries a request, so neither may be forgotten. */
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
            message: `${titleOf(operation)} is a ${method.toUpperCase()} with \`x-paid: true\`, but the client retries reads`,
            place,
          },
        ];
      }
      if (object["x-reads"] === true && (object["x-paid"] === true || object["x-idempotent"] !== true)) {
        return [
          {
            message: `${titleOf(operation)} has \`x-reads: true\`, so it needs \`x-idempotent: true\` and cannot be paid`,
            place,
          },
        ];
      }
      if (object["x-paid"] !== undefined || object["x-idempotent"] !== undefined) return [];
      return [
        {
          message: `${titleOf(operation)} needs \`x-paid\` (may it cost money?) or \`x-idempotent\` (may it be retried?)`,
          place,
        },
      ];
    }),
};
