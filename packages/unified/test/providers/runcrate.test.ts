import { createHash } from "node:crypto";
import { createRuncrateClient } from "@gpu/runcrate";
import { describe, expect, it } from "vitest";
import type { Offer } from "../../src/offer.js";
import { runcrate } from "../../src/providers/runcrate.js";
import { connectTo, context, create, createRequest, mark, now, recorded, type Script, sshKey } from "./scripted.js";

const responseOf = (operation: string, why: string) => recorded("runcrate", operation, why);
const connect = (script: Script) => connectTo(runcrate(), "https://www.runcrate.ai/api/v1", script);

const print = createHash("sha256")
  .update(Buffer.from(sshKey.split(" ")[1] ?? "", "base64"))
  .digest("base64");
const keyName = `gpu-${print.replace(/[^A-Za-z0-9]/g, "").slice(0, 32)}`;
const keys = (...list: object[]) => ({ json: { data: list } });
const haveKey = { "GET /ssh-keys": keys({ id: "k7", name: "laptop", fingerprint: `SHA256:${print}` }) };
const created = { "POST /instances": responseOf("createInstance", "right after creation") };
const id = "837828ec-4b1f-4d0a-9c62-6f3e5a1b7d20";
const request = (fields = {}) => createRequest("stoic-tharp-h100x2-4d7a", { name: "train-42", sshPublicKey: sshKey, ...fields });
const running = { id: "i1", name: "train-42", status: "running", ip: "203.0.113.47" };

async function offersOf(...types: unknown[]): Promise<Offer[]> {
  return connect({ "GET /instances/types": { json: { data: types } } }).connected.listOffers(context);
}

async function instanceOf(fields: object) {
  const { connected } = connect({ "GET /instances/i1": { json: { data: { ...running, ...fields } } } });
  const found = await connected.get("i1", context);
  if (!found) throw new Error("the instance was not found");
  return found;
}

describe("offers of Runcrate", () => {
  it("have the price of the whole machine", async () => {
    const { connected } = connect({ "GET /instances/types": responseOf("listInstanceTypes", "price of all GPUs") });
    const offers = await connected.listOffers(context);
    expect(offers[0]).toEqual({
      id: "runcrate:jolly-maxwell-rtxpro6000x2-065d",
      provider: "runcrate",
      upstreamCloud: null,
      gpu: { model: "RTXPRO6000", vendor: "nvidia", vramGb: 96, formFactor: null, rawName: "RTX PRO 6000", known: true },
      gpuCount: 2,
      usdPerHour: 3.94,
      usdPerGpuHour: 1.97,
      market: "on_demand",
      availability: "unknown",
      region: "us-east",
      cpuCores: 32,
      memoryGb: 120,
      diskGb: { included: 500, min: null, max: null },
      kind: "vm",
      bootSeconds: { min: null, max: null },
      observedAt: new Date(now).toISOString(),
    });
    expect(offers.slice(1)).toMatchObject([
      { usdPerHour: 7.88, usdPerGpuHour: 1.97, kind: "vm" },
      { usdPerHour: 1.49, gpu: { model: "A100", vramGb: 80, formFactor: "sxm" }, memoryGb: 117.5, region: "mumbai-india-1" },
      { usdPerHour: 0.66, gpu: { model: "RTX4090" }, kind: "vm" },
    ]);
  });

  it("have the memory of one GPU when the id contains it or the vendor reports the sum", async () => {
    const offers = await offersOf(
      { id: "unruffled-perlman-a100_sxm4_80g_dgx-ed84", gpu_type: "A100", gpu_count: 8, hourly_rate: 12 },
      { id: "bold-tesla-h100-fa6f", gpu_type: "H100 640GB", gpu_count: 8, hourly_rate: 20 },
    );
    expect(offers.map(({ gpu }) => [gpu.model, gpu.vramGb, gpu.formFactor])).toEqual([
      ["A100", 80, "sxm"],
      ["H100", 80, null],
    ]);
  });

  it("exclude machines without a GPU and repeated ids", async () => {
    const offers = await offersOf(
      { id: "c", gpu_type: "cpu", gpu_count: 0, hourly_rate: 0.39 },
      { id: "a", gpu_type: "H100", gpu_count: 1, hourly_rate: 3 },
      { id: "a", gpu_type: "H100", gpu_count: 1, hourly_rate: 4 },
    );
    expect(offers).toMatchObject([{ id: "runcrate:a", usdPerHour: 3 }]);
  });

  it("are kept with invalid fields and unknown GPUs", async () => {
    const offers = await offersOf(
      null,
      "text",
      { gpu_type: "H100" },
      { id: "a", gpu_type: "Quark 9000", gpu_count: "2", hourly_rate: "3.10", deployment_type: "Baremetal" },
      {
        id: "b",
        gpu_type: null,
        gpu_count: null,
        hourly_rate: 0,
        cpu_cores: "many",
        memory_gb: {},
        region: 3,
        deployment_type: "cloud",
      },
    );
    expect(offers).toMatchObject([
      {
        id: "runcrate:a",
        gpu: { model: "Quark 9000", known: false },
        gpuCount: 2,
        usdPerHour: 3.1,
        usdPerGpuHour: 1.55,
        kind: "baremetal",
      },
      {
        id: "runcrate:b",
        gpu: { known: false },
        gpuCount: 0,
        usdPerHour: null,
        usdPerGpuHour: null,
        cpuCores: null,
        region: null,
        kind: "vm",
      },
    ]);
  });

  it("fail when the response is not a list", async () => {
    const { connected } = connect({ "GET /instances/types": { json: { data: null } } });
    await expect(connected.listOffers(context)).rejects.toMatchObject({ code: "vendor_contract" });
  });
});

