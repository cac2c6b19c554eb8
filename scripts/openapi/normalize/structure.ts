import { isObject, type JsonObject, type JsonValue, objectAt, type Place } from "../json.ts";
import { httpMethods } from "../operations.ts";
import type { Repair } from "./repair.ts";
import { walkSchemas } from "./walk.ts";

type Kind = "text" | "boolean" | "number" | "list" | "object" | "schema" | "any";
/** The keys that an object of the specification may have. */
type Shape = Readonly<Record<string, Kind>>;

const texts = (...keys: string[]): Shape => Object.fromEntries(keys.map((key) => [key, "text"]));

/** A parameter has the same keys, and its name and place. */
const header: Shape = {
  ...texts("description", "style"),
  required: "boolean",
  deprecated: "boolean",
  allowEmptyValue: "boolean",
  explode: "boolean",
  allowReserved: "boolean",
  schema: "schema",
  example: "any",
  examples: "object",
  content: "object",
};

const shapes = {
  root: {
    ...texts("openapi", "jsonSchemaDialect"),
    info: "object",
    servers: "list",
    security: "list",
    tags: "list",
    externalDocs: "object",
    paths: "object",
    webhooks: "object",
    components: "object",
  },
  info: { ...texts("title", "version", "description", "termsOfService", "summary"), contact: "object", license: "object" },
  contact: texts("name", "url", "email"),
  license: texts("name", "url", "identifier"),
  externalDocs: texts("description", "url"),
  server: { ...texts("url", "description", "name"), variables: "object" },
  tag: { ...texts("name", "description", "summary", "parent", "kind"), externalDocs: "object" },
  components: {
    schemas: "object",
    parameters: "object",
    responses: "object",
    examples: "object",
    requestBodies: "object",
    headers: "object",
    securitySchemes: "object",
    links: "object",
    callbacks: "object",
    pathItems: "object",
  },
  pathItem: {
    ...texts("$ref", "summary", "description"),
    servers: "list",
    parameters: "list",
    ...Object.fromEntries(httpMethods.map((method) => [method, "object"])),
  },
  operation: {
    ...texts("summary", "description", "operationId"),
    tags: "list",
    externalDocs: "object",
    parameters: "list",
    requestBody: "object",
    responses: "object",
    callbacks: "object",
    deprecated: "boolean",
    security: "list",
    servers: "list",
  },
  parameter: { ...texts("name", "in"), ...header },
  header,
  requestBody: { ...texts("description"), content: "object", required: "boolean" },
  response: { ...texts("description", "summary"), headers: "object", content: "object", links: "object" },
  media: { schema: "schema", example: "any", examples: "object", encoding: "object" },
  example: { ...texts("summary", "description", "externalValue"), value: "any" },
  reference: texts("$ref", "summary", "description"),
  schema: {
    ...texts(
      "$ref",
      "$id",
      "$schema",
      "$anchor",
      "$dynamicAnchor",
      "$dynamicRef",
      "$comment",
      "title",
      "description",
      "pattern",
      "format",
      "contentEncoding",
      "contentMediaType",
    ),
    type: "any",
    enum: "list",
    const: "any",
    default: "any",
    example: "any",
    examples: "list",
    allOf: "list",
    anyOf: "list",
    oneOf: "list",
    prefixItems: "list",
    required: "list",
    properties: "object",
    patternProperties: "object",
    $defs: "object",
    definitions: "object",
    dependentSchemas: "object",
    dependentRequired: "object",
    $vocabulary: "object",
    discriminator: "object",
    externalDocs: "object",
    xml: "object",
    items: "schema",
    additionalProperties: "schema",
    not: "schema",
    if: "schema",
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    then: "schema",
    else: "schema",
    contains: "schema",
    propertyNames: "schema",
    unevaluatedItems: "schema",
    unevaluatedProperties: "schema",
    contentSchema: "schema",
    multipleOf: "number",
    minimum: "number",
    maximum: "number",
    exclusiveMinimum: "number",
    exclusiveMaximum: "number",
    minLength: "number",
    maxLength: "number",
    minItems: "number",
    maxItems: "number",
    minContains: "number",
    maxContains: "number",
    minProperties: "number",
    maxProperties: "number",
    uniqueItems: "boolean",
    deprecated: "boolean",
    readOnly: "boolean",
    writeOnly: "boolean",
  },
} satisfies Record<string, Shape>;

