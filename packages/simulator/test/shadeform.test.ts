import { describe, expect, it } from "vitest";
import { startClouds } from "./clouds.js";
import { otherPublicKey, publicKey } from "./keys.js";
import { shadeformBody } from "./scenarios/shadeform.js";

describe("Shadeform", () => {
  it("returns only an id from a create, then goes through its statuses with nulls until active", async () => {
    const { shadeform, simulator } = startClouds();
    const created = await shadeform.createInstance({ body: { ...shadeformBody, tags: ["team=research"] } });
    expect(created).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    const path = { id: created.id };
    const read = () => shadeform.getInstance({ path });
    const nothing = { ip: null, ssh_port: null, active_at: null, deleted_at: null, cost_estimate: "0" };
    expect(await read()).toMatchObject({ status: "creating", cloud_assigned_id: null, ssh_user: "shadeform", ...nothing });
    await simulator.clock.advance(10_000);
    expect(await read()).toMatchObject({ status: "pending_provider", cloud_assigned_id: expect.any(String), ...nothing });
    await simulator.clock.advance(100_000);
    expect(await read()).toMatchObject({ status: "pending", ...nothing });
    await simulator.clock.advance(70_000);
    expect(await read()).toMatchObject({
      status: "active",
      ip: expect.stringMatching(/^198\./),
      ssh_port: 22,
      status_details: "",
      active_at: "2026-01-01T00:03:00.000000Z",
      tags: ["team=research"],
    });
  });

  it("has prices in integer cents, and spot prices in strings of dollars", async () => {
    const { shadeform } = startClouds();
    const { instance_types: types } = await shadeform.listInstanceTypes({ query: { shade_instance_type: "H100" } });
    expect(types).toHaveLength(1);
    expect(types[0]).toMatchObject({ hourly_price: 210, num_gpus: 1, configuration: { num_gpus: 1, vram_per_gpu_in_gb: 80 } });
    // The response lists one region twice.
    expect(types[0]?.availability).toEqual([
      { region: "montreal-canada-2", available: true, display_name: "Canada, Montreal", rental_type: "on_demand" },
      {
        region: "montreal-canada-2",
        available: true,
        display_name: "Canada, Montreal",
        rental_type: "spot",
        hourly_price: "1.50",
      },
      { region: "warsaw-poland-1", available: false, display_name: "Poland, Warsaw", rental_type: "on_demand" },
    ]);
    const { id } = await shadeform.createInstance({ body: { ...shadeformBody, rental_type: "spot" } });
    expect(await shadeform.getInstance({ path: { id } })).toMatchObject({
      hourly_price: 150,
      rental_terms: { rental_type: "spot", hourly_price: "1.50", ending_at: null },
    });
  });

  it("filters entries of a type rather than types, and sorts on request", async () => {
    const { shadeform } = startClouds();
    const types = async (query: object) => (await shadeform.listInstanceTypes({ query })).instance_types;
    const available = await types({ shade_instance_type: "A100_80G", region: "warsaw-poland-1", available: true });
    expect(available[0]?.availability).toMatchObject([{ rental_type: "spot", available: true }]);
    const prices = (await types({ sort: "price" })).map(({ hourly_price: price }) => price);
    expect(prices).toEqual([...prices].sort((one, other) => one - other));
    expect((await types({})).map(({ hourly_price: price }) => price)).not.toEqual(prices);
    expect(await types({ num_gpus: "8" })).toHaveLength(1);
  });

  it("never returns the port of some clouds", async () => {
    const { shadeform, simulator } = startClouds();
    const place = { cloud: "verda", region: "helsinki-finland-2", shade_instance_type: "H100_sxm5" } as const;
    const { id } = await shadeform.createInstance({ body: { ...shadeformBody, ...place } });
    await simulator.clock.advance(300_000);
    expect(await shadeform.getInstance({ path: { id } })).toMatchObject({
      status: "active",
      ssh_port: null,
      ip: expect.any(String),
    });
  });

  it.each([
    ["a region without stock", { region: "warsaw-poland-1" }],
    ["a region that does not exist", { region: "atlantis-1" }],
    [
      "spot where it is not available",
      { shade_instance_type: "A6000", cloud: "massedcompute", region: "kansascity-usa-1", rental_type: "spot" },
    ],
  ] as const)("sends OUT_OF_STOCK for %s", async (_, change) => {
    const { shadeform } = startClouds();
    const rejected = shadeform.createInstance({ body: { ...shadeformBody, ...change } });
    await expect(rejected).rejects.toMatchObject({
      code: "no_capacity",
      status: 409,
      vendorCode: "OUT_OF_STOCK",
      sideEffect: "none",
    });
  });

  it.each([
    ["an os that the type does not have", { os: "windows" }, /^os must be one of/],
    ["an unknown SSH key", { ssh_key_id: "nobody" }, /no SSH key/],
    ["an unknown volume", { volume_ids: ["nobody"] }, /no volume/],
    [
      "a script without a script",
      { launch_configuration: { type: "script", script_configuration: {} } },
      /base64_script is required/,
    ],
    ["an unknown launch type", { launch_configuration: { type: "compose" } }, /must be one of docker, script/],
  ])("rejects %s", async (_, change, message) => {
    const { simulator } = startClouds();
    const response = await simulator.fetch("https://api.shadeform.ai/v1/instances/create", {
      method: "POST",
      headers: { "X-API-KEY": simulator.keys.shadeform },
      body: JSON.stringify({ ...shadeformBody, ...change }),
    });
    expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([
      400,
      expect.stringMatching(message),
    ]);
    expect(simulator.ledger()).toEqual([]);
  });

  it("deletes with an empty response: first deleting, then gone", async () => {
    const { shadeform, simulator } = startClouds();
    const { id } = await shadeform.createInstance({ body: shadeformBody });
    const url = `https://api.shadeform.ai/v1/instances/${id}/delete`;
    const response = await simulator.fetch(url, { method: "POST", headers: { "X-API-KEY": simulator.keys.shadeform } });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect((await shadeform.listInstances()).instances).toMatchObject([{ status: "deleting" }]);
    await shadeform.deleteInstance({ path: { id } });
    await simulator.clock.advance(20_000);
    expect((await shadeform.listInstances()).instances).toEqual([]);
    await expect(shadeform.getInstance({ path: { id } })).rejects.toMatchObject({ code: "not_found" });
  });

  it("auto-deletes at a date or a cost threshold, to the second", async () => {
    const { shadeform, simulator } = startClouds();
    const create = async (autoDelete: object) =>
      (await shadeform.createInstance({ body: { ...shadeformBody, auto_delete: autoDelete } })).id;
    await create({ date_threshold: "2026-01-01T01:00:00+00:00" });
    await create({ spend_threshold: "2.10" });
    await simulator.clock.advance(2 * 3_600_000);
    expect((await shadeform.listInstances()).instances).toEqual([]);
    expect(simulator.ledger()).toMatchObject([
      { endedAt: "2026-01-01T01:00:00.000Z", endedBy: null, billedMs: 57 * 60_000 },
      { endedAt: "2026-01-01T01:03:00.000Z", endedBy: null, usd: 2.1 },
    ]);
  });

  it("keeps fields that an update omits, and removes fields that it sets to null", async () => {
    const { shadeform } = startClouds();
    const { id } = await shadeform.createInstance({ body: { ...shadeformBody, tags: ["a"], alert: { spend_threshold: "5" } } });
    await shadeform.updateInstance({ path: { id }, body: { tags: null } });
    const read = await shadeform.getInstance({ path: { id } });
    expect(read).toMatchObject({ name: "train-42", alert: { spend_threshold: "5" } });
    expect(read).not.toHaveProperty("tags");
  });

  it("needs unique key names, and does not delete managed, default and used keys", async () => {
    const { shadeform } = startClouds();
    const { ssh_keys: before } = await shadeform.listSshKeys();
    expect(before).toMatchObject([
      { name: "Shadeform Managed Key", is_default: true, private_key: expect.stringContaining("PRIVATE") },
    ]);
    const { id } = await shadeform.createSshKey({ body: { name: "mine", public_key: publicKey } });
    const twin = shadeform.createSshKey({ body: { name: "mine", public_key: otherPublicKey } });
    await expect(twin).rejects.toMatchObject({ code: "conflict", sideEffect: "none" });
    expect(await shadeform.getSshKey({ path: { id } })).toMatchObject({
      public_key: publicKey,
      private_key: "",
      is_default: false,
    });
    const managed = before[0]?.id ?? "";
    await expect(shadeform.deleteSshKey({ path: { id: managed } })).rejects.toMatchObject({ status: 400 });
    const instance = await shadeform.createInstance({ body: { ...shadeformBody, ssh_key_id: id } });
    await expect(shadeform.deleteSshKey({ path: { id } })).rejects.toMatchObject({ status: 400 });
    expect(await shadeform.getInstance({ path: { id: instance.id } })).toMatchObject({ ssh_key_id: id });
  });

  it("mounts a volume once, in its own region", async () => {
    const { shadeform } = startClouds();
    const place = { cloud: "hyperstack", region: "montreal-canada-2" } as const;
    const volume = await shadeform.createVolume({ body: { ...place, size_in_gb: 100, name: "data" } });
    const body = { ...shadeformBody, volume_ids: [volume.id] };
    const { id } = await shadeform.createInstance({ body });
    expect(await shadeform.getVolume({ path: { id: volume.id } })).toMatchObject({ mounted_by: id });
    await expect(shadeform.createInstance({ body })).rejects.toMatchObject({ status: 400 });
    await expect(shadeform.deleteVolume({ path: { id: volume.id } })).rejects.toMatchObject({ status: 400 });
  });
});
