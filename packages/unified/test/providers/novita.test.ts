import { createNovitaClient } from "@gpu/novita";
import { describe, expect, it } from "vitest";
import type { Offer } from "../../src/offer.js";
import { novita } from "../../src/providers/novita.js";
import { connectTo, context, create, createRequest, mark, recorded, type Script, type ScriptedResponse } from "./scripted.js";

const responseOf = (operation: string, why: string) => recorded("novita", operation, why);
const prefix = "/gpu-instance/openapi/v1";
const connect = (script: Script) => connectTo(novita(), `https://api.novita.ai${prefix}`, script);

const product = {
  id: "4090.16c62g",
  name: "RTX 4090 24GB",
  cpuPerGpu: 16,
  memoryPerGpu: 62,
  diskPerGpu: 6144,
  availableDeploy: true,
  price: "35000",
  spotPrice: "0",
  regions: ["US-CA-06 (California)"],
  billingMethods: ["onDemand", "spot"],
  inventoryState: "high",
  minRootFS: 10,
  maxRootFS: 6144,
};
const clusters: ScriptedResponse = {
  json: {
    data: [
      { id: "us-ca-6", name: "US-CA-06 (California)" },
      { id: "cn-hongkong-1", name: "CN-HK-01 (Hong Kong)" },
      { id: "5", name: "EU-01" },
    ],
  },
};
const instance = {
  id: "9f2c71b04ad85e36",
  name: `train-42-h${mark}`,
  clusterId: "us-ca-6",
  status: "running",
  gpuNum: "2",
  productId: "4090.16c62g",
  productName: "RTX 4090 24GB",
  kind: "gpu",
  billingMode: "onDemand",
  statusError: { state: "", message: "" },
  portMappings: [{ port: 8000, endpoint: "https://9f2c71b04ad85e36-8000.us-ca-6.gpu-instance.novita.ai", type: "http" }],
  connectComponentSSH: {
    sshCommand: "ssh -p 30418 root@proxy.us-ca-6.gpu-instance.novita.ai",
    password: "Kf7pQ2mXz9",
    isRunning: true,
  },
  createdAt: "1756959094",
  instancePrice: "35000",
};
const created: Script = { "POST /gpu/instance/create": responseOf("createInstance", "the only documented shape") };
const offer = "4090.16c62g/us-ca-6/2";

async function offersOf(...products: unknown[]): Promise<Offer[]> {
  const { connected } = connect({ "GET /products": { json: { data: products } }, "GET /clusters": clusters });
  return connected.listOffers(context);
}

async function offerOf(fields: object): Promise<Offer | undefined> {
  return (await offersOf({ ...product, ...fields }))[0];
}

async function found(fields: object) {
  const { connected } = connect({ "GET /gpu/instance": { json: { ...instance, ...fields } } });
  const one = await connected.get(instance.id, context);
  if (!one) throw new Error("the instance was not found");
  return one;
}

async function bodyOf(path: string, fields: Parameters<typeof createRequest>[1] = {}) {
  const { connected, sent } = connect(created);
  await create(connected, createRequest(path, { image: "pytorch/pytorch:2.8.0", ...fields }));
  return sent[0]?.body;
}

