import {
  dereference,
  isObject,
  type JsonObject,
  type JsonValue,
  list,
  objectAt,
  resolvePointer,
  stringAt,
  walkObjects,
} from "@gpu-scripts/openapi/json.ts";
import {
  componentsOf,
  eventStreamOf,
  jsonContent,
  leftOutOfServer,
  type Operation,
  operationKey,
  operationsOf,
  ownServersOf,
  parametersOf,
  successesOf,
  takesKey,
} from "@gpu-scripts/openapi/operations.ts";
import { variantsOf } from "@gpu-scripts/openapi/pointers.ts";
import { typesOf } from "@gpu-scripts/openapi/schemas.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { hasNothingToRead } from "./empty-responses.ts";

/** What the runtime needs to know of a document: the value of `VendorContract` in `@gpu/core`, as JSON, without the version. */
export function contractOf(document: JsonObject): JsonObject {
  const client = objectAt(document, "x-gpu-client");
  const errors = objectAt(client, "errors");
  return {
    vendor: required(client, "vendor"),
    baseUrl: required(list(document["servers"])[0], "url"),
    apiKeyEnv: required(client, "apiKeyEnv"),
    auth: { header: keyHeader(document), prefix: required(client, "apiKeyPrefix") },
    errors: {
      code: errors["code"] ?? [],
      message: errors["message"] ?? [],
      requestId: errors["requestId"] ?? [],
      words: Object.fromEntries(Object.entries(objectAt(errors, "words")).map(([word, code]) => [word.toLowerCase(), code])),
      phrases: list(errors["phrases"]).map((phrase) =>
        isObject(phrase) ? { ...phrase, contains: required(phrase, "contains").toLowerCase() } : phrase,
      ),
      ...(errors["failure"] !== undefined && { failure: errors["failure"] }),
      ...(errors["created"] !== undefined && { created: errors["created"] }),
    },
    secrets: secretFields(document),
    operations: Object.fromEntries(
      operationsOf(document).map((operation) => [
        required(operation.object, "operationId"),
        operationContract(document, operation),
      ]),
    ),
  };
}

function operationContract(document: JsonObject, operation: Operation): JsonObject {
  const { path, method, object } = operation;
  const contract: JsonObject = { method: method.toUpperCase(), path };
  const baseWithout = leftOutOfBase(document, operation);
  if (baseWithout !== "") contract["baseWithout"] = baseWithout;
  if (object["x-paid"] === true) contract["paid"] = true;
  if (object["x-idempotent"] === true) contract["idempotent"] = true;
  if (object["x-reads"] === true) contract["reads"] = true;
  if (!takesKey(document, operation)) contract["public"] = true;
  if (object["x-idempotency-key"] !== undefined) contract["idempotencyKey"] = object["x-idempotency-key"];
  if (object["x-rate-limit-group"] !== undefined) contract["rateLimitGroup"] = object["x-rate-limit-group"];
  const commaSeparated = commaSeparatedQuery(document, operation);
  if (commaSeparated.length > 0) contract["commaSeparated"] = commaSeparated;
  if (object["x-pagination"] !== undefined) contract["pagination"] = object["x-pagination"];
  const response = method === "head" ? undefined : responseContract(document, operation);
  if (response) contract["response"] = response;
  return contract;
}

function leftOutOfBase(document: JsonObject, operation: Operation): string {
  const own = ownServersOf(document, operation);
  const leftOut = own === undefined ? "" : leftOutOfServer(document, own);
  if (leftOut !== undefined) return leftOut;
  throw new UserError(`the composed document sends ${operationKey(operation)} to another server, which must not get the key`);
}

/** The query parameters whose lists are written in one: `explode: false`. */
function commaSeparatedQuery(document: JsonObject, operation: Operation): string[] {
  return parametersOf(document, operation)
    .filter((parameter) => parameter["in"] === "query" && parameter["explode"] === false)
    .filter((parameter) => variantsOf(document, parameter["schema"]).flatMap(typesOf).includes("array"))
    .flatMap((parameter) => stringAt(parameter, "name") ?? []);
}

/** Whether a successful response may have no content. */
export function mayBeEmpty(document: JsonObject, operation: Operation): boolean {
  return successesOf(document, operation).some(
    ([, response]) => response["x-empty"] === true || Object.keys(objectAt(response, "content")).length === 0,
  );
}

function responseContract(document: JsonObject, operation: Operation): JsonObject | undefined {
  const responses = successesOf(document, operation)
    .map(([, response]) => response)
    .filter((response) => !hasNothingToRead(document, response));
  const schemas = responses.flatMap((response) => {
    const schema = dereference(document, jsonContent(response)["schema"]);
    return isObject(schema) ? [schema] : [];
  });
  const streams = responses.map(eventStreamOf).filter((stream) => stream !== undefined);
  if (streams.length > 0 && streams.length === responses.length) {
    const isJson = streams.every((stream) => stream["x-item-schema"] !== undefined);
    return { type: "events", ...(isJson && { jsonEvents: true }) };
  }
  const [schema, ...others] = schemas;
  if (!schema) {
    const hasContent = responses.some((response) => Object.keys(objectAt(response, "content")).length > 0);
    return hasContent ? { type: "text" } : undefined;
  }
  const type = others.length === 0 && (schema["type"] === "object" || schema["type"] === "array") ? schema["type"] : "any";
  const contract: JsonObject = { type };
  const requiredFields = type === "object" ? indispensable(document, operation.object, schema) : [];
  if (requiredFields.length > 0) contract["required"] = requiredFields;
  if (mayBeEmpty(document, operation) || isAction(operation.object)) contract["mayBeEmpty"] = true;
  if (type === "object" && errorIsDistinct(document, schema)) contract["errorIsDistinct"] = true;
  if (schemas.some((one) => isSecret(document, one, { inFields: true }))) contract["secret"] = true;
  return contract;
}

