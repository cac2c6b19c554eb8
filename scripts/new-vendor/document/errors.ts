import { isObject, type JsonObject, type JsonValue, jsonPointer, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { operationsOf, responsesOf, takesKey } from "@gpu-scripts/openapi/operations.ts";
import { schemasAt } from "@gpu-scripts/openapi/pointers.ts";
import { typesOf } from "@gpu-scripts/openapi/schemas.ts";
import { json } from "./bodies.ts";
import { errorBody, hoist, roomForSchemas } from "./component-names.ts";
import type { Draft, Location } from "./draft.ts";

/** Where error bodies hold what the runtime reads: JSON pointers, the most telling first. */
interface ErrorPointers {
  code: string[];
  message: string[];
  requestId: string[];
}

/** The component that most failures have for a body. */
export function commonErrorSchema(document: JsonObject): string | undefined {
  const counts = new Map<string, number>();
  for (const [, schema] of failures(document)) {
    const ref = stringAt(schema, "$ref");
    const name = /^#\/components\/schemas\/([^/]+)$/.exec(ref ?? "")?.[1];
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** Makes sure that there is `ApiErrorBody`: the vendor's, or one that says that the document does not say. */
export function nameErrorBody(draft: Draft): void {
  if (draft.at(["components", "schemas", errorBody]) !== undefined) return;
  for (const operation of operationsOf(draft.document)) {
    for (const [status] of responsesOf(draft.document, operation).filter(isFailure)) {
      const place = ["paths", operation.path, operation.method, "responses", status];
      const location = [...draft.resolve(place), "content", json, "schema"];
      if (!isObject(draft.at(location))) continue;
      if (objectAt(draft.at(location.slice(0, -1)), "schema")["$ref"] !== undefined) continue;
      hoist(draft, location, errorBody, "What a failure looks like has one name over all vendors.");
      return;
    }
  }
  roomForSchemas(draft);
  draft.update(["components", "schemas"], "The document shows no error body; nothing is promised of it.", {
    [errorBody]: {
      type: "object",
      description: "A failure. Not documented by the vendor: every field may be missing, and others may appear.",
      properties: { message: { type: "string", description: "Text for people, if there is one." } },
    },
  });
  draft.left.push("what an error body holds: the document shows none");
}

/** Gives every operation the answers of failure that it must have: `401` where it takes a key, and `default`. */
export function declareFailures(draft: Draft): void {
  giveBodies(draft);
  const needed: [location: Location, statuses: string[]][] = [];
  for (const operation of operationsOf(draft.document)) {
    const statuses = Object.keys(objectAt(operation.object, "responses"));
    const keyed = takesKey(draft.document, operation);
    const lacking = [
      ...(keyed && !statuses.includes("401") ? ["401"] : []),
      ...(!keyed && !statuses.some((status) => status.startsWith("4")) ? ["429"] : []),
      ...(statuses.includes("default") ? [] : ["default"]),
    ];
    if (lacking.length > 0) needed.push([["paths", operation.path, operation.method, "responses"], lacking]);
  }
  const components = new Map<string, string>();
  for (const [status, { name, description }] of Object.entries(shared)) {
    if (!needed.some(([, statuses]) => statuses.includes(status))) continue;
    const present = objectAt(draft.at(["components"]), "responses");
    const free = present[name] === undefined ? name : `Any${name}`;
    if (!isObject(draft.at(["components", "responses"]))) draft.update(["components"], "Room for answers.", { responses: {} });
    draft.update(
      ["components", "responses"],
      "The document does not declare this failure everywhere; its body is the usual one.",
      {
        [free]: { description, content: { [json]: { schema: { $ref: `#/components/schemas/${errorBody}` } } } },
      },
    );
    components.set(status, free);
  }
  for (const [place, statuses] of needed) {
    draft.update(
      place,
      "Failures that the document does not declare, and that may come.",
      Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/${components.get(status)}` }])),
    );
  }
}

const shared: Readonly<Record<string, { name: string; description: string }>> = {
  "401": { name: "Unauthorized", description: "The API key is missing, wrong or revoked." },
  "429": { name: "TooManyRequests", description: "Too many requests; wait." },
  default: { name: "UnexpectedError", description: "Any status that is not documented." },
};

/** A failure that is declared without a JSON body gets the usual one: nobody can rely on there being none. */
function giveBodies(draft: Draft): void {
  for (const operation of operationsOf(draft.document)) {
    for (const [status] of responsesOf(draft.document, operation).filter(isFailure)) {
      const place = draft.resolve(["paths", operation.path, operation.method, "responses", status]);
      const content = objectAt(draft.at(place), "content");
      if (objectAt(content, json)["schema"] !== undefined) continue;
      for (const type of Object.keys(content))
        draft.remove([...place, "content", type], "Errors are read as JSON, or as the text that they are.");
      draft.update(place, "The document shows no body here; the vendor's usual one is expected.", {
        content: { [json]: { schema: { $ref: `#/components/schemas/${errorBody}` } } },
      });
    }
  }
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
  for (const [, schema] of failures(document)) {
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
  // A success that holds both a code and a message would be taken for a failure.
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

/** The field whose name says most; of twins the one nearer the top. */
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

function isFailure([status]: [string, JsonObject]): boolean {
  return !status.startsWith("2");
}

function failures(document: JsonObject): [status: string, schema: JsonValue][] {
  return bodies(document, false);
}

function successes(document: JsonObject): JsonValue[] {
  return bodies(document, true).map(([, schema]) => schema);
}

function bodies(document: JsonObject, ofSuccess: boolean): [status: string, schema: JsonValue][] {
  return operationsOf(document).flatMap((operation) =>
    responsesOf(document, operation).flatMap(([status, response]): [string, JsonValue][] => {
      const schema = objectAt(objectAt(response, "content"), json)["schema"];
      return schema === undefined || isFailure([status, response]) === ofSuccess ? [] : [[status, schema]];
    }),
  );
}

/** What `x-gpu-client.errors` says; a message is always looked for. */
export function errorsExtension(document: JsonObject): JsonObject {
  const { code, message, requestId } = errorPointers(document);
  return { code, message: message.length > 0 ? message : ["/message"], requestId, words: {}, phrases: [] };
}
