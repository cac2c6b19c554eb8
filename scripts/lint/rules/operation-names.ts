import { stringAt } from "@gpu-scripts/openapi/json.ts";
import { placeOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import type { Rule } from "../rule.ts";
import { eachOperation } from "../rule.ts";

/** The verbs that all vendors' clients share. Add one only if none of these fits. */
const readVerbs = ["get", "list"];
const writeVerbs = [
  "add",
  "cancel",
  "change",
  "create",
  "delete",
  "migrate",
  "remove",
  "renew",
  "restart",
  "save",
  "set",
  "start",
  "stop",
  "update",
  "upgrade",
];

/** An operation's name is camelCase, a verb and a noun. Only reads, and all reads, are named `get` or `list`. */
export const operationNames: Rule = {
  id: "operation-names",
  check: (document) =>
    eachOperation(document, (operation) => {
      const place = [...placeOf(operation), "operationId"];
      const name = stringAt(operation.object, "operationId");
      if (!name) return [{ message: `${titleOf(operation)} needs an \`operationId\``, place: placeOf(operation) }];
      const verb = /^([a-z]+)([A-Z][a-z\d]*)+$/.exec(name)?.[1];
      if (!verb) return [{ message: `${name} must be camelCase, a verb and a noun, such as \`createInstance\``, place }];
      const verbs = operation.method === "get" ? readVerbs : writeVerbs;
      if (verbs.includes(verb)) return [];
      return [{ message: `${name}: the verb of a ${operation.method.toUpperCase()} is one of ${verbs.join(", ")}`, place }];
    }),
};
