import type { JsonObject, JsonValue } from "@gpu-scripts/openapi/json.ts";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { OverlayVerdict } from "../outcome.ts";
import { reviewOverlays } from "../overlays.ts";

/** A document with one schema and one operation. */
const upstream = (properties: JsonObject, responses: JsonObject = {}): JsonObject => ({
  openapi: "3.1.0",
  paths: { "/machines": { post: { summary: "Rent.", responses: { "200": { description: "Rented." }, ...responses } } } },
  components: { schemas: { Machine: { type: "object", properties } } },
});

const overlay = (actions: JsonValue): string =>
  stringify({ overlay: "1.1.0", info: { title: "Ours", version: "1.0.0" }, actions });

/** The verdicts on one action that corrects a document which upstream then changes. */
function verdictsOf(target: string, update: JsonObject, before: JsonObject, after: JsonObject): OverlayVerdict[] {
  const texts = {
    "operations.overlay.yaml": overlay([]),
    "fixes.overlay.yaml": overlay([{ target, description: "Ours.", update }]),
  };
  const { verdicts, misfit } = reviewOverlays(texts, after, before, "specs/vendor");
  expect(misfit).toBe(false);
  return verdicts;
}

describe("an overlay's values over what upstream has added or changed since", () => {
  const machine = "$.components.schemas.Machine";
  const operation = "$.paths['/machines'].post";
  const ofField = (ours: JsonObject, before: JsonObject | undefined, after: JsonObject) =>
    verdictsOf(machine, { properties: { disk: ours } }, upstream(before ? { disk: before } : {}), upstream({ disk: after }));

  it.each<[string, JsonObject, JsonObject, string, string]>([
    ["another type", { type: "string" }, { type: "integer" }, "properties.disk.type", '"integer"'],
    ["another default", { default: 100 }, { default: 200 }, "properties.disk.default", "200"],
    ["other values", { enum: ["a"] }, { enum: ["a", "b"] }, "properties.disk.enum", '["a","b"]'],
    ["one of several types", { type: "string" }, { type: ["null"] }, "properties.disk.type", '["null"]'],
    ["another unit", { description: "In dollars." }, { description: "In cents." }, "properties.disk.description", '"In cents."'],
  ])("are reported for a field that it added and that now has %s", (_, ours, theirs, field, after) => {
    const [verdict] = ofField({ ...ours, "x-ours": true }, undefined, { title: "Disk", ...theirs });
    const fields = expect.arrayContaining([{ field, before: null, after }]);
    expect(verdict).toMatchObject({ verdict: "hides", fields });
  });

  it("are reported for a response that it added, `default` too", () => {
    const schema = (type: string): JsonObject => ({ description: "Bad.", content: { "application/json": { schema: { type } } } });
    for (const status of ["402", "default"]) {
      const update = { responses: { [status]: schema("object") } };
      const verdicts = verdictsOf(operation, update, upstream({}), upstream({}, { [status]: schema("string") }));
      const field = `responses.${status}.content.application/json.schema.type`;
      expect(verdicts).toMatchObject([{ verdict: "hides", fields: [{ field, before: null, after: '"string"' }] }]);
    }
  });

  it.each<[string, JsonObject, JsonObject, JsonObject]>([
    ["a default", { default: 1 }, { default: 2 }, { default: 3 }],
    [
      "a unit of a description",
      { description: "What it costs, in dollars." },
      { description: "Cost." },
      { description: "Cost, in cents." },
    ],
    [
      "a number of a description",
      { description: "Waits 10 seconds." },
      { description: "10 seconds." },
      { description: "60 seconds." },
    ],
    ["a unit that is gone", { description: "Size in GB." }, { description: "In GB." }, { description: "A size." }],
    ["an example's number", { example: 250 }, { example: 250.0001 }, { example: 2.5 }],
  ])("are reported when upstream changed %s", (_, ours, before, after) => {
    expect(ofField(ours, { type: "string", ...before }, { type: "string", ...after })).toMatchObject([{ verdict: "hides" }]);
  });

  it.each<[string, JsonObject, JsonObject | undefined, JsonObject]>([
    ["texts", { description: "Disk, in GB." }, { description: "disk" }, { description: "The disk." }],
    [
      "texts with the unit that ours have",
      { description: "Disk, in GB." },
      { description: "disk" },
      { description: "disk in GB" },
    ],
    ["texts for a field that is ours", { description: "The disk.", "x-ours": true }, undefined, { description: "Storage." }],
    ["an example for a field that is ours", { example: 100, "x-ours": true }, undefined, { example: 250 }],
    ["examples", { examples: [100] }, { examples: [1] }, { examples: [2] }],
    ["a longer list", { enum: ["z"] }, { enum: ["a"] }, { enum: ["a", "b"] }],
  ])("are not reported when upstream has other %s", (_, ours, before, after) => {
    expect(ofField(ours, before && { type: "string", ...before }, { type: "string", ...after })).toEqual([]);
  });

  it("are reported for an action that is partly unnecessary, too", () => {
    const ours = { properties: { disk: { default: 1 }, memory: { description: "In GB." } } };
    const before = upstream({ disk: { type: "integer", default: 2 }, memory: { type: "integer" } });
    expect(verdictsOf(machine, ours, before, upstream({ disk: { type: "integer", default: 3 } }))).toMatchObject([
      { verdict: "hides", fields: [{ field: "properties.disk.default", before: "2", after: "3" }] },
      { verdict: "unnecessary", cause: "dropped-upstream", parts: ["properties.memory"] },
    ]);
  });
});