describe("offers of Novita", () => {
  it("have all values of product and clusters", async () => {
    const [one, two] = await offersOf(product);
    expect(one).toEqual({
      id: "novita:4090.16c62g/us-ca-6/1",
      provider: "novita",
      upstreamCloud: null,
      gpu: { model: "RTX4090", vendor: "nvidia", vramGb: 24, formFactor: null, rawName: "RTX 4090 24GB", known: true },
      gpuCount: 1,
      usdPerHour: 0.35,
      usdPerGpuHour: 0.35,
      market: "on_demand",
      availability: "available",
      region: "us-ca-6",
      regionName: "US-CA-06 (California)",
      cpuCores: 16,
      memoryGb: 62,
      diskGb: { included: 60, min: 10, max: 6144 },
      kind: "container",
      bootSeconds: { min: null, max: null },
      observedAt: "2026-11-21T12:00:00.000Z",
    });
    expect(two).toMatchObject({
      id: "novita:4090.16c62g/us-ca-6/2",
      gpuCount: 2,
      usdPerHour: 0.7,
      usdPerGpuHour: 0.35,
      availability: "unknown",
      cpuCores: 32,
      memoryGb: 124,
    });
  });

  it("are one for each cluster, number of GPUs and market", async () => {
    const { connected } = connect({
      "GET /products": responseOf("listInstanceTypes", "live"),
      "GET /clusters": responseOf("listClusters", "live ids and names"),
    });
    const offers = await connected.listOffers(context);
    expect(offers.map(({ id, usdPerHour, market }) => [id, usdPerHour, market])).toEqual([
      ["novita:4090.16c62g/us-ca-6/1", 0.35, "on_demand"],
      ["novita:4090.16c62g/us-ca-6/2", 0.7, "on_demand"],
      ["novita:4090.16c62g/us-ca-6/4", 1.4, "on_demand"],
      ["novita:4090.16c62g/us-ca-6/8", 2.8, "on_demand"],
      ["novita:4090.16c62g/us-ca-6/1/spot", 0.175, "spot"],
      ["novita:4090.16c62g/us-ca-6/2/spot", 0.35, "spot"],
      ["novita:4090.16c62g/us-ca-6/4/spot", 0.7, "spot"],
      ["novita:4090.16c62g/us-ca-6/8/spot", 1.4, "spot"],
    ]);
  });

  it("of a product out of stock are unavailable for every number of GPUs; its bare region code is recognized", async () => {
    const { connected } = connect({
      "GET /products": responseOf("listInstanceTypes", "documented types"),
      "GET /clusters": clusters,
    });
    const offers = await connected.listOffers(context);
    expect(offers.map(({ id, usdPerHour, availability }) => [id, usdPerHour, availability])).toEqual([
      ["novita:26/us-ca-6/1", 0.35, "unavailable"],
      ["novita:26/us-ca-6/2", 0.7, "unavailable"],
      ["novita:26/us-ca-6/4", 1.4, "unavailable"],
      ["novita:26/us-ca-6/8", 2.8, "unavailable"],
    ]);
  });

  it("take numbers as text, and keep words that nobody knows", async () => {
    const { connected } = connect({
      "GET /products": responseOf("listInstanceTypes", "an unknown GPU"),
      "GET /clusters": clusters,
    });
    expect((await connected.listOffers(context))[0]).toMatchObject({
      id: "novita:B300.20c300g.os/any/1",
      gpu: { model: "B300", vramGb: 288, formFactor: "sxm" },
      usdPerHour: 7,
      availability: "available",
      region: null,
      regionName: null,
      cpuCores: 20,
      memoryGb: 300,
      diskGb: { included: 60, min: null, max: null },
    });
  });

  it.each<[regions: unknown, clusterIds: string[]]>([
    [
      ["US-CA-06 (California)", "CN-HK-01"],
      ["us-ca-6", "cn-hongkong-1"],
    ],
    [["us-ca-06 (california)"], ["us-ca-6"]],
    [["us-ca-6", "US-CA-06"], ["us-ca-6"]],
    [["EU-01 (Frankfurt)"], ["5"]],
    [["EU-01", "MOON-01"], ["5"]],
    [["MOON-01"], ["any"]],
    [[], ["any"]],
    [undefined, ["any"]],
    [{}, ["any"]],
    [[7, null], ["any"]],
  ])("of a product in %j are in the clusters %j", async (regions, clusterIds) => {
    const offers = (await offersOf({ ...product, regions })).filter(({ gpuCount }) => gpuCount === 1);
    expect(offers.map(({ id }) => id)).toEqual(clusterIds.map((id) => `novita:4090.16c62g/${id}/1`));
  });

  it.each<[price: unknown, usd: number | null]>([
    ["35000", 0.35],
    [35000, 0.35],
    ["219000", 2.19],
    ["1", 0.00001],
    ["0", null],
    ["-1", null],
    ["0.35", null],
    [0.35, null],
    ["cheap", null],
    [undefined, null],
    [null, null],
  ])("a price of %j is %j dollars for one GPU", async (price, usd) => {
    expect((await offerOf({ price }))?.usdPerHour).toBe(usd);
  });

  it("have prices without binary rounding errors", async () => {
    const offers = await offersOf({ ...product, price: "14900" });
    expect(offers.map(({ usdPerHour }) => usdPerHour)).toEqual([0.149, 0.298, 0.596, 1.192]);
  });

  it.each<[object, Offer["availability"]]>([
    [{}, "available"],
    [{ inventoryState: "low" }, "low"],
    [{ inventoryState: "none" }, "unavailable"],
    [{ availableDeploy: false }, "unavailable"],
    [{ availableDeploy: undefined }, "available"],
    [{ availableDeploy: undefined, inventoryState: undefined }, "unknown"],
    [{ inventoryState: undefined }, "available"],
  ])("with %j is %s", async (fields, availability) => {
    expect((await offerOf(fields))?.availability).toBe(availability);
  });

  it.each<[methods: unknown, markets: string[]]>([
    [
      ["onDemand", "spot"],
      ["on_demand", "spot"],
    ],
    [["spot"], ["spot"]],
    [["monthly", "spot"], ["spot"]],
    [["reserved"], ["on_demand", "spot"]],
    [[], ["on_demand", "spot"]],
    [undefined, ["on_demand", "spot"]],
  ])("with the billing %j and a spot price are %j", async (billingMethods, markets) => {
    const offers = await offersOf({ ...product, billingMethods, spotPrice: "17500" });
    expect([...new Set(offers.map(({ market }) => market))]).toEqual(markets);
  });

  it("keep an unknown GPU, and skip entries that are not products", async () => {
    const offers = await offersOf(null, "x", { name: "no id" }, { id: "q9.1c1g", name: "Q900 512GB" }, { id: "zz.1c" });
    expect(
      offers.filter(({ gpuCount }) => gpuCount === 1).map(({ id, gpu, usdPerHour }) => [id, gpu.rawName, gpu.vramGb, usdPerHour]),
    ).toEqual([
      ["novita:q9.1c1g/any/1", "Q900 512GB", 512, null],
      ["novita:zz.1c/any/1", "zz.1c", null, null],
    ]);
  });

  it("of an A100 whose id contains the memory have that memory", async () => {
    const names = [
      ["A100-80GB.14c240g", "A100 SXM", 80],
      ["a100.14c240g", "A100 SXM", 40],
    ] as const;
    for (const [id, name, vramGb] of names) {
      const [first] = await offersOf({ ...product, id, name });
      expect(first?.gpu).toMatchObject({ model: "A100", vramGb });
    }
  });

  it("fail when one of the lists fails", async () => {
    const { connected } = connect({ "GET /products": { json: { data: [product] } }, "GET /clusters": { status: 401, json: {} } });
    await expect(connected.listOffers(context)).rejects.toMatchObject({ code: "unauthenticated" });
    const broken = connect({ "GET /products": { json: { data: "none" } }, "GET /clusters": clusters });
    await expect(broken.connected.listOffers(context)).rejects.toMatchObject({ code: "vendor_contract" });
  });
});

