import { readFileSync } from "node:fs";
import { isObject, type JsonObject, type JsonValue, objectAt } from "@gpu-scripts/openapi/json.ts";
import { document } from "@gpu-scripts/openapi/test/document.ts";
import { describe, expect, it } from "vitest";
import { responseCodes } from "../rules/client-extension.ts";
import { rules } from "../rules.ts";

interface Case {
  rule: string;
  why: string;
  /** The place in the document to change. */
  at: string[];
  /** The new value; undefined removes the place. */
  value: JsonValue | undefined;
  /** The expected message; undefined when the rule must report nothing. */
  message: RegExp | undefined;
}

const list = ["paths", "/instances", "get"];
const create = ["paths", "/instances", "post"];
const schemas = ["components", "schemas"];
const property = (name: string) => [...schemas, "Instance", "properties", name];
const client = ["x-gpu-client"];
const cursor = ["components", "parameters", "Cursor"];
const query = { name: "cursor", in: "query", description: "Where to go on." };
const elsewhere = [{ url: "https://files.acme.dev/v1" }];
const text = { type: "string", description: "Text." };
const texts = { type: "array", items: text };

const cases: Case[] = [
  breaks("money-and-repetition", "a write says neither", [...create, "x-paid"], undefined, /createInstance needs `x-paid`/),
  breaks("money-and-repetition", "a read says that it is paid", [...list, "x-paid"], true, /the client retries reads/),
  keeps("money-and-repetition", "a write says only that it is idempotent", create, { "x-idempotent": true }),

  breaks("money-and-repetition", "a paid call only reads", [...create, "x-reads"], true, /needs `x-idempotent: true`/),
  keeps("money-and-repetition", "a search by POST only reads", create, {
    "x-paid": false,
    "x-idempotent": true,
    "x-reads": true,
  }),

  breaks("extension-places", "x-paid is text", [...create, "x-paid"], "yes", /must be true or false/),
  breaks("extension-places", "x-secret is a number", [...property("id"), "x-secret"], 1, /must be true or false/),
  breaks("extension-places", "x-item-schema stands on an operation", [...list, "x-item-schema"], {}, /belongs on the media type/),
  breaks("extension-places", "x-secret stands on an operation", [...create, "x-secret"], true, /belongs on the schema/),
  breaks(
    "extension-places",
    "x-secret stands on a parameter",
    ["components", "parameters", "Cursor", "x-secret"],
    true,
    /belongs on/,
  ),
  breaks(
    "extension-places",
    "x-idempotent stands on a path",
    ["paths", "/instances", "x-idempotent"],
    true,
    /belongs on the operation/,
  ),
  breaks("extension-places", "a misspelled extension", [...create, "x-idempotant"], true, /did you mean `x-idempotent`/),
  keeps("extension-places", "a vendor's own extension", [...create, "x-vendor-note"], "beta"),
  keeps("extension-places", "a property with the name of an extension", property("x-paid"), text),
  keeps("extension-places", "an example with the name of an extension", [...create, "requestBody", "example"], { "x-paid": 1 }),

  breaks("idempotency-key", "no such header", [...create, "x-idempotency-key", "header"], "X-Key", /no header parameter `X-Key`/),
  breaks("idempotency-key", "no header named", [...create, "x-idempotency-key", "header"], undefined, /must name the header/),
  breaks(
    "idempotency-key",
    "no window",
    [...create, "x-idempotency-key", "windowSeconds"],
    "600",
    /the seconds for which the vendor/,
  ),
  breaks(
    "idempotency-key",
    "a field of no meaning",
    [...create, "x-idempotency-key", "ttl"],
    600,
    /only `header` and `windowSeconds`/,
  ),
  breaks("idempotency-key", "on a read", [...list, "x-idempotency-key"], { header: "k", windowSeconds: 1 }, /read needs no/),
  keeps("idempotency-key", "the header in lower case", [...create, "x-idempotency-key", "header"], "idempotency-key"),

  breaks("pagination", "an unknown style", [...list, "x-pagination", "style"], "token", /must be one of cursor/),
  breaks("pagination", "no such parameter", [...list, "x-pagination", "request"], "after", /`after` is not one/),
  breaks("pagination", "a pointer that leads nowhere", [...list, "x-pagination", "next"], "/nxt", /nothing at `\/nxt`/),
  breaks("pagination", "a pointer that is none", [...list, "x-pagination", "next"], "next", /must be a JSON pointer/),
  breaks("pagination", "items that are no array", [...list, "x-pagination", "items"], "/next", /must lead to an array/),
  breaks("pagination", "a first page without pages", [...list, "x-pagination", "first"], 0, /with style `page` only/),
  breaks("pagination", "a field of no meaning", [...list, "x-pagination", "total"], "/n", /no field `total`/),
  breaks("pagination", "no object", [...list, "x-pagination"], true, /must be an object/),
  breaks("pagination", "on a write", [...create, "x-pagination"], { style: "cursor" }, /only a read/),

  keeps("pagination", "JSON by a longer name", [...list, "responses", "200", "content"], {
    "application/json; charset=utf-8": { schema: { $ref: "#/components/schemas/ListInstancesResponse" } },
  }),

  breaks("client-extension", "it is missing", client, undefined, /needs `x-gpu-client`/),
  breaks("client-extension", "no variable", [...client, "apiKeyEnv"], undefined, /name of an environment variable/),
  breaks("client-extension", "a prefix without its space", [...client, "apiKeyPrefix"], "Bearer", /one space/),
  breaks("client-extension", "a vendor that is no name", [...client, "vendor"], "Acme Inc", /package's name/),
  breaks("client-extension", "no errors", [...client, "errors"], undefined, /how to read the vendor's error bodies/),
  breaks("client-extension", "no list of pointers", [...client, "errors", "requestId"], undefined, /`errors.requestId` must be/),
  breaks("client-extension", "no text for people", [...client, "errors", "message"], [], /at least one pointer/),
  breaks("client-extension", "no words", [...client, "errors", "words"], undefined, /`\{\}` for none/),
  breaks("client-extension", "no phrases", [...client, "errors", "phrases"], undefined, /`\[\]` for none/),
  breaks(
    "client-extension",
    "a code that is none",
    [...client, "errors", "words", "GONE"],
    "sold_out",
    /"sold_out" is not the code of a response/,
  ),
  breaks(
    "client-extension",
    "a phrase of no code",
    [...client, "errors", "phrases"],
    [{ contains: "a" }],
    /undefined is not the code of a response/,
  ),
  breaks(
    "client-extension",
    "a phrase of no text",
    [...client, "errors", "phrases"],
    [{ code: "conflict" }],
    /text to search for/,
  ),
  breaks("client-extension", "a field of no meaning", [...client, "apiKey"], "k", /`apiKey` is unknown here/),
  breaks(
    "client-extension",
    "a phrase of a success",
    [...client, "errors", "phrases"],
    [{ code: "conflict", contains: "a", status: 200 }],
    /400 to 599/,
  ),
  breaks(
    "client-extension",
    "a side effect that is none",
    [...client, "errors", "phrases"],
    [{ code: "conflict", contains: "a", sideEffect: "maybe" }],
    /none, possible, committed/,
  ),
  breaks(
    "client-extension",
    "a failure that is text",
    [...client, "errors", "failure"],
    "success",
    /`errors.failure` is an object/,
  ),
  breaks(
    "client-extension",
    "a failure without a code",
    [...client, "errors", "failure"],
    { pointer: "/success", value: false },
    /undefined is not the code of a response/,
  ),
  breaks("client-extension", "created ids that are text", [...client, "errors", "created"], "/id", /`errors.created` must be/),
  keeps("client-extension", "a failure in bodies of successes", [...client, "errors", "failure"], {
    pointer: "/success",
    value: false,
    code: "conflict",
  }),
  keeps("client-extension", "ids that a refused request has created", [...client, "errors", "created"], ["/new_contract"]),
  keeps("client-extension", "a word for a gone offer", [...client, "errors", "words", "GONE"], "offer_gone"),
  keeps("client-extension", "a key without a prefix", [...client, "apiKeyPrefix"], ""),

  breaks("operation-errors", "no default", [...list, "responses", "default"], undefined, /needs a `default` response/),
  breaks("operation-errors", "no 401", [...list, "responses", "401"], undefined, /needs a `401` response/),
  keeps("operation-errors", "no 401 where no key is taken", list, { security: [], responses: { default: {} } }),

  breaks("operation-texts", "no summary", [...list, "summary"], undefined, /needs a `summary`/),
  breaks("operation-texts", "no source", [...list, "description"], "Lists them all.", /`Source: https/),
  breaks("operation-texts", "no tag", [...list, "tags"], [], /exactly one tag/),
  breaks("operation-texts", "two tags", [...list, "tags"], ["Instances", "Other"], /exactly one tag/),
  breaks("operation-texts", "a tag that is not declared", [...list, "tags"], ["Machines"], /do not declare/),

  breaks(
    "operation-examples",
    "a request without one",
    [...create, "requestBody", "content", "application/json", "examples"],
    {},
    /the request body .* needs an example/,
  ),
  breaks(
    "operation-examples",
    "a success without one",
    [...list, "responses", "200", "content", "application/json", "example"],
    undefined,
    /the 200 body/,
  ),
  breaks(
    "operation-examples",
    "an error without one",
    ["components", "responses", "Failure", "content", "application/json", "example"],
    undefined,
    /the default body/,
  ),

  breaks(
    "examples",
    "a value of another type",
    [...create, "requestBody", "content", "application/json", "examples", "plain", "value"],
    { name: 42 },
    /must be what its schema allows: \/name must be string/,
  ),
  breaks(
    "examples",
    "a field that the schema does not declare",
    [...create, "requestBody", "content", "application/json", "examples", "plain", "value"],
    { name: "train-42", nam: "train-42" },
    /unevaluated properties `nam`/,
  ),
  breaks("examples", "a schema's own", [...schemas, "ApiErrorBody", "example"], { error: "no" }, /\/error must be object/),

  breaks("operation-names", "none", [...list, "operationId"], undefined, /GET \/instances needs an `operationId`/),
  breaks("operation-names", "no camelCase", [...list, "operationId"], "list_instances", /must be camelCase/),
  breaks("operation-names", "no noun", [...list, "operationId"], "list", /must be camelCase/),
  breaks(
    "operation-names",
    "a verb of no vocabulary",
    [...create, "operationId"],
    "rentInstance",
    /the verb of a POST is one of/,
  ),
  breaks("operation-names", "a read with a verb of change", [...list, "operationId"], "createInstances", /the verb of a GET/),

  breaks("component-names", "no PascalCase", [...schemas, "instance_type"], text, /PascalCase/),
  breaks("component-names", "a short word in capitals", [...schemas, "SSHKey"], text, /such as SshKey/),
  breaks("component-names", "one at the end", [...schemas, "PublicIP"], text, /such as SshKey/),
  keeps("component-names", "a word of one letter", [...schemas, "XAxis"], text),
  breaks("component-names", "a global of the web", [...schemas, "Response"], text, /name of a global/),
  breaks("component-names", "a helper of TypeScript", [...schemas, "Record"], text, /name of a global/),
  breaks(
    "component-names",
    "an export of the package",
    [...schemas, "AcmeClient"],
    text,
    /name of another export of the package/,
  ),
  breaks(
    "component-names",
    "an alias that is generated",
    [...schemas, "KnownInstanceStatus"],
    text,
    /generated for InstanceStatus/,
  ),
  keeps("component-names", "the field's own word", [...schemas, "InstanceType"], text),

  breaks("no-nullable", "a schema says it", [...property("id"), "nullable"], true, /ignored in OpenAPI 3.1/),
  keeps("no-nullable", "a property of that name", property("nullable"), text),

  breaks("open-enums", "with enum too", [...schemas, "InstanceStatus", "enum"], ["pending"], /not both/),
  breaks("open-enums", "of numbers", [...schemas, "InstanceStatus", "type"], "integer", /needs `type: string`/),
  breaks("open-enums", "without a value", [...schemas, "InstanceStatus", "x-extensible-enum"], [], /at least one known value/),
  breaks("open-enums", "with a value twice", [...schemas, "InstanceStatus", "x-extensible-enum"], ["a", "a"], /a value twice/),
  breaks("open-enums", "inline", property("id"), { type: "string", "x-extensible-enum": ["a"] }, /belongs on a component schema/),
  keeps("open-enums", "with null", [...schemas, "InstanceStatus", "type"], ["string", "null"]),

  ...[
    "password",
    "sshPassword",
    "private_key",
    "privateKey",
    "client_secret",
    "accessToken",
    "api_key",
    "startup_script",
    "command",
  ].map((name) => breaks("secret-names", name, property(name), text, /needs `x-secret: true`/)),
  breaks("secret-names", "a list of texts", property("startupCommands"), { type: "array", items: text }, /needs `x-secret/),
  breaks(
    "secret-names",
    "the value of an environment variable",
    [...schemas, "EnvironmentVariable", "properties", "value", "x-secret"],
    undefined,
    /`value` holds a secret/,
  ),
  ...["public_key", "ssh_key_id", "next_token", "total_tokens", "keyType"].map((name) =>
    keeps("secret-names", name, property(name), text),
  ),
  keeps("secret-names", "an object, whose fields say it", property("credentials"), { type: "object" }),
  keeps("secret-names", "a count", property("token"), { type: "integer" }),
  keeps("secret-names", "one that says it is none", property("command"), { ...text, "x-secret": false }),

  breaks("servers", "of an operation", [...list, "servers"], elsewhere, /`servers` of listInstances must be the first server/),
  breaks(
    "servers",
    "of a path",
    ["paths", "/instances", "servers"],
    elsewhere,
    /`servers` of \/instances must be the first server/,
  ),
  ...[
    "https://api.acme.dev/v",
    "https://api.acme.dev/v1/beta",
    "https://api.acme",
    "https://",
    "http://api.acme.dev",
    "/v1",
    "",
  ].map((url) => breaks("servers", `of an operation, ${url}`, [...list, "servers"], [{ url }], /must be the first server/)),
  ...["https://api.acme.dev", "https://api.acme.dev/", "https://api.acme.dev/v1"].map((url) =>
    keeps("servers", `of an operation, ${url}`, [...list, "servers"], [{ url }]),
  ),
  keeps("servers", "two of the document", ["servers"], [...elsewhere, { url: "https://eu.acme.dev/v1" }]),

  ...["2XX", "2xx", "207", "226", "299"].map((status) =>
    breaks("success-statuses", status, [...list, "responses", status], { description: "Done." }, /a number from 200 to 206/),
  ),
  ...["200", "202", "204", "206", "4XX", "503"].map((status) =>
    keeps("success-statuses", status, [...list, "responses", status], { description: "Done." }),
  ),

  ...["spaceDelimited", "pipeDelimited", "deepObject"].map((style) =>
    breaks("query-styles", `a list in the style ${style}`, cursor, { ...query, style, schema: texts }, /needs `style: form`/),
  ),
  keeps("query-styles", "a list separated by commas", cursor, { ...query, explode: false, schema: texts }),
  breaks("query-styles", "an object without a style", cursor, { ...query, schema: { type: "object" } }, /`style: deepObject`/),
  breaks(
    "query-styles",
    "an object as a list",
    cursor,
    { ...query, style: "form", schema: { $ref: "#/components/schemas/Instance" } },
    /`style: deepObject`/,
  ),
  breaks("query-styles", "JSON", cursor, { ...query, content: { "application/json": { schema: text } } }, /needs a `schema`/),
  breaks(
    "query-styles",
    "that of the path",
    ["paths", "/instances", "parameters"],
    [{ ...query, name: "ids", style: "pipeDelimited", schema: texts }],
    /listInstances: the query parameter `ids`/,
  ),
  keeps("query-styles", "a list in the style of the client", cursor, { ...query, style: "form", explode: true, schema: texts }),
  keeps("query-styles", "an object in the style of the client", cursor, {
    ...query,
    style: "deepObject",
    schema: { type: "object" },
  }),
  keeps("query-styles", "a text, which has only one form", cursor, { ...query, explode: false, schema: text }),
  keeps("query-styles", "a list in a header", cursor, { ...query, in: "header", explode: false, schema: texts }),

  ...["multipart/form-data", "application/x-www-form-urlencoded", "text/plain", "application/merge-patch+json"].map((type) =>
    breaks(
      "json-requests",
      type,
      [...create, "requestBody", "content", type],
      { schema: text },
      /must be `application\/json` only/,
    ),
  ),
  keeps("json-requests", "JSON with its alphabet", [...create, "requestBody", "content"], {
    "application/json; charset=utf-8": { schema: text },
  }),
  keeps("json-requests", "an operation without one", [...create, "requestBody"], undefined),

  ...["price", "hourlyPrice", "cost_per_hour", "maxMemoryGiBPerGPU", "storage", "diskSize", "boot_time", "timeoutSec"].map(
    (name) =>
      breaks("units", name, property(name), { type: ["number", "string"], description: "How much." }, /must name its unit/),
  ),
  breaks("units", "a price as text", property("price"), { type: "string", description: "How much." }, /must name its unit/),
  breaks(
    "units",
    "a parameter",
    [...create, "parameters"],
    [{ name: "minDisk", in: "query", description: "Least disk.", schema: { type: "integer" } }],
    /`minDisk` must name its unit/,
  ),
  ...["In GB.", "Seconds since 1970.", "US dollars per hour.", "In 1/100000 USD.", "In bytes.", "Unit not documented."].map(
    (said) => keeps("units", said, property("price"), { type: "number", description: said }),
  ),
  ...["storageId", "diskName", "pageSize", "gpu_count"].map((name) =>
    keeps("units", name, property(name), { type: "integer", description: "What it is." }),
  ),
  keeps("units", "a path on a disk", property("diskPath"), text),
];

function breaks(rule: string, why: string, at: string[], value: JsonValue | undefined, message: RegExp): Case {
  return { rule, why, at, value, message };
}

function keeps(rule: string, why: string, at: string[], value: JsonValue | undefined): Case {
  return { rule, why, at, value, message: undefined };
}

function changed({ at, value }: Case): JsonObject {
  const copy = document();
  let node = copy;
  for (const step of at.slice(0, -1)) node = objectAt(node, step);
  const last = at.at(-1) ?? "";
  if (value === undefined) delete node[last];
  else node[last] = value;
  return copy;
}

describe.each(rules.map((rule) => ({ id: rule.id, rule })))("$id", ({ id, rule }) => {
  it("reports nothing for a document that follows it", () => {
    expect(rule.check(document())).toEqual([]);
  });

  const own = cases.filter((one) => one.rule === id);
  it.each(own.filter(({ message }) => message))("reports: $why", (one) => {
    const problems = rule.check(changed(one));
    expect(problems.map(({ message }) => message).join("\n")).toMatch(one.message as RegExp);
  });

  it.each(own.filter(({ message }) => !message))("allows: $why", (one) => {
    expect(rule.check(changed(one))).toEqual([]);
  });

  it("reports places that exist in the document", () => {
    const broken = own.filter(({ message }) => message).map(changed);
    expect(broken.length).toBeGreaterThan(0);
    for (const copy of broken) {
      for (const { place } of rule.check(copy)) {
        let node: unknown = copy;
        for (const step of place) {
          node = Array.isArray(node) ? node[Number(step)] : isObject(node) ? node[step] : undefined;
        }
        expect(node, place.join("/")).toBeDefined();
      }
    }
  });
});

it("every case belongs to an existing rule", () => {
  const ids = rules.map(({ id }) => id);
  expect(cases.filter(({ rule }) => !ids.includes(rule))).toEqual([]);
});

it("the codes that the client extension may map to are codes of GpuError", () => {
  const source = readFileSync(new URL("../../../packages/core/src/error.ts", import.meta.url), "utf8");
  const known = /KnownGpuErrorCode =([^;]*);/.exec(source)?.[1] ?? "";
  for (const code of responseCodes) expect(known).toContain(`"${code}"`);
});
