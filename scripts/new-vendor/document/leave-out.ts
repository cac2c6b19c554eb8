import { dereference, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { isSendablePath } from "@gpu-scripts/openapi/names.ts";
import { isJson } from "@gpu-scripts/openapi/normalize/bodies.ts";
import { takesOther } from "@gpu-scripts/openapi/normalize/key.ts";
import { isRead, type Operation, parametersOf, responsesOf } from "@gpu-scripts/openapi/operations.ts";
import { variantsOf } from "@gpu-scripts/openapi/pointers.ts";
import { queryStyleProblem } from "@gpu-scripts/openapi/query-styles.ts";
import { typesOf } from "@gpu-scripts/openapi/schemas.ts";

/** Why an operation cannot be part of a client that sends JSON to one server with one key; undefined when it can. */
export function whyLeftOut(document: JsonObject, operation: Operation, keyScheme: string): string | undefined {
  const { method, path, object } = operation;
  if (["head", "options", "trace"].includes(method)) return "no call of its own";
  if (!isSendablePath(path)) return "a path that no request can have";
  const ofPath = objectAt(objectAt(document, "paths"), path)["servers"];
  if (object["servers"] !== undefined || ofPath !== undefined) return "a server of its own";
  if (takesOther(document, operation, keyScheme)) return "another key";
  if (isRead(operation) && object["requestBody"] !== undefined) return "a read that needs a body";
  if (!mayBeJson(dereference(document, object["requestBody"]))) return "its request body is not JSON";
  const successes = responsesOf(document, operation).filter(([status]) => status.startsWith("2"));
  if (!successes.every(([, response]) => mayBeJson(response))) return "its response is not JSON";
  const odd = successes.find(([status]) => !/^20[0-6]$/.test(status));
  if (odd) return `its success has the status ${odd[0]}`;
  return parametersOf(document, operation)
    .map((parameter) => whyNotSent(document, parameter))
    .find((reason) => reason !== undefined);
}

function whyNotSent(document: JsonObject, parameter: JsonObject): string | undefined {
  const name = stringAt(parameter, "name") ?? "";
  switch (parameter["in"]) {
    case "query":
      return queryStyleProblem(document, parameter) && `the query parameter ${name} has a style that the client does not write`;
    case "path": {
      const types = variantsOf(document, parameter["schema"]).flatMap(typesOf);
      const isPlain = (parameter["style"] ?? "simple") === "simple" && !types.includes("array") && !types.includes("object");
      return isPlain && parameter["content"] === undefined ? undefined : `the path parameter ${name} is not a plain text`;
    }
    case "cookie":
      return "a cookie";
    default:
      return undefined;
  }
}

function mayBeJson(body: JsonValue | undefined): boolean {
  const types = Object.keys(isObject(body) ? objectAt(body, "content") : {});
  return types.length === 0 || types.some(isJson);
}
