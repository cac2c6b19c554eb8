import { createShadeformClient } from "@gpu/shadeform";
import { describe, expect, it } from "vitest";
import type { Offer } from "../../src/offer.js";
import { shadeform } from "../../src/providers/shadeform.js";
import { fingerprint, parseSshPublicKey, registeredKeyName } from "../../src/ssh-key.js";
import {
  connectTo,
  context,
  create,
  createRequest,
  mark,
  otherMark,
  recorded,
  type Script,
  type ScriptedResponse,
  sshKey,
} from "./scripted.js";

const responseOf = (operation: string, why: string) => recorded("shadeform", operation, why);
const connect = (script: Script) => connectTo(shadeform(), "https://api.shadeform.ai/v1", script);

const configuration = {
  memory_in_gb: 180,
  storage_in_gb: 750,
  vcpus: 26,
  num_gpus: 1,
  gpu_type: "H100",
  interconnect: "sxm5",
  nvlink: true,
  vram_per_gpu_in_gb: 80,
  os_options: ["ubuntu22.04"],
  gpu_manufacturer: "nvidia",
};
const type = {
  cloud: "hyperstack",
  shade_instance_type: "H100_sxm5",
  cloud_instance_type: "n3-H100x1",
  configuration,
  hourly_price: 229,
  deployment_type: "vm",
  availability: [{ region: "canada-1", available: true, display_name: "Canada, Montreal", rental_type: "on_demand" }],
  boot_time: { min_boot_in_sec: 180, max_boot_in_sec: 300 },
};
const instance = {
  id: "d290f1ee",
  cloud: "hyperstack",
  region: "canada-1",
  shade_instance_type: "H100_sxm5",
  cloud_instance_type: "n3-H100x1",
  shade_cloud: true,
  name: "train-42",
  configuration,
  ip: "203.0.113.24",
  ssh_user: "shadeform",
  ssh_port: 22,
  status: "active",
  status_details: "",
  cost_estimate: "0.1",
  hourly_price: 229,
  rental_terms: { rental_type: "on_demand", hourly_price: "2.29", ending_at: null },
  tags: [`gpu-mark=${mark}`],
  created_at: "2026-01-28T20:53:39.459529Z",
  deleted_at: null,
};
const created: Script = { "POST /instances/create": responseOf("createInstance", "newest") };
const offer = "hyperstack/H100_sxm5/canada-1/on_demand";

async function offersOf(...types: unknown[]): Promise<Offer[]> {
  const { connected } = connect({ "GET /instances/types": { json: { instance_types: types } } });
  return connected.listOffers(context);
}

async function offerOf(fields: object): Promise<Offer | undefined> {
  return (await offersOf({ ...type, ...fields }))[0];
}

async function found(fields: object) {
  const { connected } = connect({ "GET /instances/d290f1ee/info": { json: { ...instance, ...fields } } });
  const one = await connected.get("d290f1ee", context);
  if (!one) throw new Error("the instance was not found");
  return one;
}

async function bodyOf(path: string, fields: Parameters<typeof createRequest>[1], script: Script = {}) {
  const { connected, sent } = connect({ ...created, ...script });
  await create(connected, createRequest(path, { name: "train-42", ...fields }));
  return sent.find(({ path }) => path === "/instances/create")?.body;
}

