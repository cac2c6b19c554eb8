import type { GpuError } from "@gpu/core";
import { createSimulator, type SimulatorOptions } from "@gpu/simulator";
import { describe, expect, it } from "vitest";
import { createGpu } from "../../src/index.js";
import type { Offer } from "../../src/offer.js";
import type { WantedOffers } from "../../src/provider.js";
import { vast } from "../../src/providers/vast.js";
import { errorOf } from "../fake-provider.js";
import { connectTo, context, create, createRequest, mark, now, otherMark, recorded, type Script, sshKey } from "./scripted.js";

const baseUrl = "https://console.vast.ai";
const connect = (script: Script) => connectTo(vast(), baseUrl, script);
const responseOf = (operation: string, why: string) => recorded("vast", operation, why);

const id = "28470011";
const search = "POST /api/v0/bundles/";
const accept = "PUT /api/v0/asks/28461022/";
const path = `/api/v0/instances/${id}/`;
const ask = {
  id: 28461022,
  ask_contract_id: 28461022,
  machine_id: 41822,
  gpu_name: "RTX 4090",
  num_gpus: 1,
  gpu_ram: 24564,
  dph_base: 0.34,
  dph_total: 0.346636889,
  min_bid: 0.2,
  storage_cost: 0.15,
  cpu_cores: 96,
  cpu_cores_effective: 24,
  cpu_ram: 515870,
  disk_space: 812.4,
  reliability2: 0.9971,
  verification: "verified",
  geolocation: "Texas, US",
  direct_port_count: 250,
  rentable: true,
};
const instance = {
  id: 28470011,
  actual_status: "running",
  intended_status: "running",
  cur_state: "running",
  next_state: "running",
  status_msg: "success, running",
  label: `train-42-h${mark}`,
  public_ipaddr: "203.0.113.20\n",
  ssh_host: "ssh4.vast.ai",
  ssh_port: 30011,
  ports: { "22/tcp": [{ HostIp: "0.0.0.0", HostPort: "41234" }], "8081/udp": [{ HostPort: "41235" }], "70000/x": [] },
  is_bid: false,
  dph_base: 0.34,
  dph_total: 0.346666667,
  start_date: 1788249700.25,
  num_gpus: 1,
  gpu_name: "RTX 4090",
  gpu_ram: 24564,
  geolocation: "Texas, US",
};

async function offersWith(fields: object, wanted: WantedOffers = { market: "on_demand" }): Promise<Offer[]> {
  return connect({ [search]: { json: { offers: [{ ...ask, ...fields }] } } }).connected.listOffers(context, wanted);
}

async function found(fields: object) {
  const { connected } = connect({ [`GET ${path}`]: { json: { instances: { ...instance, ...fields } } } });
  const one = await connected.get(id, context);
  if (!one) throw new Error("the instance was not found");
  return one;
}

async function bodyOf(fields: Parameters<typeof createRequest>[1] = {}, offer = "28461022") {
  const { connected, sent } = connect({
    [accept]: responseOf("createInstance", "rented"),
    [search]: { json: { offers: [ask] } },
  });
  await create(connected, createRequest(offer, fields));
  return sent.find((one) => one.method === "PUT")?.body;
}

function simulated(options: SimulatorOptions["vendors"] = { vast: {} }) {
  const simulator = createSimulator({ vendors: options });
  const { fetch, clock, keys } = simulator;
  const gpu = createGpu({ providers: [vast({ apiKey: keys.vast })], defaults: { fetch, clock } });
  const operations = () => simulator.requests().map(({ operation }) => operation);
  return { simulator, clock, gpu, operations, stock: simulator.catalogue("vast"), fault: simulator.fault };
}

