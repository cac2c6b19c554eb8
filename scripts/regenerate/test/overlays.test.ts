import type { JsonObject, JsonValue } from "@gpu-scripts/openapi/json.ts";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
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

/** The verdicts on an action after upstream changes the document that it corrects. */
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

  it("are reported for a response that it added, including `default`", () => {
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

  it("are also reported for an action that is partly unnecessary", () => {
    const ours = { properties: { disk: { default: 1 }, memory: { description: "In GB." } } };
    const before = upstream({ disk: { type: "integer", default: 2 }, memory: { type: "integer" } });
    expect(verdictsOf(machine, ours, before, upstream({ disk: { type: "integer", default: 3 } }))).toMatchObject([
      { verdict: "hides", fields: [{ field: "properties.disk.default", before: "2", after: "3" }] },
      { verdict: "unnecessary", cause: "dropped-upstream", parts: ["properties.memory"] },
    ]);
  });
});

describe("actions after upstream changed their targets", () => {
  const values = (...list: JsonValue[]): JsonObject => upstream({ status: { type: ["string", "null"], enum: list } });
  const removal = (target: string, expected: JsonValue): JsonObject => ({
    target,
    description: "Ours.",
    "x-expect": expected,
    remove: true,
  });
  const review = (action: JsonObject, before: JsonObject, after: JsonObject) =>
    reviewOverlays(
      { "operations.overlay.yaml": overlay([]), "fixes.overlay.yaml": overlay([action]) },
      after,
      before,
      "specs/vendor",
    );
  const list = "$.components.schemas.Machine.properties.status.enum";
  const enumOf = (document: JsonObject) =>
    (parse(stringify(document)) as { components: { schemas: { Machine: { properties: { status: { enum: JsonValue[] } } } } } })
      .components.schemas.Machine.properties.status.enum;

  it("follow a list entry that moved because another was inserted before it", () => {
    const reviewed = review(removal(`${list}[1]`, null), values("on", null), values("on", "off", null));
    expect(reviewed).toMatchObject({ misfit: false, prunable: false, verdicts: [{ verdict: "adapted", target: `${list}[2]` }] });
    expect(enumOf(reviewed.document)).toEqual(["on", "off"]);
    expect(parse(reviewed.pruned["fixes.overlay.yaml"]).actions).toEqual([removal(`${list}[2]`, null)]);
  });

  it("are unnecessary when the entry is gone and another has its index", () => {
    const reviewed = review(removal(`${list}[1]`, null), values("on", null), values("on", "off"));
    expect(reviewed).toMatchObject({
      misfit: false,
      prunable: true,
      verdicts: [{ verdict: "unnecessary", cause: "in-upstream" }],
    });
  });

  it("are left to a person when an object of a list changed", () => {
    const one: JsonObject = { title: "One" };
    const [before, after] = [values(one), values({ ...one, title: "Two" })];
    expect(review(removal(`${list}[0]`, one), before, after)).toMatchObject({ misfit: true, verdicts: [{ verdict: "misfit" }] });
  });

  const machine = "$.components.schemas.Machine";
  const used = (properties: JsonObject) =>
    upstream(properties, {
      "201": { description: "Rented.", content: { "*/*": { schema: { $ref: "#/components/schemas/Machine" } } } },
    });
  const schemaOf = (document: JsonObject) => (document["components"] as { schemas: JsonObject }).schemas["Machine"];

  it("are unnecessary when upstream now uses the component that they remove as unused", () => {
    const before = upstream({ a: {} });
    const reviewed = review(removal(machine, schemaOf(before) ?? null), before, used({ a: {}, b: {} }));
    expect(reviewed).toMatchObject({
      misfit: false,
      prunable: true,
      verdicts: [{ verdict: "unnecessary", cause: "used-upstream" }],
    });
    expect(schemaOf(reviewed.document)).toMatchObject({ properties: { a: {}, b: {} } });
  });

  it("remove a changed component only if it is unused", () => {
    const [before, after] = [upstream({ a: {} }), upstream({ a: {}, b: {} })];
    const action = removal(machine, schemaOf(before) ?? null);
    const reviewed = review(action, before, after);
    expect(reviewed).toMatchObject({ misfit: false, verdicts: [{ verdict: "adapted", target: machine }] });
    expect(schemaOf(reviewed.document)).toBeUndefined();
    expect(review(action, used({ a: {} }), used({ a: {}, b: {} }))).toMatchObject({ misfit: true });
  });

  it.each<[string, string, JsonObject, JsonObject]>([
    ["field", `${machine}.properties.a`, upstream({ a: { type: "string" } }), upstream({})],
    ["nested field", `${machine}.properties.a.items`, upstream({ a: { items: {} } }), upstream({})],
    ["response", "$.paths['/machines'].post.responses['402']", upstream({}, { "402": { description: "Bad." } }), upstream({})],
  ])("are unnecessary when the %s that they correct is gone", (_, target, before, after) => {
    const action = { target, description: "Ours.", update: { description: "Ours." } };
    const verdicts = [{ verdict: "unnecessary", cause: "dropped-upstream", parts: [] }];
    expect(review(action, before, after)).toMatchObject({ misfit: false, prunable: true, verdicts });
  });

  it("are left to a person when the component that they correct is gone", () => {
    const after: JsonObject = { ...upstream({}), components: { schemas: { Server: { type: "object" } } } };
    const action = { target: machine, description: "Ours.", update: { description: "Ours." } };
    expect(review(action, upstream({}), after)).toMatchObject({ misfit: true });
  });

  const shared: JsonObject = { $ref: "#/components/responses/Failure" };
  const own: JsonObject = { description: "Bad.", content: { "*/*": { schema: { type: "string" } } } };
  it.each<[string, JsonObject, JsonObject]>([
    ["by reference", shared, own],
    ["inline", own, shared],
    ["by another reference", shared, { $ref: "#/components/responses/Other" }],
  ])("are superseded when upstream declares a failure that is declared %s", (_, ours, theirs) => {
    const action = {
      target: "$.paths['/machines'].post",
      description: "Ours.",
      update: { responses: { "402": ours, "404": structuredClone(ours) } },
    };
    const reviewed = review(action, upstream({}), upstream({}, { "402": theirs }));
    expect(reviewed).toMatchObject({
      misfit: false,
      prunable: true,
      verdicts: [{ verdict: "superseded", parts: ["responses.402"] }],
    });
    const { responses } = (reviewed.document["paths"] as { "/machines": { post: { responses: JsonObject } } })["/machines"].post;
    expect(responses).toMatchObject({ "402": theirs, "404": ours });
  });
});
