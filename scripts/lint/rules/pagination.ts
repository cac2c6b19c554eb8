import { isObject, type JsonObject, stringAt } from "@gpu-scripts/openapi/json.ts";
import { isRead, jsonContent, type Operation, parametersOf, successesOf } from "@gpu-scripts/openapi/operations.ts";
import { isPointer, schemasAt } from "@gpu-scripts/openapi/pointers.ts";
import { typesOf } from "@gpu-scripts/openapi/schemas.ts";
import { operationRule } from "../rule.ts";

const styles = ["cursor", "page", "offset"];
const keys = ["style", "request", "next", "more", "items", "first"];

/** `x-pagination` is `{ style, request, next, more?, items, first? }`: the parameter exists, and the pointers lead into the response. `items` may be a list. */
export const pagination = operationRule("pagination", (operation, report, document) => {
  const given = operation.object["x-pagination"];
  if (given === undefined) return;
  const messages = isObject(given)
    ? complaints(document, operation, given)
    : [`\`x-pagination\` must be an object with ${keys.join(", ")}`];
  for (const message of messages) report(message, "x-pagination");
});

function complaints(document: JsonObject, operation: Operation, given: JsonObject): string[] {
  const found: string[] = [];
  for (const key of Object.keys(given)) if (!keys.includes(key)) found.push(`\`x-pagination\` has no field \`${key}\``);
  const style = stringAt(given, "style") ?? "";
  if (!styles.includes(style)) found.push(`\`x-pagination.style\` must be one of ${styles.join(", ")}`);
  const { first } = given;
  if (first !== undefined && (style !== "page" || !Number.isInteger(first))) {
    found.push("`x-pagination.first` is the number of the first page, an integer, with style `page` only");
  }
  if (!isRead(operation)) found.push("only a read can have pages");
  const request = stringAt(given, "request");
  const inQuery = parametersOf(document, operation).filter((parameter) => parameter["in"] === "query");
  if (!inQuery.some((parameter) => parameter["name"] === request)) {
    found.push(`\`x-pagination.request\` must name a query parameter of the operation; \`${request}\` is not one`);
  }
  const schema = jsonContent(successesOf(document, operation)[0]?.[1])["schema"];
  const { next, more, items } = given;
  const pointers = [
    ["next", next],
    ...(more === undefined ? [] : [["more", more] as const]),
    ...[items].flat().map((pointer) => ["items", pointer] as const),
  ] as const;
  for (const [key, pointer] of pointers) {
    if (!isPointer(pointer)) found.push(`\`x-pagination.${key}\` must be a JSON pointer into the response, such as \`/items\``);
    else if (schemasAt(document, schema, pointer).length === 0) {
      found.push(`\`x-pagination.${key}\`: the response's schema has nothing at \`${pointer}\``);
    } else if (key === "items" && !schemasAt(document, schema, pointer).some((one) => typesOf(one).includes("array"))) {
      found.push(`\`x-pagination.items\` must lead to an array; \`${pointer}\` does not`);
    }
  }
  return found;
}