describe("offers of Vast.ai", () => {
  it("have all values of the vendor, with 32 GB of disk in the price", async () => {
    expect(await offersWith({})).toEqual([
      {
        id: "vast:28461022",
        provider: "vast",
        upstreamCloud: null,
        gpu: { model: "RTX4090", vendor: "nvidia", vramGb: 24, formFactor: null, rawName: "RTX 4090", known: true },
        gpuCount: 1,
        usdPerHour: 0.346666667,
        usdPerGpuHour: 0.346666667,
        market: "on_demand",
        availability: "available",
        region: "US",
        regionName: "Texas, US",
        cpuCores: 24,
        memoryGb: 126,
        diskGb: { included: 32, min: 8, max: 812.4 },
        kind: "container",
        bootSeconds: { min: null, max: null },
        observedAt: new Date(now).toISOString(),
      },
    ]);
  });

  it.each<[what: string, fields: object, usd: number | null]>([
    ["dollars per hour for the GPUs, and per GB and month for the disk", { dph_base: 1, storage_cost: 0.72 }, 1.032],
    ["not the price for another disk", { dph_total: 99 }, 0.346666667],
    ["of several GPUs together", { dph_base: 15.9, num_gpus: 8 }, 15.906666667],
    ["with free disk", { storage_cost: 0 }, 0.34],
    ["unknown without the price of the GPUs", { dph_base: null }, null],
    ["unknown without the price of the disk", { storage_cost: null }, null],
    ["unknown with a price of 0", { dph_base: 0 }, null],
  ])("have a price: %s", async (_, fields, usd) => {
    expect((await offersWith(fields))[0]?.usdPerHour).toBe(usd);
  });

  it("as spot include the lowest bid, rounded up, which is part of the price", async () => {
    const [spot] = await offersWith({ min_bid: 0.2000004 }, { market: "spot" });
    expect(spot).toMatchObject({ id: "vast:28461022/bid/200001", market: "spot", usdPerHour: 0.206667667 });
    expect(await offersWith({ min_bid: null }, { market: "spot" })).toEqual([]);
  });

  it.each<[gpu: string, memory: number, model: string, vramGb: number, form: string | null]>([
    ["H100 SXM", 81_559, "H100", 80, "sxm"],
    ["H100 NVL", 95_830, "H100NVL", 94, "nvl"],
    ["A100 SXM4", 81_920, "A100", 80, "sxm"],
    ["A100 PCIE", 40_960, "A100", 40, "pcie"],
    ["L40S", 46_068, "L40S", 48, null],
    ["RTX 6000Ada", 49_140, "RTX6000Ada", 48, null],
    ["InstinctMI250X", 131_072, "MI250X", 128, "oam"],
    ["Tesla V100", 32_768, "V100", 32, null],
    ["RTX 4080S", 16_376, "RTX 4080S", 16, null],
  ])("name the GPU: %s with %d MB", async (gpu_name, gpu_ram, model, vramGb, formFactor) => {
    expect((await offersWith({ gpu_name, gpu_ram }))[0]?.gpu).toMatchObject({ model, vramGb, formFactor, rawName: gpu_name });
  });

  it.each<[geolocation: unknown, region: string | null, name: string | null]>([
    ["Texas, US", "US", "Texas, US"],
    [", US", "US", "US"],
    ["US", "US", "US"],
    ["Atlantis", "Atlantis", "Atlantis"],
    [null, null, null],
  ])("are at %j", async (geolocation, region, regionName) => {
    expect((await offersWith({ geolocation }))[0]).toMatchObject({ region, regionName });
  });

  it.each([
    ["that is not verified", { verification: "unverified" }],
    ["that is not reliable", { reliability2: 0.9 }],
    ["without a port", { direct_port_count: 0 }],
    ["without room for the disk of the price", { disk_space: 31.5 }],
    ["without an id", { id: null }],
    ["without a GPU", { gpu_name: null }],
  ])("exclude a machine %s, as filters may have no effect", async (_, fields) => {
    expect(await offersWith(fields)).toEqual([]);
  });

  it("are searched with the filters, page by page from the last price, until there is nothing new", async () => {
    const page = (from: number, count = 64) =>
      Array.from({ length: count }, (_, index) => ({ ...ask, id: from + index, dph_total: (from + index) / 100 }));
    const pages = [{ json: { offers: page(1) } }, { json: { offers: page(64) } }, { json: { offers: page(127, 1) } }];
    const { connected, sent } = connect({ [search]: pages });
    const isGpu = ({ model }: Offer["gpu"]) => model === "H100";
    const offers = await connected.listOffers(context, { market: "on_demand", gpuCount: 2, isGpu });
    expect([offers.length, new Set(offers.map((one) => one.id)).size]).toEqual([127, 127]);
    expect(sent.map(({ body }) => (body as { dph_total?: unknown }).dph_total)).toEqual([
      undefined,
      { gte: 0.64 },
      { gte: 1.27 },
    ]);
    expect(sent[0]?.body).toEqual({
      verified: { eq: true },
      rentable: { eq: true },
      rented: { eq: false },
      reliability: { gte: 0.95 },
      direct_port_count: { gte: 1 },
      gpu_name: { in: ["H100 SXM", "H100 PCIE"] },
      num_gpus: { eq: 2 },
      type: "ondemand",
      allocated_storage: 32,
      order: [["dph_total", "asc"]],
      limit: 64,
    });
  });

  const readWith = async (pages: readonly object[][], wanted: WantedOffers = {}) => {
    const { connected, sent } = connect({ [search]: pages.map((offers) => ({ json: { offers } })) });
    const unread: string[] = [];
    const onUnread = ({ code, message }: GpuError) => void unread.push(`${code}: ${message}`);
    const offers = await connected.listOffers({ ...context, onUnread }, { market: "on_demand", ...wanted });
    return { read: offers.length, unread, sent: sent.length };
  };
  const pageFrom = (page: number, count = 64) =>
    Array.from({ length: count }, (_, index) => ({ ...ask, id: page * 64 + index, dph_total: page + index / 100 }));
  const unreadOf = (count: number) => [
    `unsupported: vast offers: only the ${count} cheapest asks of ondemand were read; narrow the search by gpu, gpuCount or maxUsdPerHour`,
  ];

  it("that cannot be paged are reported as not read, when the vendor ignores the price filter or all cost the same", async () => {
    const same = Array.from({ length: 64 }, (_, index) => ({ ...ask, id: index + 1 }));
    expect(await readWith([same, same])).toEqual({ read: 64, unread: unreadOf(64), sent: 2 });
  });

  it("that are more than six pages are reported as not read, unless they are above the limit", async () => {
    const pages = [0, 1, 2, 3, 4, 5].map((page) => pageFrom(page));
    expect(await readWith(pages)).toEqual({ read: 384, unread: unreadOf(384), sent: 6 });
    expect(await readWith(pages, { maxUsdPerHour: 5.7 })).toMatchObject({ unread: unreadOf(384) });
    expect(await readWith(pages, { maxUsdPerHour: 5.5 })).toEqual({ read: 384, unread: [], sent: 6 });
    expect(await readWith([...pages.slice(0, 5), pageFrom(5, 63)])).toEqual({ read: 383, unread: [], sent: 6 });
  });

  it("of which some were not read come with a failure that reports it", async () => {
    const same = Array.from({ length: 64 }, (_, index) => ({ ...ask, id: index + 1 }));
    const fetch = async () => Response.json({ offers: same });
    const gpu = createGpu({ providers: [vast({ apiKey: "0123456789abcdef", fetch })] });
    const { offers, failures } = await gpu.offers({ gpu: "RTX 4090" });
    expect([offers.length, failures.map(({ provider, error }) => [provider, error.code])]).toEqual([
      64,
      [["vast", "unsupported"]],
    ]);
  });

  it("are on both markets where any is wanted, and A100 finds the name of both memories", async () => {
    const { gpu, operations } = simulated();
    const { offers } = await gpu.offers({ gpu: "A100 80GB", market: "any" });
    expect(offers.map(({ id, market }) => [id.split("/")[0], market])).toEqual([
      ["vast:28461007", "spot"],
      ["vast:28461007", "on_demand"],
    ]);
    expect(operations()).toEqual(["searchOffers", "searchOffers"]);
  });

  it("are read again by id, with the bid of the id", async () => {
    const { connected, sent } = connect({ [search]: { json: { offers: [{ ...ask, min_bid: 0.25 }] } } });
    const read = (offer: string) => connected.listOffers(context, { offer });
    expect(await read("28461022")).toMatchObject([{ id: "vast:28461022", availability: "available" }]);
    expect(await read("28461022/bid/300000")).toMatchObject([{ id: "vast:28461022/bid/300000", usdPerHour: 0.306666667 }]);
    expect(await read("28461022/bid/200000")).toMatchObject([{ availability: "unavailable" }]);
    expect(await read("28461023")).toEqual([]);
    expect(sent[0]?.body).toEqual({ ask_contract_id: { eq: 28461022 }, type: "ondemand", allocated_storage: 8 });
  });
});