describe("offers of Shadeform", () => {
  it("have all values of the catalogue", async () => {
    expect(await offersOf(type)).toEqual([
      {
        id: "shadeform:hyperstack/H100_sxm5/canada-1/on_demand",
        provider: "shadeform",
        upstreamCloud: "hyperstack",
        gpu: { model: "H100", vendor: "nvidia", vramGb: 80, formFactor: "sxm", rawName: "H100", known: true },
        gpuCount: 1,
        usdPerHour: 2.29,
        usdPerGpuHour: 2.29,
        market: "on_demand",
        availability: "available",
        region: "canada-1",
        regionName: "Canada, Montreal",
        cpuCores: 26,
        memoryGb: 180,
        diskGb: { included: 750, min: null, max: null },
        kind: "vm",
        bootSeconds: { min: 180, max: 300 },
        observedAt: "2026-11-21T12:00:00.000Z",
      },
    ]);
  });

  it("are two where a region has machines on demand and spot, in cents and in dollars", async () => {
    const { connected } = connect({ "GET /instances/types": responseOf("listInstanceTypes", "spot: one region twice") });
    expect(
      (await connected.listOffers(context)).map(({ id, market, availability, usdPerHour, usdPerGpuHour }) => ({
        id,
        market,
        availability,
        usdPerHour,
        usdPerGpuHour,
      })),
    ).toEqual([
      {
        id: "shadeform:verda/H100_sxm5x8/helsinki-finland-2/on_demand",
        market: "on_demand",
        availability: "unavailable",
        usdPerHour: 32.8,
        usdPerGpuHour: 8.2,
      },
      {
        id: "shadeform:verda/H100_sxm5x8/helsinki-finland-2/spot",
        market: "spot",
        availability: "available",
        usdPerHour: 26.76,
        usdPerGpuHour: 6.69,
      },
    ]);
  });

  it.each<[price: unknown, usd: number | null]>([
    [57, 0.57],
    [3280, 32.8],
    [1990, 19.9],
    [0, null],
    [-5, null],
    [2.29, null],
    ["229", null],
    ["2.29", null],
    [null, null],
    [{}, null],
  ])("on demand a price of %j is %j dollars", async (hourly_price, usd) => {
    expect((await offerOf({ hourly_price }))?.usdPerHour).toBe(usd);
  });

  it.each<[price: unknown, usd: number | null]>([
    ["1.50", 1.5],
    ["36", 36],
    [".75", 0.75],
    ["0", null],
    ["$1.50", null],
    ["", null],
    [150, null],
    [undefined, null],
  ])("as spot a price of %j is %j dollars", async (hourly_price, usd) => {
    const availability = [{ region: "canada-1", available: true, rental_type: "spot", hourly_price }];
    expect((await offerOf({ availability }))?.usdPerHour).toBe(usd);
  });

  it("have the price of one GPU without binary rounding errors", async () => {
    const offered = await offerOf({ hourly_price: 701, configuration: { ...configuration, num_gpus: 3 } });
    expect(offered).toMatchObject({ gpuCount: 3, usdPerHour: 7.01, usdPerGpuHour: 2.336666667 });
  });

  it.each(["before spot", "2024"])("are on demand where entries have no rental type: %s", async (why) => {
    const { connected } = connect({ "GET /instances/types": responseOf("listInstanceTypes", why) });
    expect((await connected.listOffers(context)).map(({ market, usdPerHour }) => ({ market, usdPerHour }))).toEqual([
      { market: "on_demand", usdPerHour: 2.1 },
    ]);
  });

  it.each(["CPU only", "filter without a match", "a type without any availability"])("are none: %s", async (why) => {
    const { connected } = connect({ "GET /instances/types": responseOf("listInstanceTypes", why) });
    expect(await connected.listOffers(context)).toEqual([]);
  });

  it("are left out where a create could not ask for the rental type", async () => {
    const { connected } = connect({ "GET /instances/types": responseOf("listInstanceTypes", "cloud, type, GPU") });
    expect(await connected.listOffers(context)).toEqual([]);
  });

  it("keep an unknown GPU with the vendor's values", async () => {
    const unknown = {
      ...configuration,
      gpu_type: "Q900",
      interconnect: "sxm7",
      vram_per_gpu_in_gb: 512,
      gpu_manufacturer: "amd",
    };
    expect((await offerOf({ configuration: unknown }))?.gpu).toEqual({
      model: "Q900",
      vendor: "amd",
      vramGb: 512,
      formFactor: "sxm",
      rawName: "Q900",
      known: false,
    });
  });

  it.each<[string, object, Partial<Offer>]>([
    ["a container", { deployment_type: "container" }, { kind: "container" }],
    ["bare metal", { deployment_type: "baremetal" }, { kind: "baremetal" }],
    ["an unknown kind", { deployment_type: "unikernel" }, { kind: "vm" }],
    ["no boot time", { boot_time: null }, { bootSeconds: { min: null, max: null } }],
    ["half a boot time", { boot_time: { max_boot_in_sec: 900 } }, { bootSeconds: { min: null, max: 900 } }],
    [
      "sizes of wrong types",
      { configuration: { ...configuration, memory_in_gb: [], vcpus: "26", storage_in_gb: 0 } },
      { memoryGb: null, cpuCores: 26, diskGb: { included: null, min: null, max: null } },
    ],
    ["no configuration", { configuration: null, shade_instance_type: "L40Sx4" }, { gpuCount: 4, cpuCores: null }],
    ["stock that is not a boolean", { availability: [{ region: "canada-1", available: "yes" }] }, { availability: "unknown" }],
  ])("are kept without the invalid field: %s", async (_, fields, expected) => {
    expect(await offerOf(fields)).toMatchObject(expected);
  });

  it("skip entries that are not offers", async () => {
    const entries = [null, "x", { region: "" }, { region: "canada-2", available: false }];
    const offers = await offersOf(
      null,
      7,
      { cloud: "aws" },
      { ...type, availability: "none" },
      { ...type, availability: entries },
    );
    expect(offers.map(({ id }) => id)).toEqual(["shadeform:hyperstack/H100_sxm5/canada-2/on_demand"]);
  });

  it("fail when the response is not a list", async () => {
    const { connected } = connect({ "GET /instances/types": { json: { instance_types: {} } } });
    await expect(connected.listOffers(context)).rejects.toMatchObject({ code: "vendor_contract" });
  });
});

