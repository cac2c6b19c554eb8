import { operationErrors } from "@gpu-scripts/lint/rules/operation-errors.ts";
import { type JsonObject, type JsonValue, objectAt } from "@gpu-scripts/openapi/json.ts";
import { document } from "@gpu-scripts/openapi/test/document.ts";
import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import { describe, expect, it } from "vitest";
import { contractOf } from "../contract.ts";

describe("the names of secret fields", () => {
  const marked = { type: "string", "x-secret": true };
  const targets: [where: string, target: JsonObject][] = [
    ["itself", marked],
    ["a list of them", { type: "array", items: marked }],
    ["a map of them", { type: "object", additionalProperties: marked }],
    ["a map of them by pattern", { type: "object", patternProperties: { "^HF_": marked } }],
    ["a list of a fixed form", { type: "array", prefixItems: [{ type: "string" }, marked] }],
    ["one of several", { anyOf: [marked, { type: "null" }] }],
    ["just one of several", { oneOf: [{ type: "null" }, marked] }],
    ["put together from several", { allOf: [{ type: "string" }, { "x-secret": true }] }],
    ["one more reference, which is marked", { $ref: "#/components/schemas/InstanceStatus", "x-secret": true }],
    ["a list of a map of them", { type: "array", items: { type: "object", additionalProperties: marked } }],
  ];

  it.each(targets)("include a field whose schema refers to: %s", (_, target) => {
    expect(secretsWith(target)).toEqual(["password", "value", "variables"]);
  });

  it("exclude a field whose schema is not marked, also if the schema is recursive", () => {
    expect(secretsWith({ type: "object", additionalProperties: { type: "string" } })).toEqual(["password", "value"]);
    expect(secretsWith({ anyOf: [{ type: "string" }, { $ref: "#/components/schemas/Variables" }] })).toEqual([
      "password",
      "value",
    ]);
  });

  /** The secret names for a document whose property `variables` refers to this schema. */
  function secretsWith(target: JsonObject) {
    const changed = document();
    const schemas = objectAt(objectAt(changed, "components"), "schemas");
    schemas["Variables"] = target;
    objectAt(objectAt(schemas, "Instance"), "properties")["variables"] = { $ref: "#/components/schemas/Variables" };
    return contractOf(changed)["secrets"];
  }
});

describe("a response", () => {
  const secret = { type: "string", "x-secret": true };
  const fields = (properties: JsonObject): JsonObject => ({ type: "object", properties });

  it.each<[where: string, schema: JsonObject, expected: true | undefined]>([
    ["a field", fields({ password: secret }), true],
    ["a field of an object in a list", fields({ items: { type: "array", items: fields({ password: secret }) } }), true],
    ["one of several forms", { oneOf: [fields({ id: { type: "string" } }), fields({ password: secret })] }, true],
    ["a schema that it refers to", fields({ instance: { $ref: "#/components/schemas/Holder" } }), true],
    ["nowhere", fields({ id: { type: "string" }, self: { $ref: "#/components/schemas/InstanceStatus" } }), undefined],
  ])("is marked when a secret is in %s", (_, schema, expected) => {
    const changed = document();
    objectAt(objectAt(changed, "components"), "schemas")["Holder"] = fields({ deep: { additionalProperties: secret } });
    const operation = objectAt(objectAt(objectAt(changed, "paths"), "/instances"), "post");
    objectAt(operation, "responses")["201"] = { description: "The machine.", content: { "application/json": { schema } } };
    const contract = objectAt(objectAt(contractOf(changed), "operations"), "createInstance");
    expect(objectAt(contract, "response")["secret"]).toBe(expected);
  });
});

