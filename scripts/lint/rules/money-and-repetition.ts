import { isRead, titleOf } from "@gpu-scripts/openapi/operations.ts";
import { operationRule } from "../rule.ts";

/** `x-paid` and `x-idempotent` decide whether the runtime retries a request, so neither may be forgotten. */
export const moneyAndRepetition = operationRule("money-and-repetition", (operation, report) => {
  const { object, method } = operation;
  const title = titleOf(operation);
  const [paid, idempotent] = [object["x-paid"], object["x-idempotent"]];
  if (isRead(operation)) {
    if (paid === true) report(`${title} is a ${method.toUpperCase()} with \`x-paid: true\`, but the client retries reads`);
  } else if (object["x-reads"] === true && (paid === true || idempotent !== true)) {
    report(`${title} has \`x-reads: true\`, so it needs \`x-idempotent: true\` and cannot be paid`);
  } else if (paid === undefined && idempotent === undefined) {
    report(`${title} needs \`x-paid\` (may it cost money?) or \`x-idempotent\` (may it be retried?)`);
  }
});
