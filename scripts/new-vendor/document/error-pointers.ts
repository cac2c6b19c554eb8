import { isObject, type JsonObject, type JsonValue, jsonPointer, objectAt } from "@gpu-scripts/openapi/json.ts";
import { json } from "@gpu-scripts/openapi/normalize/bodies.ts";
import { bodiesOf } from "@gpu-scripts/openapi/normalize/walk.ts";
import { schemasAt } from "@gpu-scripts/openapi/pointers.ts";
import { typesOf } from "@gpu-scripts/openapi/schemas.ts";

/** JSON pointers to the fields of error bodies that the runtime reads, the most specific first. */
interface ErrorPointers {
  code: string[];
  message: string[];
  requestId: string[];
}

/** The value of `x-gpu-client.errors`, and whether the document shows an error body at all. A message is always looked for. */
export function errorsExtension(document: JsonObject): { extension: JsonObject; isKnown: boolean } {
  const { code, message, requestId } = errorPointers(document);
  const extension = { code, message: message.length > 0 ? message : ["/message"], requestId, words: {}, phrases: [] };
  return { extension, isKnown: failures(document).length > 0 };
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

/** Finds them in the declared error schemas. */
function errorPointers(document: JsonObject): ErrorPointers {
  const found: ErrorPointers = { code: [], message: [], requestId: [] };
  const seen = new Set<string>();
  for (const schema of failures(document)) {
    const key = JSON.stringify(schema);
    if (seen.has(key)) continue;
    seen.add(key);
    const texts = textsOf(document, schema);
    const message = first(texts, messageNames);
    add(found.message, message);
    add(
      found.code,
      first(
        texts.filter((text) => text.pointer !== message),
        codeNames,
      ),
    );
    add(found.requestId, first(texts, requestNames));
  }
  // A success that holds both a code and a message would be treated as a failure.
  const isAmbiguous = successes(document).some((schema) =>
    [found.code, found.message].every((pointers) => pointers.some((pointer) => schemasAt(document, schema, pointer).length > 0)),
  );
  return isAmbiguous ? { ...found, code: [] } : found;
}

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
  for (const name of names) {
    const found = texts.find((text) => text.name === name);
    if (found) return found.pointer;
  }
  return undefined;
}

function add(pointers: string[], pointer: string | undefined): void {
  if (pointer !== undefined && !pointers.includes(pointer)) pointers.push(pointer);
}

function failures(document: JsonObject): JsonValue[] {
  return schemasOf(document, (status) => status !== "request" && !status.startsWith("2"));
}

function successes(document: JsonObject): JsonValue[] {
  return schemasOf(document, (status) => status.startsWith("2"));
}

function schemasOf(document: JsonObject, isWanted: (status: string) => boolean): JsonValue[] {
  return bodiesOf(document).flatMap(({ object, status }) => {
    const schema = objectAt(objectAt(object, "content"), json)["schema"];
    return isObject(schema) && isWanted(status) ? [schema] : [];
  });
}
