import { createThunderComputeClient } from "@gpu/thunder-compute";
import { describe, expect, it } from "vitest";
import type { Offer } from "../../src/offer.js";
import { thunderCompute } from "../../src/providers/thunder-compute.js";
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

const responseOf = (operation: string, why: string) => recorded("thunder-compute", operation, why);
const connect = (script: Script) => connectTo(thunderCompute(), "https://api.thundercompute.com:8443/v1", script);

const specs = responseOf("listInstanceTypes", "about September 2026");
const pricing = responseOf("listPrices", "about September 2026");
const stock = responseOf("listAvailability", "inner keys are counts");
const catalogue = { "GET /specs": specs, "GET /pricing": pricing, "GET /status": stock };
const created = { "POST /instances/create": responseOf("createInstance", "a key was sent: `key` is missing") };
const instances = (...list: object[]): ScriptedResponse => ({
  json: Object.fromEntries(list.map((one, index) => [String(index), one])),
});
const running = {
  uuid: "u1",
  name: "n1",
  status: "RUNNING",
  cpuCores: "8",
  numGpus: "1",
  storage: 100,
  gpuType: "A100XL",
  ip: "203.0.113.24",
  port: 31245,
};

async function offersOf(script: Script): Promise<Map<string, Offer>> {
  const { connected } = connect(script);
  return new Map((await connected.listOffers(context)).map((offer) => [offer.id, offer]));
}

async function instanceOf(fields: object, script: Script = catalogue) {
  const { connected } = connect({ ...script, "GET /instances/list": instances({ ...running, ...fields }) });
  const found = await connected.get("u1", context);
  if (!found) throw new Error("the instance was not found");
  return found;
}

