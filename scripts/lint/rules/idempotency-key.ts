import { isObject, stringAt } from "@gpu-scripts/openapi/json.ts";
import { isRead, parametersOf } from "@gpu-scripts/openapi/operations.ts";
import { operationRule } from "../rule.ts";

/** `x-idempotency-key` is `{ header, windowSeconds }`, and the operation declares the header. */
export const idempotencyKey = operationRule("idempotency-key", (operation, reportAt, document) => {
  const key = operation.object["x-idempotency-key"];
  if (key === undefined) return;
  const report = (message: string) => reportAt(message, "x-idempotency-key");
  const header = stringAt(key, "header");
  const seconds = isObject(key) ? key["windowSeconds"] : undefined;
  const declared = parametersOf(document, operation).filter((parameter) => parameter["in"] === "header");
  if (isObject(key) && Object.keys(key).some((name) => name !== "header" && name !== "windowSeconds")) {
    report("`x-idempotency-key` has only `header` and `windowSeconds`");
  }
  if (!header) report("`x-idempotency-key.header` must name the header that takes the key");
  else if (!declared.some((parameter) => stringAt(parameter, "name")?.toLowerCase() === header.toLowerCase())) {
    report(`the operation has no header parameter \`${header}\`; declare it under \`parameters\``);
  }
  if (!Number.isInteger(seconds) || Number(seconds) <= 0) {
    report("`x-idempotency-key.windowSeconds` must be the seconds for which the vendor remembers a key");
  }
  if (isRead(operation)) report("a read needs no idempotency key");
});