describe("an operation with its own server", () => {
  it.each([
    ["the host", "https://api.acme.dev", "/v1"],
    ["the host with a slash", "https://api.acme.dev/", "/v1"],
    ["the document's server", "https://api.acme.dev/v1", undefined],
  ])("has the omitted part of the base URL: %s", (_, url, expected) => {
    for (const place of ["get", undefined]) expect(baseWithout(url, place)).toBe(expected);
  });

  it.each(["https://api.acme.dev/v1/beta", "https://api.acme.dev.example", "https://api.acme.dev/v", "http://api.acme.dev", "/"])(
    "is rejected when the server is not part of the base URL: %s",
    (url) => {
      expect(() => baseWithout(url, "get")).toThrow(/sends GET \/instances to another server/);
    },
  );

  /** `baseWithout` of `GET /instances` when the operation or its path has its own server. */
  function baseWithout(url: string, place: string | undefined) {
    const changed = document();
    const path = objectAt(objectAt(changed, "paths"), "/instances");
    (place === undefined ? path : objectAt(path, place))["servers"] = [{ url }];
    return objectAt(objectAt(contractOf(changed), "operations"), "listInstances")["baseWithout"];
  }
});

describe("the header of the key", () => {
  const bearer = { type: "http", scheme: "bearer" };
  const old = { type: "apiKey", in: "header", name: "X-Old-Key" };

  it("comes from the scheme that `security` names, whatever the order of the schemes", () => {
    expect(headerWith({ Old: old, New: bearer }, [{ New: [] }])).toBe("Authorization");
    expect(headerWith({ New: bearer, Old: old }, [{ Old: [] }])).toBe("X-Old-Key");
  });

  it("comes from the first requirement that is not empty", () => {
    expect(headerWith({ New: bearer, Old: old }, [{}, { Old: [] }, { New: [] }])).toBe("X-Old-Key");
  });

  it("comes from an operation when the document requires no key", () => {
    expect(headerWith({ New: bearer, Old: old }, undefined, [{ Old: [] }])).toBe("X-Old-Key");
  });

  it("is resolved through a reference, and `Bearer` is case-insensitive", () => {
    const other = { Other: { $ref: "#/components/securitySchemes/Old" }, Old: old };
    expect(headerWith(other, [{ Other: [] }])).toBe("X-Old-Key");
    expect(headerWith({ New: { type: "http", scheme: "Bearer" } }, [{ New: [] }])).toBe("Authorization");
  });

  it.each<[what: string, scheme: JsonObject | undefined]>([
    ["a key in the query", { type: "apiKey", in: "query", name: "key" }],
    ["a key in a cookie", { type: "apiKey", in: "cookie", name: "key" }],
    ["http basic", { type: "http", scheme: "basic" }],
    ["OAuth", { type: "oauth2", flows: {} }],
    ["a missing scheme", undefined],
  ])("is rejected for %s", (_, scheme) => {
    const schemes = scheme ? { Odd: scheme, Old: old } : { Old: old };
    expect(() => headerWith(schemes, [{ Odd: [] }])).toThrow(
      new UserError(
        `the composed document's security names "Odd", which is no key in a header and no http bearer; the client sends nothing else`,
      ),
    );
  });

  /** The key's header in a document with these schemes, required by the document or by one operation. */
  function headerWith(securitySchemes: JsonObject, security: JsonValue | undefined, ofOperation?: JsonValue) {
    const changed = document();
    objectAt(changed, "components")["securitySchemes"] = securitySchemes;
    delete changed["security"];
    if (security !== undefined) changed["security"] = security;
    const operation = objectAt(objectAt(objectAt(changed, "paths"), "/instances"), "get");
    if (ofOperation !== undefined) operation["security"] = ofOperation;
    return objectAt(contractOf(changed), "auth")["header"];
  }
});

it("takes failures with a success status, and ids in errors of creates, from the document", () => {
  const more = { failure: { pointer: "/success", value: false, code: "conflict" }, created: ["/new_contract"] };
  const changed = document();
  expect(Object.keys(objectAt(contractOf(changed), "errors"))).not.toContain("failure");
  Object.assign(objectAt(objectAt(changed, "x-gpu-client"), "errors"), more);
  expect(contractOf(changed)["errors"]).toMatchObject(more);
});

