import { isObject, type JsonObject, type JsonValue, jsonPointer, objectAt } from "@gpu-scripts/openapi/json.ts";
import { json } from "@gpu-scripts/openapi/normalize/bodies.ts";
import { bodiesOf } from "@gpu-scripts/openapi/operations.ts";
import { schemasAt } from "@gpu-scripts/openapi/pointers.ts";
import { typesOf } from "@gpu-scripts/openapi/schemas.ts";

/**
 * The value of `x-gpu-client.errors`, with JSON pointers to the fields of the declared error bodies, and whether the document shows such
 * a body at all. A message is always looked for.
 */
export function errorsExtension(document: JsonObject): { extension: JsonObject; isKnown: boolean } {
  const schemas = schemasOf(document, (status) => status !== "request" && !status.startsWith("2"));
  // Most operations declare the same errors.
  const distinct = new Map(schemas.map((schema) => [JSON.stringify(schema), schema]));
  const bodies = [...distinct.values()].map((schema) => {
    const texts = textsOf(document, schema);
    const message = first(texts, messageNames);
    const others = texts.filter((text) => text.pointer !== message);
    return { message, code: first(others, codeNames), requestId: first(texts, requestNames) };
  });
  const pointers = (field: "message" | "code" | "requestId") => [...new Set(bodies.flatMap((body) => body[field] ?? []))];
  const [message, code] = [pointers("message"), pointers("code")];
  // A success that holds both a code and a message would be treated as a failure.
  const isAmbiguous = schemasOf(document, (status) => status.startsWith("2")).some((schema) =>
    [code, message].every((some) => some.some((pointer) => schemasAt(document, schema, pointer).length > 0)),
  );
  const extension = {
    code: isAmbiguous ? [] : code,
    message: message.length > 0 ? message : ["/message"],
    requestId: pointers("requestId"),
    words: {},
    phrases: [],
  };
  return { extension, isKnown: schemas.length > 0 };
}

const messageNames = [
  "message",
  "msg",
  "error_message",
  "errormessage",
  "detail",
  "error_description",
  "description",
  "title",
  "reason",
  "error",
];
const codeNames = ["code", "error_code", "errorcode", "error_type", "errortype", "type", "kind", "slug", "error", "reason"];
const requestNames = ["request_id", "requestid", "trace_id", "traceid", "correlation_id", "correlationid"];

interface TextField {
  pointer: string;
  name: string;
}

/** The text fields of a schema, those at the top first; of a list, those of its first entry. */
function textsOf(document: JsonObject, schema: JsonValue | undefined, pointer = "", depth = 0): TextField[] {
  if (depth > 3) return [];
  const properties = schemasAt(document, schema, "").flatMap((one) => Object.entries(objectAt(one, "properties")));
  const own: TextField[] = [];
  const deeper: TextField[] = [];
  for (const [name, property] of properties) {
    const at = pointer + jsonPointer([name]);
    const variants = schemasAt(document, property, "");
    if (variants.some((one) => typesOf(one).includes("string"))) own.push({ pointer: at, name: name.toLowerCase() });
    deeper.push(...textsOf(document, property, at, depth + 1));
    const items = variants.map((one) => one["items"]).find((one) => one !== undefined);
    if (items !== undefined) deeper.push(...textsOf(document, items, `${at}/0`, depth + 1));
  }
  return [...own, ...deeper];
}

/** The field with the most specific name; of equals, the one nearer the top. */
function first(texts: readonly TextField[], names: readonly string[]): string | undefined {
  const found = names.map((name) => texts.find((text) => text.name === name)).find((text) => text !== undefined);
  return found?.pointer;
}

function schemasOf(document: JsonObject, isWanted: (status: string) => boolean): JsonValue[] {
  return bodiesOf(document).flatMap(({ object, status }) => {
    const schema = objectAt(objectAt(object, "content"), json)["schema"];
    return isObject(schema) && isWanted(status) ? [schema] : [];
  });
}