describe("a create at Vast.ai", () => {
  it("requests the priced disk, an image, and no volume that could remain", async () => {
    expect(await bodyOf({ name: "train-42" })).toEqual({
      image: "vastai/base-image:@vastai-automatic-tag",
      disk: 32,
      label: `train-42-h${mark}`,
      runtype: "ssh_direct",
      cancel_unavail: true,
      target_state: "running",
    });
  });

  it("sends all requested fields, with the key in the start script", async () => {
    const options = { env: { "-p 8080:8080": "1", A: "1" }, runtype: "jupyter_direct", cancel_unavail: false, price: 9 };
    const body = await bodyOf({
      image: "pytorch/pytorch",
      sshPublicKey: sshKey,
      startupScript: "nvidia-smi",
      env: { A: "2" },
      diskGb: 100,
      options,
    });
    const [type, blob] = sshKey.split(" ");
    const file = "/root/.ssh/authorized_keys";
    expect(body).toMatchObject({
      image: "pytorch/pytorch",
      disk: 100,
      env: { "-p 8080:8080": "1", A: "2" },
      runtype: "jupyter_direct",
      cancel_unavail: true,
      onstart: `mkdir -p /root/.ssh; grep -qsF '${blob}' ${file} || echo '${type} ${blob}' >> ${file}\nnvidia-smi`,
    });
  });

  it("of an on-demand offer is not a bid, whatever price the options have", async () => {
    expect(await bodyOf({ options: { price: 9 } as object })).not.toHaveProperty("price");
  });

  it("uses the image of a template", async () => {
    expect(await bodyOf({ options: { template_hash_id: "0c4a" } })).not.toHaveProperty("image");
  });

  it.each<[what: string, offer: string, fields: object, message: RegExp]>([
    ["a disk of less than 8 GB", "28461022", { diskGb: 7 }, /at least 8/],
    ["a key for an image without SSH", "28461022", { sshPublicKey: sshKey, options: { runtype: "args" } }, /runtype with SSH/],
    ["a script in the place of an entrypoint", "28461022", { startupScript: "ls", options: { runtype: "args" } }, /entrypoint/],
    ["a script that is too long", "28461022", { startupScript: "x".repeat(4_049) }, /longer than 4048/],
    ["something that is not a key", "28461022", { sshPublicKey: "ssh-rsa" }, /OpenSSH public key/],
    ["a bid without its price", "28461022/bid", {}, /has no bid, and would be rented on demand/],
    ["a bid of 0", "28461022/bid/0", {}, /has no bid/],
    ["a bid that is not a number", "28461022/bid/0.2", {}, /has no bid/],
    ["a name", "RTX 4090", {}, /is not an offer/],
    ["more than an offer", "28461022/bid/1/2", {}, /is not an offer/],
  ])("rejects %s before anything is sent", async (_, offer, fields, message) => {
    const { connected, sent } = connect({});
    const error = await errorOf(create(connected, createRequest(offer, fields)));
    expect(error).toMatchObject({ code: "invalid_request", sideEffect: "none", message: expect.stringMatching(message) });
    expect(sent).toEqual([]);
  });

  it.each<[diskGb: number, extra: number]>([
    [100, (68 * 0.15) / 720],
    [8, (-24 * 0.15) / 720],
    [32, 0],
  ])("with %d GB costs the difference to the disk in the offer", async (diskGb, extra) => {
    const { connected, sent } = connect({ [search]: { json: { offers: [ask] } } });
    const { extraUsdPerHour } = await connected.prepareCreate(createRequest("28461022", { diskGb }), context);
    expect(extraUsdPerHour).toBeCloseTo(extra, 12);
    expect(sent).toHaveLength(diskGb === 32 ? 0 : 1);
  });

  it("has no known price with a new volume, or another disk whose price is unknown", async () => {
    const { connected } = connect({ [search]: { json: { offers: [{ ...ask, storage_cost: null }] } } });
    const volume_info = { create_new: true, volume_id: 1, mount_path: "/data" };
    const priceOf = async (fields: object) =>
      (await connected.prepareCreate(createRequest("28461022", fields), context)).extraUsdPerHour;
    expect(await priceOf({ options: { volume_info } })).toBeNull();
    expect(await priceOf({ diskGb: 64 })).toBeNull();
  });

  it("of an offer that is gone when its disk is priced sends nothing", async () => {
    const { connected } = connect({ [search]: { json: { offers: [] } } });
    const error = await errorOf(create(connected, createRequest("28461022", { diskGb: 64 })));
    expect(error).toMatchObject({ code: "offer_gone", sideEffect: "none" });
  });

  it("has the exact price of the ledger, whatever the disk", async () => {
    for (const diskGb of [undefined, 8, 500]) {
      const { gpu, simulator, clock } = simulated();
      const created = await gpu.create({ offer: "vast:28461002", maxUsdPerHour: 1, ...(diskGb !== undefined && { diskGb }) });
      await gpu.waitUntilReady(created);
      await clock.advance(1_000);
      const [rental] = simulator.ledger();
      expect((await gpu.get(created)).usdPerHour).toBeCloseTo(rental?.usdPerHour ?? 0, 9);
      const { offers } = await gpu.offers({ gpu: "RTX 4090" });
      expect(offers.find((one) => one.id === created.ref)).toBeUndefined();
    }
  });

  it("refuses a disk that lifts the price above the limit", async () => {
    const { gpu, operations } = simulated();
    const error = await errorOf(gpu.create({ offer: "vast:28461002", diskGb: 500, maxUsdPerHour: 0.4 }));
    expect(error).toMatchObject({ code: "price_exceeded", sideEffect: "none" });
    expect(operations()).not.toContain("createInstance");
  });

  it("continues with the next offer when one is taken", async () => {
    const { gpu, fault } = simulated();
    fault({ vendor: "vast", operation: "createInstance", kind: "no_capacity" });
    const { instance, attempts } = await gpu.launch({ gpu: "RTX 4090", maxUsdPerHour: 1, until: "created" });
    expect(attempts.map(({ offer, error }) => [offer.id, error?.code])).toEqual([
      ["vast:28461002", "offer_gone"],
      ["vast:28461003", undefined],
    ]);
    expect(instance.gpu?.model).toBe("RTX4090");
  });

  it.each([
    ["400 around a 404", 400, { success: false, error: "invalid_args", msg: "error 404/3603: no_such_ask …" }, "offer_gone"],
    ["410", 410, { success: false, error: "no_such_ask" }, "offer_gone"],
    ["a refusal under 200", 200, { success: false, msg: "No." }, "conflict"],
    ["no credit", 400, { success: false, error: "insufficient_credit" }, "insufficient_funds"],
    ["a wrong key", 404, { success: false, error: "auth_error", msg: "Invalid user key" }, "unauthenticated"],
  ])("that was rejected has no side effect: %s", async (_, status, json, code) => {
    const { connected } = connect({ [accept]: { status, json } });
    const error = await errorOf(create(connected, createRequest("28461022")));
    expect(error).toMatchObject({ code, sideEffect: "none" });
  });

  it("without an id in the response is a contract error", async () => {
    const { connected } = connect({ [accept]: { json: { success: true } } });
    const error = await errorOf(create(connected, createRequest("28461022")));
    expect(error).toMatchObject({ code: "vendor_contract", sideEffect: "committed" });
  });
});

