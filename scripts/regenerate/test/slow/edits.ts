import { dereference, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from "@gpu-scripts/openapi/json.ts";
import { type Operation, operationsOf } from "@gpu-scripts/openapi/operations.ts";
import type { Impact } from "../../impact.ts";

/** A kind of change that vendors make, which can be applied to any document. */
export interface Edit {
  kind: string;
  impact: Impact;
  /** Why the impact is higher than that on callers' compiled code. */
  noticed?: string;
  /** Tested only on the small document to save time, because the result does not depend on the document. */
  rare?: boolean;
  /** Prepares both versions for the edit, if needed. */
  prepare?: (document: Subject) => void;
  /** Makes the change, and returns the operations that the report must name; `*` for the whole document. */
  apply: (document: Subject) => string | string[];
}

/** Removes the operations' own servers, with which the edited document could not be composed. */
function dropOwnServers(document: JsonObject): void {
  for (const { object } of operationsOf(document)) delete object["servers"];
}

/** A document, and the parts of it that edits change. */
export class Subject {
  readonly document: JsonObject;

  constructor(document: JsonObject) {
    this.document = document;
  }

  /** The first operation whose JSON body is a component with a required and an optional field of simple type. */
  get sender(): Operation {
    return this.#first("takes a body", (operation) => {
      const schema = this.#bodySchema(operation);
      return schema !== undefined && this.fieldOf(schema, true) !== undefined && this.fieldOf(schema, false) !== undefined;
    });
  }

  get request(): JsonObject {
    return this.#bodySchema(this.sender) ?? {};
  }

  /** The first GET operation whose successful response is a component. */
  get reader(): Operation {
    return this.#first(
      "gives an object",
      (operation) => operation.method === "get" && this.#responseSchema(operation) !== undefined,
    );
  }

  get response(): JsonObject {
    return this.#responseSchema(this.reader) ?? {};
  }

  get schemas(): JsonObject {
    return objectAt(objectAt(this.document, "components"), "schemas");
  }

  /** The name of the response's schema. */
  get responseName(): string {
    const media = this.#media(this.#success(this.reader));
    return (stringAt(media["schema"], "$ref") ?? "").split("/").at(-1) ?? "";
  }

  name(operation: Operation): string {
    return stringAt(operation.object, "operationId") ?? "";
  }

  /** A required or an optional field of simple type. */
  fieldOf(schema: JsonObject, required: boolean): string | undefined {
    const names = Array.isArray(schema["required"]) ? schema["required"] : [];
    return Object.entries(objectAt(schema, "properties")).find(([name, property]) => {
      const type = stringAt(dereference(this.document, property), "type");
      return names.includes(name) === required && (type === "string" || type === "integer" || type === "number");
    })?.[0];
  }

  property(schema: JsonObject, name: string, value: JsonValue): void {
    objectAt(schema, "properties")[name] = value;
  }

  /** The successful response, in the operation or in the component that it refers to. */
  success(operation: Operation): JsonObject {
    return this.#success(operation);
  }

  media(holder: JsonObject): JsonObject {
    return this.#media(holder);
  }

  responses(operation: Operation): JsonObject {
    return objectAt(operation.object, "responses");
  }

  #first(what: string, matches: (operation: Operation) => boolean): Operation {
    const found = operationsOf(this.document).find(matches);
    if (!found) throw new Error(`no operation ${what}`);
    return found;
  }

  #bodySchema(operation: Operation): JsonObject | undefined {
    const body = dereference(this.document, operation.object["requestBody"]);
    return isObject(body) ? this.#component(this.#media(body)) : undefined;
  }

  #responseSchema(operation: Operation): JsonObject | undefined {
    return this.#component(this.#media(this.#success(operation)));
  }

  #success(operation: Operation): JsonObject {
    const found = Object.entries(objectAt(operation.object, "responses")).find(([status]) => status.startsWith("2"))?.[1];
    const response = dereference(this.document, found);
    return isObject(response) ? response : {};
  }

  #media(holder: JsonObject): JsonObject {
    return objectAt(objectAt(holder, "content"), "application/json");
  }

  #component(media: JsonObject): JsonObject | undefined {
    if (stringAt(media["schema"], "$ref") === undefined) return undefined;
    const schema = dereference(this.document, media["schema"]);
    return isObject(schema) && isObject(schema["properties"]) ? schema : undefined;
  }
}

function list(object: JsonObject, key: string): JsonValue[] {
  const present = object[key];
  if (Array.isArray(present)) return present;
  const created: JsonValue[] = [];
  object[key] = created;
  return created;
}

function without(object: JsonObject, key: string, entry: JsonValue): void {
  const kept = list(object, key).filter((present) => present !== entry);
  if (kept.length > 0) object[key] = kept;
  else delete object[key];
}

/** Adds a field to both versions, so that the edit does not depend on the vendor's fields. */
const field =
  (at: "request" | "response", name: string, value: JsonValue, required = false) =>
  (subject: Subject) => {
    subject.property(subject[at], name, value);
    if (required) list(subject[at], "required").push(name);
  };

const change = (at: "request" | "response", name: string, value: JsonValue) => (subject: Subject) => {
  subject.property(subject[at], name, value);
  return subject.name(at === "request" ? subject.sender : subject.reader);
};

const parameter = (name: string, more: JsonObject = {}): JsonObject => ({
  name,
  in: "query",
  schema: { type: "string" },
  ...more,
});

