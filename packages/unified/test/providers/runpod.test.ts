import { createRunPodClient } from "@gpu/runpod";
import { createSimulator } from "@gpu/simulator";
import { describe, expect, it } from "vitest";
import { createGpu } from "../../src/index.js";
import type { Offer } from "../../src/offer.js";
import type { WantedOffers } from "../../src/provider.js";
import { runpod } from "../../src/providers/runpod.js";
import { connectTo, context, create, createRequest, mark, now, type Script, sshKey } from "./scripted.js";

const baseUrl = "https://api.runpod.io/v2";
const connect = (script: Script) => connectTo(runpod(), baseUrl, script);

const id = "zj2x0cn2zsvjf8";
const gpuId = "NVIDIA H100 80GB HBM3";
const offer = "SECURE/US-KS-2/NVIDIA%20H100%2080GB%20HBM3/1";
const type = {
  id: gpuId,
  name: "H100 SXM",
  pool: "ADA_80_PRO",
  manufacturer: "NVIDIA",
  memory: 80,
  secure: true,
  community: false,
  price: { secure: 2.99, community: 0.5 },
  maxCount: { secure: 8, community: 0 },
  availability: "HIGH",
  dataCenters: [{ id: "US-KS-2", name: "US-KS-2", availability: "HIGH" }],
};
const direct = { host: "203.0.113.20", port: 31544, username: "root", command: "ssh root@203.0.113.20 -p 31544" };
const proxy = { host: "ssh.runpod.io", port: 22, username: `${id}-64411c2a`, command: "" };
const instance = {
  id,
  name: `train-42-h${mark}`,
  status: "RUNNING",
  actions: ["stop", "restart", "terminate"],
  image: "runpod/base:1.0.2-ubuntu2404",
  disk: 73,
  mounts: {},
  ports: ["22/tcp", "8888/http"],
  env: { PUBLIC_KEY: sshKey, TOKEN: "a-secret-value" },
  gpu: { id: gpuId, count: 1, vcpuCount: 16, memory: 188 },
  cloud: "SECURE",
  dataCenterId: "US-KS-2",
  ssh: { proxy, direct },
  cost: 2.99,
  runtime: {
    uptime: 84,
    ports: [
      { private: 22, public: 31544, type: "tcp", ip: "203.0.113.20" },
      { private: 8888, public: 60217, type: "http", ip: "100.65.12.7" },
      { private: 9000, public: 40123, type: "tcp", ip: "100.99.1.2" },
    ],
  },
  createdAt: "2026-10-06T09:15:38.366Z",
  startedAt: "2026-10-06T09:15:52Z",
};
const fresh = { ssh: { proxy: null, direct: null }, runtime: null };

/** The offers of a catalogue with the given types, the same for each cloud and GPU count. */
async function offersOf(...types: unknown[]): Promise<Offer[]> {
  const { connected } = connect({ "GET /catalog/gpus": { json: { gpus: types } } });
  return connected.listOffers(context);
}

async function found(fields: object) {
  const { connected } = connect({ [`GET /pods/${id}`]: { json: { ...instance, ...fields } } });
  const one = await connected.get(id, context);
  if (!one) throw new Error("the instance was not found");
  return one;
}

async function bodyOf(fields: Parameters<typeof createRequest>[1], path = offer) {
  const { connected, sent } = connect({ "POST /pods": { status: 201, json: instance } });
  await create(connected, createRequest(path, fields));
  return sent.find(({ method }) => method === "POST")?.body;
}

