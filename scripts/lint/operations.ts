import { type JsonObject, stringAt } from "../openapi/json.ts";
import { type Operation, operationsOf } from "../openapi/operations.ts";
import type { Place, Problem } from "./rule.ts";

/** Where an operation stands in its document. */
export function placeOf({ path, method }: Operation): Place {
  return ["paths", path, method];
}

/** What a person calls it. */
export function titleOf({ path, method, object }: Operation): string {
  return stringAt(object, "operationId") ?? `${method.toUpperCase()} ${path}`;
}

/** Asks `ask` about every operation of a document. */
export function eachOperation(document: JsonObject, ask: (operation: Operation) => Problem[]): Problem[] {
  return operationsOf(document).flatMap(ask);
}