describe("a create at Novita", () => {
  it("requests exactly the offer, with a mark in the name", async () => {
    const { connected, sent } = connect(created);
    const request = createRequest(offer, { name: "train-42", image: "pytorch/pytorch:2.8.0", env: { A: "1" }, diskGb: 100 });
    expect(await create(connected, request)).toEqual({ id: "9f2c71b04ad85e36" });
    expect(sent.map(({ method, path, body }) => ({ method, path, body }))).toEqual([
      {
        method: "POST",
        path: "/gpu/instance/create",
        body: {
          kind: "gpu",
          name: `train-42-h${mark}`,
          productId: "4090.16c62g",
          gpuNum: 2,
          rootfsSize: 100,
          imageUrl: "pytorch/pytorch:2.8.0",
          envs: [{ key: "A", value: "1" }],
          clusterId: "us-ca-6",
        },
      },
    ]);
  });

  it("works for every offer of the catalogue", async () => {
    const offers = await offersOf({ ...product, spotPrice: "17500" }, { ...product, id: "a/b", regions: [] });
    for (const { id, gpuCount, market, region } of offers) {
      const body = (await bodyOf(id.slice("novita:".length))) as Record<string, unknown>;
      expect(body).toMatchObject({ productId: id.includes("%2F") ? "a/b" : "4090.16c62g", gpuNum: gpuCount });
      expect(body["clusterId"] ?? null).toBe(region);
      expect(body["billingMode"]).toBe(market === "spot" ? "spot" : undefined);
    }
    expect(offers).toHaveLength(12);
  });

  it.each<[string, Parameters<typeof createRequest>[1], object]>([
    ["the disk that is free of charge", {}, { rootfsSize: 60 }],
    ["no variables", { env: {} }, {}],
    ["another name", { name: undefined }, { name: `gpu-h${mark}` }],
    ["a long name, cut before the mark", { name: "n".repeat(300) }, { name: `${"n".repeat(218)}-h${mark}` }],
    [
      "the vendor's own fields",
      { options: { ports: "80/http", imageAuthId: "a1", command: "sleep 1", networkStorages: [{ Id: "s1" }] } },
      { ports: "80/http", imageAuthId: "a1", command: "sleep 1", networkStorages: [{ Id: "s1" }] },
    ],
  ])("sends %s", async (_, fields, expected) => {
    const plain = {
      kind: "gpu",
      name: `gpu-h${mark}`,
      productId: "4090.16c62g",
      gpuNum: 2,
      rootfsSize: 60,
      clusterId: "us-ca-6",
    };
    expect(await bodyOf(offer, fields)).toEqual({ ...plain, imageUrl: "pytorch/pytorch:2.8.0", ...expected });
  });

  it.each([
    "4090.16c62g",
    "4090.16c62g/us-ca-6",
    "p/c/0",
    "p/c/9",
    "p/c/1.5",
    "p/c/1/monthly",
    "p/c/1/on_demand",
    "p/c/1/spot/x",
    "/c/1",
    "",
  ])("rejects %j, which is not an offer, before any request", async (path) => {
    const { connected, sent } = connect(created);
    const prepared = connected.prepareCreate(createRequest(path, { image: "a" }), context);
    const message = expect.stringContaining("novita:PRODUCT/CLUSTER_ID/COUNT");
    await expect(prepared).rejects.toMatchObject({ code: "invalid_request", sideEffect: "none", message });
    expect(sent).toEqual([]);
  });

  it.each([
    ["no capacity, with the code in reason", "no_capacity", "none"],
    ["balance too low by the GPU section", "insufficient_funds", "none"],
    ["unknown failure", "unavailable", "possible"],
  ])("is sent once only, and its failure is reported as it is: %s", async (why, code, sideEffect) => {
    const { connected, sent } = connect({ "POST /gpu/instance/create": responseOf("createInstance", why) });
    await expect(create(connected, createRequest(offer, { image: "a" }))).rejects.toMatchObject({ code, sideEffect });
    expect(sent).toHaveLength(1);
  });
});

