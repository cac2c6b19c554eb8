import { dereference, type JsonObject, type JsonValue, objectAt } from "@gpu-scripts/openapi/json.ts";
import { isHtml } from "@gpu-scripts/openapi/load.ts";
import { eventStreamOf, jsonContent, type Operation, responsesOf } from "@gpu-scripts/openapi/operations.ts";
import { checkValue, type ValueFinding } from "./check-value.ts";
import { standInFor } from "./stand-ins.ts";

/** A response as it was received. */
export interface Received {
  status: number;
  /** Empty when the header is missing. */
  contentType: string;
  text: string;
}

/** The result of a comparison. */
export interface Checked {
  findings: ValueFinding[];
  /** The body with stand-ins for its values; undefined when the body is not JSON. */
  standIn: () => JsonValue | undefined;
}

/** Compares a response with what the document declares for its status. */
export function checkResponse(document: JsonObject, operation: Operation, received: Received): Checked {
  const { status, contentType, text } = received;
  const responses = new Map(responsesOf(document, operation));
  const declared = responses.get(String(status)) ?? responses.get(`${String(status)[0]}XX`);
  const findings: ValueFinding[] = [];
  // Server errors of any status are expected; `default` describes them.
  if (!declared && status < 500) findings.push({ kind: "status", pointer: "", detail: `${status} is not declared` });
  const response = declared ?? responses.get("default");
  const none = { findings, standIn: () => undefined };
  if (!response) return none;
  const body = parsedBody(text);
  const problem = bodyProblem(response, contentType, text, body);
  if (problem !== undefined) findings.push({ kind: "body", pointer: "", detail: problem });
  if (body === undefined) return none;
  const schema = dereference(document, jsonContent(response)["schema"]);
  if (schema !== undefined) findings.push(...checkValue(document, schema, body));
  return { findings, standIn: () => standInFor(document, schema, body) };
}

/** A problem of the body as a whole, or undefined. */
function bodyProblem(response: JsonObject, contentType: string, text: string, body: JsonValue | undefined): string | undefined {
  const types = Object.keys(objectAt(response, "content"));
  if (types.length === 0) return ["", "{}", "null"].includes(text.trim()) ? undefined : "has a body, the document has none";
  if (eventStreamOf(response)) return contentType.startsWith("text/event-stream") ? undefined : "is not a stream of events";
  if (text.trim() === "") return response["x-empty"] === true ? undefined : "is empty";
  if (Object.keys(jsonContent(response)).length === 0) return undefined;
  if (body === undefined) return isHtml(text) ? "is HTML, not JSON" : "is not JSON";
  if (!/^application\/(?:[^;]+\+)?json\b/i.test(contentType)) return "is JSON, sent as another media type";
  return undefined;
}

/** A body as JSON; undefined when it is not JSON. */
export function parsedBody(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
