import type { JsonObject, JsonValue } from "@gpu-scripts/openapi/json.ts";
import { describe, expect, it } from "vitest";
import { exampleValue, isPlaceholder } from "../document/example-value.ts";
import { fits } from "../document/fits.ts";

const document: JsonObject = {
  components: {
    schemas: {
      Node: {
        type: "object",
        required: ["id"],
        properties: { id: { type: "string" }, next: { $ref: "#/components/schemas/Node" } },
      },
      Must: {
        type: "object",
        required: ["next"],
        properties: { next: { anyOf: [{ $ref: "#/components/schemas/Must" }, { type: "null" }] } },
      },
      List: { type: "array", items: { $ref: "#/components/schemas/List" } },
    },
  },
};

describe("an example", () => {
  it.each<[what: string, schema: JsonObject, name: string, value: JsonValue]>([
    ["is the vendor's where it fits", { type: "string", example: "h100x1" }, "plan", "h100x1"],
    ["is not the vendor's where it does not fit", { type: "integer", example: "80" }, "count", 1],
    ["is not a word that stands for any", { type: "string", example: "string" }, "name", "train-42"],
    ["is the first value of a list", { type: "string", enum: [null, "a", "b"] }, "", "a"],
    ["is the first known value", { type: "string", "x-extensible-enum": ["up"] }, "status", "up"],
    ["has the format", { type: "string", format: "date-time" }, "name", "2026-11-02T09:30:00Z"],
    ["has the pattern", { type: "string", pattern: "^[A-Z]\\d{3}$" }, "type", "H100"],
    ["has the length", { type: "string", minLength: 12, maxLength: 12 }, "label", "train-420000"],
    ["keeps to the limits", { type: "integer", minimum: 8, multipleOf: 4 }, "cpus", 8],
    ["is above an exclusive limit", { type: "integer", exclusiveMinimum: 0 }, "count", 1],
    ["is no forbidden port", { type: "integer", not: { const: 22 } }, "port", 8000],
    ["is not null where it may be something", { type: ["string", "null"] }, "ip", "203.0.113.7"],
    [
      "has as many items as it must",
      { type: "array", minItems: 2, items: { type: "string" } },
      "names",
      ["train-42", "train-42-2"],
    ],
    ["has an entry of a map", { type: "object", additionalProperties: { type: "boolean" } }, "", { "key-1": true }],
    [
      "is put together from its parts",
      {
        allOf: [{ type: "object", properties: { a: { type: "boolean" } } }],
        type: "object",
        properties: { b: { type: "boolean" } },
      },
      "",
      { a: true, b: true },
    ],
    [
      "is the first variant that fits alone",
      { oneOf: [{ type: "integer" }, { type: "number" }, { type: "string" }] },
      "name",
      "train-42",
    ],
    ["leaves out what holds itself", { $ref: "#/components/schemas/Node" }, "", { id: "7f3a2c91" }],
    ["ends with null where it must hold itself", { $ref: "#/components/schemas/Must" }, "", { next: null }],
    ["ends with an empty list of itself", { $ref: "#/components/schemas/List" }, "", []],
  ])("%s", (_, schema, name, value) => {
    expect(exampleValue(document, schema, { way: "answer" }, name)).toEqual(value);
    expect(fits(document, schema, value)).toBe(true);
  });

  it("of a request has what must be sent, of an answer what can come", () => {
    const schema: JsonObject = {
      type: "object",
      required: ["name", "id"],
      properties: {
        id: { type: "string", readOnly: true },
        name: { type: "string" },
        key: { type: "string", writeOnly: true },
        note: { type: "string" },
      },
    };
    expect(exampleValue(document, schema, { way: "request" })).toEqual({ name: "train-42" });
    expect(exampleValue(document, schema, { way: "answer" })).toEqual({
      id: "7f3a2c91",
      name: "train-42",
      note: "Training run 42",
    });
  });

  it("of a failure speaks of its status", () => {
    const schema: JsonObject = { type: "object", properties: { code: { type: "string" }, message: { type: "string" } } };
    const said = (failure: string) => exampleValue(document, schema, { way: "answer", failure });
    expect(said("401")).toEqual({ code: "unauthorized", message: "The API key is not known." });
    expect(said("default")).toEqual({ code: "internal_error", message: "An unexpected error occurred." });
  });
});

it.each<[what: string, schema: JsonObject, good: JsonValue, bad: JsonValue]>([
  ["a type", { type: "integer" }, 1, 1.5],
  ["one of several types", { type: ["string", "null"] }, null, 1],
  ["a list of values", { enum: ["a"] }, "a", "b"],
  ["a constant", { const: 1 }, 1, 2],
  ["what is not allowed", { not: { type: "null" } }, 1, null],
  ["one variant alone", { oneOf: [{ minimum: 1 }, { minimum: 5 }] }, 2, 6],
  ["any variant", { anyOf: [{ type: "string" }, { type: "null" }] }, null, 1],
  ["required fields", { required: ["a"] }, { a: 1 }, {}],
  ["fields that are not named", { properties: {}, additionalProperties: false }, {}, { a: 1 }],
  ["the number of fields", { minProperties: 1 }, { a: 1 }, {}],
  ["items", { items: { type: "string" } }, ["a"], [1]],
  ["a format", { format: "ipv4" }, "203.0.113.7", "here"],
  ["a length in characters", { maxLength: 1 }, "😀", "ab"],
])("a value fits %s", (_, schema, good, bad) => {
  expect([fits({}, schema, good), fits({}, schema, bad)]).toEqual([true, false]);
});

it("knows what stands for any text", () => {
  expect([{ a: ["string"] }, "<id>", "strings", { string: 1 }].map(isPlaceholder)).toEqual([true, true, false, false]);
});

it("a pattern that would keep a validator busy for ever lets every value pass", () => {
  expect(fits({}, { type: "string", pattern: "^(a+)+$" }, `${"a".repeat(60)}!`)).toBe(true);
});

it("schemas that hold each other in too many ways give no example", () => {
  const names = Array.from({ length: 12 }, (_, index) => `Part${index}`);
  const properties = Object.fromEntries(names.map((name) => [name, { $ref: `#/components/schemas/${name}` }]));
  const schemas = Object.fromEntries(names.map((name) => [name, { type: "object", properties }]));
  const make = () => exampleValue({ components: { schemas } }, { $ref: "#/components/schemas/Part0" }, { way: "answer" });
  expect(make).toThrow(/hold each other in too many ways to make an example of them/);
});