describe("offers of RunPod", () => {
  it("have all values of the catalogue", async () => {
    const [first, ...others] = await offersOf(type);
    expect(first).toEqual({
      id: `runpod:${offer}`,
      provider: "runpod",
      upstreamCloud: null,
      gpu: { model: "H100", vendor: "nvidia", vramGb: 80, formFactor: "sxm", rawName: gpuId, known: true },
      gpuCount: 1,
      // Includes 20 GB of disk at 0.002739726 dollars.
      usdPerHour: 2.992739726,
      usdPerGpuHour: 2.992739726,
      market: "on_demand",
      availability: "available",
      region: "US-KS-2",
      cpuCores: null,
      memoryGb: null,
      diskGb: { included: 20, min: 1, max: null },
      kind: "container",
      bootSeconds: { min: null, max: null },
      observedAt: new Date(now).toISOString(),
    });
    expect(others.map(({ gpuCount, usdPerHour, usdPerGpuHour }) => [gpuCount, usdPerHour, usdPerGpuHour])).toEqual([
      [2, 5.982739726, 2.991369863],
      [4, 11.962739726, 2.990684932],
      [8, 23.922739726, 2.990342466],
    ]);
  });

  it("are read for each cloud and number of GPUs, with stock of instances", async () => {
    const { connected, sent } = connect({ "GET /catalog/gpus": { json: { gpus: [] } } });
    await connected.listOffers(context);
    const queries = sent.map(({ path }) => path.split("?")[1]).sort();
    expect(queries).toEqual(
      ["COMMUNITY", "SECURE"].flatMap((cloud) =>
        [1, 2, 4, 8].map((count) => `include=AVAILABILITY&product=POD&cloud=${cloud}&count=${count}`),
      ),
    );
  });

  it.each<[what: string, wanted: WantedOffers, queries: string[]]>([
    ["a number of GPUs", { gpuCount: 3, isGpu: () => true }, ["cloud=COMMUNITY&count=3", "cloud=SECURE&count=3"]],
    ["one offer", { offer, gpuCount: 1 }, ["cloud=SECURE&count=1"]],
  ])("are read as needed for %s", async (_, wanted, queries) => {
    const row = { ...type, community: true, maxCount: { secure: 8, community: 8 } };
    const { connected, sent } = connect({ "GET /catalog/gpus": { json: { gpus: [row] } } });
    const offers = await connected.listOffers(context, wanted);
    expect(sent.map(({ path }) => path.split("product=POD&")[1]).sort()).toEqual(queries);
    expect(new Set(offers.map(({ gpuCount }) => gpuCount))).toEqual(new Set([wanted.gpuCount]));
  });

  it("of any number of GPUs are read with those of one, also by the vendor's spelling", async () => {
    const { connected, sent } = connect({ "GET /catalog/gpus": { json: { gpus: [] } } });
    await connected.listOffers(context, { gpuCount: 64 });
    expect(new Set(sent.map(({ path }) => path.split("count=")[1]))).toEqual(new Set(["1", "64"]));
  });

  it("are not read for an invalid offer", async () => {
    const { connected, sent } = connect({});
    const attempt = async () => connected.listOffers(context, { offer: "SECURE/any" });
    await expect(attempt()).rejects.toMatchObject({ code: "invalid_request", sideEffect: "none" });
    expect(sent).toEqual([]);
  });

  it.each<[what: string, row: object]>([
    ["a flag that is false", { secure: false }],
    ["a flag without a limit", { maxCount: { secure: 0, community: 0 } }],
    ["a price of 0", { price: { secure: 0, community: 0 } }],
    ["the row of unknown GPUs", { id: "unknown" }],
    ["no id", { id: null }],
  ])("are none for %s", async (_, row) => {
    expect(await offersOf({ ...type, ...row })).toEqual([]);
  });

  it("have at most the vendor's maximum number of GPUs", async () => {
    const offers = await offersOf({ ...type, maxCount: { secure: 2, community: 0 } });
    expect(offers.map(({ gpuCount }) => gpuCount)).toEqual([1, 2]);
  });

  it.each<[price: unknown, usd: number | null]>([
    // Includes 20 GB of disk.
    [2.99, 2.992739726],
    [1, 1.002739726],
    ["0.34", 0.342739726],
    [-1, null],
    [null, null],
    ["free", null],
  ])("a price of %j dollars is %j", async (secure, usd) => {
    expect((await offersOf({ ...type, price: { secure, community: 0 } }))[0]?.usdPerHour).toBe(usd);
  });

  it.each<[level: unknown, availability: string]>([
    ["NONE", "unavailable"],
    ["LOW", "low"],
    ["MEDIUM", "available"],
    ["HIGH", "available"],
    ["PLENTY", "unknown"],
    [undefined, "unknown"],
  ])("with the stock %j are %s", async (level, availability) => {
    const inPlace = { ...type, dataCenters: [{ id: "US-KS-2", availability: level }] };
    expect((await offersOf(inPlace))[0]?.availability).toBe(availability);
    const anywhere = { ...type, dataCenters: [], availability: level };
    expect((await offersOf(anywhere))[0]).toMatchObject({ availability, region: null, id: expect.stringContaining("/any/") });
  });

  it("of the community cloud have no data center, whatever the list shows", async () => {
    const row = {
      ...type,
      secure: false,
      community: true,
      price: { secure: 0.5, community: 2.69 },
      maxCount: { secure: 0, community: 1 },
    };
    expect((await offersOf(row)).map(({ id: offerId, region, usdPerHour }) => [offerId, region, usdPerHour])).toEqual([
      ["runpod:COMMUNITY/any/NVIDIA%20H100%2080GB%20HBM3/1", null, 2.692739726],
    ]);
  });

  it.each<[id: string, model: string, vramGb: number, known: boolean]>([
    ["NVIDIA GeForce RTX 4090", "RTX4090", 24, true],
    ["NVIDIA A100-SXM4-80GB", "A100", 80, true],
    ["NVIDIA H200", "H200", 141, true],
    ["NVIDIA B200", "B200", 180, true],
    ["NVIDIA L40S", "L40S", 48, true],
    ["AMD Instinct MI300X OAM", "MI300X", 192, true],
    ["Tesla V100-PCIE-16GB", "V100", 16, true],
    // A fraction of a GPU is not the GPU.
    [
      "NVIDIA RTX PRO 6000 Blackwell Server Edition MIG 1g.24gb",
      "NVIDIA RTX PRO 6000 Blackwell Server Edition MIG 1g.24gb",
      24,
      false,
    ],
  ])("know the GPU %s", async (name, model, vramGb, known) => {
    const [first] = await offersOf({ ...type, id: name, memory: vramGb });
    expect(first?.gpu).toMatchObject({ model, vramGb, known, rawName: name });
  });

  it("fail when there is no list", async () => {
    const { connected } = connect({ "GET /catalog/gpus": { json: { gpus: null } } });
    await expect(connected.listOffers(context)).rejects.toMatchObject({ code: "vendor_contract" });
  });
});

