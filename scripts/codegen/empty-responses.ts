import { dereference, isObject, type JsonObject } from "@gpu-scripts/openapi/json.ts";
import { jsonContent } from "@gpu-scripts/openapi/operations.ts";

/**
 * Whether a response has nothing to read: it may come without content, and its JSON is an object without declared fields. Clients
 * return `undefined` for it, as for a response without content.
 */
export function hasNothingToRead(document: JsonObject, response: JsonObject): boolean {
  if (response["x-empty"] !== true) return false;
  const schema = dereference(document, jsonContent(response)["schema"]);
  return isObject(schema) && schema["type"] === "object" && Object.keys(schema).every((key) => plainKeys.includes(key));
}

const plainKeys = ["type", "description"];