describe("a create at Shadeform", () => {
  it("requests exactly the offer, with a mark as a tag", async () => {
    const { connected, sent } = connect(created);
    expect(await create(connected, createRequest(offer, { name: "train-42" }))).toEqual({
      id: "d290f1ee-6c54-4b01-90e6-d701748f0851",
    });
    expect(sent.map(({ method, path, body }) => ({ method, path, body }))).toEqual([
      {
        method: "POST",
        path: "/instances/create",
        body: {
          shade_cloud: true,
          cloud: "hyperstack",
          region: "canada-1",
          shade_instance_type: "H100_sxm5",
          name: "train-42",
          tags: [`gpu-mark=${mark}`],
        },
      },
    ]);
  });

  it("works for every offer of the catalogue", async () => {
    const availability = ["on_demand", "spot"].map((rental_type) => ({ region: "a/b 1", available: true, rental_type }));
    const offers = await offersOf({ ...type, cloud: "x/y", availability });
    expect(offers.map(({ id }) => id)).toEqual([
      "shadeform:x%2Fy/H100_sxm5/a%2Fb 1/on_demand",
      "shadeform:x%2Fy/H100_sxm5/a%2Fb 1/spot",
    ]);
    const bodies = await Promise.all(offers.map(({ id }) => bodyOf(id.slice("shadeform:".length), {})));
    const selected = { cloud: "x/y", shade_instance_type: "H100_sxm5", region: "a/b 1" };
    expect(bodies[0]).toMatchObject(selected);
    expect(bodies[0]).not.toHaveProperty("rental_type");
    expect(bodies[1]).toMatchObject({ ...selected, rental_type: "spot" });
  });

  it.each<[string, Parameters<typeof createRequest>[1], object]>([
    ["an operating system", { image: "ubuntu22.04_cuda12.2_shade_os" }, { os: "ubuntu22.04_cuda12.2_shade_os" }],
    [
      "a container image and its environment",
      { image: "vllm/vllm-openai:latest", env: { A: "1" } },
      {
        launch_configuration: {
          type: "docker",
          docker_configuration: { image: "vllm/vllm-openai:latest", envs: [{ name: "A", value: "1" }] },
        },
      },
    ],
    [
      "a container image by its tag alone",
      { image: "nginx:1" },
      { launch_configuration: { type: "docker", docker_configuration: { image: "nginx:1" } } },
    ],
    [
      "a script with its environment, and an operating system",
      { image: "ubuntu22.04", startupScript: "echo grün\n", env: { A: "1", B: "" } },
      {
        os: "ubuntu22.04",
        envs: [
          { name: "A", value: "1" },
          { name: "B", value: "" },
        ],
        launch_configuration: { type: "script", script_configuration: { base64_script: "ZWNobyBncsO8bgo=" } },
      },
    ],
    ["no variables", { env: {} }, {}],
    [
      "the vendor's own fields, and tags before the mark",
      { options: { shade_cloud: false, tags: ["team=a"], auto_delete: { spend_threshold: "10" }, volume_ids: ["v1"] } },
      { shade_cloud: false, tags: ["team=a", `gpu-mark=${mark}`], auto_delete: { spend_threshold: "10" }, volume_ids: ["v1"] },
    ],
    [
      "an expiry as the vendor's end date",
      { expiresAt: "2026-11-21T16:00:00.000Z" },
      { auto_delete: { date_threshold: "2026-11-21T16:00:00.000Z" } },
    ],
    [
      "an expiry as the vendor's end date and spend limit",
      { expiresAt: "2026-11-21T16:00:00.000Z", maxUsd: 7.5 },
      { auto_delete: { date_threshold: "2026-11-21T16:00:00.000Z", spend_threshold: "7.5" } },
    ],
    [
      "the caller's own launch configuration",
      { image: "ubuntu22.04", options: { launch_configuration: { type: "docker", docker_configuration: { image: "a" } } } },
      { os: "ubuntu22.04", launch_configuration: { type: "docker", docker_configuration: { image: "a" } } },
    ],
  ])("sends %s", async (_, fields, expected) => {
    const plain = {
      shade_cloud: true,
      cloud: "hyperstack",
      region: "canada-1",
      shade_instance_type: "H100_sxm5",
      name: "train-42",
    };
    expect(await bodyOf(offer, fields)).toEqual({ ...plain, tags: [`gpu-mark=${mark}`], ...expected });
  });

  it("rejects the caller's own end in addition to an expiry, and sends nothing", async () => {
    const fields = { expiresAt: "2026-11-21T16:00:00.000Z", options: { auto_delete: { spend_threshold: "10" } } };
    const { connected, sent } = connect(created);
    await expect(create(connected, createRequest(offer, fields))).rejects.toMatchObject({ code: "unsupported" });
    expect(sent).toEqual([]);
  });

  it("encodes a long script in Base64", async () => {
    const startupScript = "é".repeat(200_000);
    const body = (await bodyOf(offer, { startupScript })) as {
      launch_configuration: { script_configuration: { base64_script: string } };
    };
    expect(Buffer.from(body.launch_configuration.script_configuration.base64_script, "base64").toString()).toBe(startupScript);
  });

  it.each([
    ["hyperstack/H100_sxm5/canada-1", "CLOUD/TYPE/REGION/on_demand"],
    ["hyperstack/H100_sxm5/canada-1/reserved", "CLOUD/TYPE/REGION/on_demand"],
    ["hyperstack//canada-1/spot", "CLOUD/TYPE/REGION/on_demand"],
    ["hyperstack/H100_sxm5/canada-1/spot/1", "CLOUD/TYPE/REGION/on_demand"],
    ["", "CLOUD/TYPE/REGION/on_demand"],
  ])("rejects %j, which is not an offer, before any request", async (path, form) => {
    const { connected, sent } = connect({});
    const prepared = connected.prepareCreate(createRequest(path, { name: "a", sshPublicKey: sshKey }), context);
    await expect(prepared).rejects.toMatchObject({
      code: "invalid_request",
      sideEffect: "none",
      message: expect.stringContaining(form),
    });
    expect(sent).toEqual([]);
  });

  it.each<[string, Parameters<typeof createRequest>[1], string]>([
    ["a container and a script", { image: "a/b", startupScript: "x" }, "unsupported"],
    [
      "a container and a launch configuration",
      { image: "a/b", options: { launch_configuration: { type: "script" } } },
      "unsupported",
    ],
    [
      "a script and a launch configuration",
      { startupScript: "x", options: { launch_configuration: { type: "docker" } } },
      "unsupported",
    ],
    ["an invalid public key", { sshPublicKey: "-----BEGIN" }, "invalid_request"],
  ])("rejects %s before any request", async (_, fields, code) => {
    const { connected, sent } = connect({});
    const prepared = connected.prepareCreate(createRequest(offer, { name: "a", sshPublicKey: sshKey, ...fields }), context);
    await expect(prepared).rejects.toMatchObject({ code, sideEffect: "none" });
    expect(sent).toEqual([]);
  });

  it("is sent once only, and its failure is reported as it is", async () => {
    const { connected, sent } = connect({ "POST /instances/create": responseOf("createInstance", "no stock") });
    await expect(create(connected, createRequest(offer, { name: "a" }))).rejects.toMatchObject({
      code: "no_capacity",
      sideEffect: "none",
    });
    const lost = connect({ "POST /instances/create": { status: 502 } });
    await expect(create(lost.connected, createRequest(offer, { name: "a" }))).rejects.toMatchObject({ sideEffect: "possible" });
    expect([sent.length, lost.sent.length]).toEqual([1, 1]);
  });
});

