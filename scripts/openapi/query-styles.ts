import type { JsonObject } from "./json.ts";
import { variantsOf } from "./pointers.ts";
import { typesOf } from "./schemas.ts";

/** Why the client cannot write a query parameter, as a sentence; undefined when it can. */
export function queryStyleProblem(document: JsonObject, parameter: JsonObject): string | undefined {
  const name = `the query parameter \`${String(parameter["name"])}\``;
  if (parameter["content"] !== undefined) return `${name} needs a \`schema\`; the client does not support \`content\` in a query`;
  const types = variantsOf(document, parameter["schema"]).flatMap(typesOf);
  const { style = "form" } = parameter;
  if (types.includes("object")) {
    return style === "deepObject"
      ? undefined
      : `${name} may be an object and needs \`style: deepObject\`, as the client writes it`;
  }
  if (style !== "form") return `${name} needs \`style: form\`, as the client writes it, not \`${String(style)}\``;
  return undefined;
}