describe("offers of Thunder Compute", () => {
  it("join configurations, prices and stock by key", async () => {
    const offers = await offersOf(catalogue);
    expect([...offers.keys()]).toEqual([
      "thunder-compute:a100xl_x1",
      "thunder-compute:a100xl_x4",
      "thunder-compute:h100_x8",
      "thunder-compute:l40_x1",
    ]);
    expect(offers.get("thunder-compute:a100xl_x1")).toEqual({
      id: "thunder-compute:a100xl_x1",
      provider: "thunder-compute",
      upstreamCloud: null,
      gpu: { model: "A100", vendor: "nvidia", vramGb: 80, formFactor: null, rawName: "NVIDIA A100 (80GB)", known: true },
      gpuCount: 1,
      usdPerHour: 1.09,
      usdPerGpuHour: 1.09,
      market: "on_demand",
      availability: "available",
      region: null,
      cpuCores: 8,
      memoryGb: 64,
      diskGb: { included: 100, min: 100, max: 500 },
      kind: "vm",
      bootSeconds: { min: null, max: null },
      observedAt: new Date(now).toISOString(),
    });
    expect(offers.get("thunder-compute:h100_x8")).toMatchObject({ gpuCount: 8, usdPerHour: null, availability: "unavailable" });
    expect(offers.get("thunder-compute:l40_x1")).toMatchObject({
      usdPerHour: null,
      usdPerGpuHour: null,
      availability: "unknown",
    });
  });

  it("divide the price of the whole configuration among its GPUs", async () => {
    const offers = await offersOf({ ...catalogue, "GET /pricing": { json: { pricing: { h100_x8: 25.6, a100xl_x4: 5.96 } } } });
    expect(offers.get("thunder-compute:h100_x8")).toMatchObject({ usdPerHour: 25.6, usdPerGpuHour: 3.2 });
    expect(offers.get("thunder-compute:a100xl_x4")).toMatchObject({ usdPerHour: 5.96, usdPerGpuHour: 1.49 });
  });

  it.each([
    { why: "by vCPU", type: { vcpuOptions: [12, 8], ramPerVCPUGiB: 8 }, cpuCores: 8, memoryGb: 64 },
    { why: "under a cap", type: { vcpuOptions: [60, 36], ramPerVCPUGiB: 8, ramCapGiB: 420 }, cpuCores: 36, memoryGb: 228 },
    {
      why: "under a cap of 0, which is none",
      type: { vcpuOptions: [4], ramPerVCPUGiB: 4, ramCapGiB: 0 },
      cpuCores: 4,
      memoryGb: 16,
    },
    { why: "not at all", type: { vcpuOptions: "8", ramPerVCPUGiB: 8 }, cpuCores: null, memoryGb: null },
  ])("count memory $why", async ({ type, cpuCores, memoryGb }) => {
    const offers = await offersOf({ ...catalogue, "GET /specs": { json: { specs: { l40_x1: type } } } });
    expect(offers.get("thunder-compute:l40_x1")).toMatchObject({ cpuCores, memoryGb });
  });

  it("exclude a key with a mode when there is one without", async () => {
    const type = { displayName: "RTX A6000", gpuCount: 1, vramGB: 48, vcpuOptions: [4], ramPerVCPUGiB: 8 };
    const types = { a6000_x1: type, a6000_x1_prototyping: type, l40s_x1_production: { ...type, displayName: "NVIDIA L40S" } };
    const offers = await offersOf({ ...catalogue, "GET /specs": { json: { specs: types } } });
    expect([...offers.keys()]).toEqual(["thunder-compute:a6000_x1", "thunder-compute:l40s_x1_production"]);
  });

  it("are kept with invalid fields and unknown GPUs", async () => {
    const odd = {
      quark_x2: null,
      b200_x1: { displayName: 7, vramGB: "180", storageGB: "big" },
      a100xl_x1: { displayName: "Turbo" },
    };
    const prices = { quark_x2: "12.5", b200_x1: 0, a100xl_x1: "free" };
    const offers = await offersOf({
      ...catalogue,
      "GET /specs": { json: { specs: odd } },
      "GET /pricing": { json: { pricing: prices } },
    });
    expect(offers.get("thunder-compute:quark_x2")).toMatchObject({
      gpu: { model: "quark", known: false },
      gpuCount: 2,
      usdPerHour: 12.5,
      usdPerGpuHour: 6.25,
    });
    expect(offers.get("thunder-compute:b200_x1")).toMatchObject({
      gpu: { model: "B200", vramGb: 180 },
      usdPerHour: null,
      diskGb: { included: 100, min: null, max: null },
    });
    expect(offers.get("thunder-compute:a100xl_x1")).toMatchObject({ gpu: { model: "A100", vramGb: 80 }, usdPerHour: null });
  });

  it.each([
    { stock: responseOf("listAvailability", "wrong token"), availability: "unknown" },
    { stock: responseOf("listAvailability", "empty object"), availability: "unknown" },
    { stock: { json: { specs: { a100xl_x1: "limited" } } }, availability: "unknown" },
    { stock: { json: { specs: { a100xl_x1: "Unavailable" } } }, availability: "unavailable" },
  ])("do not fail with the stock: $availability", async ({ stock, availability }) => {
    const offers = await offersOf({ ...catalogue, "GET /status": stock });
    expect(offers.get("thunder-compute:a100xl_x1")).toMatchObject({ availability, usdPerHour: 1.09 });
  });

  it.each(["/specs", "/pricing"])("fail when %s does", async (path) => {
    const { connected } = connect({ ...catalogue, [`GET ${path}`]: { status: 401, json: { error: "unauthorized" } } });
    await expect(connected.listOffers(context)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("fail when the configurations are missing", async () => {
    const { connected } = connect({ ...catalogue, "GET /specs": { json: { specs: null } } });
    await expect(connected.listOffers(context)).rejects.toMatchObject({ code: "vendor_contract" });
  });
});

describe("a create at Thunder Compute", () => {
  it("turns an offer into the vendor's request, with the mark at the end of the key's comment", async () => {
    const { connected, sent } = connect({ ...catalogue, ...created });
    const result = await create(connected, createRequest("a100xl_x1", { sshPublicKey: ` ${sshKey}\n` }));
    expect(result).toEqual({ id: "instance-uuid" });
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /specs", "POST /instances/create"]);
    expect(sent[1]?.body).toEqual({
      gpu_type: "a100xl",
      num_gpus: 1,
      cpu_cores: 8,
      disk_size_gb: 100,
      template: "base",
      public_key: `${sshKey} gpu-mark=${mark}`,
    });
  });

  it.each([
    {
      why: "image and disk",
      offer: "l40_x1",
      fields: { image: "ollama", diskGb: 500 },
      body: { template: "ollama", disk_size_gb: 500 },
    },
    { why: "vCPUs", offer: "a100xl_x4", fields: { options: { cpu_cores: 60 } }, body: { num_gpus: 4, cpu_cores: 60 } },
    { why: "a temporary disk", offer: "l40_x1", fields: { options: { ephemeral_disk_gb: 50 } }, body: { ephemeral_disk_gb: 50 } },
  ])("accepts $why", async ({ offer, fields, body }) => {
    const { connected, sent } = connect({ ...catalogue, ...created });
    await create(connected, createRequest(offer, { sshPublicKey: sshKey, ...fields }));
    expect(sent.at(-1)?.body).toMatchObject(body);
  });

  it.each([
    { why: "what the price includes", fields: {}, usd: 0 },
    { why: "vCPUs beyond that", fields: { options: { cpu_cores: 16 } }, usd: 0.32 },
    { why: "disk beyond that", fields: { diskGb: 500 }, usd: 0.12 },
    { why: "a temporary disk", fields: { options: { ephemeral_disk_gb: 50 } }, usd: null },
    { why: "a temporary disk of size 0", fields: { options: { ephemeral_disk_gb: 0 } }, usd: 0 },
  ])("with $why costs $usd in addition to the offer", async ({ fields, usd }) => {
    const { connected } = connect(catalogue);
    const request = createRequest("a100xl_x1", { sshPublicKey: sshKey, ...fields });
    expect((await connected.prepareCreate(request, context)).extraUsdPerHour).toBeNull();
    await connected.listOffers(context);
    expect((await connected.prepareCreate(request, context)).extraUsdPerHour).toBe(usd);
  });

  it("sends the mode where the catalogue still has modes, and the smallest vCPU count of an unsorted list", async () => {
    const { connected, sent } = connect({ "GET /specs": responseOf("listInstanceTypes", "May 2026"), ...created });
    await create(connected, createRequest("a6000_x1_prototyping", { sshPublicKey: sshKey }));
    expect(sent.at(-1)?.body).toMatchObject({ gpu_type: "a6000", num_gpus: 1, mode: "prototyping", cpu_cores: 4 });
  });

  it("replaces the mark of an earlier create in the key, and marks a key without a comment", async () => {
    const [type, blob] = sshKey.split(" ");
    const { connected, sent } = connect({ ...catalogue, ...created });
    await create(connected, createRequest("l40_x1", { sshPublicKey: `${sshKey} gpu-mark=${otherMark}` }));
    await create(connected, createRequest("l40_x1", { sshPublicKey: `${type} ${blob}` }));
    const keys = sent.flatMap(({ body }) => (body as { public_key: string } | undefined)?.public_key ?? []);
    expect(keys).toEqual([`${sshKey} gpu-mark=${mark}`, `${type} ${blob} gpu-mark=${mark}`]);
  });

  it("discards a private key that the vendor returns anyway", async () => {
    const { connected } = connect({
      ...catalogue,
      "POST /instances/create": responseOf("createInstance", "a key was sent and a private key"),
    });
    const result = await create(connected, createRequest("l40_x1", { sshPublicKey: sshKey }));
    expect(result).toEqual({ id: "k7w2m9qd" });
  });

  it.each([
    { offer: "h100", why: "no count" },
    { offer: "h100_x0", why: "no GPU" },
    { offer: "H100/sxm_x1", why: "a slash" },
    { offer: "", why: "nothing" },
  ])("rejects an offer with $why before any request", async ({ offer }) => {
    const { connected, sent } = connect({});
    const refused = connected.prepareCreate(createRequest(offer, { sshPublicKey: sshKey }), context);
    await expect(refused).rejects.toMatchObject({
      code: "invalid_request",
      sideEffect: "none",
      message: expect.stringContaining("_xCOUNT"),
    });
    expect(sent).toEqual([]);
  });

  it("rejects an invalid public key before any request, without quoting it", async () => {
    const { connected, sent } = connect({});
    const refused = connected.prepareCreate(createRequest("h100_x1", { sshPublicKey: "-----BEGIN SECRET" }), context);
    await expect(refused).rejects.toMatchObject({ code: "invalid_request", message: expect.not.stringContaining("BEGIN") });
    expect(sent).toEqual([]);
  });

  it.each([
    { offer: "b200_x1", fields: {}, code: "offer_gone", says: "b200_x1" },
    { offer: "toString_x1", fields: {}, code: "offer_gone", says: "no longer" },
    { offer: "a100xl_x1", fields: { options: { cpu_cores: 4 } }, code: "invalid_request", says: "one of 8, 12, 16" },
    { offer: "a100xl_x1", fields: { diskGb: 50 }, code: "invalid_request", says: "from 100 to 500" },
    { offer: "a100xl_x1", fields: { diskGb: 501 }, code: "invalid_request", says: "from 100 to 500" },
  ])("rejects $offer with $fields as $code before it costs money", async ({ offer, fields, code, says }) => {
    const { connected, sent } = connect(catalogue);
    const refused = connected.prepareCreate(createRequest(offer, { sshPublicKey: sshKey, ...fields }), context);
    await expect(refused).rejects.toMatchObject({ code, sideEffect: "none", message: expect.stringContaining(says) });
    expect(sent.map(({ path }) => path)).toEqual(["/specs"]);
  });

  it("is sent once, even when the vendor fails", async () => {
    const { connected, sent } = connect({ ...catalogue, "POST /instances/create": { status: 500, json: { error: "internal" } } });
    const failed = create(connected, createRequest("l40_x1", { sshPublicKey: sshKey }));
    await expect(failed).rejects.toMatchObject({ sideEffect: "possible" });
    expect(sent.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  it("is committed when the vendor returns no id", async () => {
    const { connected } = connect({
      ...catalogue,
      "POST /instances/create": { status: 201, json: { identifier: 0, uuid: null } },
    });
    const failed = create(connected, createRequest("l40_x1", { sshPublicKey: sshKey }));
    await expect(failed).rejects.toMatchObject({ code: "vendor_contract", sideEffect: "committed" });
  });
});

describe("instances of Thunder Compute", () => {
  it("are read from the list by uuid", async () => {
    const { connected } = connect({ ...catalogue, "GET /instances/list": responseOf("listInstances", "live, May 2026") });
    const { instance, mark: found } = (await connected.get("fi3966m0", context)) ?? {};
    expect(instance).toEqual({
      ref: "thunder-compute:fi3966m0",
      provider: "thunder-compute",
      id: "fi3966m0",
      name: "fi3966m0",
      status: "running",
      rawStatus: "RUNNING",
      ready: true,
      billing: "compute",
      gpu: { model: "A100", vendor: "nvidia", vramGb: 80, formFactor: null, rawName: "A100XL", known: true },
      gpuCount: 1,
      market: "on_demand",
      usdPerHour: 1.09,
      region: null,
      address: "203.0.113.24",
      ports: [{ port: 8080, protocol: "http", endpoint: "https://fi3966m0-8080.thundercompute.net" }],
      createdAt: "2026-08-15T09:12:44Z",
      error: null,
    });
    expect(found).toBeUndefined();
    expect(await connected.get("other", context)).toBeUndefined();
    expect((await connected.list(context)).map((one) => one.instance.id)).toEqual(["fi3966m0", "k7w2m9qd"]);
  });

  it.each([
    ["PENDING", "pending", "unknown"],
    ["QUEUED", "pending", "unknown"],
    ["PROVISIONING", "pending", "unknown"],
    ["CREATING", "pending", "unknown"],
    ["STAGING", "starting", "unknown"],
    ["STARTING", "starting", "unknown"],
    ["RESTORING", "starting", "unknown"],
    ["RUNNING", "running", "compute"],
    ["running", "running", "compute"],
    ["MODIFYING", "updating", "unknown"],
    ["MIGRATING", "updating", "unknown"],
    ["SNAPPING", "updating", "unknown"],
    ["UNKNOWN", "unknown", "unknown"],
    ["STOPPING", "stopping", "unknown"],
    ["STOPPED", "stopped", "unknown"],
    ["DELETING", "terminating", "none"],
    ["HIBERNATING", "unknown", "unknown"],
    [undefined, "unknown", "unknown"],
  ])("with status %s are %s and billed %s", async (raw, status, billing) => {
    const { instance } = await instanceOf({ status: raw });
    expect(instance).toMatchObject({ status, rawStatus: raw ?? null, billing, ready: status === "running" });
  });

  it.each([{ ip: "" }, { ip: null }, { ip: undefined }])("are not ready without an address: %o", async (fields) => {
    expect((await instanceOf(fields)).instance).toMatchObject({ status: "running", ready: false, address: null });
  });

  it.each([0, null, undefined])("are not ready without a port: %s", async (port) => {
    expect((await instanceOf({ port })).instance).toMatchObject({ status: "running", ready: false });
  });

  it.each([
    { keys: [`${sshKey} gpu-mark=${mark}`], found: mark },
    { keys: ["ssh-rsa AAAA bob", `${sshKey} gpu-mark=${mark}`], found: mark },
    { keys: [sshKey], found: undefined },
    { keys: [sshKey.split(" ").slice(0, 2).join(" ")], found: "unknown" },
    { keys: [], found: "unknown" },
    { keys: null, found: "unknown" },
    { keys: undefined, found: "unknown" },
    { keys: "none", found: "unknown" },
  ])("have the mark $found", async ({ keys, found }) => {
    expect((await instanceOf({ sshPublicKeys: keys })).mark).toBe(found);
  });

  it.each([
    { why: "what the price includes", fields: {}, usdPerHour: 1.09 },
    { why: "vCPUs beyond that", fields: { cpuCores: 16 }, usdPerHour: 1.41 },
    { why: "disk beyond that", fields: { storage: 500 }, usdPerHour: 1.21 },
    { why: "both", fields: { cpuCores: "12", storage: 200 }, usdPerHour: 1.28 },
    { why: "fewer vCPUs than are offered", fields: { cpuCores: "4" }, usdPerHour: null },
    { why: "vCPUs that are not offered", fields: { cpuCores: "15" }, usdPerHour: null },
    { why: "vCPUs that a mode alone may offer", fields: { cpuCores: "15", mode: "production" }, usdPerHour: null },
    { why: "more vCPUs than are offered", fields: { cpuCores: "20" }, usdPerHour: null },
    { why: "an unknown number of vCPUs", fields: { cpuCores: null }, usdPerHour: null },
    { why: "an unknown disk", fields: { storage: undefined }, usdPerHour: null },
    { why: "a temporary disk", fields: { ephemeralDiskGB: 100 }, usdPerHour: null },
    { why: "a configuration that is not offered", fields: { numGpus: "2" }, usdPerHour: null },
    { why: "a configuration without a price", fields: { gpuType: "L40", cpuCores: "6" }, usdPerHour: null },
    { why: "no known GPU", fields: { gpuType: undefined }, usdPerHour: null },
  ])("with $why cost $usdPerHour", async ({ fields, usdPerHour }) => {
    expect((await instanceOf(fields)).instance.usdPerHour).toBe(usdPerHour);
  });

  it.each([
    [{}, null],
    [{ a100xl_x1_production: 2.5 }, 2.5],
  ])("with the vCPUs of a mode cost what that mode costs: %j, %s", async (prices, usdPerHour) => {
    const type = {
      displayName: "NVIDIA A100 (80GB)",
      gpuCount: 1,
      vramGB: 80,
      ramPerVCPUGiB: 8,
      storageGB: { min: 100, max: 500 },
    };
    const specs = {
      a100xl_x1: { ...type, vcpuOptions: [8, 12, 16] },
      a100xl_x1_production: { ...type, mode: "production", vcpuOptions: [15] },
    };
    const pricing = { a100xl_x1: 1.09, additional_vcpus: 0.04, ...prices };
    const script = { "GET /specs": { json: { specs } }, "GET /pricing": { json: { pricing } } };
    const { instance } = await instanceOf({ cpuCores: "15", mode: "production" }, script);
    expect(instance).toMatchObject({ usdPerHour, gpu: { model: "A100", vramGb: 80 } });
  });

  it("are returned without a known price, and read prices once a minute", async () => {
    const { connected, sent } = connect({
      "GET /instances/list": instances(running),
      "GET /specs": { status: 503 },
      "GET /pricing": pricing,
    });
    expect((await connected.get("u1", context))?.instance.usdPerHour).toBeNull();
    expect((await connected.list(context)).map(({ instance }) => instance.usdPerHour)).toEqual([null]);
    expect(sent.filter(({ path }) => path === "/specs")).toHaveLength(1);
  });

  it("have null for missing or invalid values", async () => {
    const odd = { name: 5, numGpus: "many", gpuType: "", createdAt: "0001-01-01T00:00:00Z", httpPorts: ["x", 80] };
    expect((await instanceOf(odd)).instance).toMatchObject({
      name: null,
      gpuCount: null,
      gpu: null,
      createdAt: null,
      ports: [{ port: 80, protocol: "http", endpoint: "https://u1-80.thundercompute.net" }],
    });
  });

  it.each([
    { why: "an entry without uuid", json: { 0: running, 1: { status: "RUNNING" } } },
    { why: "an entry that is null", json: { 0: null } },
    { why: "an error with status 200", json: { error: "internal", message: "try later" } },
  ])("are not read from a list with $why, because they would seem to be gone", async ({ json }) => {
    const { connected } = connect({ ...catalogue, "GET /instances/list": { json } });
    await expect(connected.list(context)).rejects.toMatchObject({ code: "vendor_contract" });
    await expect(connected.get("u9", context)).rejects.toMatchObject({ code: "vendor_contract" });
  });

  it.each([
    { fields: {}, access: { host: "203.0.113.24", port: 31245, user: "ubuntu", auth: { kind: "key" } } },
    { fields: { port: 0 }, access: undefined },
    { fields: { port: undefined }, access: undefined },
    { fields: { ip: "" }, access: undefined },
  ])("are reached as $access", async ({ fields, access }) => {
    const { connected, sent } = connect({ "GET /instances/list": instances({ ...running, ...fields }) });
    expect(await connected.access("u1", context)).toEqual(access);
    expect(sent[0]?.path).toBe("/instances/list?update_ips=true");
    await expect(connected.access("u2", context)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("a delete at Thunder Compute", () => {
  it("uses the index of a fresh list", async () => {
    const { connected, sent } = connect({
      "GET /instances/list": [{ json: { 3: running } }, { json: { 7: running } }],
      "POST /instances/3/delete": { json: { message: "Success" } },
      "POST /instances/7/delete": { json: {} },
    });
    await connected.delete("u1", context);
    await connected.delete("u1", context);
    const calls = sent.map(({ path }) => path);
    expect(calls).toEqual(["/instances/list", "/instances/3/delete", "/instances/list", "/instances/7/delete"]);
  });

  it("waits for the previous one, whatever its outcome", async () => {
    let finish = () => {};
    const pending = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const slow = async (): Promise<ScriptedResponse> => {
      await pending;
      return { status: 500, json: { error: "internal" } };
    };
    const list = { json: { 0: running, 1: { ...running, uuid: "u2" } } };
    const script = { "GET /instances/list": list, "POST /instances/0/delete": slow, "POST /instances/1/delete": { json: {} } };
    const { connected, sent } = connect(script);
    // A second provider with the same client waits too.
    const other = thunderCompute({ client: connected.client }).connect({});
    const first = connected.delete("u1", context);
    const second = other.delete("u2", context);
    const outcome = expect(first).rejects.toMatchObject({ status: 500, sideEffect: "possible" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent.map(({ path }) => path)).toEqual(["/instances/list", "/instances/0/delete"]);
    finish();
    await outcome;
    await second;
    expect(sent.map(({ path }) => path).slice(2)).toEqual(["/instances/list", "/instances/1/delete"]);
  });

  it("sends nothing for an instance that is already being deleted, as its index may be reused", async () => {
    const { connected, sent } = connect({ "GET /instances/list": instances({ ...running, status: "DELETING" }) });
    await connected.delete("u1", context);
    expect(sent.map(({ method }) => method)).toEqual(["GET"]);
  });

  it("sends nothing when the caller aborts while another delete is in progress", async () => {
    const list = { json: { 0: running, 1: { ...running, uuid: "u2" } } };
    const { connected, sent } = connect({ "GET /instances/list": list, "POST /instances/0/delete": () => new Promise(() => {}) });
    void connected.delete("u1", context);
    const controller = new AbortController();
    const second = expect(connected.delete("u2", { ...context, signal: controller.signal })).rejects.toMatchObject({
      code: "aborted",
      sideEffect: "none",
    });
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await second;
    expect(sent.map(({ path }) => path)).toEqual(["/instances/list", "/instances/0/delete"]);
  });

  it("sends nothing for an id that is not in the list", async () => {
    const { connected, sent } = connect({ "GET /instances/list": instances(running) });
    await expect(connected.delete("u2", context)).rejects.toMatchObject({ code: "not_found", sideEffect: "none" });
    expect(sent.map(({ method }) => method)).toEqual(["GET"]);
  });
});

it("the provider of Thunder Compute accepts an existing client", () => {
  const client = createThunderComputeClient({ apiKey: "test-key" });
  expect(thunderCompute({ client }).connect({}).client).toBe(client);
});
