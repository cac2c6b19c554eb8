import { describe, expect, it } from "vitest";
import { startClouds } from "./clouds.js";
import { publicKey, publicKeys } from "./keys.js";
import { thunderBody } from "./scenarios/thunder-compute.js";

describe("Thunder Compute", () => {
  it("lists instances by index, with numbers as strings and the GPU in upper case", async () => {
    const { thunderCompute, simulator } = startClouds();
    const { identifier, key, uuid } = await thunderCompute.createInstance({ body: thunderBody });
    expect({ identifier, key, uuid }).toEqual({ identifier: 0, key: "", uuid: expect.stringMatching(/^[a-z0-9]{8}$/) });
    const pending = (await thunderCompute.listInstances())["0"];
    expect(pending).toMatchObject({
      uuid,
      status: "PROVISIONING",
      cpuCores: "8",
      numGpus: "1",
      memory: "64",
      storage: 100,
      gpuType: "A100XL",
      ip: "",
      port: 0,
      sshPublicKeys: [publicKey],
      createdAt: "2026-01-01T00:00:00Z",
    });
    expect(pending).not.toHaveProperty("httpPorts");
    await simulator.clock.advance(15_000);
    // Running, but not reachable yet.
    expect((await thunderCompute.listInstances())["0"]).toMatchObject({ status: "RUNNING", ip: "", port: 0 });
    await simulator.clock.advance(2_000);
    const { ip, port } = (await thunderCompute.listInstances())["0"] ?? {};
    expect(ip).toMatch(/^198\.1[89]\./);
    expect(port).toBeGreaterThan(22);
  });

  it("returns the private key once when no public key was sent", async () => {
    const { thunderCompute } = startClouds();
    const { public_key: _, ...body } = thunderBody;
    const { key } = await thunderCompute.createInstance({ body });
    expect(key).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
    expect((await thunderCompute.listInstances())["0"]?.sshPublicKeys).toHaveLength(1);
  });

  it("reuses the lowest index from one second after deletion on", async () => {
    const { thunderCompute, simulator } = startClouds();
    const create = async () => (await thunderCompute.createInstance({ body: thunderBody })).identifier;
    expect([await create(), await create(), await create()]).toEqual([0, 1, 2]);
    await thunderCompute.deleteInstance({ path: { id: "1" } });
    expect((await thunderCompute.listInstances())["1"]?.status).toBe("DELETING");
    await simulator.clock.advance(999);
    expect(await create()).toBe(3);
    await simulator.clock.advance(1);
    expect(Object.keys(await thunderCompute.listInstances())).toEqual(["0", "2", "3"]);
    expect(await create()).toBe(1);
  });

  it("uses the index, not the uuid, as id", async () => {
    const { thunderCompute } = startClouds();
    const { uuid } = await thunderCompute.createInstance({ body: thunderBody });
    const missing = { code: "not_found", vendorCode: "not_found" };
    await expect(thunderCompute.deleteInstance({ path: { id: uuid } })).rejects.toMatchObject(missing);
    await expect(thunderCompute.deleteInstance({ path: { id: "7" } })).rejects.toMatchObject(missing);
  });

  it.each([
    ["a vCPU count that the configuration has not", { cpu_cores: 4 }, "valid vCPU counts are 8, 12, 16"],
    ["a GPU in upper case", { gpu_type: "A100XL" }, "no configuration A100XL"],
    ["a key of the price list as GPU", { gpu_type: "a100xl_x1" }, "no configuration"],
    ["a count of GPUs that is not sold", { num_gpus: 3 }, "no configuration"],
    ["a disk that is too small", { disk_size_gb: 50 }, "disk_size_gb must be from 100 to 500"],
    ["an unknown template", { template: "ubuntu-22.04" }, "no template"],
    ["an invalid public key", { public_key: "ssh-ed25519 AAAA" }, "not an OpenSSH public key"],
  ])("rejects %s", async (_, change, message) => {
    const { thunderCompute, simulator } = startClouds();
    const rejected = thunderCompute.createInstance({ body: { ...thunderBody, ...change } });
    await expect(rejected).rejects.toMatchObject({ code: "invalid_request", vendorCode: "validation_error", sideEffect: "none" });
    await expect(rejected).rejects.toMatchObject({ vendorMessage: expect.stringContaining(message) });
    expect(simulator.ledger()).toEqual([]);
  });

  it("reports which field is wrong", async () => {
    const { simulator } = startClouds();
    const send = async (body: string) => {
      const headers = { authorization: `Bearer ${simulator.keys["thunder-compute"]}` };
      const url = "https://api.thundercompute.com:8443/v1/instances/create";
      const response = await simulator.fetch(url, { method: "POST", headers, body });
      return [response.status, ((await response.json()) as { message: string }).message];
    };
    expect(await send("{")).toEqual([400, "the body is not JSON"]);
    expect(await send("[]")).toEqual([400, "the body must be an object"]);
    expect(await send("{}")).toEqual([400, "cpu_cores is required"]);
    expect(await send(JSON.stringify({ ...thunderBody, num_gpus: "1" }))).toEqual([400, "num_gpus must be an integer"]);
    expect(await send(JSON.stringify({ ...thunderBody, mode: "test" }))).toEqual([
      400,
      "mode must be one of prototyping, production",
    ]);
  });

  it("shows the old values until a change is complete, and rejects other changes meanwhile", async () => {
    const { thunderCompute, simulator } = startClouds();
    await thunderCompute.createInstance({ body: thunderBody });
    const change = { path: { id: "0" }, body: { num_gpus: 2, cpu_cores: 16 } };
    await expect(thunderCompute.updateInstance(change)).rejects.toMatchObject({ code: "conflict", status: 409 });
    await simulator.clock.advance(20_000);
    const { uuid } = (await thunderCompute.listInstances())["0"] ?? {};
    expect(await thunderCompute.updateInstance(change)).toMatchObject({ identifier: "0", instance_name: uuid, num_gpus: 2 });
    expect((await thunderCompute.listInstances())["0"]).toMatchObject({ status: "MODIFYING", numGpus: "1" });
    await simulator.clock.advance(10_000);
    expect((await thunderCompute.listInstances())["0"]).toMatchObject({ status: "RUNNING", numGpus: "2", memory: "128" });
    await expect(thunderCompute.updateInstance({ ...change, body: { disk_size_gb: 90 } })).rejects.toMatchObject({ status: 400 });
  });

  it("stores each SSH key once, with the fingerprint of ssh-keygen", async () => {
    const { thunderCompute } = startClouds();
    const body = { name: "workstation", public_key: ` ${publicKey}\n` };
    const { key } = await thunderCompute.createSshKey({ body });
    expect(key).toMatchObject({ fingerprint: publicKeys[0].fingerprint, key_type: "ssh-ed25519", created_at: 1_767_225_600 });
    await expect(thunderCompute.createSshKey({ body: { ...body, name: "other" } })).rejects.toMatchObject({
      code: "conflict",
      status: 409,
    });
  });

  it("restores a ready snapshot, on a disk that is large enough", async () => {
    const { thunderCompute, simulator } = startClouds();
    const { uuid } = await thunderCompute.createInstance({ body: { ...thunderBody, disk_size_gb: 200 } });
    await simulator.clock.advance(20_000);
    await expect(thunderCompute.createSnapshot({ body: { instanceId: "0", name: "one" } })).rejects.toMatchObject({
      status: 400,
    });
    await thunderCompute.createSnapshot({ body: { instanceId: uuid, name: "one" } });
    const restore = (disk: number) =>
      thunderCompute.createInstance({ body: { ...thunderBody, template: "one", disk_size_gb: disk } });
    await expect(restore(200)).rejects.toMatchObject({ status: 400 });
    expect((await thunderCompute.listInstances())["0"]?.status).toBe("SNAPPING");
    await simulator.clock.advance(60_000);
    await expect(restore(100)).rejects.toMatchObject({ status: 400 });
    await restore(200);
    expect((await thunderCompute.listInstances())["1"]?.status).toBe("RESTORING");
  });

  it("has prices of whole configurations in dollars, in addition to other keys", async () => {
    const { thunderCompute } = startClouds();
    const { pricing } = await thunderCompute.listPrices();
    expect(pricing).toMatchObject({ h100_x1: 3.2, h100_x2: 6.4, h100: 3.2, additional_vcpus: 0.04, snapshot_gb: 0.00006849 });
  });

  it("reports what is sold out, and sends the catalogue without a key", async () => {
    const { thunderCompute, simulator } = startClouds();
    simulator.catalogue("thunder-compute").setFree("h100_x1", 0);
    expect((await thunderCompute.listAvailability()).specs).toMatchObject({ h100_x1: "unavailable", h100_x2: "available" });
    expect((await simulator.fetch("https://api.thundercompute.com:8443/v1/pricing")).status).toBe(200);
    expect((await simulator.fetch("https://api.thundercompute.com:8443/v1/status")).status).toBe(401);
  });
});
