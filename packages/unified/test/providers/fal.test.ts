import { createFalClient } from "@gpu/fal";
import { createSimulator } from "@gpu/simulator";
import { describe, expect, it } from "vitest";
import { createGpu } from "../../src/index.js";
import { type FalOptions, fal } from "../../src/providers/fal.js";
import { connectTo, context, create, createRequest, now, recorded, type Script, sshKey } from "./scripted.js";

const responseOf = (operation: string, why: string) => recorded("fal", operation, why);
const connect = (script: Script, options: FalOptions = {}) => connectTo(fal(options), "https://api.fal.ai/v1", script);

const ready = { id: "i1", instance_type: "gpu_8x_h100_sxm5", region: "us-west", status: "ready", ip: "203.0.113.42" };
const h100 = { model: "H100", vendor: "nvidia", vramGb: 80, formFactor: "sxm", known: true };

async function instanceOf(fields: object, options: FalOptions = {}) {
  const { connected } = connect({ "GET /compute/instances/i1": { json: { ...ready, ...fields } } }, options);
  const found = await connected.get("i1", context);
  if (!found) throw new Error("the instance was not found");
  return found;
}

describe("offers of fal", () => {
  it("are two machines without price or stock, and need no request", async () => {
    const { connected, sent } = connect({});
    const offers = await connected.listOffers(context);
    expect(sent).toEqual([]);
    expect(offers[0]).toEqual({
      id: "fal:gpu_1x_h100_sxm5",
      provider: "fal",
      upstreamCloud: null,
      gpu: { ...h100, rawName: "H100 SXM" },
      gpuCount: 1,
      usdPerHour: null,
      usdPerGpuHour: null,
      market: "on_demand",
      availability: "unknown",
      region: null,
      cpuCores: 16,
      memoryGb: 200,
      diskGb: { included: 1_000, min: null, max: null },
      kind: "vm",
      bootSeconds: { min: 120, max: 180 },
      observedAt: new Date(now).toISOString(),
    });
    expect(offers.slice(1)).toMatchObject([{ id: "fal:gpu_8x_h100_sxm5", gpuCount: 8, cpuCores: 128, memoryGb: 1_600 }]);
  });

  it("have the caller's price for the whole machine", async () => {
    const { connected } = connect({}, { usdPerHour: { gpu_8x_h100_sxm5: 16.8 } });
    expect(await connected.listOffers(context)).toMatchObject([
      { usdPerHour: null, usdPerGpuHour: null },
      { usdPerHour: 16.8, usdPerGpuHour: 2.1 },
    ]);
  });

  it.each([0, -1, Number.NaN])("are rejected with a price of %d", (price) => {
    expect(() => connect({}, { usdPerHour: { gpu_1x_h100_sxm5: price } })).toThrow("usdPerHour must be");
  });
});

describe("a create at fal", () => {
  it("turns an offer back into what the vendor takes, under the caller's key", async () => {
    const script = { "POST /compute/instances": responseOf("createInstance", "the page's example: eight GPUs") };
    const { connected, sent } = connect(script, { usdPerHour: { gpu_8x_h100_sxm5: 16.8 } });
    const fields = { sshPublicKey: ` ${sshKey}\n`, name: "ignored", options: { sector: "sector_1" } };
    const { id, found } = await create(connected, createRequest("gpu_8x_h100_sxm5", fields));
    expect(id).toBe("inst_abc123xyz");
    expect(found).toMatchObject({
      mark: "unknown",
      instance: { status: "starting", ready: false, gpuCount: 8, usdPerHour: 16.8 },
    });
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /compute/instances"]);
    expect(sent[0]?.body).toEqual({ instance_type: "gpu_8x_h100_sxm5", ssh_key: sshKey, sector: "sector_1" });
    expect(sent[0]?.headers.get("Idempotency-Key")).toBe("key-1");
  });

  it("sends no sector that was not asked for, and takes a machine type that is new", async () => {
    const { connected, sent } = connect({ "POST /compute/instances": responseOf("createInstance", "a new machine type") });
    const { found } = await create(connected, createRequest("gpu_8x_b200_sxm6", { sshPublicKey: sshKey }));
    expect(sent[0]?.body).toEqual({ instance_type: "gpu_8x_b200_sxm6", ssh_key: sshKey });
    expect(found?.instance).toMatchObject({ gpu: { model: "B200", formFactor: "sxm" }, gpuCount: 8, usdPerHour: null });
  });

  it("keeps its key when a lost response makes the client retry", async () => {
    const { connected, sent } = connect({
      "POST /compute/instances": [{ status: 502 }, responseOf("createInstance", "replayed by the idempotency key")],
    });
    const { found } = await create(connected, createRequest("gpu_1x_h100_sxm5", { sshPublicKey: sshKey }));
    expect(sent.map(({ headers }) => headers.get("Idempotency-Key"))).toEqual(["key-1", "key-1"]);
    expect(found?.instance).toMatchObject({ ready: true });
  });

  it.each(["", "h100", "gpu_x_h100", "gpu_0x_h100"])("rejects the offer '%s' before any request", async (offer) => {
    const { connected, sent } = connect({});
    const refused = connected.prepareCreate(createRequest(offer, { sshPublicKey: sshKey }), context);
    await expect(refused).rejects.toMatchObject({
      code: "invalid_request",
      sideEffect: "none",
      message: expect.stringContaining("fal:gpu_COUNTx_MODEL"),
    });
    expect(sent).toEqual([]);
  });

  it.each([
    { why: "sector with one GPU", code: "invalid_request" },
    { why: "refusal for too little balance", code: "insufficient_funds" },
  ])("without effect says so: $code", async ({ why, code }) => {
    const { connected } = connect({ "POST /compute/instances": responseOf("createInstance", why) });
    const failed = create(connected, createRequest("gpu_1x_h100_sxm5", { sshPublicKey: sshKey }));
    await expect(failed).rejects.toMatchObject({ code, sideEffect: "none" });
  });

  it("is committed when the vendor returns no id", async () => {
    const { connected } = connect({ "POST /compute/instances": { status: 201, json: { ...ready, id: null } } });
    const failed = create(connected, createRequest("gpu_1x_h100_sxm5", { sshPublicKey: sshKey }));
    await expect(failed).rejects.toMatchObject({ code: "vendor_contract", sideEffect: "committed" });
  });
});

