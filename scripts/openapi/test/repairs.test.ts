import { describe, expect, it } from "vitest";
import { isObject, type JsonObject, type JsonValue, objectAt, type Place } from "../json.ts";
import { inlineRequests, jsonBodies, namedBodies, otherDirections, readBodies } from "../normalize/bodies.ts";
import { otherNames, schemaNames, unusedComponents } from "../normalize/components.ts";
import { anyValue, compositions, oneEntry } from "../normalize/compositions.ts";
import { discriminators } from "../normalize/discriminators.ts";
import { duplicates } from "../normalize/duplicates.ts";
import { madeExamples, wrongExamples } from "../normalize/examples.ts";
import { errorBodyName, failures } from "../normalize/failures.ts";
import { bearerScheme, oneKey } from "../normalize/key.ts";
import { misplacedKeys, patterns, requiredNames } from "../normalize/keywords.ts";
import { completed, normalized, repairs } from "../normalize/normalize.ts";
import { nullable, nullableEnums } from "../normalize/nullable.ts";
import { openLists } from "../normalize/open-lists.ts";
import { parameters } from "../normalize/parameters.ts";
import { applyRepairs, newRepairs, type Repair, repairLine } from "../normalize/repair.ts";
import { requestSchemas } from "../normalize/request-schemas.ts";
import { secrets } from "../normalize/secrets.ts";
import { servers } from "../normalize/servers.ts";
import { statuses } from "../normalize/statuses.ts";
import { structure } from "../normalize/structure.ts";
import { documentTexts, operationTexts, tags } from "../normalize/texts.ts";
import { enumValues, types } from "../normalize/types.ts";
import { units } from "../normalize/units.ts";
import { exclusiveLimits, referenceSiblings, version } from "../normalize/upgrade.ts";
import { overlappingVariants } from "../normalize/variants.ts";
import { document } from "./document.ts";

const context = { vendor: "acme", sourceUrl: "https://docs.acme.dev/openapi.json" };

/** The relevant parts of a document before and after a repair. */
interface Case {
  repair: Repair;
  what: string;
  before: JsonObject;
  after: JsonObject;
}

/** A document with this schema as a component, in addition to `others`. */
function schema(repair: Repair, what: string, before: JsonObject, after: JsonObject, others: JsonObject = {}): Case {
  const holding = (one: JsonObject): JsonObject => ({ openapi: "3.1.0", components: { schemas: { One: one, ...others } } });
  return { repair, what, before: holding(before), after: holding(after) };
}

/** A document with one operation. */
function operation(
  repair: Repair,
  what: string,
  before: JsonObject,
  after: JsonObject,
  restBefore: JsonObject = {},
  restAfter = restBefore,
): Case {
  const holding = (one: JsonObject): JsonObject => ({ openapi: "3.1.0", paths: { "/things/{id}": { get: one } } });
  return { repair, what, before: { ...holding(before), ...restBefore }, after: { ...holding(after), ...restAfter } };
}

function whole(repair: Repair, what: string, before: JsonObject, after: JsonObject): Case {
  return { repair, what, before, after };
}

const text: JsonObject = { type: "string" };
const nothing: JsonObject = { type: "null" };
const body = (media: JsonValue): JsonObject => ({ content: { "application/json": media } });
const objectOf = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: "object", properties, ...more });

