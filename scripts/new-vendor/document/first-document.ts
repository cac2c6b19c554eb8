import { shown } from "@gpu-scripts/openapi/characters.ts";
import { dereference, isObject, type JsonObject, type JsonValue, list, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { type Operation, operationKey, operationsOf, responsesOf } from "@gpu-scripts/openapi/operations.ts";
import { readPublished } from "@gpu-scripts/openapi/published.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { yamlText } from "@gpu-scripts/openapi/yaml.ts";
import { cutTo } from "@gpu-scripts/regenerate/operations.ts";
import { refuseImplausible, sizeOf } from "@gpu-scripts/regenerate/refuse.ts";
import { isJson } from "./bodies.ts";
import { chooseKey, type Key, takesOther } from "./key.ts";

/** The document of a vendor that the project does not know yet. */
export interface FirstDocument {
  document: JsonObject;
  /** As published, byte for byte, unless operations were left out. */
  text: string;
  /** The operations that the document has, as `METHOD /path`. */
  operations: string[];
  /** Those that were left out, each with the reason. */
  leftOut: string[];
  /** Characters of the whole document as JSON, when operations were left out. */
  size: number | undefined;
  key: Key;
  /** What was removed from the document when it was read, a line each. */
  notes: string[];
}

/** Reads it, and refuses what cannot be a vendor's document or lacks what no overlay could add. */
export async function readFirstDocument(id: string, place: string): Promise<FirstDocument> {
  const published = await readPublished(place, "vendor");
  // There is no last document yet: it is held against itself.
  refuseImplausible(published, { document: published.document, text: "", size: 0, overlays: [] }, id, place);
  const version = stringAt(published.document, "openapi") ?? "";
  if (!/^3\.[01]\./.test(version)) {
    throw new UserError(
      `${place}: is OpenAPI ${shown(version)}; only 3.0 and 3.1 can be composed, so convert it first and give that`,
    );
  }
  const key = chooseKey(published.document, place);
  const reasons = new Map<string, string>();
  for (const operation of operationsOf(published.document)) {
    const reason = whyLeftOut(published.document, operation, key);
    if (reason !== undefined) reasons.set(operationKey(operation), reason);
  }
  const all = operationsOf(published.document).map(operationKey);
  const operations = all.filter((operation) => !reasons.has(operation));
  const leftOut = [...reasons].map(([operation, reason]) => `${operation} (${reason})`);
  if (operations.length === 0) {
    throw new UserError(`${place}: has no operation that a client could call: ${leftOut.join(", ")}; write specs/${id} by hand`);
  }
  const { document, dropped } = cutTo(published.document, new Set(operations));
  const isCut = dropped.length > 0;
  // What is cut keeps the schemes that it refers to; that the key is one of them may be left for us to say.
  const schemes = objectAt(objectAt(published.document, "components"), "securitySchemes");
  if (isCut) document["components"] = withScheme(objectAt(document, "components"), schemes, key.scheme);
  return {
    document,
    text: isCut ? yamlText(document) : published.text,
    operations,
    leftOut,
    size: isCut ? sizeOf(published.document) : undefined,
    key,
    notes: published.notes,
  };
}

function withScheme(components: JsonObject, schemes: JsonObject, name: string): JsonObject {
  return { ...components, securitySchemes: { ...objectAt(components, "securitySchemes"), [name]: schemes[name] ?? {} } };
}

/** Why an operation cannot be part of a client whose bodies are JSON and whose requests go to one server with one key. */
function whyLeftOut(document: JsonObject, operation: Operation, key: Key): string | undefined {
  if (["head", "options", "trace"].includes(operation.method)) return "no call of its own";
  if (operation.object["servers"] !== undefined || pathServers(document, operation) !== undefined) return "a server of its own";
  if (takesOther(document, operation, key)) return "another key";
  if (!mayBeJson(dereference(document, operation.object["requestBody"]))) return "its request body is not JSON";
  const successes = responsesOf(document, operation).filter(([status]) => status.startsWith("2"));
  if (!successes.every(([, response]) => mayBeJson(response))) return "its answer is not JSON";
  return undefined;
}

function pathServers(document: JsonObject, { path }: Operation): JsonValue | undefined {
  const item = objectAt(document, "paths")[path];
  const servers = isObject(item) ? item["servers"] : undefined;
  return list(servers).length > 0 ? servers : undefined;
}

function mayBeJson(body: JsonValue | undefined): boolean {
  const types = Object.keys(objectAt(body, "content"));
  return types.length === 0 || types.some(isJson);
}