it("creates of one client at Vast.ai are 5 seconds apart, and end when aborted", async () => {
  const waits: number[] = [];
  const clock = { now: () => now, sleep: async (ms: number) => void waits.push(ms) };
  const { connected } = connect({});
  const prepare = (sleep = clock.sleep) => connected.prepareCreate(createRequest("28461022"), { clock: { ...clock, sleep } });
  for (let count = 0; count < 3; count += 1) await prepare();
  expect(waits).toEqual([5_000, 10_000]);
  await expect(prepare(() => Promise.reject(new Error("aborted")))).rejects.toThrow("aborted");
});

it("reads, pages, changes and deletes at Vast.ai keep the vendor's minimum interval", async () => {
  const waits: number[] = [];
  const own = { clock: { now: () => now, sleep: async (ms: number) => void waits.push(ms) } };
  const page = (next: string | null) => ({ json: { success: true, instances: [instance], next_token: next } });
  const { connected } = connect({
    "GET /api/v1/instances/": [page("2"), page("3"), page(null)],
    [`GET ${path}`]: { json: { instances: instance } },
    [`PUT ${path}`]: { json: { success: true } },
    [`DELETE ${path}`]: { json: { success: true } },
  });
  const waitsOf = async (...calls: (() => Promise<unknown> | undefined)[]) => {
    waits.length = 0;
    for (const call of calls) await call();
    return waits;
  };
  expect(await waitsOf(() => connected.list(own))).toEqual([1_200, 2_400]);
  expect(
    await waitsOf(
      () => connected.get(id, own),
      () => connected.access(id, own),
    ),
  ).toEqual([2_200]);
  const stop = () => connected.actions.stop?.(id, own);
  expect(await waitsOf(stop, stop)).toEqual([1_200]);
  const remove = () => connected.delete(id, own);
  expect(await waitsOf(remove, remove)).toEqual([3_200]);
});