describe("instances of fal", () => {
  it("are read without name, mark or secret", async () => {
    expect(await instanceOf({}, { usdPerHour: { gpu_8x_h100_sxm5: 16.8 } })).toEqual({
      mark: "unknown",
      instance: {
        ref: "fal:i1",
        provider: "fal",
        id: "i1",
        name: null,
        status: "running",
        rawStatus: "ready",
        ready: true,
        billing: "compute",
        gpu: { ...h100, rawName: "h100_sxm5" },
        gpuCount: 8,
        market: "on_demand",
        usdPerHour: 16.8,
        region: "us-west",
        address: "203.0.113.42",
        ports: [],
        createdAt: null,
        error: null,
      },
    });
  });

  it.each([
    ["init", "pending", "unknown"],
    ["pending", "pending", "unknown"],
    ["provisioning", "starting", "unknown"],
    ["ready", "running", "compute"],
    ["stopped", "stopped", "unknown"],
    ["unknown", "unknown", "unknown"],
    ["deleting", "unknown", "unknown"],
  ])("with status %s are %s and billed %s", async (raw, status, billing) => {
    const { instance } = await instanceOf({ status: raw });
    expect(instance).toMatchObject({ status, rawStatus: raw, billing, ready: status === "running" });
  });

  it.each([{ ip: "" }, { ip: undefined }, { ip: null }])("are not ready without an address: %o", async (fields) => {
    expect((await instanceOf(fields)).instance).toMatchObject({ status: "running", ready: false, address: null });
  });

  it("have null for invalid values", async () => {
    const odd = { instance_type: 8, region: null, status: null };
    expect((await instanceOf(odd)).instance).toMatchObject({
      gpu: null,
      gpuCount: null,
      region: null,
      status: "unknown",
      rawStatus: null,
    });
    expect((await instanceOf({ instance_type: "cluster" })).instance).toMatchObject({
      gpu: { model: "cluster", known: false },
      gpuCount: null,
    });
  });

  it("that the vendor does not have are undefined; other failures are thrown", async () => {
    const { connected } = connect({
      "GET /compute/instances/a": responseOf("getInstance", "deleted, or never there"),
      "GET /compute/instances/b": responseOf("getInstance", "key of API scope"),
    });
    expect(await connected.get("a", context)).toBeUndefined();
    await expect(connected.get("b", context)).rejects.toMatchObject({ code: "permission_denied" });
  });

  it("are listed to the last page, even after an empty one", async () => {
    const page = (instances: object[], next_cursor: string | null) => ({
      json: { instances, next_cursor, has_more: next_cursor !== null },
    });
    const { connected, sent } = connect({
      "GET /compute/instances": page([ready], "Mg=="),
      "GET /compute/instances?cursor=Mg%3D%3D": page([], "Mw=="),
      "GET /compute/instances?cursor=Mw%3D%3D": page([{ ...ready, id: "i2" }], null),
    });
    expect((await connected.list(context)).map(({ instance }) => instance.id)).toEqual(["i1", "i2"]);
    const reading = ["", "?cursor=Mg%3D%3D", "?cursor=Mw%3D%3D"].map((query) => `/compute/instances${query}`);
    expect(sent.map(({ path }) => path)).toEqual([...reading, ...reading]);
  });

  it.each([
    {
      why: "a later page fails",
      pages: [{ instances: [ready], next_cursor: "Mg==", has_more: true }, undefined],
      code: "permission_denied",
    },
    { why: "the list is not a list", pages: [{ instances: null, next_cursor: null, has_more: false }], code: "vendor_contract" },
    {
      why: "an entry has no id",
      pages: [{ instances: [{ ...ready, id: "" }], next_cursor: null, has_more: false }],
      code: "vendor_contract",
    },
  ])("are not listed in part: $why", async ({ pages, code }) => {
    const answers = pages.map((json) => (json ? { json } : responseOf("listInstances", "as a third party's client has it")));
    const { connected } = connect({ "GET /compute/instances": answers });
    await expect(connected.list(context)).rejects.toMatchObject({ code });
  });

  it("are reached as ubuntu on port 22 once the address is known", async () => {
    const { connected } = connect({
      "GET /compute/instances/a": { json: ready },
      "GET /compute/instances/b": { json: { ...ready, ip: "" } },
      "GET /compute/instances/c": responseOf("getInstance", "deleted, or never there"),
    });
    expect(await connected.access("a", context)).toEqual({
      host: "203.0.113.42",
      port: 22,
      user: "ubuntu",
      auth: { kind: "key" },
    });
    expect(await connected.access("b", context)).toBeUndefined();
    await expect(connected.access("c", context)).rejects.toMatchObject({ code: "not_found" });
  });

  it("are deleted by id", async () => {
    const { connected, sent } = connect({
      "DELETE /compute/instances/a": { status: 204 },
      "DELETE /compute/instances/b": responseOf("deleteInstance", "already gone"),
    });
    await connected.delete("a", context);
    await expect(connected.delete("b", context)).rejects.toMatchObject({ code: "not_found" });
    expect(sent).toHaveLength(2);
  });
});

