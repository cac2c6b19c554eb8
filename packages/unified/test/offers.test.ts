import { createVirtualClock } from "@gpu/simulator";
import { describe, expect, it } from "vitest";
import { identifyGpu } from "../src/gpu-models.js";
import type { OfferFilter } from "../src/index.js";
import type { CallContext, WantedOffers } from "../src/provider.js";
import { errorOf, type Fault, fails, fakeCloud, gpuOn, hangs, type OfferFields, returns, startOfTime } from "./fake-provider.js";

const identity = (fields: object = {}) => ({
  model: "H100" as const,
  vendor: "nvidia" as const,
  vramGb: 80,
  formFactor: "sxm" as const,
  rawName: "H100",
  known: true,
  ...fields,
});

const catalogue: readonly OfferFields[] = [
  { id: "sxm", usdPerHour: 2.5, region: "us", regionName: "US-CA-06 (California)" },
  { id: "pcie", usdPerHour: 2, gpu: identity({ formFactor: "pcie" }), region: "eu" },
  { id: "nvl", usdPerHour: 2.2, gpu: identity({ model: "H100NVL", formFactor: "nvl", vramGb: 94 }) },
  { id: "a100-40", usdPerHour: 1, gpu: identity({ model: "A100", vramGb: 40 }) },
  { id: "a100-80", usdPerHour: 1.4, gpu: identity({ model: "A100" }) },
  { id: "eight", usdPerHour: 16, gpuCount: 8 },
  { id: "spot", usdPerHour: 0.9, market: "spot" },
  { id: "no-price", usdPerHour: null },
  {
    id: "new",
    usdPerHour: 3,
    gpu: identity({ model: "Z900", rawName: "Z900", known: false, vramGb: null, formFactor: null, vendor: "unknown" }),
  },
];

async function idsOf(filter: OfferFilter<"fake">): Promise<string[]> {
  const { gpu } = gpuOn([fakeCloud({ id: "fake", offers: catalogue })]);
  return (await gpu.offers(filter)).offers.map(({ id }) => id.slice("fake:".length));
}

