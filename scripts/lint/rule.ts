import type { JsonObject, Place } from "@gpu-scripts/openapi/json.ts";
import { type Operation, operationsOf, placeOf } from "@gpu-scripts/openapi/operations.ts";
import { walkDescription } from "@gpu-scripts/openapi/schemas.ts";

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

/** Reports one violation; the steps lead from the checked object to the place. */
export type Report = (message: string, ...steps: Place) => void;

/** A rule for each operation of a document. */
export function operationRule(id: string, check: (operation: Operation, report: Report, document: JsonObject) => void): Rule {
  return {
    id,
    check(document) {
      const problems: Problem[] = [];
      for (const operation of operationsOf(document)) {
        const report: Report = (message, ...steps) => problems.push({ message, place: [...placeOf(operation), ...steps] });
        check(operation, report, document);
      }
      return problems;
    },
  };
}

/** A rule for each object that describes the API. */
export function descriptionRule(id: string, check: (object: JsonObject, report: Report, place: Place) => void): Rule {
  return {
    id,
    check(document) {
      const problems: Problem[] = [];
      walkDescription(document, (object, place) => {
        check(object, (message, ...steps) => problems.push({ message, place: [...place, ...steps] }), place);
      });
      return problems;
    },
  };
}
