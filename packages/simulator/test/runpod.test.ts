import { describe, expect, it } from "vitest";
import { startClouds } from "./clouds.js";
import { otherPublicKey, publicKey } from "./keys.js";
import { runpodBody, runpodCreate } from "./scenarios/runpod.js";

const base = "https://api.runpod.io/v2";
const soldOut = /no longer any instances available/;

async function start() {
  const clouds = startClouds();
  const { runpod, simulator } = clouds;
  /** Sends a raw HTTP request. */
  const send = (method: string, path: string, body?: unknown) =>
    simulator.fetch(base + path, {
      method,
      headers: { authorization: `Bearer ${simulator.keys.runpod}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const create = async (change: object = {}) => (await runpod.createInstance({ body: { ...runpodCreate(), ...change } })).id;
  const read = (id: string) => runpod.getInstance({ path: { id } });
  const act = (id: string, action: string) => runpod.runInstanceAction({ path: { id }, body: { action } });
  return { ...clouds, send, create, read, act };
}

describe("RunPod", () => {
  it("is RUNNING at once, without an address and a runtime until it has booted", async () => {
    const { create, read, simulator } = await start();
    const id = await create();
    expect(id).toMatch(/^[a-z0-9]{14}$/);
    expect(await read(id)).toMatchObject({
      status: "RUNNING",
      runtime: null,
      startedAt: null,
      ssh: { proxy: null, direct: null },
      cost: 2.99,
      gpu: { id: runpodBody.gpu.id, count: 1, vcpuCount: 16, memory: 188 },
    });
    await simulator.clock.advance(60_000);
    const ready = await read(id);
    expect(ready.ssh).toMatchObject({ direct: { username: "root", host: expect.stringMatching(/^198\./) } });
    expect(ready.runtime?.ports).toMatchObject([
      { private: 22, type: "tcp", public: ready.ssh.direct?.port },
      { private: 8888, type: "http", ip: expect.stringMatching(/^100\.65\./) },
    ]);
  });

  it.each<[what: string, change: object, status: number, detail: RegExp]>([
    ["no count", { gpu: { id: runpodBody.gpu.id } }, 400, soldOut],
    ["more GPUs than a machine has", { gpu: { ...runpodBody.gpu, count: 9 } }, 400, soldOut],
    ["a data center without the type", { dataCenterIds: ["EU-RO-1"] }, 400, soldOut],
    ["no disk", { disk: undefined }, 400, /template id or pod configuration/],
    ["neither GPU nor CPU", { gpu: undefined }, 400, /exactly one/],
    ["two CUDA fields", { gpu: { ...runpodBody.gpu, minCudaVersion: "12.4", allowedCudaVersions: ["12.8"] } }, 400, /not both/],
    ["an unknown field", { bid: 0.2 }, 422, /validation failed/],
    ["an unknown GPU", { gpu: { id: "NVIDIA H900", count: 1 } }, 422, /validation failed/],
    ["a UDP port", { ports: ["22/udp"] }, 422, /validation failed/],
    ["an unknown template", { templateId: "nothing" }, 404, /template not found/],
    ["an unknown volume", { mounts: { network: [{ volumeId: "nothing", path: "/a" }] } }, 404, /network volume not found/],
  ])("rejects a create with %s, and rents nothing", async (_, change, status, detail) => {
    const { send, simulator } = await start();
    const response = await send("POST", "/pods", { ...runpodBody, ...change });
    expect([response.status, await response.json()]).toMatchObject([status, { status, detail: expect.stringMatching(detail) }]);
    expect(simulator.ledger()).toEqual([]);
  });

  it("treats empty lists of CUDA versions and data centers as no constraint", async () => {
    const { create } = await start();
    await create({ dataCenterIds: [], gpu: { ...runpodBody.gpu, minCudaVersion: "12.4", allowedCudaVersions: [] } });
  });

  it("bills GPUs and disk by the second while it is RUNNING, and a persistent mount at twice its price while stopped", async () => {
    const { create, act, read, simulator } = await start();
    const id = await create({ disk: 73, mounts: { persistent: { size: 73, path: "/workspace" } } });
    expect(simulator.ledger()[0]?.usdPerHour).toBeCloseTo(2.99 + 0.02, 6);
    await simulator.clock.advance(3_600_000);
    await act(id, "stop");
    const stopped = await read(id);
    expect(stopped).toMatchObject({ status: "EXITED", cost: 0, actions: ["start", "terminate"] });
    expect(simulator.ledger()).toMatchObject([{ usdPerHour: expect.closeTo(0.02, 6), usd: 3.01 }]);
    await simulator.clock.advance(3_600_000);
    // A stopped instance keeps showing its last runtime.
    expect((await read(id)).runtime).toEqual(stopped.runtime);
    expect(stopped.runtime?.uptime).toBe(3_540);
  });

  it("needs free GPUs for a start, and assigns another port", async () => {
    const { create, act, read, simulator } = await start();
    const id = await create();
    await simulator.clock.advance(60_000);
    const port = (await read(id)).ssh.direct?.port;
    await act(id, "stop");
    const product = `SECURE/US-KS-2/${runpodBody.gpu.id}`;
    simulator.catalogue("runpod").setFree(product, 0);
    await expect(act(id, "start")).rejects.toMatchObject({ code: "no_capacity", status: 400, sideEffect: "none" });
    simulator.catalogue("runpod").setFree(product, 1);
    await act(id, "start");
    await simulator.clock.advance(60_000);
    expect((await read(id)).ssh.direct?.port).not.toBe(port);
  });

  it("rejects actions that are not allowed now, and unknown ones", async () => {
    const { create, act } = await start();
    const id = await create();
    await expect(act(id, "start")).rejects.toMatchObject({ code: "conflict", status: 409 });
    await expect(act(id, "reset")).rejects.toMatchObject({ code: "invalid_request", status: 422 });
    await act(id, "stop");
    await expect(act(id, "stop")).rejects.toMatchObject({ code: "conflict" });
    expect(await act(id, "terminate")).toBeUndefined();
    await expect(act(id, "stop")).rejects.toMatchObject({ code: "not_found" });
  });

  it("adds the account's keys with startSsh only, and not to a key of the request", async () => {
    const { create, read, runpod } = await start();
    await runpod.replaceSshKeys({ body: { keys: [publicKey, otherPublicKey] } });
    const keyOf = async (change: object) => (await read(await create(change))).env["PUBLIC_KEY"];
    expect(await keyOf({ env: {} })).toBeUndefined();
    expect(await keyOf({ env: {}, startSsh: true })).toBe(`${publicKey}\n${otherPublicKey}`);
    expect(await keyOf({ env: { PUBLIC_KEY: otherPublicKey }, startSsh: true })).toBe(otherPublicKey);
  });

  it("has placeholders as prices, stock by data center, and stock for a number of GPUs", async () => {
    const { runpod, simulator } = await start();
    simulator.catalogue("runpod").setFree("SECURE/US-KS-2/NVIDIA H200", 2);
    const query = { include: ["AVAILABILITY"], product: ["POD"] };
    const types = async (more: object) => (await runpod.listGpuTypes({ query: { ...query, ...more } })).gpus;
    const one = (await types({ count: 2 })).find(({ id }) => id === "NVIDIA H200");
    expect(one).toMatchObject({
      secure: true,
      community: false,
      price: { secure: 3.99, community: 0.5 },
      maxCount: { secure: 8, community: 0 },
      availability: "LOW",
      dataCenters: [{ id: "US-KS-2", availability: "LOW" }],
    });
    const four = (await types({ count: 4 })).find(({ id }) => id === "NVIDIA H200");
    expect(four?.availability).toBe("NONE");
    expect(four).not.toHaveProperty("dataCenters");
    const shared = (await types({ cloud: "COMMUNITY" })).find(({ id }) => id === "NVIDIA GeForce RTX 4090");
    expect(shared).toMatchObject({ availability: "HIGH", price: { community: 0.34 } });
    expect(shared).not.toHaveProperty("dataCenters");
    await expect(runpod.listGpuTypes({ query: { count: 2 } })).rejects.toMatchObject({ status: 400 });
    await expect(runpod.listGpuTypes({ query: { include: ["AVAILABILITY"] } })).rejects.toMatchObject({ status: 400 });
    const sent = simulator.requests().filter(({ operation }) => operation === "listGpuTypes");
    expect(sent).toHaveLength(5);
  });

  it("returns pages from the newest on, with cursors that are valid for one list only", async () => {
    const { runpod } = startClouds({ vendors: { runpod: { pageSize: 2 } } });
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) ids.push((await runpod.createInstance({ body: runpodCreate() })).id);
    const first = await runpod.listInstances();
    expect(first.pods.map(({ id }) => id)).toEqual(ids.slice(1).reverse());
    expect(first.pagination?.hasNextPage).toBe(true);
    const all: string[] = [];
    for await (const { id } of runpod.listInstances.items()) all.push(id);
    expect(all).toEqual([...ids].reverse());
    const cursor = first.pagination?.nextCursor ?? "";
    await expect(runpod.listTemplates({ query: { cursor } })).rejects.toMatchObject({ code: "invalid_request", status: 422 });
  });

  it("ignores unknown query parameters, and has different errors for unknown paths and methods", async () => {
    const { create, send } = await start();
    await create();
    const filtered = (await (await send("GET", "/pods?name=other")).json()) as { pods: unknown[] };
    expect(filtered.pods).toHaveLength(1);
    expect(await (await send("GET", "/networkvolumes")).json()).toMatchObject({ detail: "The requested path was not found." });
    expect((await send("DELETE", "/pods")).status).toBe(405);
  });

  it("sends logs as events, and continues after a given event", async () => {
    const { create, runpod, simulator } = await start();
    const id = await create();
    await simulator.clock.advance(60_000);
    const lines = async (options: object) => {
      const found: [id: string | undefined, line: string][] = [];
      for await (const event of await runpod.getInstanceLogs({ path: { id }, ...options }))
        found.push([event.id, event.data.line]);
      return found;
    };
    const all = await lines({});
    expect(all.map(([, line]) => line)).toEqual([
      `create container ${runpodBody.image}`,
      "start container: begin",
      "Started OpenSSH server",
    ]);
    expect(await lines({ query: { source: "system", tail: 1 } })).toEqual([all[1]]);
    expect(await lines({ headers: { "Last-Event-ID": all[1]?.[0] ?? "" } })).toEqual([all[2]]);
    expect(await lines({ query: { tail: 0 } })).toEqual([]);
    await expect(runpod.getInstanceLogs({ path: { id: "nobody" } })).rejects.toMatchObject({ code: "not_found" });
  });

  it("lists the members of a cluster separately, and rejects changes of a single one", async () => {
    const { runpod, simulator } = await start();
    const compute = { gpuTypeId: runpodBody.gpu.id, gpuCountPerPod: 8, podCount: 2 };
    const cluster = await runpod.createCluster({ body: { name: "ray", type: "RAY", compute, image: "x", disk: 5 } });
    expect((await runpod.listInstances()).pods).toEqual([]);
    const { pods } = await runpod.listInstances({ query: { includeClusterPods: true } });
    expect(pods.map(({ cluster: membership }) => membership?.rank)).toEqual([1, 0]);
    const remove = runpod.deleteInstance({ path: { id: pods[0]?.id ?? "" } });
    await expect(remove).rejects.toMatchObject({ code: "conflict", status: 409 });
    expect(simulator.ledger()).toMatchObject([{ kind: "cluster", usdPerHour: 47.84 }]);
    await runpod.deleteCluster({ path: { id: cluster.id } });
    expect((await runpod.listInstances({ query: { includeClusterPods: true } })).pods).toEqual([]);
  });

  it("keeps volumes and credentials that are in use, and does not shrink volumes", async () => {
    const { create, runpod, send } = await start();
    const wrong = await send("POST", "/network-volumes", { name: "a", size: 10, dataCenter: "US-IL-1" });
    expect(await wrong.json()).toMatchObject({ status: 400, detail: expect.stringContaining("valid are US-KS-2") });
    const { id } = await runpod.createVolume({ body: { name: "datasets", size: 100, dataCenter: "US-KS-2" } });
    await expect(runpod.updateVolume({ path: { id }, body: { size: 50 } })).rejects.toMatchObject({ status: 400 });
    const pod = await create({ mounts: { network: [{ volumeId: id, path: "/workspace" }] } });
    await expect(runpod.deleteVolume({ path: { id } })).rejects.toMatchObject({ status: 400 });
    await runpod.deleteInstance({ path: { id: pod } });
    await runpod.deleteVolume({ path: { id } });
  });
});