describe("the SSH key at Shadeform", () => {
  const key = parseSshPublicKey(sshKey);
  const keys = (...list: unknown[]): ScriptedResponse => ({ json: { ssh_keys: list } });
  const own = { id: "key-1", name: "laptop", public_key: sshKey.replace("ada@workstation", "other comment"), is_default: false };
  const other = {
    ...own,
    id: "key-2",
    public_key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHuap2Y/yl8b0A6HrxEa5miBKtkPMbCrefXiH/swpf2a b",
  };

  async function keyIdOf(script: Script) {
    const { connected, sent } = connect({ ...created, ...script });
    await create(connected, createRequest(offer, { name: "a", sshPublicKey: `${sshKey}\n` }));
    return { sent, id: (sent.at(-1)?.body as { ssh_key_id?: string } | undefined)?.ssh_key_id };
  }

  it("is the registered key with the same content, whatever its name and comment", async () => {
    const { id, sent } = await keyIdOf({ "GET /sshkeys": keys(null, { id: "key-0" }, other, own) });
    expect(id).toBe("key-1");
    expect(sent.map(({ path }) => path)).toEqual(["/sshkeys", "/instances/create"]);
  });

  it("is registered with its fingerprint as name when there is none", async () => {
    const { id, sent } = await keyIdOf({
      "GET /sshkeys": responseOf("listSshKeys", "as really answered"),
      "POST /sshkeys/add": responseOf("createSshKey", "an id that is no uuid"),
    });
    expect(id).toBe("key-17");
    const name = registeredKeyName(await fingerprint(key as NonNullable<typeof key>));
    expect(sent[1]?.body).toEqual({ name, public_key: sshKey });
  });

  it.each(["name in use; the status", "name in use, with 409"])(
    "is found again when another call was faster: %s",
    async (why) => {
      const { id, sent } = await keyIdOf({
        "GET /sshkeys": [keys(other), keys(other, own)],
        "POST /sshkeys/add": responseOf("createSshKey", why),
      });
      expect(id).toBe("key-1");
      expect(sent.map(({ path }) => path)).toEqual(["/sshkeys", "/sshkeys/add", "/sshkeys", "/instances/create"]);
    },
  );

  it.each<[string, ScriptedResponse, string]>([
    ["its name belongs to another key", responseOf("createSshKey", "name in use, with 409"), "conflict"],
    ["it is refused", { status: 400, json: { message: "invalid key" } }, "invalid_request"],
  ])("ends the create before the paid call when %s", async (_, refused, code) => {
    const { connected, sent } = connect({ "GET /sshkeys": keys(other), "POST /sshkeys/add": refused });
    const prepared = connected.prepareCreate(createRequest(offer, { name: "a", sshPublicKey: sshKey }), context);
    await expect(prepared).rejects.toMatchObject({ code });
    expect(sent.some(({ path }) => path === "/instances/create")).toBe(false);
  });

  it("is not read when the caller passes the vendor's id, or none", async () => {
    for (const fields of [{ sshPublicKey: sshKey, options: { ssh_key_id: "key-9" } }, {}]) {
      const { connected, sent } = connect(created);
      await create(connected, createRequest(offer, { name: "a", ...fields }));
      expect(sent.map(({ path }) => path)).toEqual(["/instances/create"]);
      expect((sent[0]?.body as { ssh_key_id?: string } | undefined)?.ssh_key_id).toBe(fields.options?.ssh_key_id);
    }
  });
});