describe("a create at Runcrate", () => {
  it("sends the offer's type, a marked name and the id of the registered key", async () => {
    const { connected, sent } = connect({ ...haveKey, ...created });
    const { id: createdId, found } = await create(connected, request());
    expect(createdId).toBe(id);
    expect(found?.instance).toMatchObject({ ref: `runcrate:${id}`, status: "starting", ready: false, usdPerHour: 3.35 });
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /ssh-keys", "POST /instances"]);
    expect(sent[1]?.body).toEqual({ name: `train-42-h${mark}`, instance_type_id: "stoic-tharp-h100x2-4d7a", ssh_key_id: "k7" });
  });

  it("maps the common and the vendor-specific fields", async () => {
    const { connected, sent } = connect({ ...haveKey, ...created });
    const fields = { image: "ubuntu-train", diskGb: 300, env: { HF_TOKEN: "t", A: "" }, startupScript: "echo ä" };
    await create(connected, request({ ...fields, options: { storage_id: "v1", startup_commands: ["nvidia-smi"] } }));
    expect(sent.at(-1)?.body).toMatchObject({
      template: "ubuntu-train",
      storage: 300,
      env_vars: [
        { key: "HF_TOKEN", value: "t" },
        { key: "A", value: "" },
      ],
      launch_script: "echo ä",
      storage_id: "v1",
      startup_commands: ["nvidia-smi"],
    });
  });

  it("truncates the name, never the mark, and reads both back", async () => {
    const { connected, sent } = connect({ ...haveKey, ...created });
    await create(connected, request({ name: "n".repeat(100) }));
    const { name } = (sent.at(-1)?.body ?? {}) as { name?: string };
    expect(name).toHaveLength(64);
    const found = await instanceOf({ name });
    expect(found).toMatchObject({ mark, instance: { name: "n".repeat(27) } });
  });

  it("encodes and decodes an id with a slash", async () => {
    const [offer] = await offersOf({ id: "eu/h100", gpu_type: "H100", gpu_count: 1, hourly_rate: 3 });
    expect(offer?.id).toBe("runcrate:eu%2Fh100");
    const { connected, sent } = connect({ ...haveKey, ...created });
    await create(connected, { ...request(), offer: "eu%2Fh100" });
    expect(sent.at(-1)?.body).toMatchObject({ instance_type_id: "eu/h100" });
  });

  it.each([
    { why: "with SHA256: in front", key: { fingerprint: `SHA256:${print.replace(/=+$/, "")}` } },
    { why: "bare", key: { fingerprint: print.replace(/=+$/, "") } },
    { why: "with padding", key: { fingerprint: `sha256:${print}` } },
    { why: "not shown, but the name is ours", key: { name: keyName, fingerprint: null } },
  ])("finds its key by a fingerprint that is $why", async ({ key }) => {
    const others = [null, { id: "k1", name: "other", fingerprint: "SHA256:abc" }, { id: "k2", name: keyName.slice(0, -1) }];
    const { connected, sent } = connect({
      "GET /ssh-keys": { json: { data: [...others, { id: "k9", name: "mine", ...key }] } },
      ...created,
    });
    await create(connected, request());
    expect(sent.at(-1)?.body).toMatchObject({ ssh_key_id: "k9" });
  });

  it("registers a key that the vendor does not have", async () => {
    const { connected, sent } = connect({
      "GET /ssh-keys": keys(),
      "POST /ssh-keys": { status: 201, json: { data: { id: "k3", name: keyName } } },
      ...created,
    });
    await create(connected, request({ sshPublicKey: `${sshKey}\n` }));
    expect(sent[1]?.body).toEqual({ name: keyName, public_key: sshKey });
    expect(sent.at(-1)?.body).toMatchObject({ ssh_key_id: "k3" });
  });

  it.each([
    { why: "another call registered it", register: responseOf("createSshKey", "the key is registered already") },
    { why: "the response has no id", register: { status: 201, json: { data: { name: keyName } } } },
  ])("finds the key again when $why", async ({ register }) => {
    const lists = [keys(), keys({ id: "k4", name: keyName })];
    const { connected, sent } = connect({ "GET /ssh-keys": lists, "POST /ssh-keys": register, ...created });
    await create(connected, request());
    expect(sent.at(-1)?.body).toMatchObject({ ssh_key_id: "k4" });
  });

  it.each([
    { register: responseOf("createSshKey", "the key is registered already"), code: "conflict" },
    { register: responseOf("createSshKey", "not a public key"), code: "invalid_request" },
    { register: { status: 201, json: { data: {} } }, code: "vendor_contract" },
  ])("fails before it costs money when the key cannot be registered: $code", async ({ register, code }) => {
    const { connected, sent } = connect({ "GET /ssh-keys": keys(), "POST /ssh-keys": register, ...created });
    await expect(create(connected, request())).rejects.toMatchObject({ code });
    expect(sent.map(({ path }) => path)).not.toContain("/instances");
  });

  it("installs the key that the caller names by id", async () => {
    const { connected, sent } = connect(created);
    await create(connected, request({ options: { ssh_key_id: "mine" } }));
    expect(sent.map(({ path }) => path)).toEqual(["/instances"]);
    expect(sent[0]?.body).toMatchObject({ ssh_key_id: "mine" });
  });

  it.each([
    { why: "an empty offer", fields: { offer: "" }, says: "runcrate:TYPE_ID" },
    { why: "an offer in parts", fields: { offer: "a/b" }, says: "runcrate:TYPE_ID" },
    { why: "a value that is not a key", fields: { sshPublicKey: "id_rsa" }, says: "sshPublicKey" },
    { why: "two scripts", fields: { startupScript: "a", options: { launch_script_base64: "YQ==" } }, says: "not both" },
  ])("rejects $why before any request", async ({ fields, says }) => {
    const { connected, sent } = connect({});
    const refused = connected.prepareCreate(request(fields), context);
    await expect(refused).rejects.toMatchObject({
      code: "invalid_request",
      sideEffect: "none",
      message: expect.stringContaining(says),
    });
    expect(sent).toEqual([]);
  });

  it.each([
    { why: "out of stock is a 500", code: "no_capacity", sideEffect: "none" },
    { why: "a real failure", code: "unavailable", sideEffect: "possible" },
  ])("is sent once: $why", async ({ why, code, sideEffect }) => {
    const { connected, sent } = connect({ ...haveKey, "POST /instances": responseOf("createInstance", why) });
    await expect(create(connected, request())).rejects.toMatchObject({ code, sideEffect });
    expect(sent.filter(({ path }) => path === "/instances")).toHaveLength(1);
  });

  it.each([null, {}, { id: "" }])("is committed when the vendor returns no id: %o", async (data) => {
    const { connected } = connect({ ...haveKey, "POST /instances": { status: 201, json: { data } } });
    await expect(create(connected, request())).rejects.toMatchObject({ code: "vendor_contract", sideEffect: "committed" });
  });
});

