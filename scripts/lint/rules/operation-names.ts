import { stringAt } from "@gpu-scripts/openapi/json.ts";
import { titleOf } from "@gpu-scripts/openapi/operations.ts";
import { readVerbs, verbOf, writeVerbs } from "@gpu-scripts/openapi/verbs.ts";
import { operationRule } from "../rule.ts";

/** An operation's name is camelCase, a verb and a noun. Only reads have verbs such as `get` and `list`. */
export const operationNames = operationRule("operation-names", (operation, report) => {
  const name = stringAt(operation.object, "operationId");
  if (!name) return report(`${titleOf(operation)} needs an \`operationId\``);
  const verb = verbOf(name);
  if (verb === undefined)
    return report(`${name} must be camelCase, a verb and a noun, such as \`createInstance\``, "operationId");
  const verbs = operation.method === "get" ? readVerbs : writeVerbs;
  if (!verbs.includes(verb))
    report(`${name}: the verb of a ${operation.method.toUpperCase()} is one of ${verbs.join(", ")}`, "operationId");
});
