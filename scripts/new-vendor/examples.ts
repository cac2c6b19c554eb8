import { dereference, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { noExample } from "@gpu-scripts/openapi/normalize/examples.ts";
import { jsonContent, type Operation, operationsOf, parametersOf } from "@gpu-scripts/openapi/operations.ts";

/** The options of a named call with the document's examples, as JSON; undefined when it needs none. */
export function exampleCall(document: JsonObject, operation: Operation): JsonObject | undefined {
  const call: JsonObject = {};
  const places: Record<string, string> = { path: "path", query: "query", header: "headers" };
  for (const parameter of parametersOf(document, operation)) {
    const place = places[stringAt(parameter, "in") ?? ""];
    if (parameter["required"] !== true || place === undefined) continue;
    const example = parameter["example"] ?? objectAt(parameter, "schema")["example"] ?? "";
    call[place] = { ...objectAt(call, place), [stringAt(parameter, "name") ?? ""]: example };
  }
  const body = exampleOf(dereference(document, operation.object["requestBody"]));
  if (body !== undefined) call["body"] = body;
  return Object.keys(call).length > 0 ? call : undefined;
}

/** Whether the document has an example for everything that a call must send. */
export function isCallable(document: JsonObject, operation: Operation): boolean {
  const body = jsonContent(dereference(document, operation.object["requestBody"]));
  return [body, ...parametersOf(document, operation)].every((part) => part[noExample] !== true);
}

/** The first JSON example of a request body or a response. */
export function exampleOf(content: JsonValue | undefined): JsonValue | undefined {
  const media = objectAt(objectAt(isObject(content) ? content : {}, "content"), "application/json");
  const [named] = Object.values(objectAt(media, "examples"));
  return media["example"] ?? (isObject(named) ? named["value"] : undefined);
}

/** The first response of a status, over all operations. */
export function responseOf(document: JsonObject, status: string): JsonObject | undefined {
  for (const { object } of operationsOf(document)) {
    const response = dereference(document, objectAt(object, "responses")[status]);
    if (isObject(response)) return response;
  }
  return undefined;
}