describe("the expected shape of a response", () => {
  const object = { type: "object", required: ["id"], properties: { id: { type: "string" } } };
  const errorField = { type: "object", properties: { error: { type: "string" } } };
  const distinct = { type: "object", required: ["id"], errorIsDistinct: true };
  const indistinct = { type: "object", required: ["id"] };

  it.each([
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    "Application/JSON",
    "application/hal+json",
    "application/vnd.acme.v1+json; charset=utf-8",
  ])("is JSON for %s", (type) => {
    expect(responseOf({ [type]: { schema: object } })).toEqual(distinct);
  });

  it.each(["text/plain", "application/jsonlines", "application/x-ndjson", "text/csv; header=present"])(
    "is text for %s",
    (type) => {
      expect(responseOf({ [type]: { schema: { type: "string" } } })).toEqual({ type: "text" });
    },
  );

  it.each<[where: string, more: JsonObject]>([
    ["in it", { properties: errorField.properties }],
    ["in one of its parts", { allOf: [errorField] }],
    ["in one of its forms", { anyOf: [{ type: "object" }, errorField] }],
    ["in just one of its forms", { oneOf: [errorField, { type: "object" }] }],
    ["in a part that it refers to", { allOf: [{ $ref: "#/components/schemas/ApiErrorBody" }] }],
    ["in a part of a part", { allOf: [{ oneOf: [errorField] }] }],
    ["in a part that is a map", { allOf: [{ type: "object", additionalProperties: { type: "string" } }] }],
  ])("is not distinct from an error when it has a field with the same name: %s", (_, more) => {
    expect(responseOf({ "application/json": { schema: { ...object, ...more } } })).toEqual(indistinct);
  });

  it("is distinct from an error when no part has such a field", () => {
    const part = { type: "object", properties: { name: { type: "string" } } };
    expect(responseOf({ "application/json": { schema: { ...object, allOf: [part] } } })).toEqual(distinct);
  });

  const text = { type: "string" };
  const all = (properties: Record<string, JsonObject>) => ({ type: "object", required: Object.keys(properties), properties });
  it.each<[what: string, operationId: string, isPaid: boolean, schema: JsonObject, required: string[] | undefined]>([
    [
      "the ids of what a paid call creates",
      "createInstance",
      true,
      all({ id: text, uuid: text, jobId: text, name: text }),
      ["id", "uuid", "jobId"],
    ],
    [
      "a list of ids",
      "createInstance",
      true,
      all({ data: all({ instance_ids: { type: "array" } }), taskIds: text }),
      ["data", "taskIds"],
    ],
    ["the field with its id", "createInstance", true, all({ data: all({ id: text }), meta: all({ total: text }) }), ["data"]],
    [
      "the array in a list response",
      "listInstances",
      false,
      all({ items: { type: "array" }, next: text, total: { type: "integer" } }),
      ["items"],
    ],
    ["the map of a list", "listPrices", false, all({ pricing: { type: ["object", "null"] }, unit: text }), ["pricing"]],
    ["nothing of another read", "getInstance", false, all({ id: text, items: { type: "array" } }), undefined],
    ["nothing of a call that creates nothing", "updateInstance", false, all({ id: text }), undefined],
  ])("requires %s", (_, operationId, isPaid, schema, required) => {
    const response = responseOf({ "application/json": { schema } }, { operationId, "x-paid": isPaid }) as JsonObject;
    expect(response["required"]).toEqual(required);
  });

  it("requires the ids that `errors.created` names", () => {
    const changed = document();
    objectAt(objectAt(changed, "x-gpu-client"), "errors")["created"] = ["/contract"];
    const post = objectAt(objectAt(objectAt(changed, "paths"), "/instances"), "post");
    post["responses"] = { 200: { description: "Made.", content: { "application/json": { schema: all({ contract: text }) } } } };
    const { createInstance } = objectAt(contractOf(changed), "operations");
    expect(createInstance).toMatchObject({ response: { required: ["contract"] } });
  });

  it.each([
    ["deleteInstance", true],
    ["restartInstance", true],
    ["createInstance", undefined],
    ["updateInstance", undefined],
    ["startupScripts", undefined],
  ])("may be empty if its content is not needed: %s", (operationId, mayBeEmpty) => {
    const response = responseOf({ "application/json": { schema: object } }, { operationId }) as JsonObject;
    expect(response["mayBeEmpty"]).toBe(mayBeEmpty);
  });

  const stream = { "text/event-stream": { schema: text } };
  it.each<[what: string, content: JsonObject, expected: JsonObject]>([
    ["events of text", stream, { type: "events" }],
    ["events of JSON", { "text/event-stream": { schema: text, "x-item-schema": object } }, { type: "events", jsonEvents: true }],
    ["JSON when a stream is an alternative media type", { "application/json": { schema: object }, ...stream }, distinct],
  ])("is %s", (_, content, expected) => {
    expect(responseOf(content)).toEqual(expected);
  });

  it("is absent when the response is an empty object or no content", () => {
    const changed = document();
    const post = objectAt(objectAt(objectAt(changed, "paths"), "/instances"), "post");
    const done = { description: "Done.", "x-empty": true, content: { "application/json": { schema: { type: "object" } } } };
    post["responses"] = { 200: done, 204: { description: "Done." } };
    expect(objectAt(objectAt(contractOf(changed), "operations"), "createInstance")).not.toHaveProperty("response");
  });

  it("marks reads with a method other than GET", () => {
    const changed = document();
    const post = objectAt(objectAt(objectAt(changed, "paths"), "/instances"), "post");
    expect(objectAt(objectAt(contractOf(changed), "operations"), "createInstance")).not.toHaveProperty("reads");
    post["x-reads"] = true;
    expect(objectAt(contractOf(changed), "operations")["createInstance"]).toMatchObject({ reads: true });
  });

  it("contains the group that shares a rate limit", () => {
    const changed = document();
    objectAt(objectAt(objectAt(changed, "paths"), "/instances"), "get")["x-rate-limit-group"] = "reads";
    const { listInstances, createInstance } = objectAt(contractOf(changed), "operations");
    expect([listInstances, createInstance]).toMatchObject([{ rateLimitGroup: "reads" }, {}]);
    expect(createInstance).not.toHaveProperty("rateLimitGroup");
  });

  /** The contract's description of a response with this content. */
  function responseOf(content: JsonObject, fields: JsonObject = {}) {
    const changed = document();
    const operation = Object.assign(objectAt(objectAt(objectAt(changed, "paths"), "/instances"), "post"), fields);
    objectAt(operation, "responses")["201"] = { description: "The machine.", content };
    // The document's list operation would have the same name.
    delete objectAt(objectAt(changed, "paths"), "/instances")["get"];
    return objectAt(objectAt(contractOf(changed), "operations"), String(operation["operationId"]))["response"];
  }
});

