import { describe, expect, it } from "vitest";
import { contractOf } from "../../generate/contract.ts";
import type { JsonObject } from "../../json.ts";
import { objectAt } from "../../json.ts";
import { document } from "../lint/document.ts";

describe("the fields whose values are secret", () => {
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

  it.each(targets)("have the name of one that refers to: %s", (_, target) => {
    expect(secretsWith(target)).toEqual(["password", "value", "variables"]);
  });

  it("have no name of one that refers to what is not marked, also when that holds itself", () => {
    expect(secretsWith({ type: "object", additionalProperties: { type: "string" } })).toEqual(["password", "value"]);
    expect(secretsWith({ anyOf: [{ type: "string" }, { $ref: "#/components/schemas/Variables" }] })).toEqual([
      "password",
      "value",
    ]);
  });

  /** The secrets of a document in which the property `variables` refers to this schema. */
  function secretsWith(target: JsonObject) {
    const changed = document();
    const schemas = objectAt(objectAt(changed, "components"), "schemas");
    schemas["Variables"] = target;
    objectAt(objectAt(schemas, "Instance"), "properties")["variables"] = { $ref: "#/components/schemas/Variables" };
    return contractOf(changed, "1.0.0")["secrets"];
  }
});