const withParameter =
  (more: JsonObject = {}) =>
  (subject: Subject) => {
    list(subject.reader.object, "parameters").push(parameter("edited", more));
  };

const changeParameter = (value: JsonObject | undefined) => (subject: Subject) => {
  const parameters = list(subject.reader.object, "parameters");
  parameters.pop();
  if (value) parameters.push(value);
  return subject.name(subject.reader);
};

const text: JsonObject = { type: "string", description: "Text." };
const closed = (...values: string[]): JsonObject => ({ type: "string", description: "One of a few.", enum: values });
const open = (...values: string[]): JsonObject => ({ type: "string", description: "One of many.", "x-extensible-enum": values });

/** Adds a component that contains itself to a field of a request and of a response. */
function shareDefault(subject: Subject, value: string): void {
  const again: JsonObject = { type: "array", description: "More.", items: { $ref: "#/components/schemas/EditedPart" } };
  subject.schemas["EditedPart"] = {
    type: "object",
    description: "Part.",
    properties: { again, kind: { ...text, default: value } },
  };
  for (const at of ["request", "response"] as const) field(at, "edited", { $ref: "#/components/schemas/EditedPart" })(subject);
}

/** Adds a schema that another extends by a discriminator. The generated type of the other uses `Omit`. */
function extend(subject: Subject, ...types: string[]): void {
  const items = types.map((type) => ({ type }));
  const mapping = { one: "#/components/schemas/EditedOne" };
  subject.schemas["EditedBase"] = {
    type: "object",
    description: "Base.",
    required: ["kind"],
    properties: { kind: text, pair: { type: "array", description: "Pair.", prefixItems: items, items: false } },
    discriminator: { propertyName: "kind", mapping },
  };
  subject.schemas["EditedOne"] = { allOf: [{ $ref: "#/components/schemas/EditedBase" }, { type: "object" }] };
  field("response", "edited", { $ref: "#/components/schemas/EditedOne" })(subject);
}

/** A response with an inline body that no document has. */
const teapot = (edited: JsonObject): JsonObject => ({
  description: "A teapot.",
  content: { "application/json": { schema: { type: "object", required: ["edited"], properties: { edited } } } },
});

function shareTeapot({ document }: Subject, edited: JsonObject): void {
  const components = objectAt(document, "components");
  components["responses"] = { ...objectAt(components, "responses"), Teapot: teapot(edited) };
}

const editedScheme: JsonObject = { type: "apiKey", in: "header", name: "X-Edited-Key" };

/** Inserts an entry before all others of an object. */
function putFirst(parent: JsonObject, key: string, name: string, value: JsonValue): void {
  const { [name]: _, ...others } = objectAt(parent, key);
  parent[key] = { [name]: value, ...others };
}

/** A path with a parameter. */
const thing = (path: string, name: string): JsonObject => ({
  [path]: {
    get: {
      operationId: "getThing",
      parameters: [{ name, in: "path", required: true, schema: { type: "string" } }],
      responses: { "200": { description: "The thing." } },
    },
  },
});

/** Effects on callers at run time. */
const reasons = {
  omitted: "a call that omits the value now means something else",
  refused: "a request that was accepted may now be refused",
  completed: "editors complete the new value",
  key: "the key is sent in another way, or no longer",
  money: "the runtime repeats calls that it did not repeat, or the reverse",
  logged: "the value appears in logs",
  runtime: "the runtime sends the key or reads errors in another way",
  server: "keys and paid calls go to another address",
  missing: "the field no longer comes",
};

/** An edit that changes the schema of a request or response field in the small document. */
const described = (
  at: "request" | "response",
  what: string,
  impact: Impact,
  [before, after]: [JsonObject, JsonObject],
  noticed?: string,
  isRestated = false,
): Edit => ({
  kind: `${at} field: ${what}`,
  impact,
  rare: true,
  ...(noticed !== undefined && { noticed }),
  prepare: field(at, "edited", { description: "Edited.", ...before }),
  apply: (document) => {
    const name = change(at, "edited", { description: "Edited.", ...after })(document);
    return isRestated ? [] : name;
  },
});

/** An edit that restates a schema without changing its meaning, so the report names no operation. */
const restated = (at: "request" | "response", what: string, versions: [JsonObject, JsonObject]): Edit =>
  described(at, what, "patch", versions, undefined, true);

const string = (more: JsonObject): JsonObject => ({ type: "string", ...more });
const integer = (more: JsonObject): JsonObject => ({ type: "integer", ...more });
const texts = (more: JsonObject): JsonObject => ({ type: "array", items: { type: "string" }, ...more });
const object = (properties: JsonObject, required: string[] = []): JsonObject => ({ type: "object", properties, required });
const one = object({ kind: { const: "one" }, size: { type: "string" } }, ["kind"]);
const two = object({ kind: { const: "two" }, size: { type: "string" }, speed: { type: "integer" } }, ["kind"]);
const fastOne = object({ kind: { const: "one" }, size: { type: "string" }, speed: { type: "integer" } }, ["kind"]);
const bigOne = object({ kind: { const: "one" }, size: { type: "string" }, bytes: { type: "integer" } }, ["kind", "bytes"]);
const error: JsonObject = { $ref: "#/components/schemas/ApiErrorBody" };
const orNull = (schema: JsonObject): JsonObject => ({ anyOf: [schema, { type: "null" }] });

