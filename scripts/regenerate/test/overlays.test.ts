import type { JsonObject, JsonValue } from "@gpu-scripts/openapi/json.ts";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { judgeOverlays } from "../overlays.ts";

/** A document with one schema and one operation. */
const upstream = (properties: JsonObject, responses: JsonObject = {}): JsonObject => ({
  openapi: "3.1.0",
  paths: { "/machines": { post: { summary: "Rent.", responses: { "200": { description: "Rented." }, ...responses } } } },
  components: { schemas: { Machine: { type: "object", properties } } },
});

const overlay = (actions: JsonValue): string =>
  stringify({ overlay: "1.1.0", info: { title: "Ours", version: "1.0.0" }, actions });

/** What is said of one action that corrects a document which upstream then changes. */
function verdictOf(target: string, update: JsonObject, before: JsonObject, after: JsonObject): string | undefined {
  const texts = {
    "operations.overlay.yaml": overlay([]),
    "fixes.overlay.yaml": overlay([{ target, description: "Ours.", update }]),
  };
  const { verdicts, misfit } = judgeOverlays(texts, after, before, "specs/vendor");
  expect(misfit).toBe(false);
  return verdicts[0]?.verdict;
}

describe("an overlay's own words over what upstream has got since", () => {
  const machine = "$.components.schemas.Machine";
  const operation = "$.paths['/machines'].post";
  const ofField = (ours: JsonObject, before: JsonObject | undefined, after: JsonObject) =>
    verdictOf(machine, { properties: { disk: ours } }, upstream(before ? { disk: before } : {}), upstream({ disk: after }));

  it.each<[string, JsonObject, JsonObject, string]>([
    ["another type", { type: "string" }, { type: "integer" }, 'properties.disk.type went from nothing to "integer"'],
    ["another default", { default: 100 }, { default: 200 }, "properties.disk.default went from nothing to 200"],
    ["other values", { enum: ["a"] }, { enum: ["a", "b"] }, 'properties.disk.enum went from nothing to ["a","b"]'],
    ["one of several types", { type: "string" }, { type: ["null"] }, 'properties.disk.type went from nothing to ["null"]'],
    [
      "another unit",
      { description: "In dollars." },
      { description: "In cents." },
      'disk.description went from nothing to "In cents."',
    ],
  ])("are told of a field that it added and that now has %s", (_, ours, theirs, hidden) => {
    const verdict = ofField({ ...ours, "x-ours": true }, undefined, { title: "Disk", ...theirs });
    expect(verdict).toMatch(/^hides a change of upstream: /);
    expect(verdict).toContain(hidden);
  });

  it("are told of an answer that it added, `default` too", () => {
    const schema = (type: string): JsonObject => ({ description: "Bad.", content: { "application/json": { schema: { type } } } });
    for (const status of ["402", "default"]) {
      const update = { responses: { [status]: schema("object") } };
      const verdict = verdictOf(operation, update, upstream({}), upstream({}, { [status]: schema("string") }));
      expect(verdict).toBe(
        `hides a change of upstream: responses.${status}.content.application/json.schema.type went from nothing to "string"`,
      );
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
  ])("are told when upstream changed %s", (_, ours, before, after) => {
    expect(ofField(ours, { type: "string", ...before }, { type: "string", ...after })).toMatch(/^hides a change of upstream: /);
  });

  it.each<[string, JsonObject, JsonObject | undefined, JsonObject]>([
    ["words", { description: "Disk, in GB." }, { description: "disk" }, { description: "The disk." }],
    [
      "words with the unit that ours have",
      { description: "Disk, in GB." },
      { description: "disk" },
      { description: "disk in GB" },
    ],
    ["words for a field that is ours", { description: "The disk.", "x-ours": true }, undefined, { description: "Storage." }],
    ["an example for a field that is ours", { example: 100, "x-ours": true }, undefined, { example: 250 }],
    ["examples", { examples: [100] }, { examples: [1] }, { examples: [2] }],
    ["a longer list", { enum: ["z"] }, { enum: ["a"] }, { enum: ["a", "b"] }],
  ])("are not told when upstream has other %s", (_, ours, before, after) => {
    expect(ofField(ours, before && { type: "string", ...before }, { type: "string", ...after })).toBeUndefined();
  });

  it("are told also of an action part of which upstream made unnecessary", () => {
    const ours = { properties: { disk: { default: 1 }, memory: { description: "In GB." } } };
    const before = upstream({ disk: { type: "integer", default: 2 }, memory: { type: "integer" } });
    expect(verdictOf(machine, ours, before, upstream({ disk: { type: "integer", default: 3 } }))).toBe(
      "hides a change of upstream: properties.disk.default went from 2 to 3; unnecessary: upstream dropped properties.memory",
    );
  });
});
