import { isObject, stringAt } from "@gpu-scripts/openapi/json.ts";
import { isRead, parametersOf, placeOf } from "@gpu-scripts/openapi/operations.ts";
import type { Rule } from "../rule.ts";
import { eachOperation } from "../rule.ts";

/** `x-idempotency-key` is `{ header, windowSeconds }`, and the operation declares the header. */
export const idempotencyKey: Rule = {
  id: "idempotency-key",
  check: (document) =>
    eachOperation(document, (operation) => {
      const key = operation.object["x-idempotency-key"];
      if (key === undefined) return [];
      const place = [...placeOf(operation), "x-idempotency-key"];
      const header = stringAt(key, "header");
      const seconds = isObject(key) ? key["windowSeconds"] : undefined;
      const problems: string[] = [];
      const declared = parametersOf(document, operation).filter((parameter) => parameter["in"] === "header");
      if (isObject(key) && Object.keys(key).some((name) => name !== "header" && name !== "windowSeconds")) {
        problems.push("`x-idempotency-key` has only `header` and `windowSeconds`");
      }
      if (!header) problems.push("`x-idempotency-key.header` must name the header that takes the key");
      else if (!declared.some((parameter) => stringAt(parameter, "name")?.toLowerCase() === header.toLowerCase())) {
        problems.push(`the operation has no header parameter \`${header}\`; declare it under \`parameters\``);
      }
      if (!Number.isInteger(seconds) || Number(seconds) <= 0) {
        problems.push("`x-idempotency-key.windowSeconds` must be the seconds for which the vendor remembers a key");
      }
      if (isRead(operation)) problems.push("a read needs no idempotency key");
      return problems.map((message) => ({ message, place }));
    }),
};
