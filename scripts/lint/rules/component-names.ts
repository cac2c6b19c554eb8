import { objectAt } from "@gpu-scripts/openapi/json.ts";
import { typeNameProblem } from "@gpu-scripts/openapi/normalize/type-names.ts";
import { componentsOf } from "@gpu-scripts/openapi/operations.ts";
import type { Rule } from "../rule.ts";

/** Each schema becomes an exported type of its name, so the name must be free. */
export const componentNames: Rule = {
  id: "component-names",
  check(document) {
    const vendor = String(objectAt(document, "x-gpu-client")["vendor"]);
    const schemas = componentsOf(document, "schemas");
    return Object.keys(schemas).flatMap((name) => {
      const message = typeNameProblem(name, vendor, schemas);
      return message === undefined ? [] : [{ message, place: ["components", "schemas", name] }];
    });
  },
};
