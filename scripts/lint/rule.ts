import type { JsonObject, Place } from "@gpu-scripts/openapi/json.ts";
import { type Operation, operationsOf } from "@gpu-scripts/openapi/operations.ts";

/** One violation of a rule. */
export interface Problem {
  /** What is wrong and what to write instead, in one sentence. */
  message: string;
  place: Place;
}

/** A rule of the project for composed documents. It does not depend on the linter that runs it. */
export interface Rule {
  /** Its name in `redocly.yaml`, after `gpu/`. */
  id: string;
  /** Everything in the document that breaks the rule. */
  check(document: JsonObject): Problem[];
}

/** Checks every operation of a document. */
export function eachOperation(document: JsonObject, check: (operation: Operation) => Problem[]): Problem[] {
  return operationsOf(document).flatMap(check);
}
