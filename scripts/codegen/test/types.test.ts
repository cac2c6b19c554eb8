import { type JsonObject, objectAt } from "@gpu-scripts/openapi/json.ts";
import { document } from "@gpu-scripts/openapi/test/document.ts";
import { expect, it } from "vitest";
import { generateTypes } from "../types.ts";

const content = { "application/json": { schema: { $ref: "#/components/schemas/Instance" } } };

it.each<[what: string, response: JsonObject, type: string]>([
  ["a response", { description: "The machine.", content }, `components["schemas"]["Instance"]`],
  [
    "a response that may be empty",
    { description: "The machine.", "x-empty": true, content },
    `components["schemas"]["Instance"] | undefined`,
  ],
])("generates the type of %s", async (_, response, type) => {
  const inPlace = document();
  objectAt(objectAt(objectAt(objectAt(inPlace, "paths"), "/instances"), "post"), "responses")["201"] = response;
  const shared = document();
  objectAt(objectAt(shared, "components"), "responses")["Created"] = response;
  for (const changed of [inPlace, shared]) {
    const before = structuredClone(changed);
    expect(await generateTypes(changed)).toContain(`"application/json": ${type};`);
    expect(changed).toEqual(before);
  }
});

it.each<[what: string, properties: JsonObject, rest: JsonObject, type: string]>([
  ["fit", { id: { type: "string" } }, { type: ["string", "number"] }, "[key: string]: string | number;"],
  ["do not fit", { tags: { type: "array", items: { type: "string" } } }, { type: "string" }, "[key: string]: unknown;"],
  ["may not fit", { id: { type: "string" } }, { type: "string", enum: ["a"] }, "[key: string]: unknown;"],
])("generates the index signature of a map whose declared fields %s", async (_, properties, additionalProperties, type) => {
  const made = document();
  objectAt(objectAt(made, "components"), "schemas")["Labels"] = { type: "object", properties, additionalProperties };
  expect(await generateTypes(made)).toContain(type);
});

it("generates the type of an event's data for an event stream", async () => {
  const changed = document();
  const stream = { schema: { type: "string" }, "x-item-schema": { $ref: "#/components/schemas/Instance" } };
  const response = { description: "Events.", content: { "text/event-stream": stream } };
  objectAt(objectAt(objectAt(objectAt(changed, "paths"), "/instances"), "get"), "responses")["200"] = response;
  expect(await generateTypes(changed)).toContain(`"text/event-stream": components["schemas"]["Instance"];`);
});

it("allows undefined only for optional query parameters", async () => {
  const changed = document();
  const parameters = [
    ["query", "page", false],
    ["query", "region", true],
    ["header", "x-page", false],
  ].map(
    ([place, name, required]): JsonObject => ({
      name: `${name}`,
      in: `${place}`,
      required: required === true,
      schema: { type: "string" },
    }),
  );
  objectAt(objectAt(objectAt(changed, "paths"), "/instances"), "get")["parameters"] = parameters;
  const types = await generateTypes(changed);
  expect(types).toContain("page?: string | undefined;");
  expect(types).toContain("region: string;");
  expect(types).toContain('"x-page"?: string;');
});

it("omits the content of a response that is an empty object or no content", async () => {
  const changed = document();
  const done = { description: "Done.", "x-empty": true, content: { "application/json": { schema: { type: "object" } } } };
  objectAt(objectAt(objectAt(objectAt(changed, "paths"), "/instances"), "post"), "responses")["201"] = done;
  expect(await generateTypes(changed)).toMatch(/201: \{[^}]*\};\s*content\?: never;/);
});