it.each([
  [undefined, 0],
  [20, 0],
  [60, 0],
  [84, 0.005],
  [4_060, 0.833333333],
])("a root disk of %s GB costs %d USD an hour in addition to the offer", async (diskGb, usd) => {
  const { connected } = connect({});
  const request = createRequest("4090.16c62g/us-ca-6/1", { image: "ubuntu:22.04", diskGb });
  expect((await connected.prepareCreate(request, context)).extraUsdPerHour).toBe(usd);
});

describe("an instance of Novita", () => {
  it("has all values of the vendor, and no secret", async () => {
    const one = await found({});
    expect(one).toEqual({
      mark,
      isSubscription: false,
      instance: {
        ref: "novita:9f2c71b04ad85e36",
        provider: "novita",
        id: "9f2c71b04ad85e36",
        name: "train-42",
        status: "running",
        rawStatus: "running",
        ready: true,
        billing: "compute",
        gpu: { model: "RTX4090", vendor: "nvidia", vramGb: 24, formFactor: null, rawName: "RTX 4090 24GB", known: true },
        gpuCount: 2,
        market: "on_demand",
        usdPerHour: null,
        region: "us-ca-6",
        address: "proxy.us-ca-6.gpu-instance.novita.ai",
        ports: [{ port: 8000, protocol: "http", endpoint: "https://9f2c71b04ad85e36-8000.us-ca-6.gpu-instance.novita.ai" }],
        createdAt: "2025-09-04T04:11:34.000Z",
        error: null,
      },
    });
    expect(JSON.stringify(one)).not.toContain("Kf7pQ2mXz9");
  });

  it.each([
    ["toCreate", "pending", "none"],
    ["creating", "pending", "none"],
    ["pending", "pending", "none"],
    ["pulling", "starting", "compute"],
    ["running", "running", "compute"],
    ["toStart", "starting", "unknown"],
    ["starting", "starting", "unknown"],
    ["toStop", "stopping", "compute"],
    ["stopping", "stopping", "compute"],
    ["exited", "stopped", "storage"],
    ["toRestart", "updating", "unknown"],
    ["restarting", "updating", "unknown"],
    ["toReset", "updating", "unknown"],
    ["resetting", "updating", "unknown"],
    ["migrating", "updating", "unknown"],
    ["freezing", "stopping", "unknown"],
    ["toRemove", "terminating", "unknown"],
    ["removing", "terminating", "unknown"],
    ["removed", "terminated", "none"],
    ["hibernating", "unknown", "unknown"],
    ["toString", "unknown", "unknown"],
  ])("in %s is %s and costs %s", async (status, common, billing) => {
    expect((await found({ status })).instance).toMatchObject({ status: common, billing, rawStatus: status });
  });

  it.each<[string, object, object]>([
    [
      "a failed boot",
      { status: "exited", statusError: { state: "pullImageFailed", message: "image not found" } },
      { status: "failed", billing: "storage", error: "image not found" },
    ],
    [
      "a failure while it starts",
      { status: "creating", statusError: { state: "", message: "no host" } },
      { status: "failed", error: "no host" },
    ],
    [
      "a failure in its state",
      { status: "pulling", statusError: { state: "pullImageFailed" } },
      { status: "failed", error: "pullImageFailed" },
    ],
    [
      "a state that is not a failure",
      { status: "pulling", statusError: { state: "normal", message: "" } },
      { status: "starting", error: null },
    ],
    ["a fault of a running one", { statusError: { message: "node is slow" } }, { status: "running", error: "node is slow" }],
    [
      "a reclaimed spot machine",
      { status: "exited", spotStatus: "terminated" },
      { status: "failed", error: "preempted (spotStatus terminated)", billing: "storage" },
    ],
    [
      "a spot machine that is being reclaimed",
      { status: "running", spotStatus: "reclaiming" },
      { status: "running", error: "preempted (spotStatus reclaiming)" },
    ],
    ["a reclaimed and removed spot machine", { status: "removed", spotStatus: "terminated" }, { status: "terminated" }],
    ["no fault", { statusError: null, spotStatus: "" }, { status: "running", error: null }],
  ])("reports %s", async (_, fields, expected) => {
    expect((await found(fields)).instance).toMatchObject(expected);
  });

  it("contains no secret in its error: none of the request, none of the response, and not the key", async () => {
    const message = "login of user:hunter2-registry failed: hunter2-registry is wrong for 4dc7e9aa-token (test-key)";
    const failed = { status: "exited", statusError: { message }, envs: [{ key: "A", value: "4dc7e9aa-token" }] };
    const { connected } = connect({
      ...created,
      "GET /gpu/instance": { json: { ...instance, ...failed } },
      "GET /gpu/instances": { json: { instances: [{ ...instance, ...failed }], total: 1 } },
    });
    const options = { imageAuth: "user:hunter2-registry" };
    await create(connected, createRequest("4090.16c62g/any/1", { image: "a", options }));
    const error = "login of [redacted] failed: [redacted] is wrong for [redacted] ([redacted])";
    expect((await connected.get(instance.id, context))?.instance.error).toBe(error);
    expect((await connected.list(context))[0]?.instance.error).toBe(error);
  });

  it("with a subscription is prepaid, so its status does not determine its billing", async () => {
    expect((await found({ status: "exited", billingMode: "monthly" })).instance.billing).toBe("unknown");
    expect((await found({ status: "removed", billingMode: "monthly" })).instance.billing).toBe("none");
    expect((await found({ billingMode: "monthly" })).isSubscription).toBe(true);
  });

  it.each<[unknown, string | null, string | undefined]>([
    [`a-h${mark}`, "a", mark],
    ["someone-elses", "someone-elses", undefined],
    ["", null, "unknown"],
    ["train-g507f1f77bcf86cd799439011", "train-g507f1f77bcf86cd799439011", undefined],
    [undefined, null, "unknown"],
  ])("named %j is %j, with the mark %s", async (name, shown, expected) => {
    const one = await found({ name });
    expect([one.instance.name, one.mark]).toEqual([shown, expected]);
  });

  it.each<[string, object, object | null]>([
    ["by its product's name", {}, { model: "RTX4090" }],
    ["by its product's id", { productName: undefined, productId: "A100-80GB.14c240g" }, { model: "A100", vramGb: 80 }],
    ["not by an id that is a number", { productName: undefined, productId: "26" }, null],
    ["not at all", { productName: undefined, productId: undefined }, null],
    ["not for a CPU", { kind: "cpu" }, null],
  ])("has its GPU %s", async (_, fields, gpu) => {
    const { instance: one } = await found(fields);
    if (gpu) expect(one.gpu).toMatchObject(gpu);
    else expect(one.gpu).toBeNull();
  });

  it.each(["undocumented status", "connection objects null", "SSH object of the sister"])(
    "is not ready without an SSH address: %s",
    async (why) => {
      const { connected } = connect({ "GET /gpu/instance": responseOf("getInstance", why) });
      expect((await connected.get("9f2c71b04ad85e36", context))?.instance).toMatchObject({
        ready: false,
        address: null,
        createdAt: null,
      });
    },
  );

  it.each<[unknown, string | null]>([
    ["1756959094", "2025-09-04T04:11:34.000Z"],
    [1756959094, "2025-09-04T04:11:34.000Z"],
    ["0", null],
    ["-1", null],
    ["99999999999999999999", null],
    ["", null],
  ])("created at %j is so at %j", async (createdAt, expected) => {
    expect((await found({ createdAt })).instance.createdAt).toBe(expected);
  });

  it.each(["deleted instance", "404 with a text only", "not found as on the error page"])(
    "that the vendor does not have is undefined: %s",
    async (why) => {
      const { connected, sent } = connect({ "GET /gpu/instance": responseOf("getInstance", why) });
      expect(await connected.get("a b", context)).toBeUndefined();
      expect(sent[0]?.path).toBe("/gpu/instance?instanceId=a%20b");
    },
  );

  it("that cannot be read is a failure", async () => {
    const { connected } = connect({ "GET /gpu/instance": { status: 403, json: { reason: "ACCESS_DENY" } } });
    await expect(connected.get("a", context)).rejects.toMatchObject({ code: "permission_denied" });
  });
});

