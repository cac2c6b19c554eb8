import type { JsonObject, JsonValue } from "@gpu-scripts/openapi/json.ts";
import { describe, expect, it } from "vitest";
import { checkValue } from "../check-value.ts";
import { standInFor } from "../stand-ins.ts";

const text = { type: "string" };
const node: JsonObject = {
  type: "object",
  properties: { id: text, next: { anyOf: [{ $ref: "#/components/schemas/Node" }, { type: "null" }] } },
};
const document: JsonObject = { components: { schemas: { Node: node } } };
const fields = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: "object", properties, ...more });

/** The findings as `kind pointer: detail`. */
const findings = (schema: JsonValue, value: JsonValue) =>
  checkValue(document, schema, value).map(({ kind, pointer, detail }) => `${kind} ${pointer}: ${detail}`);

const cases: [string, JsonValue, JsonValue, string[]][] = [
  ["an object without documented fields", { type: "object" }, { any: 1 }, []],
  ["a schema without a type", {}, { any: [1, null] }, []],
  ["fields of all parts", { allOf: [fields({ a: text }), fields({ b: text })] }, { a: "1", b: "2" }, []],
  [
    "a field that no part has",
    { allOf: [fields({ a: text }), fields({ b: text })] },
    { c: "1" },
    ["unknown-field /c: is not in the document; here string"],
  ],
  ["any field where they are open", fields({ a: text }, { additionalProperties: true }), { b: 1 }, []],
  [
    "no field where they are closed",
    { type: "object", additionalProperties: false },
    { b: 1 },
    ["unknown-field /b: is not in the document; here integer"],
  ],
  [
    "a schema that contains itself",
    { $ref: "#/components/schemas/Node" },
    { id: "1", next: { id: "2", next: { id: 3, next: null } } },
    ["type /next/next/id: is integer, not string"],
  ],
  [
    "the alternative that matches",
    { oneOf: [fields({ kind: { const: "a" }, a: text }), fields({ kind: { const: "b" }, b: text })] },
    { kind: "b", b: "1" },
    [],
  ],
  [
    "the alternative that matches best",
    { oneOf: [fields({ kind: { const: "a" }, a: text }), fields({ kind: { const: "b" }, b: text })] },
    { kind: "b", b: 1 },
    ["type /b: is integer, not string"],
  ],
  [
    "no alternative",
    { anyOf: [text, { type: ["integer", "null"] }] },
    true,
    ["type : is boolean, not string or integer or null"],
  ],
  ["an integer as a number", { type: "number" }, 1, []],
  ["a bound", { type: "integer", minimum: 10 }, 5, ["constraint : must be >= 10"]],
  ["a pattern", { type: "string", pattern: "^[a-z]+$" }, "A 1", ['constraint : must match pattern "^[a-z]+$"']],
  ["a length", { type: "string", minLength: 3 }, "ab", ["constraint : must NOT have fewer than 3 characters"]],
  [
    "a list that is too short",
    { type: "array", items: text, minItems: 2 },
    ["a"],
    ["constraint : must NOT have fewer than 2 items"],
  ],
  [
    "a list that is too long",
    { type: "array", items: text, maxItems: 1 },
    ["a", "b"],
    ["constraint : must NOT have more than 1 items"],
  ],
  [
    "items by their place",
    { type: "array", prefixItems: [text, { type: "integer" }] },
    ["a", "b"],
    ["type /*: is string, not integer"],
  ],
  ["a field name with a slash", fields({ "a/b": text }), { "a/b": 1 }, ["type /a~1b: is integer, not string"]],
  [
    "a name like Object's",
    fields({ a: text }),
    { constructor: "x" },
    ["unknown-field /constructor: is not in the document; here string"],
  ],
  [
    "a key as a field name",
    fields({ a: text }),
    { sk_live_51H8abcdEFGH9: 1 },
    ["unknown-field /*: is not in the document; here integer"],
  ],
  [
    "a map key that is also a value",
    fields({ a: text }),
    { a: "ada", ada: 1 },
    ["unknown-field /*: is not in the document; here integer"],
  ],
  [
    "a map of unknown fields",
    fields({ a: text }),
    Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`field${index}`, 1])),
    ["unknown-field /*: has many fields that the document does not have"],
  ],
];

describe.each(cases)("%s", (_, schema, value, expected) => {
  it("reports the expected findings", () => {
    expect(findings(schema, value)).toEqual(expected);
  });

  it("reports the same findings with stand-ins", () => {
    expect(findings(schema, standInFor(document, schema, value))).toEqual(expected);
  });
});

it("checks a field by `patternProperties`", () => {
  const schema = { type: "object", patternProperties: { "^x_": text }, additionalProperties: false };
  expect(findings(schema, { x_a: 1, y: 1 })).toEqual([
    "unknown-field /y: is not in the document; here integer",
    "type /*: is integer, not string",
  ]);
});

it.each<[string, JsonValue, JsonValue, JsonValue]>([
  ["documented values", { "x-extensible-enum": ["active"], type: "string" }, "active", "active"],
  ["null and booleans", {}, [null, true, false], [null]],
  ["an empty string", text, "", ""],
  ["a time", text, "1987-06-05T04:03:02Z", "2026-01-01T00:00:00Z"],
  ["an address", text, "198.51.100.7", "192.0.2.1"],
  ["an e-mail address", text, "ada@example.org", "user@example.com"],
  ["a number as a string", text, "98765", "1"],
  ["a number", { type: "number" }, -12.75, -1.5],
  ["a value within bounds", { type: "integer", minimum: 50, maximum: 80 }, 66, 50],
  [
    "a value of a pattern, by the example",
    { type: "string", pattern: "^inst_\\w+$", example: "inst_a" },
    "inst_9f8e7d",
    "inst_a",
  ],
  ["map keys", { type: "object", additionalProperties: text }, { "ada@example.org": "x" }, { "key 1": "text" }],
  ["unknown fields", fields({ a: text }), { owner: "Ada", "10.0.0.7": 3 }, { owner: "text", "field 1": 1 }],
  ["one of several similar items", { type: "array", items: text }, ["a", "b", "c"], ["text"]],
  ["each item with a new finding", { type: "array", items: text }, ["a", 2, 3, null], ["text", 1, null]],
])("stand-ins: %s", (_, schema, value, expected) => {
  expect(standInFor(document, schema, value)).toEqual(expected);
});
