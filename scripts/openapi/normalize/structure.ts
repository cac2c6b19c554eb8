import { isObject, type JsonObject, type JsonValue, list, objectAt, type Place } from "../json.ts";
import { componentsOf, httpMethods } from "../operations.ts";
import { compositionKeywords, limitKeywords, namedKeywords, schemasOf, singleKeywords } from "../schemas.ts";
import type { Repair } from "./repair.ts";

/** What a key holds: a plain value, or objects of another shape. */
type Kind = "text" | "boolean" | "number" | "list" | "object" | "schema" | "any" | readonly ["one" | "list" | "map", Shape];
/** The keys that an object of the specification may have. */
interface Shape {
  readonly [key: string]: Kind;
}

const all = (kind: Kind, ...keys: readonly string[]): Shape => Object.fromEntries(keys.map((key) => [key, kind]));

const reference = all("text", "$ref", "summary", "description");
const externalDocs = all("text", "description", "url");
const contact = all("text", "name", "url", "email");
const info: Shape = {
  ...all("text", "title", "version", "description", "termsOfService", "summary"),
  contact: ["one", contact],
  license: ["one", all("text", "name", "url", "identifier")],
};
const example: Shape = { ...all("text", "summary", "description", "externalValue"), value: "any" };
const media: Shape = { schema: "schema", example: "any", examples: ["map", example], encoding: "object" };
const header: Shape = {
  ...all("text", "description", "style"),
  ...all("boolean", "required", "deprecated", "allowEmptyValue", "explode", "allowReserved"),
  schema: "schema",
  content: ["map", media],
  example: "any",
  examples: ["map", example],
};
const parameter: Shape = { ...all("text", "name", "in"), ...header };
const requestBody: Shape = { description: "text", content: ["map", media], required: "boolean" };
const response: Shape = {
  ...all("text", "description", "summary"),
  content: ["map", media],
  headers: ["map", header],
  links: "object",
};
const operation: Shape = {
  ...all("text", "summary", "description", "operationId"),
  ...all("list", "tags", "security", "servers"),
  externalDocs: ["one", externalDocs],
  parameters: ["list", parameter],
  requestBody: ["one", requestBody],
  responses: ["map", response],
  callbacks: "object",
  deprecated: "boolean",
};
const pathItem: Shape = {
  ...all("text", "$ref", "summary", "description"),
  servers: "list",
  parameters: ["list", parameter],
  ...all(["one", operation], ...httpMethods),
};
const root: Shape = {
  ...all("text", "openapi", "jsonSchemaDialect"),
  info: ["one", info],
  externalDocs: ["one", externalDocs],
  servers: ["list", { ...all("text", "url", "description", "name"), variables: "object" }],
  security: "list",
  tags: ["list", { ...all("text", "name", "description", "summary", "parent", "kind"), externalDocs: ["one", externalDocs] }],
  paths: ["map", pathItem],
  webhooks: "object",
  components: [
    "one",
    {
      parameters: ["map", parameter],
      headers: ["map", header],
      responses: ["map", response],
      requestBodies: ["map", requestBody],
      examples: ["map", example],
      ...all("object", "schemas", "securitySchemes", "links", "callbacks", "pathItems"),
    },
  ],
};

/** Shapes of objects in whose place a reference may stand. */
const referable = [parameter, header, requestBody, response, example];

const schemaShape: Shape = {
  ...all("text", "$ref", "$id", "$schema", "$anchor", "$dynamicAnchor", "$dynamicRef", "$comment"),
  ...all("text", "title", "description", "pattern", "format", "contentEncoding", "contentMediaType"),
  ...all("any", "type", "const", "default", "example"),
  ...all("list", ...compositionKeywords, "prefixItems", "enum", "examples", "required"),
  ...all("object", ...namedKeywords, "dependentRequired", "$vocabulary", "discriminator", "externalDocs", "xml"),
  ...all("schema", ...singleKeywords),
  ...all("number", ...limitKeywords, "minContains", "maxContains"),
  ...all("boolean", "uniqueItems", "deprecated", "readOnly", "writeOnly"),
};

const schemeShapes: Readonly<Record<string, Shape>> = {
  apiKey: all("text", "type", "description", "name", "in"),
  http: all("text", "type", "description", "scheme", "bearerFormat"),
  oauth2: { ...all("text", "type", "description"), flows: "object" },
  openIdConnect: all("text", "type", "description", "openIdConnectUrl"),
  mutualTLS: all("text", "type", "description"),
};

type Note = (place: Place) => void;

/** Removes keys that the specification does not have: nothing reads them, and the linter rejects them. */
export const structure: Repair = {
  title: "keys and values dropped that OpenAPI does not define, such as `in` on an http scheme",
  apply(document, note) {
    repairObject(document, root, [], note);
    const schemes = componentsOf(document, "securitySchemes");
    for (const [scheme, place] of heldAt(schemes, "map", ["components", "securitySchemes"])) {
      const shape = schemeShapes[String(scheme["type"])];
      if (shape !== undefined && scheme["$ref"] === undefined) keepShape(scheme, shape, place, note);
    }
    for (const { schema, place } of schemasOf(document)) {
      keepShape(schema, schemaShape, place, note);
      if (!schema["discriminator"] || typeof objectAt(schema, "discriminator")["propertyName"] === "string") continue;
      delete schema["discriminator"];
      note([...place, "discriminator"]);
    }
  },
};