describe("a create at RunPod", () => {
  it("always sends a count, a disk and the SSH port, and the key as an environment variable", async () => {
    expect(await bodyOf({ sshPublicKey: `${sshKey}\n`, name: "train-42" })).toEqual({
      name: `train-42-h${mark}`,
      image: "runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404",
      cloud: "SECURE",
      gpu: { id: gpuId, count: 1 },
      dataCenterIds: ["US-KS-2"],
      disk: 20,
      ports: ["22/tcp"],
      env: { PUBLIC_KEY: sshKey },
    });
  });

  it.each<[what: string, request: Parameters<typeof createRequest>[1], path: string, body: object]>([
    [
      "anywhere",
      {},
      "COMMUNITY/any/NVIDIA%20L40S/2",
      { cloud: "COMMUNITY", gpu: { id: "NVIDIA L40S", count: 2 }, dataCenterIds: undefined },
    ],
    ["an offer with spaces", {}, "SECURE/US-KS-2/NVIDIA L40S/1", { gpu: { id: "NVIDIA L40S", count: 1 } }],
    ["a disk and variables", { diskGb: 50, env: { A: "b" } }, offer, { disk: 50, env: { A: "b" } }],
    ["an image", { image: "ubuntu:24.04" }, offer, { image: "ubuntu:24.04" }],
    ["a template", { options: { templateId: "t1" } }, offer, { templateId: "t1", image: undefined }],
    ["ports", { options: { ports: ["8888/http", "22/tcp"] } }, offer, { ports: ["22/tcp", "8888/http"] }],
    [
      "requirements of the machine",
      { options: { gpu: { minRamPerGpu: 64, minCudaVersion: "12.8" } } },
      offer,
      { gpu: { id: gpuId, count: 1, minRamPerGpu: 64, minCudaVersion: "12.8" } },
    ],
  ])("takes %s", async (_, request, path, body) => {
    expect(await bodyOf(request, path)).toMatchObject(
      Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)),
    );
    for (const [name, value] of Object.entries(body)) {
      if (value === undefined) expect(await bodyOf(request, path)).not.toHaveProperty(name);
    }
  });

  it.each<[what: string, path: string, request: Parameters<typeof createRequest>[1]]>([
    ["another cloud", "ALL/any/NVIDIA%20L40S/1", {}],
    ["no count", "SECURE/any/NVIDIA%20L40S", {}],
    ["a count of 0", "SECURE/any/NVIDIA%20L40S/0", {}],
    ["broken encoding", "SECURE/any/NVIDIA%2/1", {}],
    ["one part more", `${offer}/spot`, {}],
    ["two keys", offer, { sshPublicKey: sshKey, env: { PUBLIC_KEY: sshKey } }],
  ])("rejects %s before any request", async (_, path, request) => {
    const { connected, sent } = connect({});
    const attempt = connected.prepareCreate(createRequest(path, request), context);
    await expect((async () => attempt)()).rejects.toMatchObject({ code: "invalid_request", sideEffect: "none" });
    expect(sent).toEqual([]);
  });

  it("does not support an AMD GPU without an image, so a launch continues with the next provider", async () => {
    const { connected, sent } = connect({});
    const request = createRequest("SECURE/EU-RO-1/AMD%20Instinct%20MI300X%20OAM/1", {});
    const attempt = async () => connected.prepareCreate(request, context);
    await expect(attempt()).rejects.toMatchObject({ code: "unsupported", sideEffect: "none" });
    expect(sent).toEqual([]);
  });

  it("adds the price of disks above 20 GB, 0.10 dollars per GB and month", async () => {
    const { connected } = connect({});
    const extra = async (fields: Parameters<typeof createRequest>[1]) =>
      (await connected.prepareCreate(createRequest(offer, fields), context)).extraUsdPerHour;
    expect(await extra({ diskGb: 93 })).toBe(0.01);
    const mounts = { persistent: { size: 73, path: "/workspace" } };
    expect(await extra({ diskGb: 93, options: { mounts } })).toBe(0.02);
    expect(await extra({ diskGb: 10 })).toBe(-0.001369863);
    expect(await extra({})).toBe(0);
  });

  it("returns the instance of the response", async () => {
    const { connected } = connect({ "POST /pods": { status: 201, json: { ...instance, ...fresh } } });
    const made = await create(connected, createRequest(offer, {}));
    expect(made).toMatchObject({ id, found: { mark, instance: { status: "starting", ready: false, rawStatus: "RUNNING" } } });
  });

  it.each<[detail: string, code: string]>([
    [
      "There are no longer any instances available with the requested specifications. Please refresh and try again.",
      "no_capacity",
    ],
    ["You must either provide a template id or pod configuration parameters", "invalid_request"],
  ])("a 400 with %j is %s", async (detail, code) => {
    const { connected } = connect({ "POST /pods": { status: 400, json: { title: "Bad Request", status: 400, detail } } });
    await expect(create(connected, createRequest(offer, {}))).rejects.toMatchObject({ code, sideEffect: "none" });
  });
});