it("a list of Vast.ai is read once, as its pages begin after an id and do not shift", async () => {
  const page = (one: number, next: string | null) => ({
    json: { success: true, instances: [{ ...instance, id: one }], next_token: next },
  });
  const { connected, sent } = connect({ "GET /api/v1/instances/": [page(1, "2"), page(2, null)] });
  expect((await connected.list(context)).map((one) => one.instance.id)).toEqual(["1", "2"]);
  expect(sent).toHaveLength(2);
});

it("a call at Vast.ai that ends while it waits for its turn does not delay others", async () => {
  const waits: number[] = [];
  const { connected } = connect({ [`GET ${path}`]: { json: { instances: instance } } });
  const readWith = (sleep: (ms: number) => Promise<void>) => connected.get(id, { clock: { now: () => now, sleep } });
  await readWith(async () => {});
  for (let count = 0; count < 5; count += 1) {
    await expect(readWith(() => Promise.reject(new Error("aborted")))).rejects.toThrow("aborted");
  }
  await readWith(async (ms) => void waits.push(ms));
  expect(waits).toEqual([2_200]);
});

it("a call at Vast.ai whose signal aborts while it waits for its turn does not delay others", async () => {
  const waits: number[] = [];
  const { connected, sent } = connect({ [`GET ${path}`]: { json: { instances: instance } } });
  const readWith = (sleep: (ms: number) => Promise<void>, signal?: AbortSignal) =>
    connected.get(id, { clock: { now: () => now, sleep }, signal });
  await readWith(async () => {});
  for (let count = 0; count < 5; count += 1) {
    const controller = new AbortController();
    // `sleep` resolves on an abort, like the sleep of the actual clocks.
    const attempt = readWith(async () => controller.abort(), controller.signal);
    await expect(attempt).rejects.toMatchObject({ code: "aborted", sideEffect: "none" });
  }
  await readWith(async (ms) => void waits.push(ms));
  expect(waits).toEqual([2_200]);
  expect(sent).toHaveLength(2);
});

it("a time of Vast.ai outside the range of dates is null", async () => {
  const { connected } = connect({ [`GET ${path}`]: { json: { instances: { ...instance, start_date: 1e18 } } } });
  expect((await connected.get(id, context))?.instance.createdAt).toBeNull();
});