describe("the list of Novita", () => {
  const page = (...ids: string[]): ScriptedResponse => ({
    json: { instances: ids.map((id) => ({ ...instance, id })), total: "3" },
  });

  const pages = (numbered: Record<number, ScriptedResponse>) =>
    Object.fromEntries(Object.entries(numbered).map(([at, one]) => [`GET /gpu/instances?pageSize=50&pageNum=${at}`, one]));

  it("is read to its last page", async () => {
    const { connected } = connect(pages({ 0: page("a", "b"), 1: page("c"), 2: page() }));
    expect((await connected.list(context)).map(({ instance: one }) => one.id)).toEqual(["a", "b", "c"]);
  });

  it.each<[string, Record<number, ScriptedResponse>]>([
    ["0 and 1 are both the first page", { 0: page("a", "b"), 1: page("a", "b"), 2: page("c") }],
    ["every page is the first", { 0: page("a"), 1: page("a"), 2: page("a"), 3: page("a") }],
    ["the pages shift while they are read", { 0: page("a", "b"), 1: page("b"), 2: page() }],
  ])("is complete or fails, and is never partial, when %s", async (_, numbered) => {
    const { connected } = connect(pages(numbered));
    const outcome = await connected.list(context).then(
      (all) => all.map(({ instance: one }) => one.id),
      (error) => error.code,
    );
    expect([["a", "b", "c"], "vendor_contract"]).toContainEqual(outcome);
  });

  it("ends at an empty page without a total", async () => {
    const { connected } = connect({
      "GET /gpu/instances": { json: { instances: [] } },
      ...pages({ 0: responseOf("listInstances", "sample of the page") }),
    });
    const [only, ...more] = await connected.list(context);
    expect(only?.instance).toMatchObject({
      status: "running",
      ready: false,
      ports: [{ port: 80, protocol: "http", endpoint: null }],
    });
    expect(more).toEqual([]);
  });

  it("fails when a later page fails, or contains an instance without an id", async () => {
    const failing = connect({ "GET /gpu/instances": [page("a"), { status: 403, json: {} }] });
    await expect(failing.connected.list(context)).rejects.toMatchObject({ code: "permission_denied" });
    const broken = connect({ "GET /gpu/instances": { json: { instances: [null], total: 1 } } });
    await expect(broken.connected.list(context)).rejects.toMatchObject({ code: "vendor_contract" });
  });
});