describe("a public operation", () => {
  const keys = [{ ApiKeyAuth: [] }];

  it.each<[security: JsonValue | undefined, ofDocument: JsonValue | undefined, isPublic: boolean]>([
    [undefined, keys, false],
    [undefined, undefined, true],
    [undefined, [{}], true],
    [[], keys, true],
    [[{}], keys, true],
    [keys, [{}], false],
    [[{}, ...keys], undefined, false],
  ])("is public for both the contract and the linter: security %j in a document with %j", (security, ofDocument, isPublic) => {
    const changed = document();
    const operation = objectAt(objectAt(objectAt(changed, "paths"), "/instances"), "get");
    for (const [holder, value] of [
      [changed, ofDocument],
      [operation, security],
    ] as const) {
      if (value === undefined) delete holder["security"];
      else holder["security"] = value;
    }
    operation["responses"] = { default: { description: "Any response." } };
    const name = String(operation["operationId"]);
    const contract = objectAt(objectAt(contractOf(changed), "operations"), name);
    expect(contract["public"] === true).toBe(isPublic);
    const problems = operationErrors.check(changed).filter(({ message }) => message.startsWith(`${name} needs a key`));
    expect(problems.length === 0).toBe(isPublic);
  });
});

describe("lists in a query", () => {
  it.each<[what: string, parameter: JsonObject, names: JsonValue | undefined]>([
    ["repeat the parameter by default", { schema: { type: "array" } }, undefined],
    ["are separated by commas when `explode` is false", { explode: false, schema: { type: "array" } }, ["cursor"]],
    ["may be one of several", { explode: false, schema: { anyOf: [{ type: "array" }, { type: "null" }] } }, ["cursor"]],
    ["do not include strings", { explode: false, schema: { type: "string" } }, undefined],
  ])("%s", (_, parameter, names) => {
    const given = document();
    objectAt(objectAt(given, "components"), "parameters")["Cursor"] = { name: "cursor", in: "query", ...parameter };
    const operations = objectAt(contractOf(given), "operations");
    expect(objectAt(operations, "listInstances")["commaSeparated"]).toEqual(names);
  });
});