describe("spot at Vast.ai", () => {
  it("a spot create without its bid is refused: it would be rented on demand", async () => {
    const { gpu, operations } = simulated();
    const [spot] = (await gpu.offers({ gpu: "RTX 4090", market: "spot" })).offers;
    if (!spot) throw new Error("no spot offer");
    const before = operations().length;
    const onDemandId = "vast:28461002" as const;
    const attempts = [
      "vast:28461002/bid",
      { ...spot, id: "vast:28461002/bid" },
      // A spot offer with an id that would be rented on demand.
      { ...spot, id: onDemandId },
    ] as const;
    for (const offer of attempts) {
      expect(await errorOf(gpu.create({ offer }))).toMatchObject({ code: "invalid_request", sideEffect: "none" });
    }
    expect(operations()).toHaveLength(before);
  });

  it("the bid is part of the offer's id, and sent as a number", async () => {
    expect(await bodyOf({}, "28461022/bid/210000")).toMatchObject({ price: 0.21 });
    expect(await bodyOf({ options: { price: 9 } }, "28461022/bid/200001")).toMatchObject({ price: 0.200001 });
    expect(await bodyOf({}, "28461022")).not.toHaveProperty("price");
  });

  it("is rented at the bid, and returned as spot", async () => {
    const { gpu, simulator } = simulated();
    const { instance, unverified, attempts } = await gpu.launch({ gpu: "RTX 4090", market: "spot", maxUsdPerHour: 1 });
    expect(instance).toMatchObject({ market: "spot", ready: true });
    expect(unverified).toEqual([]);
    expect(instance.usdPerHour).toBeCloseTo(attempts[0]?.offer.usdPerHour ?? 0, 6);
    expect(simulator.ledger()[0]?.usdPerHour).toBeCloseTo(instance.usdPerHour ?? 0, 6);
  });

  it.each([
    ["spot and got on demand", "vast:28461002/bid/300000"],
    ["on demand and got spot", "vast:28461002"],
  ] as const)("a create that asked for %s is an instance_mismatch", async (_, offer) => {
    const { gpu, fault } = simulated();
    fault({ vendor: "vast", operation: "createInstance", kind: "other_machine", what: "market" });
    expect(await errorOf(gpu.create({ offer }))).toMatchObject({ code: "instance_mismatch", sideEffect: "committed" });
  });

  it("a bid that is too low leaves a stopped machine, whose deletion is verified before the create fails", async () => {
    const { gpu, simulator } = simulated();
    const error = await errorOf(gpu.create({ offer: "vast:28461002/bid/10000" }));
    expect(error).toMatchObject({ code: "no_capacity", sideEffect: "none", vendorCode: "invalid_price" });
    expect(error.message).toMatch(/^vast create: refused, with an instance left stopped: invalid_price/);
    expect(error.message).not.toContain("may have taken effect");
    expect(simulator.ledger()).toMatchObject([{ kind: "instance", endedAt: expect.any(String), usdPerHour: 0 }]);
  });

  it("names the stopped machine while its deletion is not verified", async () => {
    const { gpu, simulator, fault } = simulated();
    fault({ vendor: "vast", operation: "deleteInstance", kind: "forbidden" });
    const error = await errorOf(gpu.create({ offer: "vast:28461002/bid/10000" }));
    const [rental] = simulator.ledger();
    expect(error).toMatchObject({ code: "no_capacity", sideEffect: "committed", ref: `vast:${rental?.id}` });
    expect(rental?.endedAt).toBeNull();
  });

  it("that this client stopped is not reported as preempted, until it was started again", async () => {
    const { gpu, clock, fault } = simulated();
    fault({ vendor: "vast", operation: "createInstance", kind: "preempted", ms: 24 * 3_600_000 });
    const { instance } = await gpu.launch({ gpu: "RTX 4090", market: "spot", maxUsdPerHour: 1 });
    await gpu.stop(instance);
    await clock.advance(60_000);
    expect(await gpu.get(instance)).toMatchObject({ status: "stopped", error: null });
    await gpu.start(instance);
    await clock.advance(24 * 3_600_000);
    expect(await gpu.get(instance)).toMatchObject({ status: "stopped", error: expect.stringContaining("preempted") });
  });

  it("on demand is never reported as preempted", async () => {
    const stopped = { actual_status: "exited", intended_status: "stopped", cur_state: "stopped" };
    expect((await found(stopped)).instance).toMatchObject({ status: "stopped", error: null });
    expect((await found({ ...stopped, is_bid: true })).instance.error).toMatch(/^preempted/);
  });

  it("is stopped when it is outbid, and bills its disk", async () => {
    const { gpu, clock, fault } = simulated();
    fault({ vendor: "vast", operation: "createInstance", kind: "preempted", ms: 600_000 });
    const { instance } = await gpu.launch({ gpu: "RTX 4090", market: "spot", maxUsdPerHour: 1 });
    await clock.advance(700_000);
    const error = "preempted: outbid, or stopped by another client";
    expect(await gpu.get(instance)).toMatchObject({ status: "stopped", billing: "storage", ready: false, market: "spot", error });
    expect((await errorOf(gpu.waitUntilReady(instance))).message).toContain(error);
  });
});