function repairObject(object: JsonObject, shape: Shape, place: Place, note: Note): void {
  if (typeof object["$ref"] === "string" && referable.includes(shape)) {
    keepShape(object, reference, place, note);
    return;
  }
  keepShape(object, shape, place, note);
  if (shape === info) dropAddress(object, "termsOfService", place, note);
  if (shape === contact || shape === externalDocs) dropAddress(object, "url", place, note);
  if (shape["content"] !== undefined) replaceNonObjects(object, "content", place, note);
  if (shape["example"] !== undefined) repairExamples(object, place, note);
  for (const [key, kind] of Object.entries(shape)) {
    if (typeof kind === "string") continue;
    for (const [held, at] of heldAt(object[key], kind[0], [...place, key])) repairObject(held, kind[1], at, note);
  }
  if (shape === operation) replaceNonObjects(object, "responses", place, note);
  if (isObject(object["externalDocs"]) && object["externalDocs"]["url"] === undefined) {
    delete object["externalDocs"];
    note([...place, "externalDocs"]);
  }
  if (shape === parameter || shape === header) addSchema(object, place, note);
}

/** Drops keys that the shape does not have, and values of another kind. */
function keepShape(object: JsonObject, shape: Shape, place: Place, note: Note): void {
  for (const [key, value] of Object.entries(object)) {
    if (key.startsWith("x-")) continue;
    const kind = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (kind !== undefined && isOfKind(value, kind)) continue;
    // Quoted YAML turns booleans and numbers into text.
    const read = kind === undefined ? undefined : readAs(value, kind);
    if (read === undefined) delete object[key];
    else object[key] = read;
    note([...place, key]);
  }
}

function isOfKind(value: JsonValue, kind: Kind): boolean {
  if (kind === "any") return true;
  if (kind === "text") return typeof value === "string";
  if (isList(kind)) return Array.isArray(value);
  if (kind === "boolean" || kind === "number") return typeof value === kind;
  return isObject(value) || (kind === "schema" && typeof value === "boolean");
}

function isList(kind: Kind): boolean {
  return kind === "list" || kind[0] === "list";
}

function readAs(value: JsonValue, kind: Kind): JsonValue | undefined {
  if (kind === "boolean" && (value === "true" || value === "false")) return value === "true";
  if (kind === "text" && (typeof value === "number" || typeof value === "boolean")) return String(value);
  if (kind === "number" && typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)))
    return Number(value);
  if (isList(kind) && typeof value === "string") return [value];
  return undefined;
}

function dropAddress(object: JsonObject, key: string, place: Place, note: Note): void {
  const value = object[key];
  if (value === undefined || (typeof value === "string" && URL.canParse(value))) return;
  delete object[key];
  note([...place, key]);
}

function replaceNonObjects(object: JsonObject, key: "responses" | "content", place: Place, note: Note): void {
  const entries = objectAt(object, key);
  for (const [name, entry] of Object.entries(entries)) {
    if (isObject(entry) || isExtension(name, [...place, key])) continue;
    entries[name] = key === "responses" ? { description: typeof entry === "string" ? entry : "" } : {};
    note([...place, key, name]);
  }
}

/** Converts `examples` to OpenAPI's form, a map by name with values. Only one of the two keys is allowed. */
function repairExamples(owner: JsonObject, place: Place, note: Note): void {
  const { examples } = owner;
  if (!isObject(examples)) return;
  for (const [name, example] of Object.entries(examples)) {
    if (["value", "$ref", "externalValue"].some((key) => objectAt(examples, name)[key] !== undefined)) continue;
    examples[name] = { value: example };
    note([...place, "examples", name]);
  }
  if (owner["example"] === undefined) return;
  delete owner["example"];
  note([...place, "example"]);
}

/** A parameter and a header need a schema, or one media type. */
function addSchema(parameter: JsonObject, place: Place, note: Note): void {
  if (parameter["schema"] !== undefined || Object.keys(objectAt(parameter, "content")).length > 0) return;
  delete parameter["content"];
  parameter["schema"] = { type: "string" };
  note([...place, "schema"]);
}

/** The objects that a value holds, without extensions. */
function heldAt(value: JsonValue | undefined, form: "one" | "list" | "map", place: Place): [held: JsonObject, place: Place][] {
  if (form === "one") return isObject(value) ? [[value, place]] : [];
  const entries = form === "list" ? [...list(value).entries()] : Object.entries(isObject(value) ? value : {});
  return entries.flatMap(([key, held]): [JsonObject, Place][] =>
    isObject(held) && !isExtension(String(key), place) ? [[held, [...place, key]]] : [],
  );
}

/** Media types and examples may have any name. */
function isExtension(key: string, place: Place): boolean {
  return key.startsWith("x-") && place.at(-1) !== "content" && place.at(-1) !== "examples";
}
