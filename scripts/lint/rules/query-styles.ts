import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { parametersOf, placeOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import { variantsOf } from "@gpu-scripts/openapi/pointers.ts";
import { typesOf } from "@gpu-scripts/openapi/schemas.ts";
import type { Rule } from "../rule.ts";
import { eachOperation } from "../rule.ts";

/** The runtime writes a query in one way: `a=1&a=2` for a list, `a[b]=1` for an object. */
export const queryStyles: Rule = {
  id: "query-styles",
  check: (document) =>
    eachOperation(document, (operation) =>
      parametersOf(document, operation)
        .filter((parameter) => parameter["in"] === "query")
        .flatMap((parameter) => complaints(document, parameter))
        .map((complaint) => ({ message: `${titleOf(operation)}: ${complaint}`, place: placeOf(operation) })),
    ),
};

function complaints(document: JsonObject, parameter: JsonObject): string[] {
  const name = `the query parameter \`${String(parameter["name"])}\``;
  if (parameter["content"] !== undefined)
    return [`${name} needs a \`schema\`; the client does not support \`content\` in a query`];
  const types = variantsOf(document, parameter["schema"]).flatMap(typesOf);
  const { style = "form", explode } = parameter;
  if (types.includes("object")) {
    return style === "deepObject" ? [] : [`${name} may be an object and needs \`style: deepObject\`, as the client writes it`];
  }
  if (style !== "form") return [`${name} needs \`style: form\`, as the client writes it, not \`${String(style)}\``];
  if (types.includes("array") && explode === false) {
    return [`${name} must not have \`explode: false\`: the client repeats the parameter for each item, \`a=1&a=2\``];
  }
  return [];
}