/** Limits on values. In a response they do not affect callers. In a request, a narrower limit may reject a value that was valid. */
const limits: readonly [what: string, wide: JsonObject, narrow: JsonObject][] = [
  ["longest length", string({ maxLength: 20 }), string({ maxLength: 10 })],
  ["shortest length", string({ minLength: 1 }), string({ minLength: 2 })],
  ["first shortest length", string({}), string({ minLength: 1 })],
  ["greatest value", integer({ maximum: 20 }), integer({ maximum: 10 })],
  ["least value", integer({ minimum: 1 }), integer({ minimum: 2 })],
  ["exclusive bounds", integer({}), integer({ exclusiveMinimum: 0, exclusiveMaximum: 9 })],
  ["steps", integer({}), integer({ multipleOf: 2 })],
  ["pattern", string({}), string({ pattern: "^a" })],
  ["format", string({}), string({ format: "uuid" })],
  ["number of entries", texts({}), texts({ maxItems: 2 })],
  ["unique entries", texts({}), texts({ uniqueItems: true })],
  [
    "number of keys",
    { type: "object", additionalProperties: { type: "string" } },
    { type: "object", additionalProperties: { type: "string" }, maxProperties: 2 },
  ],
  ["limit of entries", texts({}), texts({ items: { type: "string", maxLength: 3 } })],
  ["whole numbers", { type: "number" }, integer({})],
  ["other fields", object({ a: text }), { ...object({ a: text }), additionalProperties: false }],
  ["exactly one alternative", { anyOf: [one, two] }, { oneOf: [one, two] }],
  ["limit in a second schema", { allOf: [string({}), { description: "Short." }] }, { allOf: [string({}), { maxLength: 3 }] }],
];

