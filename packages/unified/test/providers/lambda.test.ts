import { createLambdaClient } from "@gpu/lambda";
import { createSimulator } from "@gpu/simulator";
import { describe, expect, it } from "vitest";
import { createGpu } from "../../src/index.js";
import type { Offer } from "../../src/offer.js";
import { lambda } from "../../src/providers/lambda.js";
import { fingerprint, parseSshPublicKey, registeredKeyName } from "../../src/ssh-key.js";
import {
  connectTo,
  context,
  create,
  createRequest,
  mark,
  now,
  otherMark,
  recorded,
  type Script,
  type ScriptedResponse,
  sshKey,
} from "./scripted.js";

const responseOf = (operation: string, why: string) => recorded("lambda", operation, why);
const baseUrl = "https://cloud.lambda.ai/api/v1";
const connect = (script: Script) => connectTo(lambda(), baseUrl, script);

const id = "0920582c7ff041399e34823a0be62549";
const offer = "gpu_1x_h100_sxm5/us-south-1";
const region = { name: "us-south-1", description: "Texas, USA" };
const type = {
  name: "gpu_1x_h100_sxm5",
  description: "1x H100 (80 GB SXM5)",
  gpu_description: "H100 (80 GB SXM5)",
  price_cents_per_hour: 429,
  specs: { vcpus: 26, memory_gib: 225, storage_gib: 2816, gpus: 1 },
  architecture: "x86_64",
};
const instance = {
  id,
  name: "train-42",
  status: "active",
  ip: "198.51.100.12",
  ssh_key_names: ["laptop"],
  file_system_names: [],
  region,
  instance_type: type,
  actions: {},
  tags: [
    { key: "team", value: "research" },
    { key: "gpu-mark", value: mark },
  ],
  first_healthy: "2026-10-06T09:18:27Z",
};
const ownKey = { id: "k1", name: "laptop", public_key: sshKey.replace("ada@workstation", "other comment") };
const keys: Script = { "GET /ssh-keys": { json: { data: [ownKey] } } };
const created: Script = { ...keys, "POST /instance-operations/launch": responseOf("createInstance", "one id") };

async function offersOf(catalogue: unknown): Promise<Offer[]> {
  const { connected } = connect({ "GET /instance-types": { json: { data: catalogue } } });
  return connected.listOffers(context);
}

async function offersWith(fields: object, regions: unknown = [region]): Promise<Offer[]> {
  return offersOf({ a: { instance_type: { ...type, ...fields }, regions_with_capacity_available: regions } });
}

async function found(fields: object) {
  const { connected } = connect({ [`GET /instances/${id}`]: { json: { data: { ...instance, ...fields } } } });
  const one = await connected.get(id, context);
  if (!one) throw new Error("the instance was not found");
  return one;
}

async function bodyOf(fields: Parameters<typeof createRequest>[1], path = offer) {
  const { connected, sent } = connect(created);
  await create(connected, createRequest(path, { sshPublicKey: sshKey, ...fields }));
  return sent.find(({ path }) => path === "/instance-operations/launch")?.body;
}