const cases: Case[] = [
  whole(version, "3.0", { openapi: "3.0.3" }, { openapi: "3.1.0" }),
  whole(version, "a later 3.1", { openapi: "3.1.1" }, { openapi: "3.1.0" }),

  schema(nullable, "a type", { ...text, nullable: true }, { type: ["string", "null"] }),
  schema(nullable, "a type that is not", { ...text, nullable: false }, text),
  schema(nullable, "a list of values", { ...text, enum: ["a"], nullable: true }, { type: ["string", "null"], enum: ["a", null] }),
  schema(
    nullable,
    "a reference",
    { $ref: "#/components/schemas/Two", nullable: true, description: "It." },
    { anyOf: [{ $ref: "#/components/schemas/Two" }, nothing], description: "It." },
  ),
  schema(nullable, "one part", { allOf: [text], nullable: true }, { anyOf: [text, nothing] }),
  schema(nullable, "several parts", { allOf: [text, {}], nullable: true }, { anyOf: [{ allOf: [text, {}] }, nothing] }),
  schema(nullable, "variants", { oneOf: [text], nullable: true }, { oneOf: [text, nothing] }),
  schema(nullable, "properties without a type", { properties: {}, nullable: true }, { properties: {}, type: ["object", "null"] }),
  schema(nullable, "anything", { nullable: true }, {}),
  schema(nullable, "a property of that name stays", objectOf({ nullable: text }), objectOf({ nullable: text })),

  schema(exclusiveLimits, "a limit", { minimum: 0, exclusiveMinimum: true }, { exclusiveMinimum: 0 }),
  schema(exclusiveLimits, "one that is not", { maximum: 9, exclusiveMaximum: false }, { maximum: 9 }),
  schema(exclusiveLimits, "two limits", { minimum: 3, exclusiveMinimum: 1 }, { minimum: 3 }),

  whole(
    referenceSiblings,
    "3.0, which ignores them",
    { openapi: "3.0.0", components: { schemas: { One: { $ref: "#/x", type: "object", description: "It." } } } },
    { openapi: "3.0.0", components: { schemas: { One: { $ref: "#/x", description: "It." } } } },
  ),
  schema(
    referenceSiblings,
    "3.1, where both hold",
    { $ref: "#/components/schemas/Two", minLength: 2 },
    { allOf: [{ $ref: "#/components/schemas/Two" }, { minLength: 2 }] },
    { Two: text },
  ),
  schema(
    referenceSiblings,
    "a type that the target has too",
    { $ref: "#/components/schemas/Two", type: "string" },
    { $ref: "#/components/schemas/Two" },
    { Two: text },
  ),

  operation(
    overlappingVariants,
    "a parameter, whose value is a text before it is a number",
    { parameters: [{ name: "id", in: "path", schema: { oneOf: [{ type: "integer" }, text] } }] },
    { parameters: [{ name: "id", in: "path", schema: { anyOf: [{ type: "integer" }, text] } }] },
  ),

  schema(patterns, "anchors of Ruby", { ...text, pattern: "\\A[a-z]+\\z" }, { ...text, pattern: "^[a-z]+$" }),
  schema(patterns, "escapes without need", { ...text, pattern: "^\\-[\\_\\@\\-]+\\.$" }, { ...text, pattern: "^-[_@\\-]+\\.$" }),
  schema(patterns, "another language", { ...text, pattern: "(?<=[[:alpha:]]" }, text),
  schema(patterns, "one without a brace's escape", { ...text, pattern: "^{a}$" }, text),

  schema(anyValue, "any value or null", { anyOf: [{}, nothing], title: "Input" }, { title: "Input" }),
  schema(anyValue, "a variant that only has a title", { oneOf: [text, { title: "Other" }] }, {}),
  schema(anyValue, "one that refers stays", { anyOf: [{ $ref: "#/x" }, nothing] }, { anyOf: [{ $ref: "#/x" }, nothing] }),

  schema(compositions, "an empty part", { allOf: [{ $ref: "#/x" }, {}, { $ref: "#/x" }] }, { allOf: [{ $ref: "#/x" }] }),
  schema(compositions, "a variant of anything", { description: "It", anyOf: [text, {}] }, { description: "It" }),
  schema(
    compositions,
    "a discriminator that selects among inline schemas",
    { oneOf: [{ $ref: "#/x" }, objectOf({})], discriminator: { propertyName: "kind" } },
    { oneOf: [{ $ref: "#/x" }, objectOf({})] },
  ),

  schema(oneEntry, "a reference", { allOf: [{ $ref: "#/x" }], title: "It" }, { $ref: "#/x", title: "It" }),
  schema(oneEntry, "none", { allOf: [], ...text }, text),
  schema(oneEntry, "a choice of one", { oneOf: [text], description: "It" }, { ...text, description: "It" }),
  schema(
    oneEntry,
    "a choice of one by a property",
    { anyOf: [{ $ref: "#/x" }], discriminator: { propertyName: "kind" } },
    { $ref: "#/x" },
  ),
  schema(
    oneEntry,
    "one that adds fields stays",
    { allOf: [{ $ref: "#/x" }], properties: {} },
    { allOf: [{ $ref: "#/x" }], properties: {} },
  ),

  schema(
    nullableEnums,
    "a choice of a list and null",
    { anyOf: [{ ...text, enum: ["a", "b"] }, nothing], default: "a" },
    { type: ["string", "null"], enum: ["a", "b", null], default: "a" },
  ),
  schema(nullableEnums, "other choices stay", { anyOf: [text, nothing] }, { anyOf: [text, nothing] }),

  schema(types, "another word", { type: "int" }, { type: "integer" }),
  schema(types, "a word that is none", { type: "whatever" }, {}),
  schema(types, "an object", { properties: { a: text } }, { properties: { a: text }, type: "object" }),
  schema(types, "a list", { items: text }, { items: text, type: "array" }),
  schema(types, "a list of anything", { type: "array" }, { type: "array", items: {} }),
  schema(types, "values", { enum: ["a", null] }, { enum: ["a", null], type: ["string", "null"] }),

  schema(misplacedKeys, "items of an object", { type: "object", items: text }, { type: "object" }),
  schema(misplacedKeys, "properties of a list", { type: "array", items: text, properties: {} }, { type: "array", items: text }),
  schema(misplacedKeys, "both types", { type: ["object", "array"], items: text }, { type: ["object", "array"], items: text }),

  schema(enumValues, "numbers of a text", { ...text, enum: [1, "b", true] }, { ...text, enum: ["1", "b", "true"] }),
  schema(enumValues, "texts of a number", { type: "integer", enum: ["1", "2"] }, { type: "integer", enum: [1, 2] }),
  schema(enumValues, "null", { ...text, enum: ["a", null] }, { type: ["string", "null"], enum: ["a", null] }),
  schema(enumValues, "values of another type", { type: "integer", enum: [1, "b"] }, { type: "integer", enum: [1] }),
  schema(enumValues, "an empty list", { ...text, enum: [] }, text),
  schema(enumValues, "a default", { ...text, default: 5 }, { ...text, default: "5" }),
  schema(enumValues, "a default that is none", { ...text, default: null }, text),

  schema(duplicates, "of required", { required: ["a", "a"] }, { required: ["a"] }),
  schema(duplicates, "of a list of values", { enum: ["a", "b", "a"] }, { enum: ["a", "b"] }),
  operation(duplicates, "of tags", { tags: ["a", "a"] }, { tags: ["a"] }),
  operation(
    duplicates,
    "of parameters",
    {
      parameters: [
        { name: "a", in: "query" },
        { name: "a", in: "query", required: true },
      ],
    },
    { parameters: [{ name: "a", in: "query" }] },
  ),
  whole(
    duplicates,
    "of the document's tags",
    { openapi: "3.1.0", tags: [{ name: "a" }, { name: "b" }, { name: "a" }] },
    { openapi: "3.1.0", tags: [{ name: "a" }, { name: "b" }] },
  ),

  schema(
    requiredNames,
    "a name of no property",
    objectOf({ a: text }, { required: ["a", "b"] }),
    objectOf({ a: text }, { required: ["a"] }),
  ),
  schema(requiredNames, "the last one", objectOf({}, { required: ["b"] }), objectOf({})),
  schema(
    requiredNames,
    "a name that another part has stays",
    { allOf: [{ $ref: "#/components/schemas/Two" }, { required: ["a"] }] },
    { allOf: [{ $ref: "#/components/schemas/Two" }, { required: ["a"] }] },
    { Two: objectOf({ a: text }) },
  ),

  schema(
    overlappingVariants,
    "two objects",
    { oneOf: [objectOf({}), objectOf({ a: text })] },
    { anyOf: [objectOf({}), objectOf({ a: text })] },
  ),
  schema(
    overlappingVariants,
    "any object and a schema, of which the schema is meant",
    { oneOf: [{ type: "object" }, { $ref: "#/components/schemas/Two" }] },
    { $ref: "#/components/schemas/Two" },
    { Two: objectOf({ a: text }) },
  ),
  schema(overlappingVariants, "other types stay", { oneOf: [text, { type: "integer" }] }, { oneOf: [text, { type: "integer" }] }),
  schema(
    overlappingVariants,
    "numbers and integers",
    { oneOf: [{ type: "number" }, { type: "integer" }] },
    { anyOf: [{ type: "number" }, { type: "integer" }] },
  ),
  schema(
    overlappingVariants,
    "objects that a field tells apart stay",
    { oneOf: ["a", "b"].map((kind) => objectOf({ kind: { const: kind } }, { required: ["kind"] })) },
    { oneOf: ["a", "b"].map((kind) => objectOf({ kind: { const: kind } }, { required: ["kind"] })) },
  ),

  schema(
    discriminators,
    "a name, and one of nothing",
    { discriminator: { propertyName: "kind", mapping: { a: "Two", b: "Gone", c: "#/components/schemas/Two" } } },
    {
      discriminator: { propertyName: "kind", mapping: { a: "#/components/schemas/Two", c: "#/components/schemas/Two" } },
    },
    { Two: objectOf({}) },
  ),
  schema(
    discriminators,
    "none, where the variants fix their tag or only their names tell them apart",
    {
      anyOf: [{ $ref: "#/components/schemas/Two" }, { $ref: "#/components/schemas/Three" }],
      discriminator: { propertyName: "kind" },
    },
    {
      anyOf: [{ $ref: "#/components/schemas/Two" }, { $ref: "#/components/schemas/Three" }],
      discriminator: { propertyName: "kind", mapping: { two: "#/components/schemas/Two", Three: "#/components/schemas/Three" } },
    },
    { Two: objectOf({ kind: { const: "two" } }), Three: objectOf({ kind: text }) },
  ),
  schema(
    discriminators,
    "none, of a schema that others extend",
    { ...objectOf({}), discriminator: { propertyName: "kind" } },
    { ...objectOf({}), discriminator: { propertyName: "kind", mapping: { Two: "#/components/schemas/Two" } } },
    { Two: { allOf: [{ $ref: "#/components/schemas/One" }, objectOf({})] } },
  ),

  whole(
    structure,
    "`in` on an http scheme",
    { openapi: "3.1.0", components: { securitySchemes: { Key: { type: "http", scheme: "bearer", in: "header", name: "X" } } } },
    { openapi: "3.1.0", components: { securitySchemes: { Key: { type: "http", scheme: "bearer" } } } },
  ),
  schema(structure, "`required` of a property", objectOf({ a: { ...text, required: true } }), objectOf({ a: text })),
  schema(structure, "a key that JSON Schema does not know", { ...text, allowEmpty: true, "x-kept": 1 }, { ...text, "x-kept": 1 }),
  schema(structure, "a number as text", { ...text, minLength: "3" }, { ...text, minLength: 3 }),
  operation(structure, "a text that is null", { description: null, summary: "It." }, { summary: "It." }),
  operation(
    structure,
    "a parameter without a schema",
    { parameters: [{ name: "id", in: "path", type: "string" }] },
    { parameters: [{ name: "id", in: "path", schema: text }] },
  ),
  operation(
    structure,
    "an example where OpenAPI has one by name",
    { responses: { 200: body({ examples: { one: { id: 7 } } }) } },
    { responses: { 200: body({ examples: { one: { value: { id: 7 } } } }) } },
  ),
  whole(
    structure,
    "an address that is none",
    { openapi: "3.1.0", externalDocs: { url: "", description: "" }, info: { title: "A", contact: { url: "here" } } },
    { openapi: "3.1.0", info: { title: "A", contact: {} } },
  ),

  whole(
    servers,
    "variables, a slash at the end and plain http",
    {
      servers: [{ url: "http://a.example" }, { url: "https://{zone}.a.example/v1/", variables: { zone: { default: "eu" } } }],
    },
    { servers: [{ url: "https://eu.a.example/v1" }] },
  ),
  whole(
    servers,
    "a path that repeats the document's",
    { servers: [{ url: "https://a.example" }], paths: { "/a": { servers: [{ url: "https://a.example/" }], get: {} } } },
    { servers: [{ url: "https://a.example" }], paths: { "/a": { get: {} } } },
  ),
  whole(
    servers,
    "a developer's machine and a placeholder next to the vendor's",
    { servers: [{ url: "https://localhost:3000" }, { url: "https://a.example" }, { url: "https://api.example.com" }] },
    { servers: [{ url: "https://a.example" }] },
  ),
  whole(servers, "one without a host stays", { servers: [{ url: "/v1" }] }, { servers: [{ url: "/v1" }] }),

  whole(
    bearerScheme,
    "a scheme of that name",
    { components: { securitySchemes: { Bearer: { type: "apiKey", in: "header", name: "Authorization" } } } },
    { components: { securitySchemes: { Bearer: { type: "http", scheme: "bearer" } } } },
  ),
  whole(
    bearerScheme,
    "a key with another word in front stays",
    {
      components: {
        securitySchemes: { Key: { type: "apiKey", in: "header", name: "Authorization", description: "Send `Key <key>`." } },
      },
    },
    {
      components: {
        securitySchemes: { Key: { type: "apiKey", in: "header", name: "Authorization", description: "Send `Key <key>`." } },
      },
    },
  ),
  whole(
    oneKey,
    "of each operation, and other schemes",
    {
      components: {
        securitySchemes: { Key: { type: "http", scheme: "bearer" }, Cookie: { type: "apiKey", in: "cookie", name: "s" } },
      },
      paths: { "/a": { get: { security: [{ Key: [] }] }, post: { security: [{}] }, put: { security: [{ Cookie: [] }] } } },
    },
    {
      security: [{ Key: [] }],
      components: { securitySchemes: { Key: { type: "http", scheme: "bearer" } } },
      // An operation with another key is left to the person who lists the operations.
      paths: { "/a": { get: {}, post: { security: [] }, put: { security: [{ Cookie: [] }] } } },
    },
  ),

  whole(
    parameters,
    "of a path, and one that only the path names",
    {
      paths: {
        "/things/{id}/parts/{part}": {
          parameters: [{ name: "id", in: "path", schema: text }],
          get: {
            parameters: [
              { name: "Authorization", in: "header", schema: text },
              { name: "other", in: "path", schema: text },
            ],
          },
        },
      },
    },
    {
      paths: {
        "/things/{id}/parts/{part}": {
          get: {
            parameters: [
              { name: "id", in: "path", schema: text, required: true },
              { name: "part", in: "path", required: true, schema: text },
            ],
          },
        },
      },
    },
  ),

  operation(readBodies, "one that is optional", { requestBody: body({}) }, {}),
  operation(
    readBodies,
    "one that is needed stays",
    { requestBody: { ...body({}), required: true } },
    { requestBody: { ...body({}), required: true } },
  ),

  operation(
    inlineRequests,
    "a reference",
    { requestBody: { $ref: "#/components/requestBodies/One" } },
    { requestBody: body({ schema: text }) },
    { components: { requestBodies: { One: body({ schema: text }) } } },
  ),

  operation(
    jsonBodies,
    "other forms of the same body",
    { responses: { 200: { content: { "application/json; charset=utf-8": { schema: text }, "text/xml": {} } } } },
    { responses: { 200: body({ schema: text }) } },
  ),
  operation(
    jsonBodies,
    "a failure that is shown as plain text stays",
    {
      responses: { 404: { content: { "application/json": { schema: text }, "text/plain": { example: "No." }, "text/xml": {} } } },
    },
    { responses: { 404: { content: { "application/json": { schema: text }, "text/plain": { example: "No." } } } } },
  ),
  operation(
    jsonBodies,
    "a request of anything",
    { requestBody: body({}) },
    { requestBody: body({ schema: { type: "object" } }) },
  ),
  operation(
    jsonBodies,
    "a body that is no JSON stays",
    { responses: { 200: { content: { "text/csv": {} } } } },
    { responses: { 200: { content: { "text/csv": {} } } } },
  ),

  operation(
    otherDirections,
    "links and callbacks",
    { callbacks: {}, responses: { 200: { links: {} } } },
    { responses: { 200: {} } },
  ),
  whole(otherDirections, "webhooks", { webhooks: {} }, {}),

  operation(
    statuses,
    "a range, a redirect and a proxy's failure",
    {
      responses: {
        200: { description: "It." },
        302: { description: "There." },
        407: { description: "Who?" },
        "4XX": { description: "No." },
      },
    },
    { responses: { 200: { description: "It." }, 400: { description: "No." } } },
  ),
  operation(
    statuses,
    "a body where HTTP has none",
    {
      responses: {
        200: { $ref: "#/components/responses/Done" },
        204: { $ref: "#/components/responses/Done" },
        205: { description: "Reset.", ...body({}) },
      },
    },
    {
      responses: {
        200: { $ref: "#/components/responses/Done" },
        204: { description: "Done." },
        205: { description: "Reset." },
      },
    },
    { components: { responses: { Done: { description: "Done.", ...body({}) } } } },
  ),
  operation(
    statuses,
    "no success",
    { responses: { 404: { description: "No." } } },
    { responses: { 200: { description: "Done." }, 404: { description: "No." } } },
  ),
  operation(
    statuses,
    "a success that is the default",
    { responses: { default: { description: "It." } } },
    { responses: { 200: { description: "It." } } },
  ),

  whole(
    schemaNames,
    "names of modules, generics and globals, with what refers to them",
    {
      components: {
        schemas: {
          "types.SSHKey": text,
          "Page[Thing]": objectOf({ next: { $ref: "#/components/schemas/types.SSHKey" } }),
          Event: text,
          "a.Thing": text,
          Thing: {
            oneOf: [],
            discriminator: { propertyName: "k", mapping: { e: "#/components/schemas/Event", k: "types.SSHKey" } },
          },
        },
      },
    },
    {
      components: {
        schemas: {
          SshKey: text,
          PageThing: objectOf({ next: { $ref: "#/components/schemas/SshKey" } }),
          ApiEvent: text,
          AThing: text,
          Thing: {
            oneOf: [],
            discriminator: { propertyName: "k", mapping: { e: "#/components/schemas/ApiEvent", k: "SshKey" } },
          },
        },
      },
    },
  ),
  whole(
    otherNames,
    "a name with a space",
    {
      components: { responses: { "Not Found": {} } },
      paths: { "/a": { get: { responses: { 404: { $ref: "#/components/responses/Not%20Found" } } } } },
    },
    {
      components: { responses: { NotFound: {} } },
      paths: { "/a": { get: { responses: { 404: { $ref: "#/components/responses/NotFound" } } } } },
    },
  ),

  operation(
    namedBodies,
    "a response",
    { operationId: "getThing", responses: { 200: body({ schema: objectOf({ a: text }) }) } },
    { operationId: "getThing", responses: { 200: body({ schema: { $ref: "#/components/schemas/GetThingResponse" } }) } },
  ),

  operation(
    requestSchemas,
    "an id that the server sets",
    {
      requestBody: body({ schema: { $ref: "#/components/schemas/Thing" } }),
      responses: { 200: body({ schema: { $ref: "#/components/schemas/Thing" } }) },
    },
    {
      requestBody: body({ schema: { $ref: "#/components/schemas/ThingInput" } }),
      responses: { 200: body({ schema: { $ref: "#/components/schemas/Thing" } }) },
    },
    {
      components: {
        schemas: {
          Thing: objectOf(
            { id: { ...text, readOnly: true }, name: text, parent: { $ref: "#/components/schemas/Thing" } },
            { required: ["id", "name"] },
          ),
        },
      },
    },
    {
      components: {
        schemas: {
          Thing: objectOf(
            { id: { ...text, readOnly: true }, name: text, parent: { $ref: "#/components/schemas/Thing" } },
            { required: ["id", "name"] },
          ),
          ThingInput: objectOf({ name: text, parent: { $ref: "#/components/schemas/ThingInput" } }, { required: ["name"] }),
        },
      },
    },
  ),

  operation(
    openLists,
    "a response's list, unless it is declared closed",
    { responses: { 200: body({ schema: { $ref: "#/components/schemas/Thing" } }) } },
    { responses: { 200: body({ schema: { $ref: "#/components/schemas/Thing" } }) } },
    {
      components: {
        schemas: {
          Thing: objectOf({
            status: { ...text, enum: ["on", "off"] },
            mode: { ...text, enum: ["a", "b"], "x-extensible-enum": false },
          }),
        },
      },
    },
    {
      components: {
        schemas: {
          Thing: objectOf({ status: { $ref: "#/components/schemas/ThingStatus" }, mode: { ...text, enum: ["a", "b"] } }),
          ThingStatus: { ...text, "x-extensible-enum": ["on", "off"] },
        },
      },
    },
  ),

  operation(
    errorBodyName,
    "the usual one",
    { responses: { 400: body({ schema: { $ref: "#/components/schemas/Problem" } }) } },
    { responses: { 400: body({ schema: { $ref: "#/components/schemas/ApiErrorBody" } }) } },
    { components: { schemas: { Problem: objectOf({}) } } },
    { components: { schemas: { ApiErrorBody: objectOf({}) } } },
  ),

  operation(
    failures,
    "none",
    { security: [{ Key: [] }], responses: { 200: {} } },
    {
      security: [{ Key: [] }],
      responses: {
        200: {},
        401: { $ref: "#/components/responses/Unauthorized" },
        default: { $ref: "#/components/responses/UnexpectedError" },
      },
    },
  ),
  operation(
    failures,
    "one without a body",
    { security: [], responses: { 404: { description: "No." }, default: { description: "No." } } },
    {
      security: [],
      responses: Object.fromEntries(
        ["404", "default"].map((status) => [
          status,
          { description: "No.", ...body({ schema: { $ref: "#/components/schemas/ApiErrorBody" } }) },
        ]),
      ),
    },
  ),

  schema(secrets, "a password", objectOf({ password: text }), objectOf({ password: { ...text, "x-secret": true } })),
  schema(
    secrets,
    "an environment",
    objectOf({ env: { type: "object" } }),
    objectOf({ env: { type: "object", "x-secret": true } }),
  ),
  schema(
    secrets,
    "a decision stays",
    objectOf({ token: { ...text, "x-secret": false } }),
    objectOf({ token: { ...text, "x-secret": false } }),
  ),

  whole(
    documentTexts,
    "nothing but a licence's name",
    { info: { version: 2, license: { name: "MIT" } } },
    { info: { version: "2", title: "acme", description: "The API of acme." } },
  ),
  operation(
    operationTexts,
    "an operation without a text",
    { operationId: "getSshKey" },
    {
      operationId: "getSshKey",
      summary: "Get SSH key",
      description: "Get SSH key.\n\nSource: https://docs.acme.dev/openapi.json",
    },
  ),
  operation(
    tags,
    "several",
    { tags: ["b", "c"] },
    { tags: ["b"] },
    { tags: [{ name: "b" }] },
    { tags: [{ name: "b", description: "Operations on b." }] },
  ),
  whole(
    tags,
    "an operation without a tag",
    { paths: { "/v1/ssh-keys": { get: {} } } },
    {
      paths: { "/v1/ssh-keys": { get: { tags: ["SSH keys"] } } },
      tags: [{ name: "SSH keys", description: "Operations on SSH keys." }],
    },
  ),

  schema(
    units,
    "a name that has it",
    objectOf({ disk_gb: { type: "integer" } }),
    objectOf({ disk_gb: { type: "integer", description: "In GB, by its name." } }),
  ),
  schema(
    units,
    "none",
    objectOf({ price: { type: "number", description: "What it costs" } }),
    objectOf({ price: { type: "number", description: "What it costs. Its unit is not documented." } }),
  ),

  operation(
    wrongExamples,
    "those that break their schema, all of one list",
    { responses: { 200: body({ schema: { type: "integer", examples: ["a", 1, "b"] }, example: "string" }) } },
    { responses: { 200: body({ schema: { type: "integer", examples: [1] } }) } },
  ),
  operation(
    wrongExamples,
    "named ones, with a reference replaced",
    {
      responses: {
        200: body({
          schema: objectOf({ id: text }),
          examples: { good: { $ref: "#/components/examples/One" }, bad: { value: { id: 7 } } },
        }),
      },
    },
    { responses: { 200: body({ schema: objectOf({ id: text }), examples: { good: { value: { id: "7" } } } }) } },
    { components: { examples: { One: { value: { id: "7" } } } } },
  ),

  operation(
    madeExamples,
    "a body, and a parameter that a call must have",
    {
      parameters: [{ name: "id", in: "path", required: true, schema: text }],
      responses: { 200: body({ schema: { type: "boolean" } }) },
    },
    {
      parameters: [{ name: "id", in: "path", required: true, schema: text, example: "7f3a2c91" }],
      responses: { 200: body({ schema: { type: "boolean" }, example: true }) },
    },
  ),
  operation(
    madeExamples,
    "one that cannot be made",
    { responses: { 200: body({ schema: { type: "integer", minimum: 2, maximum: 1 } }) } },
    { responses: { 200: body({ schema: { type: "integer", minimum: 2, maximum: 1 }, "x-no-example": true }) } },
  ),

  operation(
    unusedComponents,
    "a schema and a section",
    { responses: { 200: body({ schema: { $ref: "#/components/schemas/Used" } }) } },
    { responses: { 200: body({ schema: { $ref: "#/components/schemas/Used" } }) } },
    { components: { schemas: { Used: text, Unused: text }, parameters: { Unused: {} } } },
    { components: { schemas: { Used: text } } },
  ),
];

