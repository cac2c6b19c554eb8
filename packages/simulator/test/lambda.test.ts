import { describe, expect, it } from "vitest";
import { startClouds } from "./clouds.js";
import { otherPublicKey, publicKey } from "./keys.js";
import { lambdaKey, lambdaPlace, launchIntervalMs } from "./scenarios/lambda.js";

const base = "https://cloud.lambda.ai/api/v1";
const launchBody = { ...lambdaPlace, ssh_key_names: [lambdaKey.name] };
const capacityCode = "instance-operations/launch/insufficient-capacity";

async function start() {
  const clouds = startClouds();
  const { lambda, simulator } = clouds;
  await lambda.createSshKey({ body: lambdaKey });
  /** Sends a raw HTTP request. */
  const send = (method: string, path: string, body?: unknown) =>
    simulator.fetch(base + path, {
      method,
      headers: { authorization: `Bearer ${simulator.keys.lambda}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const launch = async (change: object = {}) => {
    const { data } = await lambda.createInstance({ body: { ...launchBody, ...change } });
    return data.instance_ids[0] ?? "";
  };
  const nextLaunch = () => simulator.clock.advance(launchIntervalMs);
  const read = async (id: string) => (await lambda.getInstance({ path: { id } })).data;
  return { ...clouds, send, launch, nextLaunch, read };
}

async function errorOf(response: Response): Promise<{ status: number; code: string; message: string }> {
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  return { status: response.status, ...error };
}

describe("Lambda", () => {
  it("returns one id of 32 digits, and an address while the instance is still booting", async () => {
    const { launch, read, simulator } = await start();
    const tags = [{ key: "team", value: "research" }];
    const id = await launch({ name: "train-42", tags });
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    const young = await read(id);
    expect(young).toMatchObject({ status: "booting", name: "train-42", tags, first_healthy: null, is_reserved: false });
    expect(young).not.toHaveProperty("ip");
    expect(young.actions.terminate).toEqual({ available: false, reason_code: "vm-has-not-launched" });
    await simulator.clock.advance(45_000);
    expect(await read(id)).toMatchObject({
      status: "booting",
      ip: expect.stringMatching(/^198\./),
      actions: { restart: { available: false }, terminate: { available: true } },
    });
    await simulator.clock.advance(135_000);
    expect(await read(id)).toMatchObject({ status: "active", first_healthy: "2026-01-01T00:03:00.000Z" });
  });

  it("has a catalogue by name, with cents for the whole machine, in the regions with capacity", async () => {
    const { lambda, simulator } = await start();
    const { data: types } = await lambda.listInstanceTypes();
    expect(types["gpu_1x_h100_sxm5"]).toMatchObject({
      instance_type: { price_cents_per_hour: 429, gpu_description: "H100 (80 GB SXM5)", specs: { gpus: 1, memory_gib: 225 } },
      regions_with_capacity_available: [{ name: "us-south-1", description: "Texas, USA" }],
    });
    expect(types["gpu_8x_a100_80gb_sxm4"]?.regions_with_capacity_available).toEqual([]);
    expect(types["cpu_4x_general"]?.instance_type).toMatchObject({ gpu_description: "N/A", specs: { gpus: 0 } });
    expect(types["gpu_1x_gh200"]?.instance_type.architecture).toBe("arm64");
    simulator.catalogue("lambda").setPrice("gpu_1x_a10/us-east-1", 1.5);
    const prices = simulator.catalogue("lambda").products();
    expect(prices.filter(({ id }) => id.startsWith("gpu_1x_a10/")).map(({ usdPerHour }) => usdPerHour)).toEqual([1.5, 1.5]);
  });

  it("accepts a launch every 12 seconds, and sends a 429 as plain text otherwise", async () => {
    const { send, launch, nextLaunch, simulator } = await start();
    await launch();
    const early = await send("POST", "/instance-operations/launch", launchBody);
    expect([early.status, early.headers.get("content-type"), await early.text()]).toEqual([
      429,
      "text/plain; charset=utf-8",
      "error code: 1015",
    ]);
    await nextLaunch();
    await launch();
    expect(simulator.ledger()).toHaveLength(2);
  });

  it("accepts a launch at any time with `createIntervalMs: 0`", async () => {
    const { lambda, simulator } = startClouds({ vendors: { lambda: { createIntervalMs: 0 } } });
    await lambda.createSshKey({ body: lambdaKey });
    await lambda.createInstance({ body: launchBody });
    await lambda.createInstance({ body: launchBody });
    expect(simulator.ledger()).toHaveLength(2);
  });

  it.each<[what: string, change: object, code: string, message: RegExp]>([
    ["two SSH keys", { ssh_key_names: ["workstation", "other"] }, "global/invalid-parameters", /exactly one/],
    ["no SSH key", { ssh_key_names: [] }, "global/invalid-parameters", /exactly one/],
    ["an unknown SSH key", { ssh_key_names: ["nobody"] }, "global/object-does-not-exist", /SSH key/],
    ["an unknown filesystem", { file_system_names: ["nothing"] }, "global/object-does-not-exist", /filesystem/],
    ["an unknown region", { region_name: "moon-1" }, "global/invalid-parameters", /Region moon-1 does not exist/],
    ["an unknown type", { instance_type_name: "gpu_1x_h900" }, "global/object-does-not-exist", /instance type/],
    ["more than one machine", { quantity: 2 }, "global/invalid-parameters", /less than or equal to 1/],
    ["a tag with a capital letter", { tags: [{ key: "Team", value: "a" }] }, "global/invalid-parameters", /should match pattern/],
    ["a reserved tag", { tags: [{ key: "lambda-ai-x", value: "a" }] }, "global/invalid-parameters", /reserved/],
    ["a long name", { name: "a".repeat(65) }, "global/invalid-parameters", /64 characters/],
    ["a type without capacity", { instance_type_name: "gpu_8x_a100_80gb_sxm4" }, capacityCode, /Not enough capacity/],
  ])("rejects a launch with %s, and rents nothing", async (_, change, code, message) => {
    const { send, simulator } = await start();
    const response = await send("POST", "/instance-operations/launch", { ...launchBody, ...change });
    expect(await errorOf(response)).toMatchObject({ status: 400, code, message: expect.stringMatching(message) });
    expect(simulator.ledger()).toEqual([]);
  });

  it("ends an instance in steps: terminating, terminated, gone", async () => {
    const { launch, read, lambda, simulator } = await start();
    const id = await launch();
    await simulator.clock.advance(600_000);
    const { data } = await lambda.deleteInstance({ body: { instance_ids: [id] } });
    expect(data.terminated_instances).toMatchObject([{ id, status: "terminating" }]);
    // A second delete is harmless.
    await lambda.deleteInstance({ body: { instance_ids: [id] } });
    await simulator.clock.advance(20_000);
    expect((await read(id)).status).toBe("terminated");
    await simulator.clock.advance(10_000);
    await expect(read(id)).rejects.toMatchObject({ code: "not_found", vendorCode: "global/object-does-not-exist" });
    expect((await lambda.listInstances()).data).toEqual([]);
    // Billing starts when the instance is active, and is by the minute.
    expect(simulator.ledger()).toMatchObject([{ billedMs: 420_000, usd: 0.5005, endedAt: "2026-01-01T00:10:00.000Z" }]);
  });

  it("fails a batch with an unknown id, and terminates none of it", async () => {
    const { launch, lambda, simulator } = await start();
    const ids = [await launch(), "0".repeat(32)];
    await expect(lambda.deleteInstance({ body: { instance_ids: ids } })).rejects.toMatchObject({ code: "not_found" });
    expect(simulator.ledger()).toMatchObject([{ endedAt: null }]);
  });

  it("rejects a malformed id with a 400, and knows an id with dashes", async () => {
    const { send, launch, read } = await start();
    const malformed = await errorOf(await send("GET", "/instances/train-42"));
    expect(malformed).toMatchObject({ status: 400, code: "global/invalid-parameters", message: expect.stringContaining("'id'") });
    const id = await launch();
    const dashed = id.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    expect((await read(dashed)).id).toBe(id);
  });

  it("has one code for no key and a wrong key, and accepts HTTP Basic", async () => {
    const { simulator } = await start();
    const sent = (authorization?: string) =>
      simulator.fetch(`${base}/regions`, { headers: authorization === undefined ? {} : { authorization } });
    const code = "global/invalid-api-key";
    expect(await errorOf(await sent())).toMatchObject({ status: 401, code, message: "No API key was provided." });
    expect(await errorOf(await sent("Bearer no"))).toMatchObject({
      status: 401,
      code,
      message: expect.stringMatching(/^API key was invalid/),
    });
    expect((await sent(`Basic ${btoa(`${simulator.keys.lambda}:`)}`)).status).toBe(200);
  });

  it("reads filesystems on one path and writes them on another", async () => {
    const { send, lambda } = await start();
    const body = { name: "datasets", region: "us-south-1" };
    const wrongPath = await send("POST", "/file-systems", body);
    expect([wrongPath.status, await wrongPath.text()]).toEqual([405, ""]);
    const { data: volume } = await lambda.createVolume({ body });
    expect((await lambda.listVolumes()).data).toEqual([volume]);
    expect((await lambda.listFilesystems()).data).toEqual([volume]);
    await expect(lambda.createVolume({ body })).rejects.toMatchObject({ code: "conflict", vendorCode: "global/duplicate" });
    expect(await errorOf(await send("GET", "/clusters"))).toMatchObject({ status: 404, code: "global/not-found" });
  });

  it("keeps a filesystem in use for a while after its instance is gone", async () => {
    const { launch, lambda, simulator } = await start();
    const { data: volume } = await lambda.createVolume({ body: { name: "datasets", region: "us-south-1" } });
    const id = await launch({ file_system_names: ["datasets"] });
    const remove = () => lambda.deleteVolume({ path: { id: volume.id } });
    await lambda.deleteInstance({ body: { instance_ids: [id] } });
    await simulator.clock.advance(30_000);
    expect((await lambda.listInstances()).data).toEqual([]);
    await expect(remove()).rejects.toMatchObject({ code: "conflict", vendorCode: "filesystems/filesystem-in-use" });
    await simulator.clock.advance(30_000);
    expect((await remove()).data.deleted_ids).toEqual([volume.id]);
  });

  it("reports a filesystem of another region by its name as missing, and by its id as in the wrong region", async () => {
    const { launch, nextLaunch, lambda } = await start();
    const { data: volume } = await lambda.createVolume({ body: { name: "datasets", region: "us-east-1" } });
    await expect(launch({ file_system_names: ["datasets"] })).rejects.toMatchObject({ code: "not_found", sideEffect: "none" });
    await nextLaunch();
    const mounts = [{ mount_point: "/data", file_system_id: volume.id }];
    await expect(launch({ file_system_mounts: mounts })).rejects.toMatchObject({ code: "invalid_request", sideEffect: "none" });
  });

  it("needs unique key names, makes a pair on request, and keeps keys that are in use", async () => {
    const { launch, lambda, simulator } = await start();
    const taken = lambda.createSshKey({ body: { name: "workstation", public_key: otherPublicKey } });
    await expect(taken).rejects.toMatchObject({ code: "conflict", status: 400, sideEffect: "none" });
    const { data: pair } = await lambda.createSshKey({ body: { name: "pair" } });
    expect(pair).toMatchObject({
      public_key: expect.stringMatching(/^ssh-ed25519 /),
      private_key: expect.stringContaining("PRIVATE KEY"),
    });
    const [key] = (await lambda.listSshKeys()).data;
    expect(key).toMatchObject({ name: "workstation", public_key: publicKey });
    const remove = () => lambda.deleteSshKey({ path: { id: key?.id ?? "" } });
    const id = await launch();
    await expect(remove()).rejects.toMatchObject({ code: "conflict", vendorCode: "ssh-keys/key-in-use" });
    await lambda.deleteInstance({ body: { instance_ids: [id] } });
    await simulator.clock.advance(30_000);
    await remove();
    await expect(remove()).rejects.toMatchObject({ code: "not_found", vendorCode: "global/not-found" });
  });

  it("restarts only active instances, and keeps them active", async () => {
    const { launch, read, lambda, simulator } = await start();
    const id = await launch();
    const restart = () => lambda.restartInstance({ body: { instance_ids: [id] } });
    await expect(restart()).rejects.toMatchObject({ code: "conflict", status: 409 });
    await simulator.clock.advance(180_000);
    expect((await restart()).data.restarted_instances).toMatchObject([{ id, status: "active" }]);
    expect((await read(id)).status).toBe("active");
  });

  it("returns the whole list without a token, and pages from the newest with one", async () => {
    const { lambda, simulator } = startClouds({ vendors: { lambda: { pageSize: 2, createIntervalMs: 0 } } });
    await lambda.createSshKey({ body: lambdaKey });
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      ids.push((await lambda.createInstance({ body: launchBody })).data.instance_ids[0] ?? "");
    }
    const whole = await lambda.listInstances();
    expect(whole.data.map(({ id }) => id)).toEqual(ids);
    expect(whole).not.toHaveProperty("page_token");
    const paged: string[] = [];
    for await (const { id } of lambda.listInstances.items({ query: { page_token: btoa("offset:0") } })) paged.push(id);
    expect(paged).toEqual([...ids].reverse());
    await expect(lambda.listInstances({ query: { page_token: "x" } })).rejects.toMatchObject({ code: "invalid_request" });
    const events: string[] = [];
    for await (const { action } of lambda.listAuditEvents.items()) events.push(action);
    expect(events).toEqual(["launch", "launch", "launch"]);
    expect(simulator.requests().filter(({ operation }) => operation === "listAuditEvents")).toHaveLength(2);
  });
});
