import { expect, it } from "vitest";
import { allowsEverything, documentedOperations, type OpenApiDocument, type SchemaObject } from "../src/document.js";

it("an operation's parameters override those of its path", () => {
  const id = { name: "id", in: "path", required: true, example: "of the path" } as const;
  const responses = { "204": { description: "Done." } };
  const document: OpenApiDocument = {
    "x-gpu-client": { vendor: "acme", apiKeyEnv: "ACME_KEY", apiKeyPrefix: "" },
    security: [{ key: [] }],
    paths: {
      "/machines/{id}": {
        parameters: [id, { $ref: "#/components/parameters/Trace" }],
        get: { operationId: "getMachine", summary: "Get", responses },
        delete: { operationId: "deleteMachine", summary: "Delete", parameters: [{ ...id, example: "its own" }], responses },
      },
    },
    components: { schemas: {}, parameters: { Trace: { name: "trace", in: "header" } } } as OpenApiDocument["components"],
  };
  const found = documentedOperations(document).map(({ name, parameters }) => [
    name,
    parameters.map(({ name: parameter, example }) => [parameter, example]),
  ]);
  const trace = ["trace", undefined];
  expect(found).toEqual([
    ["getMachine", [["id", "of the path"], trace]],
    ["deleteMachine", [["id", "its own"], trace]],
  ]);
});

it.each([
  [{}, true],
  [{ title: "Payload", description: "Anything.", example: 1, "x-empty": true }, true],
  [{ type: "object" }, false],
  [{ title: "Payload", enum: [1] }, false],
])("whether %j allows every value: %s", (schema, expected) => {
  expect(allowsEverything(schema as SchemaObject)).toBe(expected);
});
