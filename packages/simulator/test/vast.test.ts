import { describe, expect, it } from "vitest";
import { startClouds } from "./clouds.js";
import { publicKey } from "./keys.js";
import { vastAsk, vastBody } from "./scenarios/vast.js";

const base = "https://console.vast.ai";

function start(settings: object = {}) {
  const clouds = startClouds({ vendors: { vast: { createIntervalMs: 0, ...settings } } });
  const { vast, simulator } = clouds;
  /** Sends a raw HTTP request. */
  const send = async (method: string, path: string, body?: unknown, key: string | null = simulator.keys.vast) => {
    const response = await simulator.fetch(base + path, {
      method,
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      text,
      headers: response.headers,
      body: text.startsWith("{") ? JSON.parse(text) : undefined,
    };
  };
  const rent = async (change: object = {}, ask = vastAsk) =>
    (await vast.createInstance({ path: { id: ask }, body: { ...vastBody, ...change } })).new_contract;
  const read = async (id: number) => (await vast.getInstance({ path: { id } })).instances;
  const search = async (filters: Readonly<Record<string, unknown>>) => (await vast.searchOffers({ body: filters })).offers;
  const rental = () => simulator.ledger()[0];
  return { ...clouds, send, rent, read, search, rental, stock: simulator.catalogue("vast"), clock: simulator.clock };
}

describe("Vast.ai", () => {
  it("removes an offer from the market when it is rented, and returns it when the instance is destroyed", async () => {
    const { rent, search, vast } = start();
    const one = { ask_contract_id: { eq: vastAsk } };
    expect(await search(one)).toHaveLength(1);
    const id = await rent();
    expect(id).not.toBe(vastAsk);
    expect(await search(one)).toEqual([]);
    await expect(rent()).rejects.toMatchObject({ code: "offer_gone", sideEffect: "none", status: 410 });
    await vast.deleteInstance({ path: { id } });
    expect(await search(one)).toHaveLength(1);
  });

  it("prices an offer with the requested disk, and with the lowest bid in a search for bids", async () => {
    const { search } = start();
    const filter = { ask_contract_id: { eq: vastAsk } };
    const [small] = await search({ ...filter, allocated_storage: 8 });
    const [large] = await search({ ...filter, allocated_storage: 368 });
    expect((large?.dph_total ?? 0) - (small?.dph_total ?? 0)).toBeCloseTo((360 * 0.2) / 720, 9);
    const [bid] = await search({ ...filter, allocated_storage: 8, type: "bid" });
    expect(bid?.dph_total).toBeCloseTo((bid?.min_bid ?? 0) + (8 * 0.2) / 720, 9);
    expect(bid?.is_bid).toBe(true);
  });

  it.each([
    ["a name", { gpu_name: { eq: "RTX 4090" } }, 3],
    ["a list of names and a count", { gpu_name: { in: ["RTX 4090", "L40S"] }, num_gpus: { lte: 1 } }, 3],
    ["the country", { geolocation: { notin: ["US"] } }, 2],
    ["verified machines", { verified: { eq: true } }, 11],
    ["an id, which matches nothing", { id: { eq: vastAsk } }, 0],
    ["a limit", { limit: 2 }, 2],
    ["an order", { order: [["dph_total", "desc"]], limit: 1, gpu_name: { neq: "H100 SXM" } }, 1],
    ["a field that is not known", { colour: { eq: "red" } }, 12],
  ])("searches by %s", async (_, filters, count) => {
    expect(await start().search(filters)).toHaveLength(count);
  });

  it("has no status at first, and an address that ends in a newline once it runs", async () => {
    const { rent, read, clock } = start();
    const id = await rent();
    expect(await read(id)).toMatchObject({ actual_status: null, cur_state: "unloaded", public_ipaddr: null, ports: null });
    await clock.advance(120_000);
    expect(await read(id)).toMatchObject({
      actual_status: "running",
      public_ipaddr: expect.stringMatching(/^[\d.]+\n$/),
      ports: { "22/tcp": [{ HostIp: "0.0.0.0", HostPort: expect.stringMatching(/^\d+$/) }] },
      label: "train-42",
    });
  });

  it("bills the disk from the create, and the GPUs while it runs", async () => {
    const { rent, rental, vast, clock } = start();
    const id = await rent({ disk: 72 });
    const disk = (72 * 0.2) / 720;
    expect(rental()?.usdPerHour).toBeCloseTo(disk, 9);
    await clock.advance(120_000);
    expect(rental()?.usdPerHour).toBeCloseTo(disk + 0.36 - (32 * 0.2) / 720, 6);
    await vast.updateInstance({ path: { id }, body: { state: "stopped" } });
    expect(rental()?.usdPerHour).toBeCloseTo(disk, 9);
    await vast.deleteInstance({ path: { id } });
    expect(rental()).toMatchObject({ usdPerHour: 0, endedAt: expect.any(String) });
  });

  it("shows a destroyed instance for a while, and then reads it as 200 with null", async () => {
    const { rent, send, vast, clock } = start();
    const id = await rent();
    await vast.deleteInstance({ path: { id } });
    expect((await send("GET", `/api/v0/instances/${id}/`)).body.instances).toMatchObject({ id });
    await clock.advance(10_000);
    expect(await send("GET", `/api/v0/instances/${id}/`)).toMatchObject({ status: 200, body: { instances: null } });
    expect(await send("DELETE", `/api/v0/instances/${id}/`)).toMatchObject({ status: 404, body: { error: "no_such_instance" } });
  });

  it("rejects a bid below the minimum, and leaves a stopped instance whose disk is billed", async () => {
    const { send, read, rental, stock } = start();
    const { status, body } = await send("PUT", `/api/v0/asks/${vastAsk}/`, { ...vastBody, price: 0.01 });
    expect([status, body]).toEqual([200, expect.objectContaining({ success: false, new_contract: expect.any(Number) })]);
    expect(await read(body.new_contract)).toMatchObject({ cur_state: "stopped", is_bid: true });
    expect(rental()?.usdPerHour).toBeCloseTo((32 * 0.2) / 720, 9);
    expect(stock.products().find(({ id }) => id === String(vastAsk))?.free).toBe(1);
  });

  it("rents on demand without a price, and interruptible with one", async () => {
    const { rent, read } = start();
    expect(await read(await rent())).toMatchObject({ is_bid: false });
    expect(await read(await rent({ price: 0.3 }, vastAsk + 1))).toMatchObject({ is_bid: true, dph_base: 0.3 });
  });

  it("rejects a start without a free GPU, and starts and bills later", async () => {
    const { rent, read, send, rental, stock, vast, clock } = start();
    const id = await rent();
    await clock.advance(120_000);
    await vast.updateInstance({ path: { id }, body: { state: "stopped" } });
    await clock.advance(60_000);
    stock.setFree(String(vastAsk), 0);
    const refused = await send("PUT", `/api/v0/instances/${id}/`, { state: "running" });
    expect(refused).toMatchObject({ status: 200, body: { success: false, msg: expect.stringContaining("state change queued") } });
    expect(await read(id)).toMatchObject({ cur_state: "stopped", intended_status: "running" });
    stock.setFree(String(vastAsk), 1);
    await read(id);
    await clock.advance(120_000);
    expect(await read(id)).toMatchObject({ actual_status: "running" });
    expect(rental()?.usdPerHour).toBeGreaterThan(0.3);
  });

  it("accepts a create every 4.5 seconds, and sends a 429 as plain text otherwise", async () => {
    const { send, rent, clock } = start({ createIntervalMs: 4_500 });
    await rent();
    const early = await send("PUT", `/api/v0/asks/${vastAsk + 1}/`, vastBody);
    expect([early.status, early.headers.get("content-type")]).toEqual([429, "text/plain; charset=utf-8"]);
    await clock.advance(4_500);
    await rent({}, vastAsk + 1);
  });

  it("stops an outbid instance", async () => {
    const { rent, read, rental, simulator, clock } = start();
    simulator.fault({ vendor: "vast", operation: "createInstance", kind: "preempted", ms: 300_000 });
    const id = await rent({ price: 0.3 });
    await clock.advance(310_000);
    expect(await read(id)).toMatchObject({ actual_status: "exited", cur_state: "stopped", intended_status: "stopped" });
    expect(rental()?.usdPerHour).toBeLessThan(0.01);
  });

  it("sends 404 for a wrong key and 403 for a missing one, no code for unknown paths, and redirects to the trailing slash", async () => {
    const { send } = start();
    const path = "/api/v0/users/current/";
    expect(await send("GET", path, undefined, "wrong")).toMatchObject({ status: 404, body: { error: "auth_error" } });
    expect(await send("GET", path, undefined, null)).toMatchObject({ status: 403, body: { error: "auth_error" } });
    expect(await send("GET", "/api/v0/nothing/")).toMatchObject({ status: 404, body: { success: false, msg: "Not found" } });
    const slashless = await send("GET", "/api/v0/users/current");
    expect([slashless.status, slashless.headers.get("location")]).toEqual([301, path]);
  });

  it("lists at most 25 instances on a page, and matches labels exactly", async () => {
    const { vast, rent, stock } = start({ pageSize: 100 });
    stock.setFree(String(vastAsk), 30);
    for (let count = 0; count < 27; count += 1) await rent({ label: `train-${count}` });
    const first = await vast.listInstances({ query: { limit: 100 } });
    expect([first.instances?.length, first.total_instances]).toEqual([25, 27]);
    const ids = new Set<number>();
    for await (const { id } of vast.listInstances.items()) ids.add(id);
    expect(ids.size).toBe(27);
    const found = await vast.listInstances({ query: { select_filters: '{"label":{"eq":"train-2"}}' } });
    expect(found.instances?.map(({ label }) => label)).toEqual(["train-2"]);
    await expect(vast.listInstances({ query: { after_token: "x" } })).rejects.toMatchObject({ vendorCode: "invalid_token" });
  });

  it("sends 404 when there are no SSH keys, and adds the account's keys to new instances", async () => {
    const { vast, rent } = start();
    await expect(vast.listSshKeys()).rejects.toMatchObject({ status: 404 });
    await vast.createSshKey({ body: { ssh_key: publicKey } });
    await expect(vast.createSshKey({ body: { ssh_key: publicKey } })).rejects.toMatchObject({ status: 400 });
    const { ssh_keys } = await vast.listInstanceSshKeys({ path: { id: await rent() } });
    expect(JSON.parse(ssh_keys)).toMatchObject([{ public_key: publicKey }]);
  });

  it.each([
    ["invoices without dates", "GET", "/api/v1/invoices/"],
    ["charges without dates", "GET", "/api/v0/charges/"],
  ])("refuses %s with status 200", async (_, method, path) => {
    expect(await start().send(method, path)).toMatchObject({ status: 200, body: { success: false } });
  });

  it("deletes a volume by the id in the query, once no instance uses it", async () => {
    const { vast, rent, clock } = start();
    const { volume_id } = await vast.createVolume({ body: { id: 1_041_002, size: 50 } });
    const id = await rent({ volume_info: { create_new: false, volume_id, mount_path: "/data" } });
    const remove = () => vast.deleteVolume({ query: { id: volume_id } });
    await expect(remove()).rejects.toMatchObject({ status: 400 });
    await clock.advance(60_000);
    await vast.deleteInstance({ path: { id } });
    await clock.advance(15_000);
    await expect(remove()).rejects.toMatchObject({ status: 400 });
    await clock.advance(60_000);
    await remove();
    expect((await vast.listVolumes()).volumes).toEqual([]);
    await expect(vast.createVolume({ body: { id: 1_041_002, name: "a-b" } })).rejects.toMatchObject({ status: 422 });
  });

  it("shows the remaining credit", async () => {
    const { vast, rent, clock } = start({ balanceUsd: 10 });
    await rent();
    await clock.advance(3_600_000);
    const { balance, credit } = await vast.getCurrentUser();
    expect(balance).toBe(0);
    expect(credit).toBeGreaterThan(9.6);
    expect(credit).toBeLessThan(9.7);
  });
});
