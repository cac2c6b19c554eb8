import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { type Operation, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import type { Problem } from "./rule.ts";

/** Asks `ask` about every operation of a document. */
export function eachOperation(document: JsonObject, ask: (operation: Operation) => Problem[]): Problem[] {
  return operationsOf(document).flatMap(ask);
}