describe("offers", () => {
  it.each<[what: string, filter: OfferFilter<"fake">, ids: string[]]>([
    [
      "all on demand, cheapest first, without a price last",
      {},
      ["a100-40", "a100-80", "pcie", "nvl", "sxm", "new", "eight", "no-price"],
    ],
    ["of H100: SXM and PCIe, not NVL", { gpu: "H100" }, ["pcie", "sxm", "eight", "no-price"]],
    ["of A100: both memories", { gpu: "A100" }, ["a100-40", "a100-80"]],
    ["of a GPU that the table does not know, by its name", { gpu: "z900" }, ["new"]],
    ["of a number of GPUs", { gpuCount: 8 }, ["eight"]],
    ["of a number of GPUs in the name", { gpu: "8xH100" }, ["eight"]],
    ["of the same number twice", { gpu: "H100:8", gpuCount: 8 }, ["eight"]],
    ["of a number of a GPU that the table does not know", { gpu: "Z900:1" }, ["new"]],
    ["with so much memory at least", { gpu: "A100", vramGb: 80 }, ["a100-80"]],
    ["with memory that is known", { vramGb: 90 }, ["nvl"]],
    ["of a form factor", { formFactor: "pcie" }, ["pcie"]],
    ["on the spot market", { market: "spot" }, ["spot"]],
    ["on any market", { market: "any", gpu: "H100", gpuCount: 1 }, ["spot", "pcie", "sxm", "no-price"]],
    ["in a region", { region: "us" }, ["sxm"]],
    ["in a region in another case", { region: " US " }, ["sxm"]],
    ["in a region by its displayed name", { region: "us-ca-06 (california)" }, ["sxm"]],
    ["in a region by a part of its displayed name", { region: "California" }, ["sxm"]],
    ["up to a price, that price included", { maxUsdPerHour: 2 }, ["a100-40", "a100-80", "pcie"]],
  ])("%s", async (_, filter, ids) => {
    expect(await idsOf(filter)).toEqual(ids);
  });

  it("without a price never satisfy a limit, and are reported", async () => {
    const { gpu, events } = gpuOn([fakeCloud({ id: "fake", offers: catalogue })]);
    const { skipped } = await gpu.offers({ gpu: "H100", maxUsdPerHour: 1_000 });
    expect(skipped).toMatchObject([{ offer: { id: "fake:no-price" }, reason: "price_unknown" }]);
    expect(events).toEqual([{ type: "offer.skipped", offer: "fake:no-price", reason: "price_unknown" }]);
    expect((await gpu.offers({ gpu: "A100", maxUsdPerHour: 1_000 })).skipped).toEqual([]);
  });

  it.each<[reason: string, filter: OfferFilter<"fake">, ids: string[]]>([
    ["vram_unknown", { vramGb: 80 }, ["new", "bare"]],
    ["vram_unknown", { gpu: "B200 180GB" }, ["bare"]],
    ["form_factor_unknown", { formFactor: "sxm" }, ["new", "bare"]],
    ["form_factor_unknown", { gpu: "B200 SXM" }, ["bare"]],
    ["region_unknown", { region: "us", gpu: "A100" }, ["a100-40", "a100-80"]],
    ["gpu_count_unknown", { gpuCount: 2 }, ["uncounted"]],
  ])("that cannot be evaluated are reported as %s: %j", async (reason, filter, ids) => {
    const bare = identity({ model: "B200", vramGb: null, formFactor: null, rawName: "B200" });
    const offers = [...catalogue, { id: "bare", gpu: bare }, { id: "uncounted", gpuCount: 0 }];
    const { gpu, events } = gpuOn([fakeCloud({ id: "fake", offers })]);
    const { skipped, offers: found } = await gpu.offers(filter);
    expect(skipped.map((one) => [one.offer.id.slice(5), one.reason])).toEqual(ids.map((id) => [id, reason]));
    expect(events).toEqual(ids.map((id) => ({ type: "offer.skipped", offer: `fake:${id}`, reason })));
    expect(found.filter(({ id }) => ids.includes(id.slice(5)))).toEqual([]);
  });

  it("that another filter or the price excludes are not reported", async () => {
    const { gpu } = gpuOn([fakeCloud({ id: "fake", offers: catalogue })]);
    expect((await gpu.offers({ vramGb: 80, region: "us" })).skipped).toMatchObject([
      { offer: { id: "fake:nvl" }, reason: "region_unknown" },
      { offer: { id: "fake:a100-80" }, reason: "region_unknown" },
      { offer: { id: "fake:eight" }, reason: "region_unknown" },
      { offer: { id: "fake:no-price" }, reason: "region_unknown" },
      { offer: { id: "fake:new" }, reason: "vram_unknown" },
    ]);
    expect((await gpu.offers({ region: "us", gpu: "A100", maxUsdPerHour: 0.5 })).skipped).toEqual([]);
    // If several facts are unknown, the first is the reason.
    expect((await gpu.offers({ region: "us", gpu: "H100", maxUsdPerHour: 1 })).skipped).toMatchObject([
      { offer: { id: "fake:no-price" }, reason: "region_unknown" },
    ]);
  });

  it.each<[filter: object, message: string]>([
    [{ gpu: "" }, "gpu must be"],
    [{ gpu: " " }, "gpu must be"],
    [{ gpu: 5 }, "gpu must be"],
    [{ gpu: null }, "gpu must be"],
    [{ gpu: "H100:0" }, 'gpu "H100:0" requests no GPU'],
    [{ gpu: "8xH100", gpuCount: 1 }, 'gpu "8xH100" requests 8 GPUs, and gpuCount 1'],
    [{ gpuCount: 0 }, "gpuCount must be"],
    [{ gpuCount: 1.5 }, "gpuCount must be"],
    [{ gpuCount: "8" }, "gpuCount must be"],
    [{ gpuCount: null }, "gpuCount must be"],
    [{ vramGb: -1 }, "vramGb must be"],
    [{ vramGb: "80" }, "vramGb must be"],
    [{ formFactor: "SXM5" }, "formFactor must be one of sxm, pcie, nvl, oam"],
    [{ market: "reserved" }, "market must be"],
    [{ region: "" }, "region must be"],
    [{ maxUsdPerHour: Number.NaN }, "maxUsdPerHour must be"],
    [{ maxUsdPerHour: Number.POSITIVE_INFINITY }, "maxUsdPerHour must be"],
    [{ maxUsdPerHour: "4" }, "maxUsdPerHour must be"],
    [{ providers: "fake" }, "providers must be"],
    [{ deadlineMs: 0 }, "deadlineMs must be"],
    [{ deadlineMs: "60" }, "deadlineMs must be"],
  ])("reject %j before any request", async (filter, message) => {
    const cloud = fakeCloud({ id: "fake", offers: catalogue });
    const error = await errorOf(gpuOn([cloud]).gpu.offers(filter));
    expect(error).toMatchObject({ code: "invalid_request", sideEffect: "none" });
    expect(error.message).toContain(message);
    expect(cloud.calls).toEqual([]);
  });

  it("of an unknown model are an error with the nearest names", async () => {
    const { gpu } = gpuOn([fakeCloud({ id: "fake", offers: catalogue })]);
    const error = await errorOf(gpu.offers({ gpu: "H1000" }));
    expect(error).toMatchObject({ code: "invalid_request", sideEffect: "none" });
    expect(error.message).toContain('no model "H1000" is known or listed; the nearest names: H100');
    expect((await errorOf(gpu.offers({ gpu: "Z901" }))).message).toContain("the nearest names: Z900");
    expect((await errorOf(gpu.offers({ gpu: "quantum" }))).message).toContain("gpuModels has the known names");
    // A listed GPU stays known even if other filters match no offer.
    expect((await gpu.offers({ gpu: "Z900", gpuCount: 8 })).offers).toEqual([]);
  });

  it("of an unknown model are not an error while a failed provider may offer it", async () => {
    const { gpu, clouds } = threeClouds();
    clouds[0]?.next("listOffers", fails("unavailable"));
    expect(await gpu.offers({ gpu: "Z900" })).toMatchObject({ offers: [], failures: [{ provider: "one" }] });
    clouds[0]?.next("listOffers", fails("configuration"));
    expect((await errorOf(gpu.offers({ gpu: "Z900" }))).code).toBe("invalid_request");
    for (const cloud of clouds) cloud.next("listOffers", fails("configuration"));
    expect((await gpu.offers({ gpu: "Z900" })).failures.map(({ provider }) => provider)).toEqual(["one", "two", "three"]);
  });

  it("of the same price are sorted by stock, then by id", async () => {
    const offers = (["unavailable", "unknown", "low", "available"] as const).flatMap((availability) => [
      { id: `b-${availability}`, availability },
      { id: `a-${availability}`, availability },
    ]);
    const { gpu } = gpuOn([fakeCloud({ id: "fake", offers })]);
    expect((await gpu.offers()).offers.map(({ id }) => id.slice(5))).toEqual([
      "a-available",
      "b-available",
      "a-low",
      "b-low",
      "a-unknown",
      "b-unknown",
      "a-unavailable",
      "b-unavailable",
    ]);
  });

  it("are plain JSON, with the time of the read", async () => {
    const { gpu } = gpuOn([fakeCloud({ id: "fake" })]);
    const { offers } = await gpu.offers();
    expect(JSON.parse(JSON.stringify(offers))).toEqual(offers);
    expect(offers[0]?.observedAt).toBe(new Date(startOfTime).toISOString());
  });
});

