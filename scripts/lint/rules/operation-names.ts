import { stringAt } from "@gpu-scripts/openapi/json.ts";
import { placeOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import { readVerbs, verbOf, writeVerbs } from "@gpu-scripts/openapi/verbs.ts";
import type { Rule } from "../rule.ts";
import { eachOperation } from "../rule.ts";

/** An operation's name is camelCase, a verb and a noun. Only reads have verbs such as `get` and `list`. */
export const operationNames: Rule = {
  id: "operation-names",
  check: (document) =>
    eachOperation(document, (operation) => {
      const place = [...placeOf(operation), "operationId"];
      const name = stringAt(operation.object, "operationId");
      if (!name) return [{ message: `${titleOf(operation)} needs an \`operationId\``, place: placeOf(operation) }];
      const verb = verbOf(name);
      if (verb === undefined)
        return [{ message: `${name} must be camelCase, a verb and a noun, such as \`createInstance\``, place }];
      const verbs = operation.method === "get" ? readVerbs : writeVerbs;
      if (verbs.includes(verb)) return [];
      return [{ message: `${name}: the verb of a ${operation.method.toUpperCase()} is one of ${verbs.join(", ")}`, place }];
    }),
};