describe("instances of Runcrate", () => {
  it("are read with price, address and mark", async () => {
    const data = { ...(responseOf("getInstance", "running").json as { data: object }).data, name: `train-42-h${mark}` };
    const { connected } = connect({ [`GET /instances/${id}`]: { json: { data } } });
    expect(await connected.get(id, context)).toEqual({
      mark,
      instance: {
        ref: `runcrate:${id}`,
        provider: "runcrate",
        id,
        name: "train-42",
        status: "running",
        rawStatus: "running",
        ready: true,
        billing: "compute",
        gpu: { model: "H100", vendor: "nvidia", vramGb: 80, formFactor: null, rawName: "H100", known: true },
        gpuCount: 1,
        market: "on_demand",
        usdPerHour: 3.35,
        region: "us-east-1",
        address: "203.0.113.47",
        ports: [],
        createdAt: "2026-11-20T09:14:03.512408+00:00",
        error: null,
      },
    });
  });

  it.each([
    ["starting", "starting", "unknown"],
    ["deploying", "starting", "unknown"],
    ["provisioning", "starting", "unknown"],
    ["creating", "pending", "unknown"],
    ["awaiting_provider", "pending", "unknown"],
    ["pending", "pending", "unknown"],
    ["running", "running", "compute"],
    ["RUNNING", "running", "compute"],
    ["deployed", "running", "compute"],
    ["terminated", "terminated", "none"],
    ["failed", "failed", "unknown"],
    ["rebooting", "unknown", "unknown"],
    [undefined, "unknown", "unknown"],
  ])("with status %s are %s and billed %s", async (raw, status, billing) => {
    const { instance } = await instanceOf({ status: raw });
    expect(instance).toMatchObject({ status, rawStatus: raw ?? null, billing, ready: status === "running" });
  });

  it.each([{ ip: "" }, { ip: null }, { ip: undefined }])("are not ready without an address: %o", async (fields) => {
    expect((await instanceOf(fields)).instance).toMatchObject({ status: "running", ready: false, address: null });
  });

  it("have null for missing or invalid values", async () => {
    const odd = { name: null, gpu_type: "CPU", gpu_count: "x", cost_per_hour: 0, region: 7, created_at: "soon" };
    const found = await instanceOf(odd);
    expect(found.mark).toBe("unknown");
    expect(found.instance).toMatchObject({
      name: null,
      gpu: null,
      gpuCount: null,
      usdPerHour: null,
      region: null,
      createdAt: null,
    });
  });

  it("that the vendor does not have are undefined; other failures are thrown", async () => {
    const { connected } = connect({
      "GET /instances/a": responseOf("getInstance", "upper-case code"),
      "GET /instances/b": { status: 403, json: { error: { code: "forbidden", message: "no" } } },
      "GET /instances/c": { json: { data: null } },
    });
    expect(await connected.get("a", context)).toBeUndefined();
    await expect(connected.get("b", context)).rejects.toMatchObject({ code: "permission_denied" });
    await expect(connected.get("c", context)).rejects.toMatchObject({ code: "vendor_contract" });
  });

  it("are listed with and without meta", async () => {
    for (const why of ["running instance", "no meta", "statuses that end"]) {
      const { connected } = connect({ "GET /instances": responseOf("listInstances", why) });
      expect((await connected.list(context)).length).toBe(
        (responseOf("listInstances", why).json as { data: object[] }).data.length,
      );
    }
    for (const why of ["empty list", "full meta"]) {
      expect(await connect({ "GET /instances": responseOf("listInstances", why) }).connected.list(context)).toEqual([]);
    }
  });

  it.each([
    { why: "the vendor has more than it gives", json: responseOf("listInstances", "more pages").json },
    { why: "the total is larger", json: { data: [running], meta: { total: 2 } } },
    { why: "a cursor leads on", json: { data: [running], meta: { cursor: "c2", hasMore: null, total: null } } },
    { why: "a cursor next to the list leads on", json: { data: [running], next_cursor: "c2" } },
    { why: "there is no list", json: { data: null } },
    { why: "an id is not an integer", json: { data: [{ ...running, id: 1.5 }] } },
    { why: "an entry has no id", json: { data: [running, { name: "x" }] } },
    { why: "an entry is null", json: { data: [null] } },
  ])("are not listed in part: $why", async ({ json }) => {
    const { connected } = connect({ "GET /instances": { json } });
    await expect(connected.list(context)).rejects.toMatchObject({ code: "vendor_contract", sideEffect: "none" });
  });

  it("are reached as root on port 22 once the address is known", async () => {
    const { connected } = connect({
      "GET /instances/a": { json: { data: running } },
      "GET /instances/b": { json: { data: { ...running, ip: "" } } },
      "GET /instances/c": responseOf("getInstance", "error without code"),
    });
    expect(await connected.access("a", context)).toEqual({ host: "203.0.113.47", port: 22, user: "root", auth: { kind: "key" } });
    expect(await connected.access("b", context)).toBeUndefined();
    await expect(connected.access("c", context)).rejects.toMatchObject({ code: "not_found" });
  });

  it("are deleted by id", async () => {
    const { connected, sent } = connect({
      "DELETE /instances/a": { status: 204 },
      "DELETE /instances/b": responseOf("deleteInstance", "already gone"),
    });
    await connected.delete("a", context);
    await expect(connected.delete("b", context)).rejects.toMatchObject({ code: "not_found" });
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual(["DELETE /instances/a", "DELETE /instances/b"]);
  });
});

it("the provider of Runcrate accepts an existing client", () => {
  const client = createRuncrateClient({ apiKey: "test-key" });
  expect(runcrate({ client }).connect({}).client).toBe(client);
});