it("an error of RunPod names the field that the vendor rejects", async () => {
  const refusal = { title: "Unprocessable Entity", status: 422, detail: "request validation failed" };
  const errors = ["$.gpu: additional properties 'x' not allowed"];
  const { connected } = connect({ "POST /pods": { status: 422, json: { ...refusal, errors } } });
  const refused = create(connected, createRequest(offer, {}));
  await expect(refused).rejects.toMatchObject({ code: "invalid_request", message: expect.stringContaining(errors[0] ?? "?") });
});

describe("an instance of RunPod", () => {
  it("has all values of the vendor, and no secret", async () => {
    const shown = await found({});
    expect(shown).toEqual({
      mark,
      instance: {
        ref: `runpod:${id}`,
        provider: "runpod",
        id,
        name: "train-42",
        status: "running",
        rawStatus: "RUNNING",
        ready: true,
        billing: "compute",
        gpu: expect.objectContaining({ model: "H100", vramGb: 80 }),
        gpuCount: 1,
        market: "on_demand",
        // The vendor's price plus 73 GB of disk.
        usdPerHour: 3,
        region: "US-KS-2",
        address: "203.0.113.20",
        ports: [
          { port: 22, protocol: "tcp", endpoint: "203.0.113.20:31544" },
          { port: 8888, protocol: "http", endpoint: `https://${id}-8888.proxy.runpod.net` },
          { port: 9000, protocol: "tcp", endpoint: null },
        ],
        createdAt: "2026-10-06T09:15:38.366Z",
        error: null,
      },
    });
    expect(JSON.stringify(shown)).not.toMatch(/a-secret-value|PUBLIC_KEY/);
  });

  it.each<[what: string, fields: object, expected: object]>([
    ["RUNNING without a container", fresh, { status: "starting", ready: false, billing: "compute", address: null }],
    ["RUNNING with an empty runtime", { ...fresh, runtime: {} }, { status: "starting", ready: false }],
    [
      "RUNNING with the SSH port in the vendor's own network",
      { ssh: { proxy, direct: { ...direct, host: "100.65.12.7" } } },
      { status: "running", ready: false, address: null },
    ],
    ["RUNNING without the SSH port", { ssh: { proxy, direct: null } }, { status: "running", ready: false, address: null }],
    ["an older response without `runtime`", { ssh: { direct: null }, runtime: undefined }, { status: "running", ready: false }],
    ["PROVISIONING", { status: "PROVISIONING", ...fresh }, { status: "pending", billing: "unknown" }],
    ["STARTING", { status: "STARTING", ...fresh }, { status: "starting", billing: "compute" }],
    [
      "EXITED, with an old runtime",
      { status: "EXITED" },
      { status: "stopped", billing: "none", usdPerHour: null, ports: [], address: null },
    ],
    [
      "EXITED, with a persistent disk",
      { status: "EXITED", mounts: { persistent: { size: 50, path: "/workspace" } } },
      { status: "stopped", billing: "storage", usdPerHour: null },
    ],
    ["ERROR", { status: "ERROR", ...fresh }, { status: "failed", billing: "unknown", error: "ERROR", ready: false }],
    ["TERMINATED", { status: "TERMINATED", ...fresh }, { status: "terminated", billing: "none", usdPerHour: null }],
    ["a status of the future", { status: "FROZEN" }, { status: "unknown", billing: "unknown", rawStatus: "FROZEN" }],
    ["an instance without GPU", { gpu: null }, { gpu: null, gpuCount: null }],
    ["no GPU left", { gpu: { id: gpuId, count: 0 } }, { gpuCount: 0 }],
    ["a persistent disk", { mounts: { persistent: { size: 73, path: "/a" } } }, { usdPerHour: 3.01 }],
    ["no price", { cost: 0 }, { usdPerHour: null }],
    ["no size of the disk", { disk: null }, { usdPerHour: null }],
    ["no data center", { dataCenterId: null }, { region: null }],
  ])("%s", async (_, fields, expected) => {
    expect((await found(fields)).instance).toMatchObject(expected);
  });

  it("has no mark in another name, and an unknown one without a name", async () => {
    expect((await found({ name: "mine" })).mark).toBeUndefined();
    expect((await found({ name: null })).mark).toBe("unknown");
  });

  it.each<[what: string, fields: object, expected: unknown]>([
    ["the mapped port", {}, { host: "203.0.113.20", port: 31544, user: "root", auth: { kind: "key" } }],
    ["never the proxy", { ssh: { proxy, direct: null } }, undefined],
    [
      "the runtime's port of an older response",
      { ssh: {} },
      { host: "203.0.113.20", port: 31544, user: "root", auth: { kind: "key" } },
    ],
    [
      "no address in the vendor's own network",
      { ssh: {}, runtime: { ports: [{ private: 22, public: 5, type: "tcp", ip: "100.64.0.9" }] } },
      undefined,
    ],
    ["nothing of a stopped instance", { status: "EXITED" }, undefined],
  ])("is reached at %s", async (_, fields, expected) => {
    const { connected } = connect({ [`GET /pods/${id}`]: { json: { ...instance, ...fields } } });
    expect(await connected.access(id, context)).toEqual(expected);
  });

  it("is undefined when the vendor does not have its id", async () => {
    const { connected } = connect({
      [`GET /pods/${id}`]: { status: 404, json: { title: "Not Found", status: 404, detail: "pod not found" } },
    });
    expect(await connected.get(id, context)).toBeUndefined();
  });
});