describe("offers of Lambda", () => {
  it("have all values of the catalogue", async () => {
    expect(await offersWith({})).toEqual([
      {
        id: "lambda:gpu_1x_h100_sxm5/us-south-1",
        provider: "lambda",
        upstreamCloud: null,
        gpu: { model: "H100", vendor: "nvidia", vramGb: 80, formFactor: "sxm", rawName: "H100 (80 GB SXM5)", known: true },
        gpuCount: 1,
        usdPerHour: 4.29,
        usdPerGpuHour: 4.29,
        market: "on_demand",
        availability: "available",
        region: "us-south-1",
        regionName: "Texas, USA",
        cpuCores: 26,
        memoryGb: 225,
        diskGb: { included: 2816, min: null, max: null },
        kind: "vm",
        bootSeconds: { min: 180, max: 300 },
        observedAt: new Date(now).toISOString(),
      },
    ]);
  });

  it("are one for each region with capacity, and one without a region where there is none", async () => {
    const { connected } = connect({ "GET /instance-types": responseOf("listInstanceTypes", "types with and without capacity") });
    const offers = await connected.listOffers(context);
    expect(offers.map(({ id, region, availability, usdPerHour }) => [id, region, availability, usdPerHour])).toEqual([
      ["lambda:gpu_1x_a10/us-east-1", "us-east-1", "available", 1.29],
      ["lambda:gpu_1x_a10/us-south-1", "us-south-1", "available", 1.29],
      ["lambda:gpu_1x_gh200/us-east-3", "us-east-3", "available", 2.29],
      ["lambda:gpu_8x_h100_sxm5", null, "unavailable", 31.92],
      ["lambda:gpu_1x_a100_sxm4/us-east-1", "us-east-1", "available", 1.99],
      ["lambda:gpu_8x_v100/us-south-1", "us-south-1", "available", 6.32],
    ]);
    expect(
      offers.map(({ gpu, gpuCount, usdPerGpuHour }) => [gpu.model, gpu.vramGb, gpu.formFactor, gpuCount, usdPerGpuHour]),
    ).toEqual([
      ["A10", 24, "pcie", 1, 1.29],
      ["A10", 24, "pcie", 1, 1.29],
      ["GH200", 96, null, 1, 2.29],
      ["H100", 80, "sxm", 8, 3.99],
      ["A100", 40, "sxm", 1, 1.99],
      ["V100", 16, null, 8, 0.79],
    ]);
  });

  it.each<[price: unknown, usd: number | null]>([
    [429, 4.29],
    [20, 0.2],
    [3192, 31.92],
    [0, null],
    [-5, null],
    [4.29, null],
    ["429", null],
    [null, null],
    [undefined, null],
  ])("a price of %j cents is %j dollars", async (price_cents_per_hour, usd) => {
    expect((await offersWith({ price_cents_per_hour }))[0]?.usdPerHour).toBe(usd);
  });

  it("are none for a type without GPU", async () => {
    const { connected } = connect({ "GET /instance-types": responseOf("listInstanceTypes", "a type without GPU") });
    expect(await connected.listOffers(context)).toEqual([]);
    expect(await offersWith({ specs: null, gpu_description: "none" })).toEqual([]);
  });

  it.each<[string, object, Partial<Offer>]>([
    ["no sizes, and the count in the name", { specs: null, name: "gpu_8x_b200_sxm6" }, { gpuCount: 8, cpuCores: null }],
    ["no count at all", { specs: null, name: "b200" }, { gpuCount: 0, usdPerGpuHour: null }],
    ["no description", { gpu_description: null }, { gpu: expect.objectContaining({ model: "H100", formFactor: "sxm" }) }],
    ["several GPUs, which boot later", { specs: { gpus: 8 } }, { bootSeconds: { min: 600, max: 900 } }],
  ])("are kept without the invalid field: %s", async (_, fields, expected) => {
    expect((await offersWith(fields))[0]).toMatchObject(expected);
  });

  it("skip entries that are not offers", async () => {
    const entry = { instance_type: type, regions_with_capacity_available: [null, "x", { name: "" }, region] };
    expect((await offersOf({ a: null, b: 7, c: { instance_type: null }, d: entry })).map(({ id }) => id)).toEqual([
      "lambda:gpu_1x_h100_sxm5/us-south-1",
    ]);
    expect(await offersWith({}, "none")).toMatchObject([{ region: null, availability: "unknown" }]);
  });

  it("fail when the catalogue is not an object", async () => {
    await expect(offersOf(null)).rejects.toMatchObject({ code: "vendor_contract" });
  });
});

