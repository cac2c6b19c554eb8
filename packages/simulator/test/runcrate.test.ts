import { describe, expect, it } from "vitest";
import { startClouds } from "./clouds.js";
import { publicKey, publicKeys } from "./keys.js";
import { runcrateBody } from "./scenarios/runcrate.js";

describe("Runcrate", () => {
  it("sends a create's result under data with 201; the address is known later than running", async () => {
    const { runcrate, simulator } = startClouds();
    const { data } = await runcrate.createInstance({ body: runcrateBody });
    expect(simulator.requests().at(-1)?.status).toBe(201);
    expect(data).toMatchObject({ name: "train-42", status: "deploying", ip: null, deployed_at: null, cost_per_hour: 1.49 });
    expect(data.created_at).toBe("2026-01-01T00:00:00.000+00:00");
    const path = { id: data.id };
    await simulator.clock.advance(240_000);
    expect(await runcrate.getInstanceStatus({ path })).toEqual({ data: { id: data.id, status: "running", ip: null } });
    await simulator.clock.advance(10_000);
    expect((await runcrate.getInstance({ path })).data).toMatchObject({ status: "running", ip: expect.stringMatching(/^198\./) });
  });

  it("reports out of stock with a 500, and shows no stock in its catalogue", async () => {
    const { runcrate, simulator } = startClouds();
    const before = await runcrate.listInstanceTypes();
    simulator.catalogue("runcrate").setFree("bold-tesla-a100-fa6f", 0);
    expect(await runcrate.listInstanceTypes()).toEqual(before);
    for (const body of [runcrateBody, { name: "a", instance_type_id: "bold-tesla-a100-fa6f" }]) {
      const rejected = runcrate.createInstance({ body });
      await expect(rejected).rejects.toMatchObject({ status: 500, code: "no_capacity", sideEffect: "none", attempts: 1 });
    }
    expect(simulator.ledger()).toEqual([]);
  });

  it("picks the cheapest configuration of a model in stock, ignoring the case of its name", async () => {
    const { runcrate, simulator } = startClouds();
    const rent = async (body: object) => (await runcrate.createInstance({ body: { name: "a", ...body } })).data;
    expect(await rent({ gpu_type: "h100-SXM" })).toMatchObject({ gpu_count: 1, cost_per_hour: 3.35 });
    expect(await rent({ gpu_type: "H100", gpu_count: 2, region: "us-east-1" })).toMatchObject({ cost_per_hour: 6.69 });
    await expect(rent({ gpu_type: "H100", gpu_count: 1 })).rejects.toMatchObject({ code: "no_capacity" });
    expect(simulator.ledger().map(({ product }) => product)).toEqual(["eager-lovelace-h100-sxm-b83c", "stoic-tharp-h100x2-4d7a"]);
  });

  it.each([
    ["neither type nor id", {}, "gpu_type or instance_type_id is required"],
    ["an unknown model", { gpu_type: "Z900" }, "no GPU type"],
    ["an unknown instance type", { instance_type_id: "nobody" }, "no instance type"],
    ["an unknown key", { gpu_type: "A100", ssh_key_id: "nobody" }, "no SSH key"],
    ["an unknown template", { gpu_type: "A100", template: "arch" }, "no template"],
    ["a name that is too long", { gpu_type: "A100", name: "x".repeat(65) }, "name must have 1 to 64 characters"],
    ["an unknown volume", { gpu_type: "A100", storage_id: "nobody" }, "does not exist"],
  ])("rejects %s", async (_, change, message) => {
    const { runcrate } = startClouds();
    const rejected = runcrate.createInstance({ body: { name: "train-42", ...change } });
    const vendorMessage = expect.stringContaining(message);
    await expect(rejected).rejects.toMatchObject({ code: "invalid_request", vendorCode: "invalid_params", vendorMessage });
  });

  it("shows SSH keys in camelCase with the fingerprint instead of the key, and rejects duplicates", async () => {
    const { runcrate } = startClouds();
    const { data } = await runcrate.createSshKey({ body: { name: "mine", public_key: publicKey } });
    expect(data).toMatchObject({
      fingerprint: publicKeys[0].fingerprint,
      type: "ed25519",
      createdAt: "2026-01-01T00:00:00.000Z",
    });
    expect(data).not.toHaveProperty("public_key");
    const twin = runcrate.createSshKey({ body: { name: "other", public_key: `${publicKey} again` } });
    await expect(twin).rejects.toMatchObject({ status: 409, code: "conflict" });
  });

  it("sends 204 for a deletion and 404 afterwards", async () => {
    const { runcrate, simulator } = startClouds();
    const { data } = await runcrate.createInstance({ body: runcrateBody });
    await runcrate.deleteInstance({ path: { id: data.id } });
    expect(simulator.requests().at(-1)?.status).toBe(204);
    await expect(runcrate.getInstance({ path: { id: data.id } })).rejects.toMatchObject({ code: "not_found" });
    expect((await runcrate.listInstances()).data).toEqual([]);
  });

  it("separates environments, with main as the default", async () => {
    const { runcrate } = startClouds();
    await runcrate.createEnvironment({ body: { name: "staging" } });
    const query = { environment: "staging" };
    const { data } = await runcrate.createInstance({ body: runcrateBody, query });
    expect((await runcrate.listInstances()).data).toEqual([]);
    expect((await runcrate.listInstances({ query })).data).toMatchObject([{ id: data.id }]);
    await expect(runcrate.getInstance({ path: { id: data.id } })).rejects.toMatchObject({ code: "not_found" });
    await expect(runcrate.listInstances({ query: { environment: "none" } })).rejects.toMatchObject({ code: "not_found" });
  });

  it("shows volumes in camelCase in reads and in snake_case in changes", async () => {
    const { runcrate } = startClouds();
    const { data: volume } = await runcrate.createVolume({ body: { name: "data", size_gb: 500 } });
    expect(volume).toMatchObject({ size_gb: 500, region: "137" });
    const { data: instance } = await runcrate.createInstance({ body: { ...runcrateBody, storage_id: volume.id } });
    const read = await runcrate.getVolume({ path: { id: volume.id } });
    expect(read.data).toMatchObject({ sizeGb: 500, status: "attached", deploymentId: instance.id });
    await expect(runcrate.deleteVolume({ path: { id: volume.id } })).rejects.toMatchObject({ status: 400 });
  });

  it("serves both of its hosts", async () => {
    const { simulator } = startClouds();
    const headers = { authorization: `Bearer ${simulator.keys.runcrate}` };
    for (const host of ["www.runcrate.ai", "runcrate.ai"]) {
      expect((await simulator.fetch(`https://${host}/api/v1/instances`, { headers })).status).toBe(200);
    }
  });

  it("records usage", async () => {
    const { runcrate, simulator } = startClouds();
    await runcrate.createInstance({ body: runcrateBody });
    await simulator.clock.advance(240_000 + 3_600_000);
    expect((await runcrate.getBalance()).data).toEqual({ creditsBalance: 98.51, activeUsageCost: 1.49 });
    const { data } = await runcrate.listTransactions({ query: { type: "debit" } });
    expect(data).toMatchObject([{ amount: -1.49, description: "Usage, train-42" }]);
  });
});