const schemes: Readonly<Record<string, Shape>> = {
  apiKey: texts("type", "description", "name", "in"),
  http: texts("type", "description", "scheme", "bearerFormat"),
  oauth2: { ...texts("type", "description"), flows: "object" },
  openIdConnect: texts("type", "description", "openIdConnectUrl"),
  mutualTLS: texts("type", "description"),
};

/** Removes keys that the specification does not have: nothing reads them, and the linter rejects them. */
export const structure: Repair = {
  title: "keys and values that OpenAPI does not know dropped, such as `in` on an http scheme",
  apply(document, note) {
    const visitor = new Visitor(note);
    visitor.document(document);
    walkSchemas(document, (schema, place) => {
      visitor.keep(schema, "schema", place);
      if (!schema["discriminator"]) return;
      if (typeof objectAt(schema, "discriminator")["propertyName"] === "string") return;
      delete schema["discriminator"];
      note([...place, "discriminator"]);
    });
  },
};

class Visitor {
  readonly #note: (place: Place) => void;

  constructor(note: (place: Place) => void) {
    this.#note = note;
  }

  document(document: JsonObject): void {
    this.keep(document, "root", []);
    for (const key of ["info", "externalDocs", "components"] as const) this.#one(document, key, key, []);
    const info = objectAt(document, "info");
    this.#one(info, "contact", "contact", ["info"]);
    this.#one(info, "license", "license", ["info"]);
    this.#addresses(info, ["info"], ["termsOfService"]);
    this.#addresses(objectAt(info, "contact"), ["info", "contact"], ["url"]);
    this.#externalDocs(document, []);
    this.#entries(document, "servers", "server", []);
    this.#entries(document, "tags", "tag", []);
    for (const [index, tag] of entriesOf(document["tags"])) this.#externalDocs(tag, ["tags", index]);
    for (const [path, item] of named(document["paths"])) this.#pathItem(item, ["paths", path]);
    const components = objectAt(document, "components");
    for (const [name, parameter] of named(components["parameters"]))
      this.#parameter(parameter, ["components", "parameters", name], "parameter");
    for (const [name, header] of named(components["headers"])) this.#parameter(header, ["components", "headers", name], "header");
    for (const [name, response] of named(components["responses"])) this.#response(response, ["components", "responses", name]);
    for (const [name, body] of named(components["requestBodies"])) this.#body(body, ["components", "requestBodies", name]);
    for (const [name, example] of named(components["examples"]))
      this.#keepOrReference(example, "example", ["components", "examples", name]);
    for (const [name, scheme] of named(components["securitySchemes"])) {
      const shape = schemes[String(scheme["type"])];
      if (shape !== undefined && scheme["$ref"] === undefined)
        this.#keepShape(scheme, shape, ["components", "securitySchemes", name]);
    }
  }

  /** Drops keys that the shape does not have, and values of another kind. */
  keep(object: JsonObject, shape: keyof typeof shapes, place: Place): void {
    this.#keepShape(object, shapes[shape], place);
  }