function threeClouds() {
  const clock = createVirtualClock();
  const clouds = (["one", "two", "three"] as const).map((id) => fakeCloud({ id, clock }));
  return { clouds, clock, ...gpuOn(clouds) };
}

it("pass the provider what is wanted, and nothing that could hide a near miss", async () => {
  const cloud = fakeCloud();
  const { gpu } = gpuOn([cloud]);
  const given: WantedOffers[] = [];
  const { listOffers } = cloud.connected;
  Object.assign(cloud.connected, {
    listOffers: (context: CallContext, wanted: WantedOffers) => {
      given.push(wanted);
      return listOffers(context);
    },
  });
  await gpu.offers({ gpu: "8xH100", maxUsdPerHour: 1, region: "eu" });
  await gpu.offers({ market: "any" });
  await gpu.offers({ gpu: "h100-special" }).catch(() => undefined);
  await gpu.create({ offer: "fake:h100", maxUsdPerHour: 2 });
  const isGpu = expect.any(Function);
  expect(given).toEqual([
    { isGpu, gpuCount: 8, market: "on_demand", maxUsdPerHour: 1 },
    { isGpu: undefined, gpuCount: undefined, market: undefined, maxUsdPerHour: undefined },
    expect.anything(),
    { offer: "h100" },
  ]);
  const named = (rawName: string) => given[0]?.isGpu?.(identifyGpu(rawName));
  expect([named("H100 PCIE"), named("H100 SXM"), named("H100 NVL")]).toEqual([true, true, false]);
});

