import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { expect, it } from "vitest";
import { updateForLost } from "../../operations.ts";

const ref = (name: string): JsonObject => ({ description: "D.", schema: { $ref: `#/components/schemas/${name}` } });
const operation = (...names: string[]): JsonObject => ({ responses: Object.fromEntries(names.map((name) => [name, ref(name)])) });
const schemas = (...names: string[]): JsonObject =>
  Object.fromEntries(names.map((name) => [name, { type: "string", title: name }]));

it("keeps operations that upstream removed in one update, with the components that the new document lacks", () => {
  const parameters = [{ name: "id", in: "path" }];
  const shared = { parameters, get: operation("Kept") };
  const previous: JsonObject = {
    paths: {
      "/a": { ...shared, delete: operation("Kept", "Lost") },
      "/b": { summary: "Only here.", post: operation("Lost", "Other") },
    },
    components: { schemas: schemas("Kept", "Lost", "Other", "Unrelated"), responses: {} },
  };
  const next: JsonObject = { paths: { "/a": shared }, components: { schemas: schemas("Kept") } };
  expect(updateForLost(["DELETE /a", "POST /b"], previous, next)).toEqual({
    paths: {
      "/a": { delete: operation("Kept", "Lost") },
      "/b": { summary: "Only here.", post: operation("Lost", "Other") },
    },
    components: { schemas: schemas("Lost", "Other") },
  });
  expect(updateForLost(["DELETE /a"], previous, { ...next, components: { schemas: schemas("Kept", "Lost") } })).toEqual({
    paths: { "/a": { delete: operation("Kept", "Lost") } },
  });
});