describe("actions of RunPod", () => {
  const conflict = { status: 409, json: { title: "Conflict", status: 409, detail: "not allowed" } };
  const route = `POST /pods/${id}/action`;

  it.each(["start", "stop", "restart"] as const)("%s", async (action) => {
    const { connected, sent } = connect({ [route]: { json: instance } });
    await connected.actions[action]?.(id, context);
    expect(sent.map(({ body }) => body)).toEqual([{ action }]);
  });

  it.each<[action: "start" | "stop", status: string, passes: boolean]>([
    ["stop", "EXITED", true],
    ["stop", "RUNNING", false],
    ["start", "RUNNING", true],
    ["start", "EXITED", false],
  ])("a conflict of %s is a success only if the instance is already so: %s", async (action, status, passes) => {
    const { connected } = connect({ [route]: conflict, [`GET /pods/${id}`]: { json: { ...instance, status } } });
    const call = connected.actions[action]?.(id, context);
    if (passes) await expect(call).resolves.toBeUndefined();
    else await expect(call).rejects.toMatchObject({ code: "conflict" });
  });

  it("an instance that starts without a GPU is stopped again, and the start fails", async () => {
    const { connected, sent } = connect({ [route]: { json: { ...instance, gpu: { id: gpuId, count: 0 } } } });
    await expect(connected.actions.start?.(id, context)).rejects.toMatchObject({ code: "no_capacity" });
    expect(sent.map(({ body }) => body)).toEqual([{ action: "start" }, { action: "stop" }]);
  });

  it("an instance that starts without GPU and cannot be stopped again may cost, and the error reports it", async () => {
    const { connected } = connect({ [route]: [{ json: { ...instance, gpu: { id: gpuId, count: 0 } } }, conflict] });
    await expect(connected.actions.start?.(id, context)).rejects.toMatchObject({
      code: "conflict",
      sideEffect: "committed",
      message: expect.stringContaining("started without GPU, and may run and cost"),
    });
  });

  it.each(["Failed to resume pod.", "There are not enough free GPUs on the host machine to start this pod."])(
    "a start on a full machine is no_capacity: %s",
    async (detail) => {
      const { connected } = connect({ [route]: { status: 400, json: { title: "Bad Request", status: 400, detail } } });
      await expect(connected.actions.start?.(id, context)).rejects.toMatchObject({ code: "no_capacity", sideEffect: "none" });
    },
  );
});