/** Whether the operation returns nothing worth reading, so that an empty success is valid whatever the document says. */
function isAction(operation: JsonObject): boolean {
  return /^(?:delete|remove|start|stop|restart|reboot|cancel)[A-Z]/.test(stringAt(operation, "operationId") ?? "");
}

/**
 * The required fields that a client insists on: the id or ids of what a paid call made, also inside of a field, and what a list lists.
 * Vendors leave out others without notice, and no read should fail for that.
 */
function indispensable(document: JsonObject, operation: JsonObject, schema: JsonObject): JsonValue[] {
  const created = list(objectAt(objectAt(document, "x-gpu-client"), "errors")["created"]);
  const isId = (name: string) => /(?:^|_)(?:id|uuid)s?$|Ids?$/.test(name) || created.includes(`/${name}`);
  const isList = stringAt(operation, "operationId")?.startsWith("list");
  return list(schema["required"]).filter((field) => {
    const name = String(field);
    const parts = variantsOf(document, objectAt(schema, "properties")[name]);
    const holdsId = parts.some((part) => Object.keys(objectAt(part, "properties")).some(isId));
    if (operation["x-paid"] === true) return isId(name) || holdsId;
    return isList && parts.some((part) => [part["type"]].flat().some((type) => type === "array" || type === "object"));
  });
}

/** Whether no field of a successful response, in any of its parts, could be an error's code. A map may have any field. */
function errorIsDistinct(document: JsonObject, schema: JsonObject): boolean {
  const parts = variantsOf(document, schema);
  if (parts.some((part) => part["additionalProperties"] !== undefined)) return false;
  const fields = parts.flatMap((part) => Object.keys(objectAt(part, "properties")));
  const errors = objectAt(objectAt(document, "x-gpu-client"), "errors");
  const codeFields = list(errors["code"]).map((pointer) => String(pointer).split("/")[1] ?? "");
  return fields.length > 0 && !codeFields.some((field) => fields.includes(field));
}

function secretFields(document: JsonObject): string[] {
  const names = new Set<string>();
  walkObjects(document, (object) => {
    for (const [name, property] of Object.entries(objectAt(object, "properties"))) {
      if (isSecret(document, property)) names.add(name);
    }
  });
  return [...names].sort();
}

/** Whether a schema is marked as secret: itself, what it refers to, what a list or a map of its kind holds, or, `inFields`, a field. */
function isSecret(
  document: JsonObject,
  schema: JsonValue | undefined,
  options: { inFields?: boolean } = {},
  visited = new Set<JsonObject>(),
): boolean {
  // A schema may hold itself.
  if (!isObject(schema) || visited.has(schema)) return false;
  visited.add(schema);
  if (schema["x-secret"] === true) return true;
  const reference = stringAt(schema, "$ref");
  const parts = [
    // One step at a time: a reference on the way may be marked, too.
    reference === undefined ? undefined : resolvePointer(document, reference),
    schema["items"],
    schema["additionalProperties"],
    ...Object.values(objectAt(schema, "patternProperties")),
    ...(options.inFields ? Object.values(objectAt(schema, "properties")) : []),
    ...["prefixItems", "anyOf", "oneOf", "allOf"].flatMap((key) => list(schema[key])),
  ];
  return parts.some((part) => isSecret(document, part, options, visited));
}

/** The header that carries the key: that of the first scheme in the document's `security` or, if it has none, in an operation's. */
function keyHeader(document: JsonObject): string {
  const ofOperations = operationsOf(document).map(({ object }) => object["security"]);
  const requirements = [document["security"], ...ofOperations].flatMap(list);
  const [name] = requirements.flatMap((requirement) => (isObject(requirement) ? Object.keys(requirement) : []));
  if (name === undefined) return "Authorization";
  const scheme = dereference(document, componentsOf(document, "securitySchemes")[name]);
  const type = stringAt(scheme, "type");
  if (isObject(scheme) && type === "apiKey" && scheme["in"] === "header") return required(scheme, "name");
  if (type === "http" && stringAt(scheme, "scheme")?.toLowerCase() === "bearer") return "Authorization";
  throw new UserError(
    `the composed document's security names "${name}", which is no key in a header and no http bearer; the client sends nothing else`,
  );
}

function required(object: JsonValue | undefined, key: string): string {
  const value = stringAt(object, key);
  if (value === undefined) throw new UserError(`the composed document lacks "${key}"`);
  return value;
}