describe.each(repairs.map((repair) => [repair.title, repair] as const))("%s", (_, repair) => {
  const own = cases.filter((one) => one.repair === repair);

  it.each(own.map((one) => [one.what, one] as const))("%s", (_what, { before, after }) => {
    const made = structuredClone(before);
    const repaired = applyRepairs(made, [repair], context);
    expect(pick(made, after)).toEqual(after);
    const changed = JSON.stringify(made) !== JSON.stringify(before);
    expect(repaired.map(({ title }) => title)).toEqual(changed ? [repair.title] : []);
    // A second run repairs nothing. `openLists` is an exception, because its first run consumes the mark of a closed list.
    if (repair !== openLists) expect(applyRepairs(made, [repair], context)).toEqual([]);
  });

  it("has a case, and does not change a document that follows every rule", () => {
    expect(own.length).toBeGreaterThan(0);
    const given = sound();
    expect(applyRepairs(given, [repair], context)).toEqual([]);
    expect(given).toEqual(sound());
  });
});

it("a oneOf whose variants differ only in an enum becomes anyOf when the enum is opened", () => {
  const variant = (...values: string[]) => objectOf({ kind: { ...text, enum: values } }, { required: ["kind"] });
  const given = document();
  objectAt(objectAt(given, "components"), "schemas")["Instance"] = { oneOf: [variant("a", "b"), variant("c", "d")] };
  const { document: made } = completed(normalized(given, context).document, context);
  const instance = objectAt(objectAt(objectAt(made, "components"), "schemas"), "Instance");
  expect(Object.keys(instance)).toEqual(["anyOf"]);
  expect(JSON.stringify(made)).toContain('"x-extensible-enum":["a","b"]');
});