describe("a provider that fails", () => {
  const throwsTypeError: Fault = async () => {
    throw new TypeError("x is undefined");
  };

  it.each([
    ["is refused", fails("unauthenticated"), "unauthenticated"],
    ["is down", fails("unavailable"), "unavailable"],
    ["stumbles", throwsTypeError, "vendor_contract"],
    ["hangs", hangs, "timeout"],
    ["hangs and does not listen", () => new Promise(() => {}), "timeout"],
  ] as const)("in a call of all is named, and costs the others nothing: it %s", async (_, fault, code) => {
    const { gpu, clouds, clock } = threeClouds();
    clouds[1]?.next("listOffers", fault);
    const found = await gpu.offers({});
    expect(found.offers.map(({ provider }) => provider).sort()).toEqual(["one", "three"]);
    expect(found.failures).toMatchObject([{ provider: "two", error: { code } }]);
    expect(clock.now() - startOfTime).toBeLessThanOrEqual(20_000);
    clouds[1]?.next("list", fault);
    expect(await gpu.list()).toMatchObject({ instances: [], failures: [{ provider: "two", error: { code } }] });
  });

  it("delays the result by its deadline at most", async () => {
    const { gpu, clouds, clock } = threeClouds();
    clouds[2]?.next("listOffers", hangs);
    clouds[0]?.next("listOffers", async (work) => {
      await clock.sleep(900);
      return work();
    });
    const { offers, failures } = await gpu.offers({ deadlineMs: 1_000 });
    expect(offers.map(({ provider }) => provider).sort()).toEqual(["one", "two"]);
    expect(failures.map(({ provider }) => provider)).toEqual(["three"]);
    expect(clock.now() - startOfTime).toBe(1_000);
  });

  it("is not read when only others are requested", async () => {
    const { gpu, clouds } = threeClouds();
    expect((await gpu.offers({ providers: ["one"] })).offers.map(({ provider }) => provider)).toEqual(["one"]);
    expect((await gpu.list({ providers: ["one"] })).failures).toEqual([]);
    expect(clouds.map((cloud) => cloud.calls.length)).toEqual([2, 0, 0]);
    expect((await errorOf(gpu.offers({ providers: ["four" as "one"] }))).code).toBe("configuration");
  });
});

describe("an abort", () => {
  it.each(["offers", "list"] as const)("ends %s with an error, as the result is incomplete", async (call) => {
    const { gpu, clouds, clock } = threeClouds();
    clouds[0]?.next(call === "offers" ? "listOffers" : "list", hangs);
    const controller = new AbortController();
    void clock.sleep(100).then(() => controller.abort());
    expect(await errorOf(gpu[call]({ signal: controller.signal }))).toMatchObject({ code: "aborted", sideEffect: "none" });
    expect(clock.now() - startOfTime).toBe(100);
  });
});

it("a catalogue of 20,000 offers is filtered and sorted without parsing the requested name for each", async () => {
  const many = Array.from({ length: 20_000 }, (_, index) => ({
    id: `o${index}`,
    usdPerHour: 1 + ((index * 7_919) % 1_000) / 100,
  }));
  const cloud = fakeCloud({ id: "fake", offers: many });
  const { gpu } = gpuOn([cloud]);
  const ready = (await gpu.offers()).offers;
  cloud.next("listOffers", returns([...ready].reverse()));
  const { offers } = await gpu.offers({ gpu: "NVIDIA H100 80GB", maxUsdPerHour: 5 });
  expect(offers).toHaveLength(8_020);
  expect(offers.every(({ usdPerHour }, index) => (usdPerHour ?? 0) >= (offers[index - 1]?.usdPerHour ?? 0))).toBe(true);
});