export const edits: readonly Edit[] = [
  ...limits.flatMap(([what, wide, narrow]) => [
    described("request", `${what} limited`, "major", [wide, narrow], reasons.refused),
    described("request", `${what} no longer limited`, "patch", [narrow, wide]),
    described("response", `${what} limited`, "patch", [wide, narrow]),
    described("response", `${what} no longer limited`, "patch", [narrow, wide]),
  ]),
  described("request", "no length is the least length", "patch", [string({}), string({ minLength: 0 })]),
  described("request", "format that every number has", "patch", [integer({}), integer({ format: "int64" })]),
  described("request", "now read-only", "major", [string({}), string({ readOnly: true })], reasons.refused),
  described("response", "now read-only", "patch", [string({}), string({ readOnly: true })]),
  described("response", "now write-only", "major", [string({}), string({ writeOnly: true })], reasons.missing),
  described("request", "deprecated", "patch", [string({}), string({ deprecated: true })]),
  ...(["request", "response"] as const).flatMap((at) => [
    restated(at, "wrapped in an allOf of one", [error, { allOf: [error] }]),
    restated(at, "of simple type wrapped in an allOf of one", [string({ maxLength: 3 }), { allOf: [string({ maxLength: 3 })] }]),
    restated(at, "order of its alternatives", [{ oneOf: [one, two] }, { oneOf: [two, one] }]),
    described(at, "title", "patch", [string({ title: "A" }), string({ title: "B" })]),
    described(at, "field added to one of two objects", "minor", [{ oneOf: [one, two] }, { oneOf: [fastOne, two] }]),
    described(at, "field removed from one of two objects, which the other has", "major", [
      { oneOf: [fastOne, two] },
      { oneOf: [one, two] },
    ]),
    described(at, "field removed from one of two objects", "major", [
      { oneOf: [one, two] },
      { oneOf: [one, object({ kind: { const: "two" } }, ["kind"])] },
    ]),
    described(at, "optional field inside a list added", "minor", [
      { type: "array", items: object({ a: text }) },
      { type: "array", items: object({ a: text, b: text }) },
    ]),
    described(at, "field inside a list removed", "major", [
      { type: "array", items: object({ a: text, b: text }) },
      { type: "array", items: object({ a: text }) },
    ]),
    described(at, "any key instead of one", "minor", [
      object({ a: text }),
      { ...object({ a: text }), additionalProperties: true },
    ]),
  ]),
  described("response", "anything is now a list", "minor", [{}, { type: "array", items: object({ a: text }) }]),
  described("response", "text or an object is now a text", "major", [{ oneOf: [string({}), object({ a: text })] }, string({})]),
  described("response", "number or an object whose fields are optional", "major", [
    { oneOf: [object({ a: text }), object({ b: text })] },
    { oneOf: [object({ a: text }), object({ b: text }), { type: "number" }] },
  ]),
  described("request", "field inside of an optional one required", "major", [
    object({ a: object({ b: text }) }),
    object({ a: object({ b: text }, ["b"]) }),
  ]),
  described("request", "reference may be null", "minor", [error, orNull(error)]),
  described("response", "reference may be null", "major", [error, orNull(error)]),
  described("request", "reference may no longer be null", "major", [orNull(error), error]),
  described("request", "text or number instead of text", "minor", [string({}), { type: ["string", "integer"] }]),
  described("response", "text or number instead of text", "major", [string({}), { type: ["string", "integer"] }]),
  described("request", "required field added to one of two objects", "major", [{ oneOf: [one, two] }, { oneOf: [bigOne, two] }]),
  described("response", "required field added to one of two objects", "minor", [{ oneOf: [one, two] }, { oneOf: [bigOne, two] }]),
  described("request", "one more object possible", "minor", [{ oneOf: [one] }, { oneOf: [one, two] }]),
  described("response", "one more object possible", "major", [{ oneOf: [one] }, { oneOf: [one, two] }]),
  described("request", "one object fewer possible", "major", [{ oneOf: [one, two] }, { oneOf: [one] }]),
  described("response", "one object fewer possible", "minor", [{ oneOf: [one, two] }, { oneOf: [two] }]),
  described("response", "one object fewer possible, which alone had a field", "major", [{ oneOf: [one, two] }, { oneOf: [one] }]),
  described("request", "closed list opened", "minor", [closed("a", "b"), open("a", "b")]),
  described("response", "closed list opened", "major", [closed("a", "b"), open("a", "b")]),
  described("response", "null in a closed list", "major", [closed("a"), { type: ["string", "null"], enum: ["a", null] }]),
  described("response", "other type of a map's values", "major", [
    { type: "object", additionalProperties: { type: "string" } },
    { type: "object", additionalProperties: { type: "integer" } },
  ]),
  described("request", "one key instead of any", "major", [
    { ...object({ a: text }), additionalProperties: true },
    object({ a: text }),
  ]),
  described("response", "one key instead of any", "major", [
    { ...object({ a: text }), additionalProperties: true },
    object({ a: text }),
  ]),
  {
    kind: "media type of a request changed",
    rare: true,
    impact: "major",
    noticed: reasons.refused,
    apply: (subject) => {
      const name = subject.name(subject.sender);
      const content = objectAt(objectAt(subject.sender.object, "requestBody"), "content");
      content["application/vnd.edited+json"] = content["application/json"] ?? {};
      delete content["application/json"];
      return name;
    },
  },
  ...(["added", "removed"] as const).map((what): Edit => {
    const body = (subject: Subject, isThere: boolean) => {
      subject.responses(subject.sender)["201"] = isThere ? teapot(text) : { description: "A teapot." };
      return subject.name(subject.sender);
    };
    return {
      kind: `content of a success ${what}`,
      rare: true,
      impact: "major",
      prepare: (subject) => void body(subject, what === "removed"),
      apply: (subject) => body(subject, what === "added"),
    };
  }),
  ...(["items", "next"] as const).map(
    (what): Edit => ({
      kind: `x-pagination: ${what} elsewhere`,
      rare: true,
      impact: what === "items" ? "major" : "patch",
      prepare: (subject) => {
        field("response", "edited", { type: "array", items: { type: "integer" } }, true)(subject);
        field("response", "others", { type: "array", items: { type: "string" } }, true)(subject);
        subject.reader.object["x-pagination"] = { style: "cursor", request: "cursor", next: "/next", items: "/edited" };
      },
      apply: (subject) => {
        objectAt(subject.reader.object, "x-pagination")[what] = "/others";
        return subject.name(subject.reader);
      },
    }),
  ),
  {
    kind: "security scheme renamed",
    rare: true,
    impact: "patch",
    apply: ({ document }) => {
      const schemes = objectAt(objectAt(document, "components"), "securitySchemes");
      schemes["EditedAuth"] = schemes["ApiKeyAuth"] ?? {};
      delete schemes["ApiKeyAuth"];
      document["security"] = [{ EditedAuth: [] }];
      return "*";
    },
  },
  {
    kind: "request body may be null",
    rare: true,
    impact: "minor",
    apply: (subject) => {
      const media = subject.media(objectAt(subject.sender.object, "requestBody"));
      const name = subject.name(subject.sender);
      media["schema"] = orNull(media["schema"] as JsonObject);
      return name;
    },
  },
  {
    kind: "response wrapped in an allOf of one",
    rare: true,
    impact: "patch",
    apply: (subject) => {
      const media = subject.media(subject.success(subject.reader));
      media["schema"] = { allOf: [media["schema"] as JsonObject] };
      return [];
    },
  },
  ...(
    [
      ["added", "minor", undefined, { type: "string" }],
      ["removed", "major", { type: "string" }, undefined],
      ["of another type", "major", { type: "string" }, { type: "integer" }],
      ["limited", "patch", { type: "string" }, { type: "string", maxLength: 3 }],
    ] as const
  ).map(([what, impact, before, after]): Edit => {
    const headers = (subject: Subject, schema: JsonObject | undefined) => {
      subject.success(subject.reader)["headers"] = schema ? { "X-Edited": { schema } } : {};
      return subject.name(subject.reader);
    };
    return {
      kind: `response header ${what}`,
      rare: true,
      impact,
      prepare: (subject) => void headers(subject, before),
      apply: (subject) => headers(subject, after),
    };
  }),
  {
    kind: "query parameter limited",
    rare: true,
    impact: "major",
    noticed: reasons.refused,
    prepare: withParameter(),
    apply: changeParameter(parameter("edited", { schema: { type: "string", maxLength: 3 } })),
  },
  {
    kind: "form of a query parameter changed",
    rare: true,
    impact: "major",
    noticed: reasons.refused,
    prepare: withParameter({ schema: { type: "array", items: { type: "string" } } }),
    apply: changeParameter(parameter("edited", { schema: { type: "array", items: { type: "string" } }, explode: false })),
  },
  {
    kind: "form of a query parameter written out",
    rare: true,
    impact: "patch",
    prepare: withParameter(),
    apply: (subject) => {
      changeParameter(parameter("edited", { style: "form", explode: true }))(subject);
      return [];
    },
  },
  {
    kind: "operation deprecated",
    rare: true,
    impact: "patch",
    apply: (subject) => {
      subject.reader.object["deprecated"] = true;
      return subject.name(subject.reader);
    },
  },
  {
    kind: "nothing",
    impact: "none",
    apply: () => [],
  },
  {
    kind: "operation added",
    impact: "minor",
    apply: ({ document }) => {
      Object.assign(objectAt(document, "paths"), thing("/things/{id}", "id"));
      return "getThing";
    },
  },
  {
    kind: "operation removed",
    impact: "major",
    apply: (subject) => {
      const { path, method } = subject.reader;
      const name = subject.name(subject.reader);
      const item = objectAt(objectAt(subject.document, "paths"), path);
      delete item[method];
      return name;
    },
  },
  {
    kind: "operation renamed",
    rare: true,
    impact: "major",
    apply: (subject) => {
      const name = subject.name(subject.sender);
      subject.sender.object["operationId"] = "renamedOperation";
      return [name, "renamedOperation"];
    },
  },
  {
    kind: "path moved",
    rare: true,
    impact: "major",
    apply: (subject) => {
      const paths = objectAt(subject.document, "paths");
      const { path } = subject.sender;
      const name = subject.name(subject.sender);
      paths[`${path}/moved`] = paths[path] ?? {};
      delete paths[path];
      return name;
    },
  },
  {
    kind: "method changed",
    rare: true,
    impact: "major",
    prepare: ({ document }) => Object.assign(objectAt(document, "paths"), thing("/things/{id}", "id")),
    apply: ({ document }) => {
      const item = objectAt(objectAt(document, "paths"), "/things/{id}");
      item["head"] = item["get"] ?? {};
      delete item["get"];
      return "getThing";
    },
  },
  { kind: "optional request field added", impact: "minor", apply: change("request", "edited", text) },
  {
    kind: "required request field added",
    impact: "major",
    apply: (subject) => {
      field("request", "edited", text, true)(subject);
      return subject.name(subject.sender);
    },
  },
  {
    kind: "optional request field removed",
    impact: "major",
    apply: (subject) => {
      const name = subject.name(subject.sender);
      delete objectAt(subject.request, "properties")[subject.fieldOf(subject.request, false) ?? ""];
      return name;
    },
  },
  {
    kind: "request field made required",
    impact: "major",
    prepare: field("request", "edited", text),
    apply: (subject) => {
      list(subject.request, "required").push("edited");
      return subject.name(subject.sender);
    },
  },
  {
    kind: "request field made optional",
    rare: true,
    impact: "minor",
    prepare: field("request", "edited", text, true),
    apply: (subject) => {
      without(subject.request, "required", "edited");
      return subject.name(subject.sender);
    },
  },
  {
    kind: "type of a request field changed",
    impact: "major",
    prepare: field("request", "edited", text),
    apply: change("request", "edited", { type: "integer", description: "Text." }),
  },
  {
    kind: "request field may be null",
    rare: true,
    impact: "minor",
    prepare: field("request", "edited", text),
    apply: change("request", "edited", { type: ["string", "null"], description: "Text." }),
  },
  {
    kind: "request field may no longer be null",
    rare: true,
    impact: "major",
    prepare: field("request", "edited", { type: ["string", "null"], description: "Text." }),
    apply: change("request", "edited", text),
  },
  {
    kind: "value added to a closed enum of a request",
    impact: "minor",
    prepare: field("request", "edited", closed("a", "b")),
    apply: change("request", "edited", closed("a", "b", "c")),
  },
  {
    kind: "value removed from a closed enum of a request",
    rare: true,
    impact: "major",
    prepare: field("request", "edited", closed("a", "b")),
    apply: change("request", "edited", closed("a")),
  },
  {
    kind: "default of a request field changed",
    impact: "major",
    noticed: reasons.omitted,
    prepare: field("request", "edited", { ...text, default: "a" }),
    apply: change("request", "edited", { ...text, default: "b" }),
  },
  {
    kind: "default of a request field added",
    rare: true,
    impact: "major",
    noticed: reasons.omitted,
    prepare: field("request", "edited", text),
    apply: change("request", "edited", { ...text, default: "a" }),
  },
  {
    kind: "default of a request field removed",
    rare: true,
    impact: "major",
    noticed: reasons.omitted,
    prepare: field("request", "edited", { ...text, default: "a" }),
    apply: change("request", "edited", text),
  },
  {
    kind: "default of a field of a component that the request and a response share changed",
    rare: true,
    impact: "major",
    noticed: reasons.omitted,
    prepare: (subject) => shareDefault(subject, "a"),
    apply: (subject) => {
      shareDefault(subject, "b");
      return subject.name(subject.sender);
    },
  },
  {
    kind: "optional request field added with a default",
    rare: true,
    impact: "minor",
    apply: change("request", "edited", { ...text, default: "a" }),
  },
  {
    kind: "default of a response field changed",
    rare: true,
    impact: "patch",
    prepare: field("response", "edited", { ...text, default: "a" }),
    apply: change("response", "edited", { ...text, default: "b" }),
  },
  {
    kind: "default of a query parameter changed",
    rare: true,
    impact: "major",
    noticed: reasons.omitted,
    prepare: withParameter({ schema: { type: "string", default: "a" } }),
    apply: changeParameter(parameter("edited", { schema: { type: "string", default: "b" } })),
  },
  {
    kind: "length of a request field limited",
    rare: true,
    impact: "major",
    noticed: reasons.refused,
    prepare: field("request", "edited", text),
    apply: change("request", "edited", { ...text, maxLength: 10 }),
  },
  {
    kind: "request body made required",
    rare: true,
    impact: "major",
    prepare: (subject) => {
      delete objectAt(subject.sender.object, "requestBody")["required"];
    },
    apply: (subject) => {
      objectAt(subject.sender.object, "requestBody")["required"] = true;
      return subject.name(subject.sender);
    },
  },
  { kind: "response field added", impact: "minor", apply: change("response", "edited", text) },
  {
    kind: "response field removed",
    impact: "major",
    prepare: field("response", "edited", text),
    apply: (subject) => {
      delete objectAt(subject.response, "properties")["edited"];
      return subject.name(subject.reader);
    },
  },
  {
    kind: "response field no longer always there",
    impact: "major",
    prepare: field("response", "edited", text, true),
    apply: (subject) => {
      without(subject.response, "required", "edited");
      return subject.name(subject.reader);
    },
  },
  {
    kind: "response field now always there",
    rare: true,
    impact: "minor",
    prepare: field("response", "edited", text),
    apply: (subject) => {
      list(subject.response, "required").push("edited");
      return subject.name(subject.reader);
    },
  },
  {
    kind: "type of a response field changed",
    rare: true,
    impact: "major",
    prepare: field("response", "edited", text),
    apply: change("response", "edited", { type: "number", description: "Text." }),
  },
  {
    kind: "type of the items of a response field changed",
    rare: true,
    impact: "major",
    prepare: field("response", "edited", { type: "array", description: "Texts.", items: { type: "string" } }),
    apply: change("response", "edited", { type: "array", description: "Texts.", items: { type: "integer" } }),
  },
  {
    kind: "order of the items of a response field changed, in a schema that others extend",
    rare: true,
    impact: "major",
    prepare: (subject) => extend(subject, "string", "integer"),
    apply: (subject) => {
      extend(subject, "integer", "string");
      return subject.name(subject.reader);
    },
  },
  {
    kind: "response field may be null",
    impact: "major",
    prepare: field("response", "edited", text),
    apply: change("response", "edited", { type: ["string", "null"], description: "Text." }),
  },
  {
    kind: "response field may no longer be null",
    rare: true,
    impact: "minor",
    prepare: field("response", "edited", { type: ["string", "null"], description: "Text." }),
    apply: change("response", "edited", text),
  },
  {
    kind: "value added to a closed enum of a response",
    impact: "major",
    prepare: field("response", "edited", closed("a", "b")),
    apply: change("response", "edited", closed("a", "b", "c")),
  },
  {
    kind: "value removed from a closed enum of a response",
    rare: true,
    impact: "minor",
    prepare: field("response", "edited", closed("a", "b")),
    apply: change("response", "edited", closed("a")),
  },
  {
    kind: "value added to an open enum",
    impact: "minor",
    prepare: (subject) => {
      subject.schemas["EditedKind"] = open("a", "b");
      field("response", "edited", { $ref: "#/components/schemas/EditedKind" })(subject);
    },
    apply: (subject) => {
      subject.schemas["EditedKind"] = open("a", "b", "c");
      return subject.name(subject.reader);
    },
  },
  {
    kind: "value removed from an open enum",
    impact: "major",
    prepare: (subject) => {
      subject.schemas["EditedKind"] = open("a", "b");
      field("response", "edited", { $ref: "#/components/schemas/EditedKind" })(subject);
    },
    apply: (subject) => {
      subject.schemas["EditedKind"] = open("a");
      return subject.name(subject.reader);
    },
  },
  {
    kind: "open enum of a field without a name got a value",
    rare: true,
    impact: "minor",
    noticed: reasons.completed,
    prepare: field("response", "edited", open("a", "b")),
    apply: change("response", "edited", open("a", "b", "c")),
  },
  {
    kind: "schema renamed",
    impact: "major",
    apply: (subject) => {
      const name = subject.name(subject.reader);
      const old = subject.responseName;
      const media = subject.media(subject.success(subject.reader));
      subject.schemas["RenamedSchema"] = subject.schemas[old] ?? {};
      delete subject.schemas[old];
      media["schema"] = { $ref: "#/components/schemas/RenamedSchema" };
      redirect(subject.document, `#/components/schemas/${old}`, "#/components/schemas/RenamedSchema");
      return name;
    },
  },
  {
    kind: "optional query parameter added",
    impact: "minor",
    apply: (subject) => {
      withParameter()(subject);
      return subject.name(subject.reader);
    },
  },
  {
    kind: "required query parameter added",
    rare: true,
    impact: "major",
    apply: (subject) => {
      withParameter({ required: true })(subject);
      return subject.name(subject.reader);
    },
  },
  { kind: "query parameter removed", rare: true, impact: "major", prepare: withParameter(), apply: changeParameter(undefined) },
  {
    kind: "query parameter renamed",
    rare: true,
    impact: "major",
    prepare: withParameter(),
    apply: changeParameter(parameter("other")),
  },
  {
    kind: "query parameter made required",
    rare: true,
    impact: "major",
    prepare: withParameter(),
    apply: changeParameter(parameter("edited", { required: true })),
  },
  {
    kind: "type of a query parameter changed",
    rare: true,
    impact: "major",
    prepare: withParameter(),
    apply: changeParameter(parameter("edited", { schema: { type: "integer" } })),
  },
  {
    kind: "path parameter renamed",
    impact: "major",
    prepare: ({ document }) => Object.assign(objectAt(document, "paths"), thing("/things/{id}", "id")),
    apply: ({ document }) => {
      delete objectAt(document, "paths")["/things/{id}"];
      Object.assign(objectAt(document, "paths"), thing("/things/{thing_id}", "thing_id"));
      return "getThing";
    },
  },
  {
    kind: "header parameter added",
    rare: true,
    impact: "minor",
    apply: (subject) => {
      list(subject.reader.object, "parameters").push(parameter("X-Edited", { in: "header" }));
      return subject.name(subject.reader);
    },
  },
  {
    kind: "error status added",
    rare: true,
    impact: "minor",
    apply: (subject) => {
      subject.responses(subject.reader)["418"] = { description: "A teapot." };
      return subject.name(subject.reader);
    },
  },
  {
    kind: "error status removed",
    impact: "major",
    prepare: (subject) => {
      subject.responses(subject.reader)["418"] = { description: "A teapot." };
    },
    apply: (subject) => {
      delete subject.responses(subject.reader)["418"];
      return subject.name(subject.reader);
    },
  },
  {
    kind: "status of success changed",
    impact: "major",
    apply: (subject) => {
      const responses = subject.responses(subject.reader);
      const status = Object.keys(responses).find((key) => key.startsWith("2")) ?? "";
      responses["203"] = responses[status] ?? {};
      delete responses[status];
      return subject.name(subject.reader);
    },
  },
  {
    kind: "success with another body added",
    impact: "major",
    apply: (subject) => {
      subject.responses(subject.reader)["202"] = teapot({ type: "integer", description: "Cups." });
      return subject.name(subject.reader);
    },
  },
  {
    kind: "success with the same body added",
    rare: true,
    impact: "minor",
    apply: (subject) => {
      subject.responses(subject.reader)["206"] = structuredClone(subject.success(subject.reader));
      return subject.name(subject.reader);
    },
  },
  {
    kind: "success without a body added",
    rare: true,
    impact: "major",
    apply: (subject) => {
      subject.responses(subject.reader)["204"] = { description: "Nothing." };
      return subject.name(subject.reader);
    },
  },
  {
    kind: "content of another media type added to a response",
    impact: "major",
    apply: (subject) => {
      const name = subject.name(subject.reader);
      objectAt(subject.success(subject.reader), "content")["text/csv"] = { schema: { type: "string" } };
      return name;
    },
  },
  {
    kind: "media type of a response changed",
    rare: true,
    impact: "major",
    apply: (subject) => {
      const name = subject.name(subject.reader);
      const content = objectAt(subject.success(subject.reader), "content");
      content["application/vnd.edited+json"] = content["application/json"] ?? {};
      delete content["application/json"];
      return name;
    },
  },
  {
    kind: "security taken from an operation",
    rare: true,
    impact: "major",
    noticed: reasons.key,
    prepare: (subject) => {
      subject.reader.object["security"] = subject.document["security"] ?? [];
    },
    apply: (subject) => {
      const { object } = subject.reader;
      object["security"] = list(object, "security").length > 0 ? [] : [{ ApiKeyAuth: [] }];
      return subject.name(subject.reader);
    },
  },
  {
    kind: "security of the document changed",
    rare: true,
    impact: "major",
    noticed: reasons.key,
    prepare: ({ document, sender }) => {
      document["security"] = [{ ApiKeyAuth: [] }];
      delete sender.object["security"];
    },
    apply: (subject) => {
      subject.document["security"] = [{ ApiKeyAuth: [] }, {}];
      return subject.name(subject.sender);
    },
  },
  {
    kind: "security scheme changed",
    rare: true,
    impact: "major",
    noticed: reasons.key,
    apply: (subject) => {
      const schemes = objectAt(objectAt(subject.document, "components"), "securitySchemes");
      schemes["ApiKeyAuth"] = { type: "apiKey", in: "header", name: "X-Edited-Key" };
      return "*";
    },
  },
  ...(["x-paid", "x-idempotent"] as const).map(
    (extension): Edit => ({
      kind: `${extension} changed`,
      impact: "major",
      noticed: reasons.money,
      prepare: (subject) => {
        subject.sender.object[extension] = true;
      },
      apply: (subject) => {
        subject.sender.object[extension] = false;
        return subject.name(subject.sender);
      },
    }),
  ),
  {
    kind: "x-idempotency-key changed",
    impact: "major",
    noticed: reasons.money,
    prepare: (subject) => {
      subject.sender.object["x-idempotency-key"] = { header: "Idempotency-Key", windowSeconds: 600 };
    },
    apply: (subject) => {
      subject.sender.object["x-idempotency-key"] = { header: "Idempotency-Key", windowSeconds: 60 };
      return subject.name(subject.sender);
    },
  },
  {
    kind: "x-pagination added",
    rare: true,
    impact: "minor",
    prepare: (subject) => {
      delete subject.reader.object["x-pagination"];
    },
    apply: (subject) => {
      subject.reader.object["x-pagination"] = { style: "cursor", request: "cursor", next: "/next", items: "/items" };
      return subject.name(subject.reader);
    },
  },
  {
    kind: "x-pagination removed",
    rare: true,
    impact: "major",
    prepare: (subject) => {
      subject.reader.object["x-pagination"] = { style: "cursor", request: "cursor", next: "/next", items: "/items" };
    },
    apply: (subject) => {
      delete subject.reader.object["x-pagination"];
      return subject.name(subject.reader);
    },
  },
  {
    kind: "x-secret removed",
    rare: true,
    impact: "major",
    noticed: reasons.logged,
    prepare: field("response", "edited", { ...text, "x-secret": true }),
    apply: change("response", "edited", text),
  },
  {
    kind: "x-secret removed from a field of a body without a name",
    impact: "major",
    noticed: reasons.logged,
    prepare: (subject) => {
      subject.responses(subject.reader)["418"] = teapot({ ...text, "x-secret": true });
    },
    apply: (subject) => {
      subject.responses(subject.reader)["418"] = teapot(text);
      return ["*", subject.name(subject.reader)];
    },
  },
  {
    kind: "x-secret removed from a field of a shared response",
    rare: true,
    impact: "major",
    noticed: reasons.logged,
    prepare: (subject) => {
      shareTeapot(subject, { ...text, "x-secret": true });
      subject.responses(subject.reader)["418"] = { $ref: "#/components/responses/Teapot" };
    },
    apply: (subject) => {
      shareTeapot(subject, text);
      return ["*", subject.name(subject.reader)];
    },
  },
  {
    kind: "x-gpu-client changed",
    impact: "major",
    noticed: reasons.runtime,
    apply: ({ document }) => {
      objectAt(document, "x-gpu-client")["apiKeyPrefix"] = "Edited ";
      return "*";
    },
  },
  {
    kind: "server changed",
    impact: "major",
    noticed: reasons.server,
    apply: ({ document }) => {
      document["servers"] = [{ url: "https://edited.example/v9" }];
      dropOwnServers(document);
      return "*";
    },
  },
  {
    kind: "server of one operation changed",
    rare: true,
    impact: "major",
    noticed: reasons.server,
    apply: (subject) => {
      subject.reader.object["servers"] = [{ url: "https://api.small.example" }];
      return subject.name(subject.reader);
    },
  },
  {
    kind: "server put before the others",
    impact: "major",
    noticed: reasons.server,
    apply: ({ document }) => {
      list(document, "servers").unshift({ url: "https://edited.example/v9" });
      dropOwnServers(document);
      return "*";
    },
  },
  {
    kind: "order of the servers changed",
    rare: true,
    impact: "major",
    noticed: reasons.server,
    prepare: ({ document }) => {
      list(document, "servers").push({ url: "https://edited.example/v9" });
    },
    apply: ({ document }) => {
      list(document, "servers").reverse();
      return "*";
    },
  },
  {
    kind: "security scheme put before the others",
    // `security` determines how the key is sent, not the order of the schemes.
    impact: "patch",
    apply: ({ document }) => {
      putFirst(objectAt(document, "components"), "securitySchemes", "EditedAuth", editedScheme);
      return "*";
    },
  },
  {
    kind: "order of the security schemes changed",
    rare: true,
    impact: "patch",
    prepare: ({ document }) => {
      objectAt(objectAt(document, "components"), "securitySchemes")["EditedAuth"] = editedScheme;
    },
    apply: ({ document }) => {
      putFirst(objectAt(document, "components"), "securitySchemes", "EditedAuth", editedScheme);
      return [];
    },
  },
  {
    kind: "another security scheme named",
    impact: "major",
    noticed: reasons.key,
    prepare: ({ document }) => {
      objectAt(objectAt(document, "components"), "securitySchemes")["EditedAuth"] = editedScheme;
    },
    apply: ({ document }) => {
      document["security"] = [{ EditedAuth: [] }];
      return "*";
    },
  },
  {
    kind: "description of an operation only",
    impact: "patch",
    apply: (subject) => {
      subject.reader.object["description"] = "Edited text.";
      return subject.name(subject.reader);
    },
  },
  {
    kind: "description of a field only",
    rare: true,
    impact: "patch",
    prepare: field("request", "edited", text),
    apply: change("request", "edited", { ...text, description: "Edited text." }),
  },
  {
    kind: "example only",
    rare: true,
    impact: "patch",
    apply: (subject) => {
      const media = subject.media(objectAt(subject.sender.object, "requestBody"));
      delete media["examples"];
      media["example"] = { edited: true };
      return subject.name(subject.sender);
    },
  },
  {
    kind: "description of the document only",
    rare: true,
    impact: "patch",
    apply: ({ document }) => {
      objectAt(document, "info")["description"] = "Edited text.";
      return "*";
    },
  },
];

function redirect(value: JsonValue, from: string, to: string): void {
  if (Array.isArray(value)) for (const item of value) redirect(item, from, to);
  if (!isObject(value)) return;
  if (value["$ref"] === from) value["$ref"] = to;
  for (const child of Object.values(value)) redirect(child, from, to);
}