it("the provider of fal accepts an existing client together with prices", () => {
  const client = createFalClient({ apiKey: "test-key" });
  expect(fal({ client, usdPerHour: {} }).connect({}).client).toBe(client);
});

it("a key that another process used for another type is a mismatch, and deletes no machine", async () => {
  const simulator = createSimulator({ vendors: ["fal"] });
  const { fetch, clock, keys } = simulator;
  const start = () =>
    createGpu({
      providers: [fal({ apiKey: keys.fal, usdPerHour: { gpu_1x_h100_sxm5: 2.1, gpu_8x_h100_sxm5: 16.8 } })],
      defaults: { fetch, clock },
    });
  const idempotencyKey = start().newIdempotencyKey();
  const big = await start().create({ offer: "fal:gpu_8x_h100_sxm5", sshPublicKey: sshKey, idempotencyKey });
  const again = start().create({ offer: "fal:gpu_1x_h100_sxm5", sshPublicKey: sshKey, idempotencyKey, maxUsdPerHour: 3 });
  await expect(again).rejects.toMatchObject({ code: "idempotency_mismatch", sideEffect: "none", ref: big.ref });
  expect(simulator.ledger()).toMatchObject([{ id: big.id, endedAt: null }]);
});

it("a key that another process used in another sector is a mismatch", async () => {
  const { connected } = connect({ "POST /compute/instances": { status: 201, json: { ...ready, sector: "sector_1" } } });
  const inSector = (sector?: string) => createRequest(ready.instance_type, { sshPublicKey: sshKey, options: { sector } });
  await expect(create(connected, inSector("sector_2"))).rejects.toMatchObject({ code: "idempotency_mismatch", ref: "fal:i1" });
  expect((await create(connected, inSector("sector_1"))).id).toBe("i1");
  // Without a requested sector, any sector matches.
  expect((await create(connected, inSector())).id).toBe("i1");
});

it("a new key accepts the returned machine, whatever its type is called", async () => {
  const { connected } = connect({ "POST /compute/instances": { status: 201, json: { ...ready, instance_type: "gpu_8x_h100" } } });
  const request = createRequest("gpu_8x_h100_sxm5", { sshPublicKey: sshKey });
  expect((await create(connected, { ...request, isKeyNew: true })).id).toBe("i1");
  await expect(create(connected, request)).rejects.toMatchObject({ code: "idempotency_mismatch", ref: "fal:i1" });
});

it("a create without the caller's key is never a mismatch", async () => {
  const { fetch, clock, keys } = createSimulator({ vendors: ["fal"] });
  const renamed = async (url: string, init: RequestInit) => {
    const response = await fetch(url, init);
    if (init.method !== "POST") return response;
    return Response.json({ ...((await response.json()) as object), instance_type: "gpu_1x_h100" }, { status: 201 });
  };
  const gpu = createGpu({ providers: [fal({ apiKey: keys.fal })], defaults: { fetch: renamed, clock } });
  const { ref } = await gpu.create({ offer: "fal:gpu_1x_h100_sxm5", sshPublicKey: sshKey });
  expect((await gpu.list()).instances.map((one) => one.ref)).toEqual([ref]);
});
