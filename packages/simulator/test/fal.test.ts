import { describe, expect, it } from "vitest";
import { createSimulator } from "../src/index.js";
import { startClouds } from "./clouds.js";
import { falBody } from "./scenarios/fal.js";

describe("fal", () => {
  it("omits unknown fields instead of sending null", async () => {
    const { fal, simulator } = startClouds();
    const created = await fal.createInstance({ body: falBody });
    expect(created).toEqual({
      id: expect.stringMatching(/^inst_/),
      instance_type: "gpu_1x_h100_sxm5",
      region: expect.any(String),
      status: "init",
      creator_user_nickname: "developer",
    });
    const path = { id: created.id };
    await simulator.clock.advance(149_999);
    expect(await fal.getInstance({ path })).not.toHaveProperty("ip");
    await simulator.clock.advance(1);
    expect(await fal.getInstance({ path })).toMatchObject({ status: "ready", ip: expect.stringMatching(/^198\./) });
  });

  it("sends the same response for an idempotency key for ten minutes, whatever the body", async () => {
    const { fal, simulator } = startClouds();
    const create = (instanceType: string, idempotencyKey: string) =>
      fal.createInstance({ body: { ...falBody, instance_type: instanceType }, idempotencyKey });
    const first = await create("gpu_1x_h100_sxm5", "a");
    await simulator.clock.advance(599_999);
    expect(await create("gpu_8x_h100_sxm5", "a")).toEqual(first);
    expect(simulator.ledger()).toHaveLength(1);
    expect((await create("gpu_1x_h100_sxm5", "b")).id).not.toBe(first.id);
    await simulator.clock.advance(1);
    expect((await create("gpu_1x_h100_sxm5", "a")).id).not.toBe(first.id);
    expect(simulator.requests().map(({ idempotencyKey }) => idempotencyKey)).toEqual(["a", "a", "b", "a"]);
  });

  it("creates one instance for two simultaneous requests with one key, and shows it only with the API key", async () => {
    const { fetch, keys, ledger } = createSimulator();
    const post = (apiKey: string, idempotencyKey: string) =>
      fetch("https://api.fal.ai/v1/compute/instances", {
        method: "POST",
        headers: { authorization: `Key ${apiKey}`, "content-type": "application/json", "idempotency-key": idempotencyKey },
        body: JSON.stringify(falBody),
      });
    const [one, other] = await Promise.all([post(keys.fal, "a"), post(keys.fal, "a")]);
    expect(await one.json()).toEqual(await other.json());
    expect(ledger()).toHaveLength(1);
    expect((await post("nobody", "a")).status).toBe(401);
    // A rejected request must not be stored under the idempotency key.
    expect((await post("nobody", "b")).status).toBe(401);
    expect((await post(keys.fal, "b")).status).toBe(201);
  });

  it("sends a lost response again to a retry with the same key", async () => {
    const { fal, simulator } = startClouds();
    simulator.fault({ vendor: "fal", operation: "createInstance", kind: "response_lost" });
    const { id } = await fal.createInstance({ body: falBody });
    expect(simulator.ledger()).toMatchObject([{ id }]);
    expect(simulator.requests()).toMatchObject([
      { status: null, faults: ["response_lost"] },
      { status: 201, faults: [] },
    ]);
  });

  it("replays a 500 too with the option `replayed`", async () => {
    const { fal, simulator } = startClouds();
    simulator.fault({ vendor: "fal", operation: "createInstance", kind: "error_after_commit", replayed: true });
    await expect(fal.createInstance({ body: falBody })).rejects.toMatchObject({ status: 500, attempts: 3 });
    expect(simulator.ledger()).toHaveLength(1);
  });

  it("lists in pages with a cursor that is the page number in Base64", async () => {
    const { fal } = startClouds({ vendors: { fal: { pageSize: 2 } } });
    for (let count = 0; count < 5; count += 1) await fal.createInstance({ body: falBody });
    expect(await fal.listInstances()).toMatchObject({ next_cursor: "Mg==", has_more: true });
    const all: string[] = [];
    for await (const { instances } of fal.listInstances.pages()) all.push(...instances.map(({ id }) => id));
    expect(new Set(all).size).toBe(5);
    expect(await fal.listInstances({ query: { cursor: "Mw==" } })).toMatchObject({ next_cursor: null, has_more: false });
    await expect(fal.listInstances({ query: { cursor: "?" } })).rejects.toMatchObject({ vendorCode: "validation_error" });
  });

  it("deletes with 204, then sends 404", async () => {
    const { fal, simulator } = startClouds();
    const { id } = await fal.createInstance({ body: falBody });
    const url = `https://api.fal.ai/v1/compute/instances/${id}`;
    const headers = { authorization: `Key ${simulator.keys.fal}` };
    const statuses = [];
    for (const method of ["DELETE", "GET", "DELETE"]) statuses.push((await simulator.fetch(url, { method, headers })).status);
    expect(statuses).toEqual([204, 404, 404]);
  });

  it("needs the scheme Key and a key of ADMIN scope", async () => {
    const { fal, simulator } = startClouds();
    const { key } = await fal.createApiKey({ body: { alias: "ci" } });
    const status = async (authorization: string) =>
      (await simulator.fetch("https://api.fal.ai/v1/compute/instances", { headers: { authorization } })).status;
    expect(await status(`Key ${simulator.keys.fal}`)).toBe(200);
    expect(await status(`Bearer ${simulator.keys.fal}`)).toBe(401);
    expect(await status(`Key ${key}`)).toBe(403);
  });

  it.each([
    ["an unknown type", { instance_type: "gpu_1x_b200" }],
    ["a sector with one GPU", { sector: "sector_1" }],
    ["an unknown sector", { sector: "sector_9" }],
    ["an invalid key", { ssh_key: "mine" }],
  ])("rejects %s", async (_, change) => {
    const { fal } = startClouds();
    const rejected = fal.createInstance({ body: { ...falBody, ...change } });
    await expect(rejected).rejects.toMatchObject({ status: 400, vendorCode: "validation_error", sideEffect: "none" });
  });

  it("shows the balance minus all costs", async () => {
    const { fal, simulator } = startClouds({ vendors: { fal: { balanceUsd: 600 } } });
    await fal.createInstance({ body: falBody });
    await simulator.clock.advance(3_600_000);
    expect(await fal.getAccountBilling()).not.toHaveProperty("credits");
    const { credits } = await fal.getAccountBilling({ query: { expand: "credits" } });
    expect(credits).toEqual({ current_balance: 598.11, currency: "USD" });
  });
});
