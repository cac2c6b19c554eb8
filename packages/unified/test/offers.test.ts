import { createVirtualClock } from "@gpu/simulator";
import { describe, expect, it } from "vitest";
import type { OfferFilter } from "../src/index.js";
import { answers, errorOf, type Fault, fails, fakeCloud, gpuOn, hangs, type OfferFields, startOfTime } from "./fake-provider.js";

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
  { id: "sxm", usdPerHour: 2.5, region: "us" },
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
    ["of a GPU that the table does not know, by its own name", { gpu: "z900" }, ["new"]],
    ["of a number of GPUs", { gpuCount: 8 }, ["eight"]],
    ["with so much memory at least", { gpu: "A100", vramGb: 80 }, ["a100-80"]],
    ["with memory that is known", { vramGb: 90 }, ["nvl"]],
    ["of a form factor", { formFactor: "pcie" }, ["pcie"]],
    ["on the spot market", { market: "spot" }, ["spot"]],
    ["on any market", { market: "any", gpu: "H100", gpuCount: 1 }, ["spot", "pcie", "sxm", "no-price"]],
    ["in a region", { region: "us" }, ["sxm"]],
    ["up to a price, that price included", { maxUsdPerHour: 2 }, ["a100-40", "a100-80", "pcie"]],
  ])("%s", async (_, filter, ids) => {
    expect(await idsOf(filter)).toEqual(ids);
  });

  it("without a price never pass a limit, and are reported", async () => {
    const { gpu, events } = gpuOn([fakeCloud({ id: "fake", offers: catalogue })]);
    const { skipped } = await gpu.offers({ gpu: "H100", maxUsdPerHour: 1_000 });
    expect(skipped).toMatchObject([{ offer: { id: "fake:no-price" }, reason: "price_unknown" }]);
    expect(events).toEqual([{ type: "offer.skipped", offer: "fake:no-price", reason: "price_unknown" }]);
    expect((await gpu.offers({ gpu: "A100", maxUsdPerHour: 1_000 })).skipped).toEqual([]);
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

  it("are plain JSON, with the time of reading", async () => {
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

describe("a provider that fails", () => {
  const stumbles: Fault = async () => {
    throw new TypeError("x is undefined");
  };

  it.each([
    ["is refused", fails("unauthenticated"), "unauthenticated"],
    ["is down", fails("unavailable"), "unavailable"],
    ["stumbles", stumbles, "vendor_contract"],
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

  it("costs its deadline and no more", async () => {
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

  it("is not asked when only others are wanted", async () => {
    const { gpu, clouds } = threeClouds();
    expect((await gpu.offers({ providers: ["one"] })).offers.map(({ provider }) => provider)).toEqual(["one"]);
    expect((await gpu.list({ providers: ["one"] })).failures).toEqual([]);
    expect(clouds.map((cloud) => cloud.calls.length)).toEqual([2, 0, 0]);
    expect((await errorOf(gpu.offers({ providers: ["four" as "one"] }))).code).toBe("configuration");
  });
});

describe("the caller's abort", () => {
  it.each(["offers", "list"] as const)("ends %s with an error: what was read is not all there is", async (call) => {
    const { gpu, clouds, clock } = threeClouds();
    clouds[0]?.next(call === "offers" ? "listOffers" : "list", hangs);
    const controller = new AbortController();
    void clock.sleep(100).then(() => controller.abort());
    expect(await errorOf(gpu[call]({ signal: controller.signal }))).toMatchObject({ code: "aborted", sideEffect: "none" });
    expect(clock.now() - startOfTime).toBe(100);
  });
});

it("a catalogue of 20,000 offers is filtered and sorted without reading the wanted name for each", async () => {
  const many = Array.from({ length: 20_000 }, (_, index) => ({
    id: `o${index}`,
    usdPerHour: 1 + ((index * 7_919) % 1_000) / 100,
  }));
  const cloud = fakeCloud({ id: "fake", offers: many });
  const { gpu } = gpuOn([cloud]);
  const ready = (await gpu.offers()).offers;
  cloud.next("listOffers", answers([...ready].reverse()));
  const { offers } = await gpu.offers({ gpu: "NVIDIA H100 80GB", maxUsdPerHour: 5 });
  expect(offers).toHaveLength(8_020);
  expect(offers.every(({ usdPerHour }, index) => (usdPerHour ?? 0) >= (offers[index - 1]?.usdPerHour ?? 0))).toBe(true);
});