describe("a create at Lambda", () => {
  it("requests exactly the offer, with the name of the key and a mark as a tag", async () => {
    const { connected, sent } = connect(created);
    expect(await create(connected, createRequest(offer, { name: "train-42", sshPublicKey: sshKey }))).toEqual({ id });
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /ssh-keys", "POST /instance-operations/launch"]);
    expect(sent.at(-1)?.body).toEqual({
      region_name: "us-south-1",
      instance_type_name: "gpu_1x_h100_sxm5",
      ssh_key_names: ["laptop"],
      name: "train-42",
      tags: [{ key: "gpu-mark", value: mark }],
    });
  });

  it.each<[string, Parameters<typeof createRequest>[1], object]>([
    ["an image family", { image: "lambda-stack-24-04" }, { image: { family: "lambda-stack-24-04" } }],
    [
      "an image by its id",
      { image: "43336648-096d-4cba-9aa2-f9bb7727639d" },
      { image: { id: "43336648-096d-4cba-9aa2-f9bb7727639d" } },
    ],
    [
      "an image by its id without dashes",
      { image: "43336648096d4cba9aa2f9bb7727639d" },
      { image: { id: "43336648096d4cba9aa2f9bb7727639d" } },
    ],
    [
      "a script, with the line that cloud-init needs",
      { startupScript: "nvidia-smi\n" },
      { user_data: "#!/bin/bash\nnvidia-smi\n" },
    ],
    ["a script as it is", { startupScript: "#!/bin/sh\ntrue\n" }, { user_data: "#!/bin/sh\ntrue\n" }],
    [
      "a cloud-init configuration as it is",
      { startupScript: "#cloud-config\nruncmd: []\n" },
      { user_data: "#cloud-config\nruncmd: []\n" },
    ],
    ["a name cut to 64 characters", { name: `${"a".repeat(63)}\u{1f600}` }, { name: "a".repeat(63) }],
    [
      "the vendor's own fields, and tags before the mark",
      {
        options: {
          hostname: "train",
          file_system_names: ["datasets"],
          tags: [
            { key: "team", value: "a" },
            { key: "gpu-mark", value: "x" },
          ],
        },
      },
      {
        hostname: "train",
        file_system_names: ["datasets"],
        tags: [
          { key: "team", value: "a" },
          { key: "gpu-mark", value: mark },
        ],
      },
    ],
    ["a key by its name", { options: { ssh_key_names: ["ci"] } }, { ssh_key_names: ["ci"] }],
  ])("sends %s", async (_, fields, expected) => {
    expect(await bodyOf(fields)).toEqual({
      region_name: "us-south-1",
      instance_type_name: "gpu_1x_h100_sxm5",
      ssh_key_names: ["laptop"],
      tags: [{ key: "gpu-mark", value: mark }],
      ...expected,
    });
  });

  it("decodes the parts of an offer", async () => {
    const [offered] = await offersWith({ name: "gpu/x 1" }, [{ name: "a/b", description: "" }]);
    expect(offered?.id).toBe("lambda:gpu%2Fx 1/a%2Fb");
    expect(await bodyOf({}, offered?.id.slice("lambda:".length))).toMatchObject({
      instance_type_name: "gpu/x 1",
      region_name: "a/b",
    });
  });

  it.each([
    ["gpu_1x_h100_sxm5", "has no region with capacity"],
    ["gpu_1x_h100_sxm5/", "has no region with capacity"],
    ["", "is not an offer"],
    ["/us-south-1", "is not an offer"],
    ["a/b/c", "is not an offer"],
  ])("rejects %j before any request", async (path, reason) => {
    const { connected, sent } = connect({});
    const prepared = connected.prepareCreate(createRequest(path, { sshPublicKey: sshKey }), context);
    await expect(prepared).rejects.toMatchObject({
      code: "invalid_request",
      sideEffect: "none",
      message: expect.stringContaining(reason),
    });
    expect(sent).toEqual([]);
  });

  it.each<[string, Parameters<typeof createRequest>[1]]>([
    ["a script and user data", { startupScript: "x", options: { user_data: "y" } }],
    ["an invalid public key", { sshPublicKey: "-----BEGIN" }],
  ])("rejects %s before any request", async (_, fields) => {
    const { connected, sent } = connect({});
    const prepared = connected.prepareCreate(createRequest(offer, { sshPublicKey: sshKey, ...fields }), context);
    await expect(prepared).rejects.toMatchObject({ code: "invalid_request", sideEffect: "none" });
    expect(sent).toEqual([]);
  });

  it.each([
    ["no capacity", responseOf("createInstance", "no capacity"), { code: "no_capacity", sideEffect: "none" }],
    ["a quota", responseOf("createInstance", "quota"), { code: "quota_exceeded", sideEffect: "none" }],
    ["an inactive account", responseOf("createInstance", "inactive"), { code: "permission_denied", sideEffect: "none" }],
    ["a bad gateway", { status: 502 }, { code: "unavailable", sideEffect: "possible" }],
    ["no id", { json: { data: { instance_ids: [] } } }, { code: "vendor_contract", sideEffect: "committed" }],
  ] as const)("is sent once only when it ends with %s", async (_, response, expected) => {
    const { connected, sent } = connect({ ...created, "POST /instance-operations/launch": response });
    await expect(create(connected, createRequest(offer, { sshPublicKey: sshKey }))).rejects.toMatchObject(expected);
    expect(sent.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  it("waits so that two launches of one client are 13 seconds apart, and ends when aborted", async () => {
    const waits: number[] = [];
    const clock = { now: () => now, sleep: async (ms: number) => void waits.push(ms) };
    const { connected } = connect(created);
    const request = createRequest(offer, { sshPublicKey: sshKey });
    for (let count = 0; count < 3; count += 1) await connected.prepareCreate(request, { clock });
    expect(waits).toEqual([13_000, 26_000]);
    const stopped = { ...clock, sleep: () => Promise.reject(new Error("aborted")) };
    await expect(connected.prepareCreate(request, { clock: stopped })).rejects.toThrow("aborted");
  });
});

describe("launches of one account", () => {
  it("succeed one after the other, although the vendor accepts one in 12 seconds", async () => {
    const { fetch, clock, keys, ledger } = createSimulator({ vendors: ["lambda"] });
    const gpu = createGpu({ providers: [lambda({ apiKey: keys.lambda })], defaults: { fetch, clock } });
    const request = { offer: "lambda:gpu_1x_a10/us-east-1", sshPublicKey: sshKey } as const;
    await Promise.all([gpu.create(request), gpu.create(request), gpu.create(request)]);
    expect(ledger()).toHaveLength(3);
    const other = createGpu({ providers: [lambda({ apiKey: keys.lambda })], defaults: { fetch, clock } });
    // Another process does not know about these launches.
    await expect(other.create(request)).rejects.toMatchObject({ code: "rate_limited", sideEffect: "none" });
  });
});

describe("the SSH key at Lambda", () => {
  const key = parseSshPublicKey(sshKey);
  const other = { ...ownKey, name: "other", public_key: sshKey.replace("AAAAIPZF", "AAAAIPZG") };
  const list = (...data: unknown[]): ScriptedResponse => ({ json: { data } });

  async function sentFor(script: Script) {
    const { connected, sent } = connect({ ...created, ...script });
    await create(connected, createRequest(offer, { sshPublicKey: `${sshKey}\n` }));
    const launch = sent.at(-1)?.body as { ssh_key_names: string[] };
    return { sent, name: launch.ssh_key_names[0] };
  }

  it("is found by its content, whatever its comment", async () => {
    expect((await sentFor({ "GET /ssh-keys": list(other, null, ownKey) })).name).toBe("laptop");
  });

  it("is registered with a derived name when there is none", async () => {
    if (!key) throw new Error("the key is not readable");
    const name = registeredKeyName(await fingerprint(key));
    const { sent, name: used } = await sentFor({
      "GET /ssh-keys": list(other),
      "POST /ssh-keys": responseOf("createSshKey", "stored"),
    });
    expect(used).toBe(name);
    expect(sent[1]).toMatchObject({ method: "POST", path: "/ssh-keys", body: { name, public_key: sshKey } });
  });

  it("is read again when another process has registered it in the meantime", async () => {
    const taken = responseOf("createSshKey", "name taken");
    expect((await sentFor({ "GET /ssh-keys": [list(), list(ownKey)], "POST /ssh-keys": taken })).name).toBe("laptop");
    const lost = sentFor({ "GET /ssh-keys": list(other), "POST /ssh-keys": taken });
    await expect(lost).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("an instance of Lambda", () => {
  it("has all values of the vendor", async () => {
    expect(await found({})).toEqual({
      mark,
      instance: {
        ref: `lambda:${id}`,
        provider: "lambda",
        id,
        name: "train-42",
        status: "running",
        rawStatus: "active",
        ready: true,
        billing: "compute",
        gpu: { model: "H100", vendor: "nvidia", vramGb: 80, formFactor: "sxm", rawName: "H100 (80 GB SXM5)", known: true },
        gpuCount: 1,
        market: "on_demand",
        usdPerHour: 4.29,
        region: "us-south-1",
        address: "198.51.100.12",
        ports: [],
        createdAt: null,
        error: null,
      },
    });
  });

  it.each<[status: string, healthy: string | null, expected: object]>([
    ["booting", null, { status: "starting", ready: false, billing: "none", error: null }],
    ["booting", "2026-10-06T09:18:27Z", { status: "starting", ready: false, billing: "compute" }],
    ["active", null, { status: "running", ready: true, billing: "compute" }],
    ["unhealthy", null, { status: "failed", ready: false, billing: "unknown", error: "unhealthy" }],
    ["unhealthy", "2026-10-06T09:18:27Z", { status: "failed", billing: "compute" }],
    ["preempted", null, { status: "failed", billing: "unknown", error: "preempted" }],
    ["terminating", null, { status: "terminating", ready: false, billing: "none" }],
    ["terminated", null, { status: "terminated", ready: false, billing: "none" }],
    ["error", null, { status: "unknown", ready: false, billing: "unknown", rawStatus: "error" }],
  ])("in the status %s, first healthy %s", async (status, first_healthy, expected) => {
    expect((await found({ status, first_healthy })).instance).toMatchObject(expected);
  });

  it.each(["just launched", "booting, with nulls", "booting, with empty texts"])("has no address: %s", async (why) => {
    const { connected } = connect({ [`GET /instances/${id}`]: responseOf("getInstance", why) });
    expect((await connected.get(id, context))?.instance).toMatchObject({ status: "starting", address: null, ready: false });
    expect(await connected.access(id, context)).toBeUndefined();
  });

  it("is reached as ubuntu on port 22", async () => {
    const { connected } = connect({ [`GET /instances/${id}`]: { json: { data: instance } } });
    expect(await connected.access(id, context)).toEqual({
      host: "198.51.100.12",
      port: 22,
      user: "ubuntu",
      auth: { kind: "key" },
    });
  });

  it.each<[string, unknown, string | undefined]>([
    [
      "the last of several marks",
      [
        { key: "gpu-mark", value: otherMark },
        { key: "gpu-mark", value: mark },
      ],
      mark,
    ],
    ["a text that is not a mark", [{ key: "gpu-mark", value: "x" }], undefined],
    ["the mark under another key", [{ key: "mark", value: mark }], undefined],
    ["tags that cannot be read", [null, 7, { key: "gpu-mark" }], undefined],
    ["no tags", [], undefined],
    ["no list of tags", undefined, "unknown"],
    ["null instead of tags", null, "unknown"],
  ])("has the mark of %s", async (_, tags, expected) => {
    expect((await found({ tags })).mark).toBe(expected);
  });

  it("shows no secret", async () => {
    const token = "4fb1c9d2a7e84d3fb0c6c51f9aa27d30";
    const secrets = { jupyter_token: token, jupyter_url: `https://jupyter.lambdaspaces.com/?token=${token}` };
    expect(JSON.stringify(await found(secrets))).not.toContain(token);
  });

  it.each(["i1", "", "train-42", `${id}0`, "../ssh-keys"])("is none without a request for the id %j", async (malformed) => {
    const { connected, sent } = connect({});
    expect(await connected.get(malformed, context)).toBeUndefined();
    await expect(connected.delete(malformed, context)).rejects.toMatchObject({ code: "not_found", sideEffect: "none" });
    expect(sent).toEqual([]);
  });

  it("is none when the vendor has none of its id", async () => {
    const { connected } = connect({ [`GET /instances/${id}`]: responseOf("getInstance", "an unknown id") });
    expect(await connected.get(id, context)).toBeUndefined();
  });
});

describe("the list of Lambda", () => {
  it("is one request, and reads on only when the response has a token", async () => {
    const whole = connect({ "GET /instances": responseOf("listInstances", "whole list") });
    expect((await whole.connected.list(context)).map(({ instance }) => instance.status)).toEqual(["running", "terminating"]);
    expect(whole.sent.map(({ path }) => path)).toEqual(["/instances"]);
    const second = { json: { data: [{ ...instance, id: "6a1f0e9d8c7b4a5f9e8d7c6b5a493827" }], page_token: null } };
    const first = responseOf("listInstances", "a page with the token");
    const paged = connect({ "GET /instances": first, "GET /instances?page_token=eyJpZCI6IjA5MjA1ODJjIn0": second });
    expect((await paged.connected.list(context)).map(({ instance }) => instance.id)).toEqual([
      id,
      "6a1f0e9d8c7b4a5f9e8d7c6b5a493827",
    ]);
  });
});

describe("a delete at Lambda", () => {
  const terminate = "POST /instance-operations/terminate";

  it("terminates one id", async () => {
    const { connected, sent } = connect({ [terminate]: responseOf("deleteInstance", "terminating") });
    await connected.delete(id, context);
    expect(sent.map(({ path, body }) => [path, body])).toEqual([["/instance-operations/terminate", { instance_ids: [id] }]]);
  });

  it("is not_found for an unknown id", async () => {
    const { connected } = connect({ [terminate]: responseOf("deleteInstance", "an unknown id") });
    await expect(connected.delete(id, context)).rejects.toMatchObject({ code: "not_found", sideEffect: "none" });
  });

  it.each<[string, ScriptedResponse, string | undefined]>([
    ["is terminating", { json: { data: { ...instance, status: "terminating" } } }, undefined],
    ["is gone", responseOf("getInstance", "an unknown id"), undefined],
    ["is active", { json: { data: instance } }, "vendor_contract"],
  ])("reads again when the response lacks the instance, which %s", async (_, read, code) => {
    const { connected } = connect({
      [terminate]: { json: { data: { terminated_instances: [] } } },
      [`GET /instances/${id}`]: read,
    });
    const outcome = await connected.delete(id, context).then(
      () => undefined,
      (error: { code: string }) => error.code,
    );
    expect(outcome).toBe(code);
  });
});

describe("the requirements and limits of Lambda", () => {
  const sent: string[] = [];
  const fetch = async (url: string): Promise<Response> => {
    sent.push(url);
    throw new Error("unexpected request");
  };
  const gpu = createGpu({ providers: [lambda()], owner: "ci", defaults: { apiKey: "key", maxRetries: 0, fetch } });
  const request = { offer: "lambda:gpu_1x_a10/us-east-1", sshPublicKey: sshKey } as const;

  it.each<[what: string, call: () => Promise<unknown>]>([
    // @ts-expect-error: a launch needs a key
    ["a create without a key", () => gpu.create({ offer: "lambda:gpu_1x_a10/us-east-1" })],
    // @ts-expect-error: there are no variables
    ["variables", () => gpu.create({ ...request, env: { MODE: "test" } })],
    // @ts-expect-error: the disk belongs to the type
    ["a disk", () => gpu.create({ ...request, diskGb: 100 })],
    // @ts-expect-error: there is no stop
    ["a stop", () => gpu.stop(`lambda:${id}`)],
  ])("is rejected by the compiler and before any request: %s", async (_, call) => {
    await expect(call()).rejects.toMatchObject({ code: "unsupported", sideEffect: "none" });
    expect(sent).toEqual([]);
  });

  it("cannot move an expiry, because tags cannot change", async () => {
    await expect(gpu.extend(`lambda:${id}`, { ttlMs: 3_600_000 })).rejects.toMatchObject({ code: "unsupported" });
  });
});

it("restarts one instance", async () => {
  const { connected, sent } = connect({ "POST /instance-operations/restart": responseOf("restartInstance", "active") });
  await connected.actions.restart?.(id, context);
  expect(sent[0]?.body).toEqual({ instance_ids: [id] });
});

it("accepts an existing client", () => {
  const client = createLambdaClient({ apiKey: "key" });
  expect(lambda({ client }).connect({}).client).toBe(client);
});