it("a launch returns a reachable instance with the price of its disk, and its deletion is verified", async () => {
  const simulator = createSimulator({ vendors: ["runpod"] });
  const { clock, fetch, keys } = simulator;
  const gpu = createGpu({ providers: [runpod({ apiKey: keys.runpod, fetch, clock })], owner: "ci", defaults: { clock } });
  const { instance: rented } = await gpu.launch({
    gpu: "RTX 4090",
    sshPublicKey: sshKey,
    maxUsdPerHour: 0.342739726,
    ttlMs: 3_600_000,
  });
  expect(rented).toMatchObject({
    status: "running",
    ready: true,
    region: null,
    usdPerHour: 0.342739726,
    expiryEnforcedBy: "sweep",
  });
  expect(await gpu.access(rented)).toMatchObject({ user: "root", auth: { kind: "key" } });
  await gpu.stop(rented);
  expect((await gpu.get(rented.ref))?.status).toBe("stopped");
  expect(await gpu.delete(rented, { waitMs: 120_000 })).toMatchObject({ outcome: "deleted" });
});

it("a create with an unusual number of GPUs has a price", async () => {
  const { clock, fetch, keys } = createSimulator({ vendors: ["runpod"] });
  const gpu = createGpu({ providers: [runpod({ apiKey: keys.runpod, fetch, clock })], owner: "ci", defaults: { clock } });
  const { offers } = await gpu.offers({ gpu: "RTX 4090", gpuCount: 3 });
  const [three] = offers;
  expect(three).toMatchObject({ gpuCount: 3 });
  const request = { offer: three?.id ?? "runpod:none", sshPublicKey: sshKey };
  const limit = three?.usdPerHour ?? 0;
  await expect(gpu.create({ ...request, maxUsdPerHour: limit / 2 })).rejects.toMatchObject({ code: "price_exceeded" });
  const rented = await gpu.create({ ...request, maxUsdPerHour: limit });
  expect(rented).toMatchObject({ gpuCount: 3, usdPerHour: limit });
});

it("accepts an existing client", () => {
  const client = createRunPodClient({ apiKey: "k" });
  expect(runpod({ client }).connect({}).client).toBe(client);
});