describe("calls on an instance of Novita", () => {
  const host = "proxy.us-ca-6.gpu-instance.novita.ai";

  it.each<[string, object, object | undefined]>([
    ["the SSH command", {}, { host, port: 30418, user: "root", password: "Kf7pQ2mXz9" }],
    [
      "the port after the host, and another user",
      { connectComponentSSH: { sshCommand: `ssh dev@${host} -p 22001`, password: "p" } },
      { host, port: 22001, user: "dev", password: "p" },
    ],
    [
      "22 without a port",
      { connectComponentSSH: { sshCommand: "ssh root@203.0.113.7", password: "p" } },
      { host: "203.0.113.7", port: 22, user: "root", password: "p" },
    ],
    [
      "the older fields",
      { connectComponentSSH: null, sshCommand: "ssh -p 30418 root@203.0.113.7", sshPassword: "old" },
      { host: "203.0.113.7", port: 30418, user: "root", password: "old" },
    ],
    [
      "a password that only the older field has",
      { connectComponentSSH: { sshCommand: `ssh -p 30418 root@${host}`, password: "" }, sshPassword: "flat" },
      { host, port: 30418, user: "root", password: "flat" },
    ],
    ["nothing without a command", { connectComponentSSH: { sshCommand: "", password: "p" } }, undefined],
    ["nothing without a password", { connectComponentSSH: { sshCommand: `ssh -p 1 root@${host}`, password: "" } }, undefined],
    ["nothing while there is none", { connectComponentSSH: undefined }, undefined],
  ])("access gives %s", async (_, fields, expected) => {
    const { connected } = connect({ "GET /gpu/instance": { json: { ...instance, ...fields } } });
    const { password, ...endpoint } = { password: "", ...expected };
    expect(await connected.access(instance.id, context)).toEqual(
      expected && { ...endpoint, auth: { kind: "password", password } },
    );
  });

  it.each([
    [{ billingMode: "onDemand", spotStatus: "" }, "on_demand"],
    [{ billingMode: "spot", spotStatus: "running" }, "spot"],
    [{ billingMode: "", spotStatus: "running" }, "spot"],
    [{ billingMode: "", spotStatus: "" }, "unknown"],
    [{ billingMode: "monthly" }, "unknown"],
    [{ billingMode: undefined }, "unknown"],
  ])("with %j is of the market %s", async (fields, market) => {
    const { connected } = connect({ "GET /gpu/instance": { json: { ...instance, ...fields } } });
    expect((await connected.get(instance.id, context))?.instance.market).toBe(market);
  });

  it.each(["start", "stop", "restart", "delete"] as const)("%s sends one request with the id in its body", async (call) => {
    const { connected, sent } = connect({ [`POST /gpu/instance/${call}`]: { json: {} } });
    if (call === "delete") await connected.delete("i1", context);
    else await connected.actions[call]?.("i1", context);
    expect(sent.map(({ path, body }) => ({ path, body }))).toEqual([
      { path: `/gpu/instance/${call}`, body: { instanceId: "i1" } },
    ]);
  });

  it("stop is done when an order that was given again finds it done", async () => {
    const wrongState: ScriptedResponse = {
      status: 400,
      json: { code: 400, reason: "INVALID_STATE_CHANGE", message: "invalid state change" },
    };
    const stopping = (status: string) =>
      connect({
        "POST /gpu/instance/stop": [{ status: 500, json: {} }, wrongState],
        "GET /gpu/instance": { json: { ...instance, status } },
      });
    await stopping("toStop").connected.actions.stop?.("a", context);
    await stopping("exited").connected.actions.stop?.("a", context);
    await expect(stopping("running").connected.actions.stop?.("a", context)).rejects.toMatchObject({ code: "conflict" });
  });

  it("delete fails for an unknown instance, and start when the GPU is taken", async () => {
    const { connected, sent } = connect({
      "POST /gpu/instance/delete": responseOf("deleteInstance", "second delete"),
      "POST /gpu/instance/start": responseOf("startInstance", "GPU taken"),
    });
    await expect(connected.delete("i1", context)).rejects.toMatchObject({ code: "not_found" });
    await expect(connected.actions.start?.("i1", context)).rejects.toMatchObject({ code: "no_capacity" });
    expect(sent).toHaveLength(2);
  });

  it("use the caller's client", () => {
    const client = createNovitaClient({ apiKey: "k" });
    expect(novita({ client }).connect({}).client).toBe(client);
  });
});
