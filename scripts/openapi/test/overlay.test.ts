import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json.ts";
import { OverlayApplier } from "../overlay.ts";

const upstream: JsonObject = {
  openapi: "3.1.0",
  paths: {
    "/instances": {
      get: { operationId: "instances", tags: ["a"], responses: { 200: { schema: { enum: ["on", "off"] } } } },
    },
  },
  components: { schemas: { "types.Instance": { type: "object", required: ["id"] } } },
};

function apply(...actions: JsonObject[]): JsonObject {
  const applier = new OverlayApplier(upstream);
  applier.apply({ overlay: "1.1.0", actions: actions.map((action) => ({ description: "Because.", ...action })) }, "test.yaml");
  return applier.document;
}

const schemas = (document: JsonObject) => (document["components"] as JsonObject)["schemas"] as JsonObject;

describe("an overlay", () => {
  it("merges objects, appends to arrays and replaces scalars", () => {
    const document = apply({
      target: "$.paths['/instances'].get",
      update: { operationId: "listInstances", tags: ["b"], summary: "List" },
    });
    expect((document["paths"] as JsonObject)["/instances"]).toMatchObject({
      get: { operationId: "listInstances", tags: ["a", "b"], summary: "List" },
    });
  });

  it("renames by copy and remove, and keeps what upstream adds", () => {
    const document = apply(
      { target: "$.components.schemas", update: { Instance: {} } },
      { target: "$.components.schemas.Instance", copy: "$.components.schemas['types.Instance']" },
      { target: "$.components.schemas['types.Instance']", remove: true },
    );
    expect(schemas(document)).toEqual({ Instance: { type: "object", required: ["id"] } });
  });

  it("opens an enum by copy and remove", () => {
    const document = apply(
      { target: "$.components.schemas", update: { Status: { type: "string", "x-extensible-enum": [] } } },
      {
        target: "$.components.schemas.Status['x-extensible-enum']",
        copy: "$.paths['/instances'].get.responses['200'].schema.enum",
      },
      { target: "$.paths['/instances'].get.responses['200'].schema.enum", remove: true },
    );
    expect(schemas(document)["Status"]).toEqual({ type: "string", "x-extensible-enum": ["on", "off"] });
  });

  it("does not modify the upstream document", () => {
    const before = structuredClone(upstream);
    apply({ target: "$.paths['/instances'].get", update: { summary: "List" } });
    expect(upstream).toEqual(before);
  });

  it("removes every match in an array", () => {
    const tags = "$.paths['/instances'].get.tags";
    const document = apply(
      { target: "$.paths['/instances'].get", update: { tags: ["b", "a"] } },
      { target: `${tags}[?@ == 'a']`, remove: true, "x-expect": "a" },
    );
    expect(document["paths"]).toMatchObject({ "/instances": { get: { tags: ["b"] } } });
  });
});

describe("an action is rejected", () => {
  const get = "$.paths['/instances'].get";
  const refusals: [why: string, action: JsonObject, message: RegExp][] = [
    ["that matches nothing", { target: "$.paths['/gone']", update: { summary: "x" } }, /action 1 .*matches nothing/],
    ["that changes nothing", { target: get, update: { operationId: "instances" } }, /changes nothing/],
    ["that adds an operation of upstream", { target: "$.paths", update: { "/instances": { get: {} } } }, /upstream now has/],
    [
      "that adds one from the path item",
      { target: "$.paths['/instances']", update: { get: { summary: "x" } } },
      /upstream now has/,
    ],
    ["that removes what was not copied", { target: `${get}.tags`, remove: true }, /neither copied before nor equals x-expect/],
    [
      "that removes another value than expected",
      { target: `${get}.tags`, remove: true, "x-expect": ["b"] },
      /upstream has \["a"\]/,
    ],
    ["that copies from several nodes", { target: get, copy: "$.paths.*.*.*" }, /exactly one node/],
    ["whose source does not exist", { target: get, copy: "$.nowhere" }, /exactly one node, but selects 0/],
    ["that puts an object over a scalar", { target: `${get}.operationId`, update: { a: 1 } }, /remove that first/],
    ["with an invalid JSONPath", { target: "paths[", update: {} }, /not a JSONPath/],
    ["without a description", { target: get, update: { summary: "x" }, description: "" }, /no description/],
    ["with two changes", { target: get, update: { summary: "x" }, remove: true }, /exactly one of update, remove, copy/],
    ["with an unknown key", { target: get, update: { summary: "x" }, note: "x" }, /unknown key note/],
  ];
  it.each(refusals)("%s", (_, action, message) => {
    expect(() => apply(action)).toThrow(message);
  });

  it("with the file and its number in the message", () => {
    expect(() => apply({ target: get, update: { summary: "x" } }, { target: "$.gone", update: {} })).toThrow(
      /^test\.yaml, action 2 \(\$\.gone\)/,
    );
  });
});