  #keepShape(object: JsonObject, shape: Shape, place: Place): void {
    for (const [key, value] of Object.entries(object)) {
      if (key.startsWith("x-")) continue;
      const kind = Object.hasOwn(shape, key) ? shape[key] : undefined;
      if (kind !== undefined && isOfKind(value, kind)) continue;
      // Quoted YAML turns booleans and numbers into text.
      const read = kind === undefined ? undefined : readAs(value, kind);
      if (read === undefined) delete object[key];
      else object[key] = read;
      this.#note([...place, key]);
    }
  }

  #pathItem(item: JsonObject, place: Place): void {
    this.keep(item, "pathItem", place);
    this.#parameters(item, place);
    for (const method of httpMethods) {
      const operation = item[method];
      if (!isObject(operation)) continue;
      const at = [...place, method];
      this.keep(operation, "operation", at);
      this.#externalDocs(operation, at);
      this.#parameters(operation, at);
      if (isObject(operation["requestBody"])) this.#body(operation["requestBody"], [...at, "requestBody"]);
      for (const [status, response] of named(operation["responses"])) this.#response(response, [...at, "responses", status]);
      for (const [status, response] of Object.entries(objectAt(operation, "responses"))) {
        if (isObject(response) || status.startsWith("x-")) continue;
        objectAt(operation, "responses")[status] = { description: typeof response === "string" ? response : "" };
        this.#note([...at, "responses", status]);
      }
    }
  }

  #parameters(owner: JsonObject, place: Place): void {
    for (const [index, parameter] of entriesOf(owner["parameters"]))
      this.#parameter(parameter, [...place, "parameters", index], "parameter");
  }

  #parameter(parameter: JsonObject, place: Place, shape: "parameter" | "header"): void {
    if (!this.#keepOrReference(parameter, shape, place)) return;
    this.#media(parameter, place);
    if (parameter["schema"] !== undefined || Object.keys(objectAt(parameter, "content")).length > 0) return;
    delete parameter["content"];
    parameter["schema"] = { type: "string" };
    this.#note([...place, "schema"]);
  }

  #body(body: JsonObject, place: Place): void {
    if (!this.#keepOrReference(body, "requestBody", place)) return;
    this.#media(body, place);
  }

  #response(response: JsonObject, place: Place): void {
    if (!this.#keepOrReference(response, "response", place)) return;
    this.#media(response, place);
    for (const [name, header] of named(response["headers"])) this.#parameter(header, [...place, "headers", name], "header");
  }

  #media(holder: JsonObject, place: Place): void {
    for (const [type, value] of Object.entries(objectAt(holder, "content"))) {
      if (!isObject(value)) {
        objectAt(holder, "content")[type] = {};
        this.#note([...place, "content", type]);
        continue;
      }
      const at = [...place, "content", type];
      this.keep(value, "media", at);
      this.#examples(value, at);
    }
    this.#examples(holder, place);
  }

  /** Converts `examples` to OpenAPI's form, a map by name with values. Only one of the two keys is allowed. */
  #examples(owner: JsonObject, place: Place): void {
    const examples = owner["examples"];
    if (!isObject(examples)) return;
    for (const [name, example] of Object.entries(examples)) {
      if (
        isObject(example) &&
        (example["value"] !== undefined || example["$ref"] !== undefined || example["externalValue"] !== undefined)
      ) {
        this.#keepOrReference(example, "example", [...place, "examples", name]);
      } else {
        examples[name] = { value: example };
        this.#note([...place, "examples", name]);
      }
    }
    if (owner["example"] === undefined) return;
    delete owner["example"];
    this.#note([...place, "example"]);
  }

  #keepOrReference(object: JsonObject, shape: keyof typeof shapes, place: Place): boolean {
    const isReference = typeof object["$ref"] === "string";
    this.keep(object, isReference ? "reference" : shape, place);
    return !isReference;
  }

  #one(owner: JsonObject, key: string, shape: keyof typeof shapes, place: Place): void {
    const value = owner[key];
    if (isObject(value)) this.keep(value, shape, [...place, key]);
  }

  #entries(owner: JsonObject, key: string, shape: keyof typeof shapes, place: Place): void {
    for (const [index, entry] of entriesOf(owner[key])) this.keep(entry, shape, [...place, key, index]);
  }

  #externalDocs(owner: JsonObject, place: Place): void {
    const docs = owner["externalDocs"];
    if (!isObject(docs)) return;
    this.keep(docs, "externalDocs", [...place, "externalDocs"]);
    this.#addresses(docs, [...place, "externalDocs"], ["url"]);
    if (docs["url"] !== undefined) return;
    delete owner["externalDocs"];
    this.#note([...place, "externalDocs"]);
  }

  #addresses(owner: JsonObject, place: Place, keys: readonly string[]): void {
    for (const key of keys) {
      const value = owner[key];
      if (value === undefined || (typeof value === "string" && URL.canParse(value))) continue;
      delete owner[key];
      this.#note([...place, key]);
    }
  }
}

function isOfKind(value: JsonValue, kind: Kind): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "list":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "schema":
      return isObject(value) || typeof value === "boolean";
    case "any":
      return true;
    default:
      return typeof value === kind;
  }
}

function readAs(value: JsonValue, kind: Kind): JsonValue | undefined {
  if (kind === "boolean" && (value === "true" || value === "false")) return value === "true";
  if (kind === "text" && (typeof value === "number" || typeof value === "boolean")) return String(value);
  if (kind === "number" && typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)))
    return Number(value);
  if (kind === "list" && typeof value === "string") return [value];
  return undefined;
}

function named(value: JsonValue | undefined): [string, JsonObject][] {
  return Object.entries(isObject(value) ? value : {}).flatMap(([name, entry]): [string, JsonObject][] =>
    isObject(entry) && !name.startsWith("x-") ? [[name, entry]] : [],
  );
}

function entriesOf(value: JsonValue | undefined): [number, JsonObject][] {
  return (Array.isArray(value) ? value : []).flatMap((entry, index): [number, JsonObject][] =>
    isObject(entry) ? [[index, entry]] : [],
  );
}
