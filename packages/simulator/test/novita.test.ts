import { describe, expect, it } from "vitest";
import { startClouds } from "./clouds.js";
import { novitaBody } from "./scenarios/novita.js";

describe("Novita", () => {
  it("has GPU prices in strings of 1/100000 USD and the balance in 1/10000 USD", async () => {
    const { novita, simulator } = startClouds();
    const { data } = await novita.listInstanceTypes();
    expect(data.find(({ id }) => id === "4090.16c62g")).toMatchObject({
      price: "35000",
      spotPrice: "17500",
      inventoryState: "high",
    });
    expect(data.find(({ id }) => id === "5090.16c96g")).toMatchObject({
      spotPrice: "0",
      billingMethods: ["onDemand", "monthly"],
    });
    expect(data.find(({ id }) => id === "26")).toMatchObject({ availableDeploy: false, inventoryState: "none" });
    await novita.createInstance({ body: { ...novitaBody, gpuNum: 2 } });
    await simulator.clock.advance(3_600_000 + 9_000);
    expect(await novita.getBalance()).toMatchObject({ availableBalance: "993000", pendingCharges: "7000" });
  });

  it("links products to clusters by name, not by id", async () => {
    const { novita } = startClouds();
    const { data: clusters } = await novita.listClusters();
    const { data: products } = await novita.listInstanceTypes({ query: { clusterId: "cn-hongkong-1" } });
    expect(products.map(({ regions }) => regions)).toEqual([["CN-HK-01 (Hong Kong)"]]);
    expect(clusters.find(({ name }) => name === "CN-HK-01 (Hong Kong)")?.id).toBe("cn-hongkong-1");
  });

  it("returns exactly the GPUs of an instance to stock", async () => {
    const { novita, simulator } = startClouds();
    const { clock, fault, catalogue } = simulator;
    const free = () =>
      catalogue("novita")
        .products()
        .find(({ id }) => id === "4090.16c62g/us-ca-6")?.free;
    const all = free();
    const body = { ...novitaBody, productId: "4090.16c62g", clusterId: "us-ca-6", gpuNum: 8 };
    const { id } = await novita.createInstance({ body });
    await clock.advance(200_000);
    await novita.stopInstance({ body: { instanceId: id } });
    await clock.advance(10_000);
    expect(free()).toBe(all);
    await novita.startInstance({ body: { instanceId: id } });
    expect(free()).toBe((all ?? 0) - 8);
    await novita.deleteInstance({ body: { instanceId: id } });
    expect(free()).toBe(all);
    fault({ vendor: "novita", operation: "createInstance", kind: "boot_fails" });
    const failed = await novita.createInstance({ body });
    await clock.advance(200_000);
    await novita.deleteInstance({ body: { instanceId: failed.id } });
    expect(free()).toBe(all);
  });

  it("boots through an undocumented status, with numbers as strings and unset fields as empty strings", async () => {
    const { novita, simulator } = startClouds();
    const { id } = await novita.createInstance({ body: novitaBody });
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    const read = () => novita.getInstance({ query: { instanceId: id } });
    const seen = new Set<string>();
    for (let second = 0; second < 100; second += 1) {
      seen.add((await read()).status);
      await simulator.clock.advance(1_000);
    }
    expect([...seen]).toEqual(["pending", "toCreate", "creating", "pulling", "running"]);
    expect(await read()).toMatchObject({
      cpuNum: "16",
      memory: "62",
      gpuNum: "1",
      rootfsSize: 60,
      billingMode: "",
      spotStatus: "",
      imageAuthId: "",
      endTime: "-1",
      createdAt: "1767225600",
      network: { id: "", ip: "" },
    });
  });

  it("returns the password only from getInstance, later than running, and a new one after a restart", async () => {
    const { novita, simulator } = startClouds();
    const { id: instanceId } = await novita.createInstance({ body: novitaBody });
    const ssh = async () => (await novita.getInstance({ query: { instanceId } })).connectComponentSSH;
    await simulator.clock.advance(90_000);
    expect((await novita.getInstance({ query: { instanceId } })).status).toBe("running");
    expect(await ssh()).toEqual({ sshCommand: "", password: "", isRunning: false });
    await simulator.clock.advance(5_000);
    const before = await ssh();
    expect(before?.sshCommand).toMatch(/^ssh -p \d+ root@proxy\.us-ca-6\.gpu-instance\.novita\.ai$/);
    const [listed] = (await novita.listInstances()).instances;
    expect(listed).not.toHaveProperty("connectComponentSSH");
    expect(listed?.portMappings).toEqual([
      { port: 8000, type: "http", endpoint: `https://${instanceId}-8000.us-ca-6.gpu-instance.novita.ai` },
    ]);
    await novita.restartInstance({ body: { instanceId } });
    expect((await ssh())?.password).toBe("");
    await simulator.clock.advance(60_000);
    expect((await ssh())?.password).not.toBe(before?.password);
  });

  it("filters by a part of the name, ignoring case, page by page", async () => {
    const { novita } = startClouds({ vendors: { novita: { pageSize: 2 } } });
    for (const name of ["train-1", "train-10", "eval", "Train-11"])
      await novita.createInstance({ body: { ...novitaBody, name } });
    const names = async (query: object) => (await novita.listInstances({ query })).instances.map(({ name }) => name);
    expect(await names({ name: "train-1", pageSize: 10 })).toEqual(["train-1", "train-10", "Train-11"]);
    expect(await novita.listInstances({ query: { name: "train-1" } })).toMatchObject({ total: 3, instances: { length: 2 } });
    expect(await names({ name: "train-1", pageNum: 1 })).toEqual(["Train-11"]);
    const all: unknown[] = [];
    for await (const { instances } of novita.listInstances.pages()) all.push(...instances.map(({ name }) => name));
    expect(all).toHaveLength(4);
  });

  it("stops to exited, and cannot start again when its GPU was rented to others", async () => {
    const { novita, simulator } = startClouds();
    const body = { instanceId: (await novita.createInstance({ body: { ...novitaBody, clusterId: "eu-gb-1" } })).id };
    await expect(novita.startInstance({ body })).rejects.toMatchObject({
      code: "conflict",
      vendorMessage: "invalid state change",
    });
    await simulator.clock.advance(100_000);
    expect(await novita.stopInstance({ body })).toEqual({ instanceId: body.instanceId, state: "toStop" });
    await simulator.clock.advance(10_000);
    expect(await novita.getInstance({ query: body })).toMatchObject({
      status: "exited",
      portMappings: [],
      lastStoppedAt: "1767225710",
    });
    simulator.catalogue("novita").setFree("4090.16c62g/eu-gb-1", 0);
    await expect(novita.startInstance({ body })).rejects.toMatchObject({ code: "no_capacity", status: 400, sideEffect: "none" });
    simulator.catalogue("novita").setFree("4090.16c62g/eu-gb-1", 1);
    await novita.startInstance({ body });
    await simulator.clock.advance(10_000);
    expect(await novita.getInstance({ query: body })).toMatchObject({ status: "running" });
  });

  it("reports why an instance failed, in addition to its status", async () => {
    const { novita, simulator } = startClouds();
    simulator.fault({ vendor: "novita", operation: "createInstance", kind: "boot_fails" });
    const { id: instanceId } = await novita.createInstance({ body: novitaBody });
    await simulator.clock.advance(200_000);
    const failed = { status: "exited", statusError: { state: "pulling", message: "failed to pull the image" } };
    expect(await novita.getInstance({ query: { instanceId } })).toMatchObject(failed);
  });

  it("shows a deleted instance as removed for a minute, and no longer in the list", async () => {
    const { novita, simulator } = startClouds();
    const { id: instanceId } = await novita.createInstance({ body: novitaBody });
    await novita.deleteInstance({ body: { instanceId } });
    const status = async () => (await novita.getInstance({ query: { instanceId } })).status;
    expect([await status(), (await novita.listInstances()).total]).toEqual(["toRemove", 1]);
    await simulator.clock.advance(5_000);
    expect([await status(), (await novita.listInstances()).total]).toEqual(["removed", 0]);
    await simulator.clock.advance(60_000);
    await expect(status()).rejects.toMatchObject({ code: "not_found", status: 404 });
  });

  it.each([
    ["an unknown product", { productId: "none" }, "RESOURCE_NOT_FOUND"],
    ["no image", { imageUrl: "" }, "VALIDATOR_PARAM"],
    ["a reserved port", { ports: "2222/tcp" }, "VALIDATOR_PARAM"],
    ["invalid ports", { ports: "80" }, "VALIDATOR_PARAM"],
    ["a root disk beyond the product's", { productId: "5090.16c96g", rootfsSize: 4000 }, "VALIDATOR_PARAM"],
    ["spot where it is not available", { productId: "5090.16c96g", billingMode: "spot" }, "VALIDATOR_PARAM"],
    ["more GPUs than a cluster has", { clusterId: "eu-gb-1", gpuNum: 4 }, "INSUFFICIENT_RESOURCE"],
    ["an unknown volume", { networkStorages: [{ Id: "none" }] }, "NETWORK_STORAGE_NOT_FOUND"],
  ])("rejects %s with 400 and a reason", async (_, change, reason) => {
    const { novita, simulator } = startClouds();
    const rejected = novita.createInstance({ body: { ...novitaBody, ...change } });
    await expect(rejected).rejects.toMatchObject({ status: 400, vendorCode: reason, sideEffect: "none" });
    expect(simulator.ledger()).toEqual([]);
  });

  it("sends different errors for a missing and a wrong key", async () => {
    const { simulator } = startClouds();
    const url = "https://api.novita.ai/gpu-instance/openapi/v1/clusters";
    expect((await simulator.fetch(url)).status).toBe(403);
    expect((await simulator.fetch(url, { headers: { authorization: "Bearer sk_wrong" } })).status).toBe(401);
  });

  it("returns a new volume as a JSON string, and an empty list of templates as null", async () => {
    const { novita } = startClouds();
    const body = { clusterId: "us-ca-6", storageName: "data", storageSize: 100 };
    expect(await novita.createVolume({ body })).toEqual(expect.stringMatching(/^[0-9a-f-]{36}$/));
    await expect(novita.createVolume({ body: { ...body, clusterId: "cn-hongkong-1" } })).rejects.toMatchObject({ status: 400 });
    const none = await novita.listTemplates({ query: { channel: "private", isMyCommunity: true } });
    expect(none).toEqual({ template: null, total: 0 });
  });

  it("cannot release a monthly instance", async () => {
    const { novita } = startClouds();
    const { id: instanceId } = await novita.createInstance({ body: { ...novitaBody, month: 1 } });
    expect(await novita.getInstance({ query: { instanceId } })).toMatchObject({ billingMode: "monthly", endTime: "1769817600" });
    await expect(novita.deleteInstance({ body: { instanceId } })).rejects.toMatchObject({ code: "conflict" });
  });
});
