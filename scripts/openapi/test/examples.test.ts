import { describe, expect, it } from "vitest";
import { matchesInTime, Validator } from "../examples/validator.ts";
import { exampleValue, isPlaceholder, type Purpose } from "../examples/value.ts";
import type { JsonObject, JsonValue } from "../json.ts";

function example(within: JsonObject, schema: JsonObject, purpose: Purpose, name = ""): JsonValue | undefined {
  return exampleValue(within, new Validator(within, { strict: true, way: purpose.way }), schema, purpose, name);
}

function fits(within: JsonObject, schema: JsonObject, value: JsonValue): boolean {
  return new Validator(within).fits(schema, value);
}

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
    ["is the vendor's if it is valid", { type: "string", example: "h100x1" }, "plan", "h100x1"],
    ["is not the vendor's if it is invalid", { type: "integer", example: "80" }, "count", 1],
    ["is not a placeholder", { type: "string", example: "string" }, "name", "train-42"],
    ["is the first value of an enum", { type: "string", enum: [null, "a", "b"] }, "", "a"],
    ["is the first value of an open enum", { type: "string", "x-extensible-enum": ["up"] }, "status", "up"],
    ["has the format", { type: "string", format: "date-time" }, "name", "2026-11-02T09:30:00Z"],
    ["has the pattern", { type: "string", pattern: "^[A-Z]\\d{3}$" }, "type", "H100"],
    ["has the length", { type: "string", minLength: 12, maxLength: 12 }, "label", "train-420000"],
    ["is within the limits", { type: "integer", minimum: 8, multipleOf: 4 }, "cpus", 8],
    ["is above an exclusive limit", { type: "integer", exclusiveMinimum: 0 }, "count", 1],
    ["is not a forbidden port", { type: "integer", not: { const: 22 } }, "port", 8000],
    ["is not null if another type is allowed", { type: ["string", "null"] }, "ip", "203.0.113.7"],
    [
      "has the minimum number of items",
      { type: "array", minItems: 2, items: { type: "string" } },
      "names",
      ["train-42", "train-42-2"],
    ],
    ["has an entry of a map", { type: "object", additionalProperties: { type: "boolean" } }, "", { "key-1": true }],
    [
      "merges the parts of an allOf",
      {
        allOf: [{ type: "object", properties: { a: { type: "boolean" } } }],
        type: "object",
        properties: { b: { type: "boolean" } },
      },
      "",
      { a: true, b: true },
    ],
    [
      "is of the first variant that matches exclusively",
      { oneOf: [{ type: "integer" }, { type: "number" }, { type: "string" }] },
      "name",
      "train-42",
    ],
    ["omits an optional recursive field", { $ref: "#/components/schemas/Node" }, "", { id: "7f3a2c91" }],
    ["ends a required recursive field with null", { $ref: "#/components/schemas/Must" }, "", { next: null }],
    ["ends a recursive list with an empty list", { $ref: "#/components/schemas/List" }, "", []],
  ])("%s", (_, schema, name, value) => {
    expect(example(document, schema, { way: "response" }, name)).toEqual(value);
    expect(fits(document, schema, value)).toBe(true);
  });

  it("has the required fields of a request, and all fields of a response", () => {
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
    expect(example(document, schema, { way: "request" })).toEqual({ name: "train-42" });
    expect(example(document, schema, { way: "response" })).toEqual({
      id: "7f3a2c91",
      name: "train-42",
      note: "Training run 42",
    });
  });

  it("has the discriminator's value for its schema", () => {
    const mapping = { cat: "#/components/schemas/Cat" };
    const tagged: JsonObject = {
      components: {
        schemas: {
          Pet: { type: "object", properties: { kind: { type: "string" } }, discriminator: { propertyName: "kind", mapping } },
          Cat: { allOf: [{ $ref: "#/components/schemas/Pet" }, { type: "object", properties: { lives: { type: "integer" } } }] },
        },
      },
    };
    expect(example(tagged, { $ref: mapping.cat }, { way: "response" })).toEqual({ kind: "cat", lives: 1 });
  });

  it("of a failure matches its status", () => {
    const schema: JsonObject = { type: "object", properties: { code: { type: "string" }, message: { type: "string" } } };
    const exampleFor = (failure: string) => example(document, schema, { way: "response", failure });
    expect(exampleFor("401")).toEqual({ code: "unauthorized", message: "The API key is not known." });
    expect(exampleFor("default")).toEqual({ code: "internal_error", message: "An unexpected error occurred." });
  });
});