describe("an instance of Vast.ai", () => {
  it("has all values of the vendor", async () => {
    expect(await found({})).toEqual({
      mark,
      instance: {
        ref: `vast:${id}`,
        provider: "vast",
        id,
        name: "train-42",
        status: "running",
        rawStatus: "running",
        ready: true,
        billing: "compute",
        gpu: { model: "RTX4090", vendor: "nvidia", vramGb: 24, formFactor: null, rawName: "RTX 4090", known: true },
        gpuCount: 1,
        market: "on_demand",
        usdPerHour: 0.346666667,
        region: "US",
        address: "203.0.113.20",
        ports: [
          { port: 22, protocol: "tcp", endpoint: "203.0.113.20:41234" },
          { port: 8081, protocol: "udp", endpoint: "203.0.113.20:41235" },
        ],
        createdAt: "2026-09-01T08:01:40.250Z",
        error: null,
      },
    });
  });

  const stopped = { cur_state: "stopped", intended_status: "stopped" };
  it.each<[what: string, fields: object, status: string, billing: string]>([
    ["just created", { actual_status: null, cur_state: "unloaded" }, "pending", "storage"],
    ["created", { actual_status: "created" }, "pending", "storage"],
    ["loading", { actual_status: "loading", status_msg: "Pulling" }, "starting", "storage"],
    ["scheduling", { actual_status: "scheduling" }, "starting", "storage"],
    ["an image that cannot be pulled", { actual_status: "loading", status_msg: "manifest unknown" }, "failed", "compute"],
    ["a container that cannot start", { actual_status: "created", status_msg: "OCI runtime create failed" }, "failed", "compute"],
    ["running", {}, "running", "compute"],
    ["being stopped", { intended_status: "stopped" }, "stopping", "compute"],
    ["being stopped, by its contract", { ...stopped }, "stopping", "compute"],
    ["stopped", { ...stopped, actual_status: "stopped" }, "stopped", "storage"],
    ["stopped, its container ended", { ...stopped, actual_status: "exited" }, "stopped", "storage"],
    ["ended, to be stopped", { actual_status: "exited", intended_status: "stopped" }, "stopped", "storage"],
    ["ended by itself", { actual_status: "exited" }, "failed", "compute"],
    ["queued for its GPUs", { actual_status: "exited", cur_state: "stopped" }, "pending", "storage"],
    ["frozen", { actual_status: "frozen", intended_status: "frozen" }, "stopped", "compute"],
    ["rebooting", { actual_status: "rebooting" }, "updating", "compute"],
    ["restarting", { actual_status: "restarting" }, "updating", "compute"],
    ["recycling", { actual_status: "recycling" }, "updating", "compute"],
    ["without a heartbeat", { actual_status: "unknown" }, "unknown", "unknown"],
    ["on a host that is away", { actual_status: "offline" }, "unknown", "none"],
    ["destroyed", { actual_status: "destroyed" }, "terminated", "none"],
    ["terminated", { actual_status: "terminated", cur_state: "stopped" }, "terminated", "none"],
    ["of a status that is new", { actual_status: "hibernating" }, "unknown", "unknown"],
  ])("is %s", async (_, fields, status, billing) => {
    expect((await found(fields)).instance).toMatchObject({ status, billing, ready: status === "running" });
  });

  it("that failed has the message of the host", async () => {
    expect((await found({ actual_status: "loading", status_msg: "pull access denied" })).instance.error).toBe(
      "pull access denied",
    );
  });

  it.each<[what: string, label: unknown, shown: unknown]>([
    ["its mark", `a-h${otherMark}`, otherMark],
    ["no mark", "notebook", undefined],
    ["none yet", null, "unknown"],
    ["an empty one", "", "unknown"],
  ])("has a label with %s", async (_, label, shown) => {
    expect((await found({ label })).mark).toBe(shown);
  });

  it.each<[what: string, json: unknown]>([
    ["null", { instances: null }],
    ["an empty list", { instances: [] }],
    ["an empty object", { instances: {} }],
  ])("that is gone reads as 200 with %s", async (_, json) => {
    expect(await connect({ [`GET ${path}`]: { json } }).connected.get(id, context)).toBeUndefined();
  });

  it("that is gone may be a 404, and a failure with status 200 is thrown", async () => {
    const get = (script: Script) => connect(script).connected.get(id, context);
    expect(await get({ [`GET ${path}`]: responseOf("deleteInstance", "a second time") })).toBeUndefined();
    const wrongKey = { status: 404, json: { success: false, error: "auth_error" } };
    expect(await errorOf(get({ [`GET ${path}`]: wrongKey }))).toMatchObject({ code: "unauthenticated" });
    const failed = { json: { success: false, msg: "No." } };
    expect(await errorOf(get({ [`GET ${path}`]: failed }))).toMatchObject({ code: "conflict" });
    expect(await errorOf(get({ [`GET ${path}`]: { json: { instances: [null] } } }))).toMatchObject({ code: "vendor_contract" });
  });

  it("with an id in another format is not requested", async () => {
    const { connected, sent } = connect({});
    expect(await connected.get("abc", context)).toBeUndefined();
    for (const call of [connected.delete("abc", context), connected.access("abc", context)]) {
      expect(await errorOf(call)).toMatchObject({ code: "not_found", sideEffect: "none" });
    }
    expect(sent).toEqual([]);
    const gone = connect({ [`GET ${path}`]: { json: { instances: null } } }).connected;
    for (const call of [() => gone.access(id, context), async () => gone.remark?.(id, mark, "", context)]) {
      expect(await errorOf(call())).toMatchObject({ code: "not_found", sideEffect: "none" });
    }
  });

  it.each<[what: string, fields: object, access: object | undefined]>([
    ["directly, where the port is mapped", {}, { host: "203.0.113.20", port: 41234 }],
    ["by the proxy", { ports: null }, { host: "ssh4.vast.ai", port: 30011 }],
    ["by the proxy without an address", { public_ipaddr: null }, { host: "ssh4.vast.ai", port: 30011 }],
    ["not at a port that is not known", { ports: {}, ssh_port: null }, undefined],
    ["not yet", { public_ipaddr: null, ports: null, ssh_host: null }, undefined],
  ])("is reached %s", async (_, fields, access) => {
    const { connected } = connect({ [`GET ${path}`]: { json: { instances: { ...instance, ...fields } } } });
    const login = access && { ...access, user: "root", auth: { kind: "key" } };
    expect(await connected.access(id, context)).toEqual(login);
  });

  it("is listed with recorded responses, page by page", async () => {
    const list = "GET /api/v1/instances/";
    expect(await connect({ [list]: responseOf("listInstances", "null for none") }).connected.list(context)).toEqual([]);
    const { connected, sent } = connect({ [list]: responseOf("listInstances", "with the volumes") });
    expect((await connected.list(context)).map((one) => one.instance.id)).toEqual([id]);
    expect(sent[0]?.path).toBe(`/api/v1/instances/?limit=25&order_by=${encodeURIComponent('[{"col":"id","dir":"asc"}]')}`);
    const refused = { json: { success: false, msg: "No." } };
    expect(await errorOf(connect({ [list]: refused }).connected.list(context))).toMatchObject({ code: "conflict" });
  });

  it("gets a new mark in its label", async () => {
    const { connected, sent } = connect({
      [`GET ${path}`]: { json: { instances: instance } },
      [`PUT ${path}`]: { json: { success: true } },
    });
    await connected.remark?.(id, otherMark, "2026-12-01T00:00:00Z", context);
    expect(sent.at(-1)?.body).toEqual({ label: `train-42-h${otherMark}` });
  });
});