describe("an instance of Shadeform", () => {
  it.each([
    ["spot", "spot"],
    ["on_demand", "on_demand"],
    ["commitment", "unknown"],
    [undefined, "unknown"],
  ])("with the rental type %s is of the market %s", async (rental_type, market) => {
    expect((await found({ rental_terms: rental_type && { rental_type } })).instance.market).toBe(market);
  });

  it("of an A100 whose type contains the memory has that memory", async () => {
    const configuration = { gpu_type: "A100", num_gpus: 2 };
    const { instance } = await found({ configuration, shade_instance_type: "A100_80Gx2" });
    expect(instance.gpu).toMatchObject({ model: "A100", vramGb: 80 });
  });

  it("has all values of the vendor", async () => {
    expect(await found({})).toEqual({
      mark,
      endsAt: null,
      isSubscription: false,
      instance: {
        ref: "shadeform:d290f1ee",
        provider: "shadeform",
        id: "d290f1ee",
        name: "train-42",
        status: "running",
        rawStatus: "active",
        ready: true,
        billing: "compute",
        gpu: { model: "H100", vendor: "nvidia", vramGb: 80, formFactor: "sxm", rawName: "H100", known: true },
        gpuCount: 1,
        market: "on_demand",
        usdPerHour: 2.29,
        region: "canada-1",
        address: "203.0.113.24",
        ports: [],
        createdAt: "2026-01-28T20:53:39.459529Z",
        error: null,
      },
    });
  });

  it.each([
    ["creating", "pending", "unknown"],
    ["pending_provider", "pending", "unknown"],
    ["pending", "starting", "unknown"],
    ["active", "running", "compute"],
    ["ACTIVE", "running", "compute"],
    ["error", "failed", "unknown"],
    ["deleting", "terminating", "none"],
    ["deleted", "terminated", "none"],
    ["suspended", "unknown", "unknown"],
    ["", "unknown", "unknown"],
  ])("in %j is %s and costs %s", async (status, common, billing) => {
    const { instance: one } = await found({ status });
    expect(one).toMatchObject({ status: common, billing, rawStatus: status || null, ready: common === "running" });
  });

  it("is not ready without an address", async () => {
    expect((await found({ ip: null })).instance).toMatchObject({ ready: false, address: null });
  });

  it.each<[string, object, number | null]>([
    ["cents", {}, 2.29],
    ["the terms' dollars for spot", { rental_terms: { rental_type: "spot", hourly_price: "1.50" } }, 1.5],
    ["no price for spot without terms", { rental_terms: { rental_type: "spot" } }, null],
    ["the terms' dollars without cents", { hourly_price: undefined }, 2.29],
    ["nothing", { hourly_price: null, rental_terms: null }, null],
    ["nothing for 0", { hourly_price: 0, rental_terms: null }, null],
    ["cents for a commitment", { rental_terms: { rental_type: "commitment" } }, 2.29],
  ])("costs %s", async (_, fields, usd) => {
    expect((await found(fields)).instance.usdPerHour).toBe(usd);
  });

  it.each<[string, unknown, string | undefined]>([
    ["the mark among other tags", ["a", `gpu-mark=${mark}`, "b"], mark],
    ["the last of several", [`gpu-mark=${otherMark}`, `gpu-mark=${mark}`], mark],
    ["no mark in the tags", ["tag1", "gpu-mark=short", `xgpu-mark=${mark}`, `gpu-mark=${"a".repeat(35)}`], undefined],
    ["an empty list of tags", [], undefined],
    ["tags that are not returned", undefined, "unknown"],
    ["null", null, "unknown"],
    ["odd tags", [7, null], undefined],
  ])("is recognized by %s", async (_, tags, expected) => {
    expect((await found({ tags })).mark).toBe(expected);
  });

  it.each<[string, object, string | null]>([
    ["the vendor's date", { auto_delete: { date_threshold: "2026-11-21T16:00:00Z" } }, "2026-11-21T16:00:00Z"],
    ["no date with a spend limit only", { auto_delete: { spend_threshold: "7.5" } }, null],
    ["no date without an end", { auto_delete: null }, null],
  ])("ends at %s", async (_, fields, expected) => {
    expect((await found(fields)).endsAt).toBe(expected);
  });

  it("is a subscription when the rental has a commitment", async () => {
    expect((await found({ rental_terms: { rental_type: "commitment" } })).isSubscription).toBe(true);
  });

  it.each<[string, object, string | null]>([
    ["why it failed", { status: "error", status_details: "no host" }, "no host"],
    [
      "why it failed, without a secret",
      {
        status: "error",
        status_details: "registry refused hunter2-registry",
        launch_configuration: { docker_configuration: { registry_credentials: { password: "hunter2-registry" } } },
      },
      "registry refused [redacted]",
    ],
    ["that it was reclaimed", { status: "deleted", status_details: "preempted" }, "preempted"],
    ["nothing while it waits", { status: "pending", status_details: "waiting on provider" }, null],
    ["nothing when there is nothing", { status: "error", status_details: "" }, null],
  ])("reports %s", async (_, fields, error) => {
    expect((await found(fields)).instance.error).toBe(error);
  });

  it("has the ports that the cloud maps", async () => {
    const port_mappings = [{ internal_port: 8000, external_port: 31000 }, { internal_port: 9000 }, null, { external_port: 1 }];
    expect((await found({ port_mappings })).instance.ports).toEqual([
      { port: 8000, protocol: "tcp", endpoint: "203.0.113.24:31000" },
      { port: 9000, protocol: "tcp", endpoint: null },
    ]);
  });

  it("without a GPU has `gpu: null`, and without a configuration fails", async () => {
    const cpu = { ...configuration, num_gpus: 0, gpu_type: "CPU" };
    expect((await found({ configuration: cpu })).instance).toMatchObject({ gpu: null, gpuCount: 0 });
    expect((await found({ configuration: null })).instance).toMatchObject({ gpu: null, gpuCount: null });
  });

  it("that the vendor does not have is undefined; other failures are thrown", async () => {
    const { connected } = connect({
      "GET /instances/gone/info": responseOf("getInstance", "gone or never there"),
      "GET /instances/other/info": responseOf("getInstance", "of another account"),
    });
    expect(await connected.get("gone", context)).toBeUndefined();
    await expect(connected.get("other", context)).rejects.toMatchObject({ code: "permission_denied" });
  });
});

