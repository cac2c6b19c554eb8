import { join } from "node:path";
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { operationsOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import { allVendors } from "@gpu-scripts/openapi/vendors.ts";
import { describe, expect, it } from "vitest";
import { openClient } from "../client.ts";
import { idsAt, isHarmless, planReads, sourcesOf } from "../plan.ts";
import { readDocument, repository } from "./support.ts";

describe.each(allVendors())("the plan of %s", (vendor) => {
  it("has no call that costs or changes anything", async () => {
    const document = await readDocument(vendor);
    const planned = planReads(document).map(({ operation }) => operation);
    expect(planned.length).toBeGreaterThan(3);
    for (const { method, object } of planned) {
      expect([object["operationId"], method]).toEqual([object["operationId"], "get"]);
      expect(Object.keys(object).filter((key) => /^x-(?:paid|idempot)/.test(key))).toEqual([]);
    }
    // The client also rejects every other call before it sends anything.
    const sent: string[] = [];
    const call = await openClient(join(repository, "packages", vendor), {
      apiKey: "key-of-the-test",
      baseUrl: undefined,
      clock: { now: () => Date.now(), sleep: async () => {} },
      fetch: async (_, { method = "" }) => {
        sent.push(method);
        return Response.json({});
      },
    });
    const names = planned.map(titleOf);
    const others = operationsOf(document)
      .map(titleOf)
      .filter((name) => !names.includes(name));
    expect(others.length).toBeGreaterThan(3);
    for (const name of others) {
      const { received, error } = await call(name, { path: anything, query: {}, headers: {} });
      expect([name, received, error?.sideEffect === "committed"]).toEqual([name, undefined, false]);
    }
    expect(sent).toEqual([]);
  });

  it("takes each id from an earlier list", async () => {
    const steps = planReads(await readDocument(vendor));
    const unknown = steps.flatMap(({ name, inputs }) =>
      inputs.filter(({ value }) => value.kind === "none").map((one) => [name, one.name]),
    );
    expect(unknown).toEqual([]);
    for (const [index, step] of steps.entries()) {
      const before = steps.slice(0, index).map(({ name }) => name);
      expect(before).toEqual(expect.arrayContaining(sourcesOf(step)));
    }
  });
});

/** Provides a value for any path parameter. */
const anything = new Proxy({}, { get: (_, key) => (typeof key === "string" ? "1" : undefined) });

describe("a call", () => {
  it.each(["x-paid", "x-idempotent", "x-idempotency-key"])("is not a read when a GET has %s", async (mark) => {
    const document = await readDocument("shadeform");
    const [read] = operationsOf(document).filter(isHarmless);
    if (!read) throw new Error("the document has no read");
    read.object[mark] = mark === "x-idempotency-key" ? { header: "Idempotency-Key", windowSeconds: 600 } : true;
    expect(planReads(document).map(({ name }) => name)).not.toContain(titleOf(read));
  });
});

describe("the list for an id", () => {
  const item = (...fields: string[]) => ({
    type: "object",
    properties: Object.fromEntries(fields.map((name) => [name, { type: "string" }])),
  });
  const listOf = (schema: JsonObject): JsonObject => ({
    type: "object",
    properties: { page: { type: "object", properties: { all: { type: "array", items: schema } } } },
  });

  it.each<[string, string, string, string, JsonObject, string[] | undefined]>([
    ["by the operation's name", "getVolume", "id", "listVolumes", listOf(item("id")), ["/page/all/*/id"]],
    ["by a longer name", "getVolumeUsage", "id", "listVolumes", listOf(item("id")), ["/page/all/*/id"]],
    ["by the parameter's name", "getUsage", "volume_id", "listVolumes", listOf(item("volumeId", "id")), ["/page/all/*/volumeId"]],
    ["in another spelling", "getPolicy", "policyId", "listPolicies", listOf(item("ID")), ["/page/all/*/ID"]],
    ["of a name", "getImage", "name", "listImages", { type: "array", items: item("name") }, ["/*/name"]],
    ["in a map", "getKey", "id", "listKeys", { type: "object", additionalProperties: item("id") }, ["/*/id"]],
    ["nowhere when no list has such items", "getVolume", "id", "listVolumes", listOf(item("name")), undefined],
    ["nowhere when no list has the name", "getVolume", "id", "listInstances", listOf(item("id")), undefined],
  ])("is found %s", (_, operationId, parameter, list, schema, pointers) => {
    const document: JsonObject = {
      paths: {
        "/things/{thing}": {
          get: {
            operationId,
            parameters: [{ in: "path", name: parameter, required: true, schema: { type: "string" } }],
            responses: {},
          },
        },
        "/things": {
          get: { operationId: list, responses: { 200: { description: "", content: { "application/json": { schema } } } } },
        },
      },
    };
    const steps = planReads(document);
    const step = steps.find(({ name }) => name === operationId);
    expect(step?.inputs.map(({ value }) => value)).toEqual([
      pointers ? { kind: "id", source: { list, pointers } } : { kind: "none" },
    ]);
    if (pointers) expect(steps.map(({ name }) => name)).toEqual([list, operationId]);
  });

  it("returns the ids in a response", () => {
    const body = { page: { all: [{ id: null }, {}, { id: "" }, { id: 7 }, { id: "a/b" }] } };
    expect(idsAt(body, ["/page/all/*/id"])).toEqual(["7", "a/b"]);
    expect(idsAt({ a: { id: "1" }, b: { id: "2" } }, ["/none/*/id", "/*/id"])).toEqual(["1", "2"]);
    expect(idsAt(undefined, ["/*/id"])).toEqual([]);
  });
});

it.each<[string, JsonObject, string | undefined]>([
  ["an example", { example: "ada", schema: { type: "string" } }, "ada"],
  ["a named example", { examples: { one: { value: 3 } }, schema: { type: "integer" } }, "3"],
  ["the first of an open list", { schema: { $ref: "#/components/schemas/Channel" } }, "official"],
  ["a boolean", { schema: { type: "boolean" } }, "false"],
  ["nothing", { schema: { type: "string" } }, undefined],
])("a required parameter that is not an id gets %s", (_, parameter, value) => {
  const document: JsonObject = {
    components: { schemas: { Channel: { type: "string", "x-extensible-enum": ["official", "private"] } } },
    paths: {
      "/x": {
        get: {
          operationId: "listX",
          parameters: [{ in: "query", name: "channel", required: true, ...parameter }],
          responses: {},
        },
      },
    },
  };
  const [step] = planReads(document);
  expect(step?.inputs[0]?.value).toEqual(value === undefined ? { kind: "none" } : { kind: "fixed", value });
});