it.each<[what: string, schema: JsonObject, good: JsonValue, bad: JsonValue]>([
  ["a type", { type: "integer" }, 1, 1.5],
  ["one of several types", { type: ["string", "null"] }, null, 1],
  ["a list of values", { enum: ["a"] }, "a", "b"],
  ["a constant", { const: 1 }, 1, 2],
  ["`not`", { not: { type: "null" } }, 1, null],
  ["exactly one variant", { oneOf: [{ minimum: 1 }, { minimum: 5 }] }, 2, 6],
  ["any variant", { anyOf: [{ type: "string" }, { type: "null" }] }, null, 1],
  ["required fields", { required: ["a"] }, { a: 1 }, {}],
  ["fields that are not named", { properties: {}, additionalProperties: false }, {}, { a: 1 }],
  ["the number of fields", { minProperties: 1 }, { a: 1 }, {}],
  ["items", { items: { type: "string" } }, ["a"], [1]],
  ["a format", { format: "ipv4" }, "203.0.113.7", "here"],
  ["a length in characters", { maxLength: 1 }, "😀", "ab"],
])("validates %s", (_, schema, good, bad) => {
  expect([fits({}, schema, good), fits({}, schema, bad)]).toEqual([true, false]);
});

it("isPlaceholder recognizes placeholders", () => {
  expect([{ a: ["string"] }, "<id>", "strings", { string: 1 }].map(isPlaceholder)).toEqual([true, true, false, false]);
});

it("accepts any value for a pattern with catastrophic backtracking", () => {
  expect(fits({}, { type: "string", pattern: "^(a+)+$" }, `${"a".repeat(60)}!`)).toBe(true);
});

it.each([
  ["is tried again after it got no CPU time", [0, 1, 2, 90], 4],
  ["is abandoned after it used its CPU time", [0, 40], 2],
])("a pattern %s", (_, times, read) => {
  const left = [...times];
  expect(matchesInTime(/^(a+)+$/, `${"a".repeat(60)}!`, () => left.shift() ?? Number.NaN)).toBeUndefined();
  expect(times.length - left.length).toBe(read);
});

it("limits the size of an example of mutually recursive schemas", () => {
  const names = Array.from({ length: 12 }, (_, index) => `Part${index}`);
  const properties = Object.fromEntries(names.map((name) => [name, { $ref: `#/components/schemas/${name}` }]));
  const schemas = Object.fromEntries(names.map((name) => [name, { type: "object", properties }]));
  const made = example({ components: { schemas } }, { $ref: "#/components/schemas/Part0" }, { way: "response" });
  expect(JSON.stringify(made).length).toBeLessThan(20_000);
});

describe("there is no example for", () => {
  it.each<[why: string, schema: JsonObject]>([
    [
      "parts that exclude each other's fields",
      {
        allOf: [
          { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false },
          { type: "object", properties: { b: { type: "string" } }, required: ["b"] },
        ],
      },
    ],
    ["limits that contradict each other", { type: "integer", minimum: 2, maximum: 1 }],
    [
      "a required recursive field",
      { type: "object", required: ["a"], properties: { a: { $ref: "#/components/schemas/Endless" } } },
    ],
  ])("%s", (_, schema) => {
    const schemas = { Endless: { type: "object", required: ["a"], properties: { a: { $ref: "#/components/schemas/Endless" } } } };
    expect(example({ components: { schemas } }, schema, { way: "response" })).toBeUndefined();
  });
});

it.each([
  "^([0-9A-Za-z*/,-]+)([\\t ]+[0-9A-Za-z*/,-]+){4}$",
  "^[a-z][a-z0-9-]{0,61}[a-z0-9]$",
  "^vm-[0-9a-hj-km-np-tv-z]{26}$",
  "^(?:[0-9]{1,3}\\.){3}[0-9]{1,3}/[0-9]{1,2}$",
])("generates a text that matches the pattern %s", (pattern) => {
  const value = example({}, { type: "string", pattern }, { way: "request" }, "name");
  expect(value).toMatch(new RegExp(pattern));
});

describe("a strict validator", () => {
  const schemas: JsonObject = {
    Base: { type: "object", properties: { id: { type: "string" } } },
    Free: { type: "object" },
    Whole: { allOf: [{ $ref: "#/components/schemas/Base" }, { type: "object", properties: { name: { type: "string" } } }] },
    Either: { anyOf: [{ $ref: "#/components/schemas/Base" }, { $ref: "#/components/schemas/Free" }] },
  };
  const strict = new Validator({ components: { schemas } }, { strict: true });
  it.each<[what: string, schema: string, value: JsonValue, isAllowed: boolean]>([
    ["allows a declared field", "Base", { id: "a" }, true],
    ["rejects an undeclared field", "Base", { id: "a", ib: "a" }, false],
    ["allows any field if none is declared", "Free", { a: 1 }, true],
    ["allows the fields of all parts", "Whole", { id: "a", name: "b" }, true],
    ["rejects a field of no part", "Whole", { id: "a", nam: "b" }, false],
    ["allows any field if a variant declares none", "Either", { a: 1 }, true],
  ])("%s", (_, name, value, isAllowed) => {
    expect(strict.fits({ $ref: `#/components/schemas/${name}` }, value)).toBe(isAllowed);
  });

  it("rejects read-only fields in a request", () => {
    const schema: JsonObject = {
      type: "object",
      required: ["id", "name"],
      properties: { id: { type: "string", readOnly: true }, name: { type: "string" } },
    };
    const request = new Validator({}, { strict: true, way: "request" });
    expect([request.fits(schema, { name: "a" }), request.fits(schema, { id: "b", name: "a" })]).toEqual([true, false]);
  });
});