describe("start, stop and restart at Vast.ai", () => {
  async function stoppedInstance() {
    const world = simulated();
    const { instance } = await world.gpu.launch({ gpu: "RTX 4090", maxUsdPerHour: 1 });
    await world.gpu.stop(instance);
    await world.clock.advance(60_000);
    return { ...world, instance };
  }

  it("share one call, and an instance that was started is starting while it is shown as exited", async () => {
    const { gpu, instance, clock, operations } = await stoppedInstance();
    expect((await gpu.get(instance)).status).toBe("stopped");
    await gpu.start(instance);
    expect(await gpu.get(instance)).toMatchObject({ rawStatus: "exited", status: "starting", billing: "compute" });
    await clock.advance(120_000);
    expect(await gpu.get(instance)).toMatchObject({ status: "running", billing: "compute" });
    expect(operations().filter((one) => one === "updateInstance")).toHaveLength(2);
  });

  it("a queued start is cancelled, as it could begin to cost at any time", async () => {
    const { gpu, instance, clock, stock, simulator } = await stoppedInstance();
    stock.setFree("28461002", 0);
    const error = await errorOf(gpu.start(instance));
    expect(error).toMatchObject({ code: "no_capacity", sideEffect: "none" });
    expect(error.message).toContain("The queued start was cancelled.");
    expect(error.message).not.toContain("may have taken effect");
    stock.setFree("28461002", 1);
    await gpu.get(instance);
    await clock.advance(600_000);
    expect((await gpu.get(instance)).status).toBe("stopped");
    expect(simulator.ledger()[0]?.usdPerHour).toBeLessThan(0.02);
  });

  it("a queued start that cannot be cancelled is reported", async () => {
    const { gpu, instance, stock, simulator } = await stoppedInstance();
    stock.setFree("28461002", 0);
    // The first request starts the instance, the second cancels the start.
    const { connected } = connect({
      [`PUT ${path}`]: [
        { json: { success: false, msg: "Required resources are currently unavailable, state change queued." } },
        { status: 500 },
      ],
    });
    const error = await errorOf(connected.actions.start?.(id, context) ?? Promise.resolve());
    expect(error).toMatchObject({ code: "no_capacity", sideEffect: "committed" });
    expect(error.message).toContain(`stop or delete vast:${id}`);
    expect([simulator.ledger().length, (await gpu.get(instance)).status]).toEqual([1, "stopped"]);
  });

  it("a restart keeps the machine", async () => {
    const { gpu, clock, simulator } = simulated();
    const { instance } = await gpu.launch({ gpu: "RTX 4090", maxUsdPerHour: 1 });
    await gpu.restart(instance);
    expect((await gpu.get(instance)).status).toBe("updating");
    await clock.advance(15_000);
    expect((await gpu.get(instance)).status).toBe("starting");
    await clock.advance(15_000);
    expect((await gpu.get(instance)).status).toBe("running");
    expect(simulator.ledger()).toHaveLength(1);
  });
});

it("the balance of Vast.ai is the sum of balance and credit", async () => {
  const of = (json: unknown) => connect({ "GET /api/v0/users/current/": { json } }).connected.balance?.(context);
  expect(await of({ id: 1, balance: 0, credit: 42.5 })).toBe(42.5);
  expect(await of({ id: 1, balance: -1.5, credit: 2 })).toBe(0.5);
  expect(await of({ id: 1, balance: 3 })).toBe(3);
  expect(await errorOf(of({ id: 1 }) ?? Promise.resolve())).toMatchObject({ code: "vendor_contract" });
});