describe("the list of Shadeform", () => {
  it("has those that are being deleted too", async () => {
    const { connected } = connect({ "GET /instances": responseOf("listInstances", "active, and one in deleting") });
    const all = await connected.list(context);
    expect(all.map(({ instance: one, mark: found }) => [one.status, found])).toEqual([
      ["running", undefined],
      ["terminating", undefined],
    ]);
  });

  it.each<[string, unknown]>([
    ["no list", {}],
    ["an instance without an id", [{ ...instance, id: undefined }]],
    ["an instance that is none", [null]],
  ])("fails on %s, which must not seem to be no instance", async (_, instances) => {
    const { connected } = connect({ "GET /instances": { json: { instances } } });
    await expect(connected.list(context)).rejects.toMatchObject({ code: "vendor_contract" });
  });
});

describe("calls on an instance of Shadeform", () => {
  it.each<[string, object, object | undefined]>([
    ["user, address and port", { ssh_port: 2222, ssh_user: "hotaisle" }, { host: "203.0.113.24", port: 2222, user: "hotaisle" }],
    ["22 for null", { ssh_port: null }, { host: "203.0.113.24", port: 22, user: "shadeform" }],
    ["nothing without an address", { ip: null }, undefined],
  ])("access gives %s", async (_, fields, expected) => {
    const { connected } = connect({ "GET /instances/d290f1ee/info": { json: { ...instance, ...fields } } });
    expect(await connected.access("d290f1ee", context)).toEqual(expected && { ...expected, auth: { kind: "key" } });
  });

  it("remark replaces the mark in the tags and the vendor's date, and keeps the rest", async () => {
    const { connected, sent } = connect({
      "GET /instances/d290f1ee/info": {
        json: {
          ...instance,
          tags: ["team=a", `gpu-mark=${mark}`, "b"],
          auto_delete: { date_threshold: "2026-11-21T16:00:00Z", spend_threshold: "7.5" },
        },
      },
      "POST /instances/d290f1ee/update": { status: 200 },
    });
    await connected.remark?.("d290f1ee", otherMark, "2026-11-21T20:00:00.000Z", context);
    expect(sent.at(-1)?.body).toEqual({
      tags: ["team=a", "b", `gpu-mark=${otherMark}`],
      auto_delete: { date_threshold: "2026-11-21T20:00:00.000Z", spend_threshold: "7.5" },
    });
  });

  it("remark sends nothing while the tags are not shown", async () => {
    const { connected, sent } = connect({ "GET /instances/d290f1ee/info": { json: { ...instance, tags: null } } });
    await expect(connected.remark?.("d290f1ee", otherMark, "2026-11-21T20:00:00.000Z", context)).rejects.toMatchObject({
      code: "vendor_contract",
    });
    expect(sent).toHaveLength(1);
  });

  it("delete and restart send one request each", async () => {
    const { connected, sent } = connect({
      "POST /instances/i1/delete": { status: 200 },
      "POST /instances/i1/restart": { status: 200 },
    });
    await connected.delete("i1", context);
    await connected.actions.restart?.("i1", context);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /instances/i1/delete",
      "POST /instances/i1/restart",
    ]);
    expect(Object.keys(connected.actions)).toEqual(["restart"]);
  });

  it("delete reports when there is none", async () => {
    const { connected } = connect({ "POST /instances/i1/delete": responseOf("deleteInstance", "unknown id") });
    await expect(connected.delete("i1", context)).rejects.toMatchObject({ code: "not_found" });
  });

  it("use the caller's client", () => {
    const client = createShadeformClient({ apiKey: "k" });
    expect(shadeform({ client }).connect({}).client).toBe(client);
  });
});