describe("a line of the report", () => {
  const repaired = { title: "types completed", places: ["a", "b", "c", "d"].map((name): Place => ["paths", `/${name}`]) };

  it("has the first places, and the number of others", () => {
    expect(repairLine(repaired)).toBe("types completed: /paths/~1a, /paths/~1b, /paths/~1c and 1 more");
  });

  it("names every field that a person must check", () => {
    const places: Place[] = [...repaired.places, ["components", "token"], ["paths", "/a"]];
    expect(repairLine({ title: "secrets", listsNames: true, places })).toBe("secrets: /a, /b, /c, /d, token");
  });

  it("is new if the repair or one of its places is", () => {
    expect(newRepairs([{ ...repaired, places: repaired.places.slice(1) }], [repaired])).toEqual([
      { ...repaired, places: repaired.places.slice(0, 1) },
    ]);
    expect(newRepairs([repaired], [repaired])).toEqual([]);
    expect(newRepairs([{ ...repaired, places: [] }, repaired], [repaired])).toEqual([]);
  });
});

/** The parts of a document that the expectation covers. Repairs also add components, which other tests check. */
function pick(made: JsonValue, expected: JsonValue): JsonValue {
  if (!isObject(made) || !isObject(expected)) return made;
  const keys = Object.keys(made).filter((key) => key !== "components" || expected[key] !== undefined);
  return Object.fromEntries(
    keys.map((key) => [
      key,
      key === "components" ? pickComponents(made[key] ?? null, expected[key] ?? null) : (made[key] ?? null),
    ]),
  );
}

function pickComponents(made: JsonValue, expected: JsonValue): JsonValue {
  if (!isObject(made) || !isObject(expected)) return made;
  return Object.fromEntries(Object.entries(made).filter(([section]) => expected[section] !== undefined));
}

/** The document of the rules' tests, with an example for every parameter. */
function sound(): JsonObject {
  return normalized(completed(normalized(document(), context).document, context).document, context).document;
}
