import { createSimulator, createVirtualClock } from "@gpu/simulator";
import { describe, expect, it } from "vitest";
import {
  createGpu,
  type Gpu,
  identifyGpu,
  type LaunchRequest,
  novita,
  runcrate,
  shadeform,
  thunderCompute,
  type UnifiedGpuError,
} from "../src/index.js";
import {
  doneLater,
  errorOf,
  type FakeCloud,
  type FakeOptions,
  type Fault,
  fails,
  fakeCloud,
  gpuOn,
  hangs,
  type Machine,
  responseLost,
  sshPublicKey,
  startOfTime,
} from "./fake-provider.js";

/** Two providers: `cheap` with offers at 1 and 1.5, `expensive` with one at 3. */
function setUp(options: { cheap?: FakeOptions; expensive?: FakeOptions } = {}) {
  const clock = createVirtualClock();
  const offers = [
    { id: "a", usdPerHour: 1 },
    { id: "b", usdPerHour: 1.5 },
  ];
  const cheap = fakeCloud({ clock, offers, ...options.cheap, id: "cheap" });
  const expensive = fakeCloud({ clock, offers: [{ id: "c", usdPerHour: 3 }], ...options.expensive, id: "expensive" });
  const tried = (error: UnifiedGpuError) => error.launch?.attempts.map(({ offer }) => offer.id);
  return { clock, cheap, expensive, tried, ...gpuOn([cheap, expensive]) };
}

const request = { gpu: "H100", maxUsdPerHour: 4 } as const satisfies Partial<LaunchRequest>;

describe("launch", () => {
  it("creates from the cheapest offer and waits until the instance is ready", async () => {
    const { gpu, cheap } = setUp();
    const { instance, attempts, skipped, failures } = await gpu.launch({ ...request, name: "train" });
    expect(instance).toMatchObject({ ref: "cheap:i1", ready: true, name: "train", usdPerHour: 1 });
    expect(attempts).toMatchObject([{ offer: { id: "cheap:a" }, outcome: "created" }]);
    expect([skipped, failures]).toEqual([[], []]);
    expect(cheap.count("create")).toBe(1);
  });

  it("returns at once with `until: created`", async () => {
    const { gpu, clock } = setUp();
    expect((await gpu.launch({ ...request, until: "created" })).instance).toMatchObject({ status: "starting", ready: false });
    expect(clock.now()).toBe(startOfTime);
  });

  it("generates unique names: some vendors accept each name only once", async () => {
    const { gpu, cheap } = setUp();
    await gpu.launch(request);
    await gpu.launch(request);
    const names = cheap.machines.map(({ name }) => name);
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^gpu-[0-9a-f]{8}$/);
  });

  it("passes the request's fields and the limit to each create", async () => {
    const { gpu, cheap } = setUp();
    const intents: string[] = [];
    await gpu.launch({
      ...request,
      sshPublicKey,
      image: "ubuntu",
      env: { A: "1" },
      providerOptions: { cheap: { zone: "z" } },
      onIntent: ({ offer }) => void intents.push(offer),
    });
    expect(cheap.requests).toMatchObject([{ sshPublicKey, image: "ubuntu", env: { A: "1" }, options: { zone: "z" } }]);
    expect(intents).toEqual(["cheap:a"]);
  });

  it("uses the offers that it has just read, and reads them again after a minute", async () => {
    const { gpu, cheap, clock } = setUp();
    await gpu.launch(request);
    expect(cheap.count("listOffers")).toBe(1);
    cheap.next("create", async () => {
      await clock.sleep(61_000);
      return fails("no_capacity")(async () => undefined, { clock });
    });
    await gpu.launch(request);
    expect(cheap.count("listOffers")).toBe(3);
  });

  it("reads the catalogue of Thunder Compute once before the paid call", async () => {
    const simulator = createSimulator({ vendors: ["thunder-compute"] });
    const sent: string[] = [];
    const { fetch, clock, keys } = simulator;
    const gpu = createGpu({
      providers: [thunderCompute()],
      defaults: {
        clock,
        apiKey: keys["thunder-compute"],
        fetch: (url, init) => {
          sent.push(`${init.method} ${new URL(url).pathname}`);
          return fetch(url, init);
        },
      },
    });
    const { unverified } = await gpu.launch({ ...request, sshPublicKey });
    const before = sent.slice(0, sent.indexOf("POST /v1/instances/create"));
    expect(before.sort()).toEqual(["GET /v1/instances/list", "GET /v1/pricing", "GET /v1/specs", "GET /v1/status"]);
    expect(unverified).toEqual([]);
  });

  it.each<[request: unknown, message: string]>([
    [undefined, "launch takes an object"],
    [{ maxUsdPerHour: 4 }, "gpu must be"],
    [{ gpu: "", maxUsdPerHour: 4 }, "gpu must be"],
    [{ gpu: null, maxUsdPerHour: 4 }, "gpu must be"],
    [{ gpu: ["H100"], maxUsdPerHour: 4 }, "gpu must be"],
    [{ gpu: "8xH100", gpuCount: 1, maxUsdPerHour: 4 }, "requests 8 GPUs, and gpuCount 1"],
    ...[undefined, null, 0, -1, Number.NaN, Number.POSITIVE_INFINITY, "4"].map((maxUsdPerHour): [unknown, string] => [
      { gpu: "H100", maxUsdPerHour },
      "maxUsdPerHour must be",
    ]),
    [{ ...request, gpuCount: 0 }, "gpuCount must be"],
    [{ ...request, gpuCount: null }, "gpuCount must be"],
    [{ ...request, gpuCount: 1.5 }, "gpuCount must be"],
    [{ ...request, vramGb: Number.NaN }, "vramGb must be"],
    [{ ...request, market: "Spot" }, "market must be"],
    [{ ...request, until: "running" }, "until must be"],
    [{ ...request, maxAttempts: 0 }, "maxAttempts must be"],
    [{ ...request, maxAttempts: "3" }, "maxAttempts must be"],
    [{ ...request, maxFailedBoots: 1.5 }, "maxFailedBoots must be"],
    [{ ...request, reconcileMs: Number.NaN }, "reconcileMs must be"],
    [{ ...request, wait: 60 }, "wait must be"],
    [{ ...request, wait: { timeoutMs: "60" } }, "wait.timeoutMs must be"],
    [{ ...request, wait: { timeoutMs: Number.NaN } }, "wait.timeoutMs must be"],
    [{ ...request, wait: { probe: true } }, "wait.probe must be"],
    [{ ...request, signal: {} }, "signal must be"],
    [{ ...request, providers: "cheap" }, "providers must be"],
  ])("refuses %j before any request", async (wrong, message) => {
    const { gpu, cheap, expensive } = setUp();
    const error = await errorOf(gpu.launch(wrong as LaunchRequest));
    expect(error).toMatchObject({ code: "invalid_request", sideEffect: "none" });
    expect(error.message).toContain(message);
    expect([...cheap.calls, ...expensive.calls]).toEqual([]);
  });

  it("rejects a provider that is not configured", async () => {
    const { gpu, cheap } = setUp();
    expect(await errorOf(gpu.launch({ ...request, providers: ["chaep" as "cheap"] }))).toMatchObject({
      code: "configuration",
      sideEffect: "none",
    });
    expect(cheap.calls).toEqual([]);
  });

  it.each(["8xH100", "8x H100", "H100:8", "H100x8", "H100 x 8"])("reads the count in %s", async (name) => {
    const eight = [
      { id: "one", usdPerHour: 1 },
      { id: "eight", usdPerHour: 3, gpuCount: 8 },
    ];
    const { gpu } = setUp({ cheap: { offers: eight } });
    const { instance, attempts } = await gpu.launch({ gpu: name, maxUsdPerHour: 4 });
    expect(instance.gpuCount).toBe(8);
    expect(attempts.map(({ offer }) => offer.id)).toEqual(["cheap:eight"]);
  });

  it("rents nothing for an unknown model, and suggests the nearest names", async () => {
    const { gpu, cheap, expensive } = setUp();
    const error = await errorOf(gpu.launch({ ...request, gpu: "H1000" }));
    expect(error).toMatchObject({ code: "invalid_request", sideEffect: "none" });
    expect(error.message).toContain("the nearest names: H100");
    expect(cheap.machines.length + expensive.machines.length).toBe(0);
  });
});

describe("a failed attempt", () => {
  it.each<[next: string, code: string, tried: string[]]>([
    ["the next offer", "no_capacity", ["cheap:a", "cheap:b"]],
    ["the next offer", "offer_gone", ["cheap:a", "cheap:b"]],
    ["the next offer", "price_exceeded", ["cheap:a", "cheap:b"]],
    ["the next provider", "unauthenticated", ["cheap:a", "expensive:c"]],
    ["the next provider", "insufficient_funds", ["cheap:a", "expensive:c"]],
    ["the next provider", "permission_denied", ["cheap:a", "expensive:c"]],
    ["the next provider", "quota_exceeded", ["cheap:a", "expensive:c"]],
    ["the next provider", "rate_limited", ["cheap:a", "expensive:c"]],
    ["the next provider", "unsupported", ["cheap:a", "expensive:c"]],
    ["the next provider", "configuration", ["cheap:a", "expensive:c"]],
    ["the next provider", "network", ["cheap:a", "expensive:c"]],
    ["the next provider", "a_code_of_a_later_version", ["cheap:a", "expensive:c"]],
  ])("continues with %s after %s without a side effect", async (_, code, tried) => {
    const { gpu, cheap } = setUp();
    cheap.next("create", fails(code));
    const { attempts, instance, skipped } = await gpu.launch(request);
    expect(attempts.map(({ offer }) => offer.id)).toEqual(tried);
    expect(attempts[0]).toMatchObject({ outcome: "failed", error: { code } });
    expect(instance.provider).toBe(tried[1]?.split(":")[0]);
    expect(skipped.map(({ offer, reason }) => [offer.id, reason])).toEqual(
      tried[1] === "expensive:c" ? [["cheap:b", `the provider failed before: ${code}`]] : [],
    );
  });

  it.each<[code: string, fault: Fault]>([
    ["invalid_request", fails("invalid_request")],
    // The vendor is not an aggregator, so it would reject its other offers too.
    ["invalid_request", fails("invalid_request", "none", { status: 400 })],
    ["create_ambiguous", fails("timeout", "possible")],
    ["create_ambiguous", fails("vendor_contract", "committed", { status: 200 })],
  ])("stops on %s", async (code, fault) => {
    const { gpu, cheap, expensive, tried } = setUp();
    cheap.next("create", fault);
    const error = await errorOf(gpu.launch(request));
    expect(error.code).toBe(code);
    expect(tried(error)).toEqual(["cheap:a"]);
    expect(cheap.count("create") + expensive.count("create")).toBe(1);
    expect(error.handle === undefined).toBe(code !== "create_ambiguous");
  });

  it("whose response was lost is found, and is the result", async () => {
    const { gpu, cheap, expensive } = setUp();
    cheap.next("create", responseLost);
    expect((await gpu.launch(request)).instance).toMatchObject({ ref: "cheap:i1", ready: true });
    expect(cheap.machines.length + expensive.machines.length).toBe(1);
  });

  it("continues after a 500 only when the lists prove that nothing was created", async () => {
    const { gpu, cheap, clock } = setUp();
    cheap.next("create", fails("unavailable", "possible", { status: 500 }));
    const { attempts } = await gpu.launch(request);
    expect(attempts.map(({ offer }) => offer.id)).toEqual(["cheap:a", "cheap:b"]);
    expect(clock.now() - startOfTime).toBeGreaterThan(30_000);
  });

  it("is one of at most `maxAttempts`, and offers that were not tried are reported", async () => {
    const offers = Array.from({ length: 13 }, (_, index) => ({ id: `o${10 + index}`, usdPerHour: 1 }));
    const { gpu, cheap } = setUp({ cheap: { offers: [...offers, { id: "sold", availability: "unavailable", usdPerHour: 1 }] } });
    cheap.next("create", ...offers.map(() => fails("no_capacity")));
    const error = await errorOf(gpu.launch(request));
    expect(error.code).toBe("no_offer");
    expect(error.launch?.attempts).toHaveLength(10);
    const notReached = "not reached: 10 creates were tried (maxAttempts)";
    expect(error.launch?.skipped.map(({ offer, reason }) => [offer.id, reason])).toEqual([
      ["cheap:o20", notReached],
      ["cheap:o21", notReached],
      ["cheap:o22", notReached],
      ["cheap:sold", "out of stock"],
      ["expensive:c", notReached],
    ]);
    expect(cheap.count("create")).toBe(10);
  });

  it("ends the launch after `maxAttempts`", async () => {
    const { gpu, cheap, tried } = setUp();
    cheap.next("create", fails("no_capacity"), fails("no_capacity"));
    const error = await errorOf(gpu.launch({ ...request, maxAttempts: 2 }));
    expect(error).toMatchObject({ code: "no_offer", sideEffect: "none", cause: { code: "no_capacity" } });
    expect(tried(error)).toEqual(["cheap:a", "cheap:b"]);
    expect(error.message).toContain("2 tried: cheap (no_capacity) (2)");
  });
});

describe("a boot that fails", () => {
  it("is deleted, and that is verified, before the next offer", async () => {
    const { gpu, cheap, clock } = setUp({ cheap: { deletingMs: 10_000 } });
    let deletedAt = 0;
    cheap.next("create", async (work) => {
      const result = await work();
      for (const machine of cheap.machines) machine.status = "failed";
      return result;
    });
    cheap.next("create", async (work) => {
      deletedAt = cheap.machines[0]?.deletedAt ?? Number.POSITIVE_INFINITY;
      return work();
    });
    const { instance, attempts } = await gpu.launch(request);
    expect(attempts).toMatchObject([{ outcome: "failed", error: { code: "instance_failed" } }, { outcome: "created" }]);
    expect(instance.ref).toBe("cheap:i2");
    expect(cheap.running().map(({ id }) => id)).toEqual(["i2"]);
    expect(clock.now()).toBeGreaterThan(deletedAt + 10_000);
  });

  it("that takes too long is also deleted", async () => {
    const { gpu, cheap, expensive, tried } = setUp({ cheap: { bootMs: 3_600_000 }, expensive: { bootMs: 3_600_000 } });
    const error = await errorOf(gpu.launch({ ...request, wait: { timeoutMs: 60_000 } }));
    expect(error).toMatchObject({ code: "wait_timeout", sideEffect: "none", ref: undefined });
    expect(tried(error)).toEqual(["cheap:a", "cheap:b"]);
    expect([...cheap.running(), ...expensive.running()]).toEqual([]);
    expect([...cheap.machines, ...expensive.machines]).toHaveLength(2);
  });

  it.each([
    [1, ["cheap:a"], "wait_timeout"],
    [2, ["cheap:a", "cheap:b"], "wait_timeout"],
    [4, ["cheap:a", "cheap:b", "expensive:c"], "no_offer"],
  ])("is one of at most %i (maxFailedBoots)", async (maxFailedBoots, ids, code) => {
    const { gpu, tried } = setUp({ cheap: { bootMs: 3_600_000 }, expensive: { bootMs: 3_600_000 } });
    const error = await errorOf(gpu.launch({ ...request, maxFailedBoots, wait: { timeoutMs: 60_000 } }));
    expect(error.code).toBe(code);
    expect(tried(error)).toEqual(ids);
    const left = ["cheap:a", "cheap:b", "expensive:c"].filter((id) => !ids.includes(id));
    expect(error.launch?.skipped.map(({ offer, reason }) => [offer.id, reason])).toEqual(
      left.map((id) => [id, `not reached: ${maxFailedBoots} boots failed (maxFailedBoots)`]),
    );
  });

  it.each([
    ["refused", fails("unauthenticated")],
    ["not known to have arrived", fails("timeout", "possible")],
  ])("whose deletion is %s ends the launch, and is named", async (_, fault) => {
    const { gpu, cheap, expensive, tried } = setUp({ cheap: { bootMs: 3_600_000 } });
    cheap.next("delete", fault);
    const error = await errorOf(gpu.launch({ ...request, wait: { timeoutMs: 60_000 } }));
    expect(error).toMatchObject({ code: "wait_timeout", sideEffect: "committed", ref: "cheap:i1", instance: { id: "i1" } });
    expect(error.message).toContain("delete cheap:i1");
    expect(tried(error)).toEqual(["cheap:a"]);
    expect(expensive.count("create")).toBe(0);
  });

  it("whose price appears only then and exceeds the limit is deleted", async () => {
    const { gpu, cheap } = setUp();
    cheap.next("get", async () => undefined);
    cheap.next("create", async (work) => {
      const result = await work();
      for (const machine of cheap.machines) machine.usdPerHour = 9;
      return result;
    });
    const { attempts, instance } = await gpu.launch(request);
    expect(attempts).toMatchObject([{ error: { code: "price_exceeded" } }, { outcome: "created" }]);
    expect(cheap.running().map(({ id }) => `cheap:${id}`)).toEqual([instance.ref]);
  });
});

describe("an abort of a launch", () => {
  it("during the boot leaves the machine to the caller, with its ref", async () => {
    const { gpu, cheap } = setUp();
    const controller = new AbortController();
    const wait = { onProgress: () => controller.abort() };
    const error = await errorOf(gpu.launch({ ...request, wait, signal: controller.signal }));
    expect(error).toMatchObject({ code: "aborted", sideEffect: "committed", ref: "cheap:i1" });
    expect(cheap.running()).toHaveLength(1);
  });

  it("while offers are read is not reported as a lack of offers", async () => {
    const { gpu, clock, cheap } = setUp();
    cheap.next("listOffers", hangs);
    const controller = new AbortController();
    void clock.sleep(1_000).then(() => controller.abort());
    expect(await errorOf(gpu.launch({ ...request, signal: controller.signal }))).toMatchObject({
      code: "aborted",
      sideEffect: "none",
    });
  });

  it("between two attempts ends the launch", async () => {
    const { gpu, cheap, expensive } = setUp();
    const controller = new AbortController();
    cheap.next("create", async () => {
      controller.abort();
      return fails("no_capacity")(async () => undefined, { clock: cheap.clock });
    });
    const error = await errorOf(gpu.launch({ ...request, signal: controller.signal }));
    expect(error).toMatchObject({
      code: "aborted",
      sideEffect: "none",
      launch: { attempts: [{ error: { code: "no_capacity" } }] },
    });
    expect(cheap.machines.length + expensive.machines.length).toBe(0);
  });
});

describe("offers that do not match the request", () => {
  it.each<[reason: string, options: FakeOptions, fields: Partial<LaunchRequest>]>([
    ["needs sshPublicKey", { needs: ["sshPublicKey", "name"] }, {}],
    ["does not support startupScript and env", { lacks: ["startupScript", "env"] }, { startupScript: "x", env: { A: "1" } }],
    ["out of stock", { offers: [{ usdPerHour: 1, availability: "unavailable" }] }, {}],
    ["price_unknown", { offers: [{ usdPerHour: null }] }, {}],
    ["has at most 50 GB of disk", { offers: [{ usdPerHour: 1, diskGb: { included: 10, min: 10, max: 50 } }] }, { diskGb: 60 }],
    [
      "has at least 100 GB of disk",
      { offers: [{ usdPerHour: 1, diskGb: { included: 10, min: 100, max: null } }] },
      { diskGb: 60 },
    ],
  ])("are skipped with the reason: %s", async (reason, options, fields) => {
    const { gpu, cheap, events } = setUp({ cheap: { offers: [{ usdPerHour: 1 }], ...options } });
    const { skipped, instance } = await gpu.launch({ ...request, ...fields });
    expect(skipped).toMatchObject([{ offer: { provider: "cheap" }, reason }]);
    expect(events).toContainEqual({ type: "offer.skipped", offer: "cheap:h100", reason });
    expect(instance.provider).toBe("expensive");
    expect(cheap.count("create")).toBe(0);
  });
});

describe("a provider whose offers cannot be read", () => {
  it("is named in the result", async () => {
    const { gpu, cheap } = setUp();
    cheap.next("listOffers", fails("unauthenticated"));
    const { instance, failures } = await gpu.launch(request);
    expect(instance.provider).toBe("expensive");
    expect(failures).toMatchObject([{ provider: "cheap", error: { code: "unauthenticated" } }]);
  });

  it.each<[code: string, cheap: Fault, expensive: Fault, message: string]>([
    ["timeout", hangs, hangs, "not read: cheap (timeout), expensive (timeout)"],
    ["unauthenticated", fails("unauthenticated"), hangs, "not read: cheap (unauthenticated), expensive (timeout)"],
    [
      "rate_limited",
      fails("configuration"),
      fails("rate_limited"),
      "not read: cheap (configuration: fake: configuration), expensive (rate_limited)",
    ],
    [
      "configuration",
      fails("configuration"),
      fails("configuration"),
      "not read: cheap (configuration: fake: configuration), expensive (configuration: fake: configuration)",
    ],
  ])("is never reported as a lack of stock: %s", async (code, first, second, message) => {
    const { gpu, cheap, expensive } = setUp();
    cheap.next("listOffers", first);
    expensive.next("listOffers", second);
    const error = await errorOf(gpu.launch(request));
    expect(error).toMatchObject({ code, sideEffect: "none", launch: { attempts: [], skipped: [] } });
    expect(error.message).toContain(message);
    expect(error.launch?.failures.map(({ provider }) => provider)).toEqual(["cheap", "expensive"]);
  });

  it("is named with the offers of others that do not match", async () => {
    const { gpu, cheap } = setUp();
    cheap.next("listOffers", fails("unavailable"));
    const error = await errorOf(gpu.launch({ ...request, gpu: "T4" }));
    expect(error).toMatchObject({ code: "no_offer", cause: { code: "unavailable" } });
    expect(error.message).toContain("not read: cheap (unavailable)");
  });
});

it("a launch without any offer reports it", async () => {
  const { gpu } = setUp();
  const error = await errorOf(gpu.launch({ ...request, gpu: "T4" }));
  expect(error).toMatchObject({ code: "no_offer", launch: { attempts: [], skipped: [], failures: [] } });
  expect(error.message).toContain("1 × T4 for at most 4 USD an hour: cheap: no T4, expensive: no T4");
  expect(typeof error.attempts).toBe("number");
  expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: "no_offer", launch: { attempts: [] } });
});

it("a launch that finds nothing names the reasons", async () => {
  const { gpu } = setUp({
    cheap: {
      needs: ["image"],
      offers: [
        { id: "a", usdPerHour: 1 },
        { id: "b", usdPerHour: 1 },
        { id: "n", usdPerHour: null },
      ],
    },
  });
  const error = await errorOf(gpu.launch({ gpu: "H100", maxUsdPerHour: 2 }));
  expect(error.message).toContain("the cheapest above the limit costs 3 USD an hour at expensive (expensive:c)");
  expect(error.message).toContain("3 left out: cheap: price_unknown, cheap: needs image (2)");
});

describe("the message of a launch that finds nothing", () => {
  const { fetch, clock, keys } = createSimulator();
  const providers = [
    thunderCompute({ apiKey: keys["thunder-compute"] }),
    shadeform({ apiKey: keys.shadeform }),
    novita({ apiKey: keys.novita }),
    runcrate({ apiKey: keys.runcrate }),
  ];
  const gpu: Gpu = createGpu({ providers, defaults: { fetch, clock } });
  const keyless: Gpu = createGpu({
    providers: [thunderCompute(), shadeform(), novita(), runcrate()],
    defaults: { fetch, clock, apiKey: "" },
  });

  it.each<[what: string, change: Partial<LaunchRequest>, of: Gpu, texts: string[]]>([
    ["a limit that is too low", { maxUsdPerHour: 0.01 }, gpu, ["the cheapest above the limit costs", "USD an hour at"]],
    ["a mistyped model", { gpu: "H10O" }, gpu, ['no model "H10O"', "nearest names: H100"]],
    ["a misspelled model and a missing key", { gpu: "H10O" }, keyless, ['no model "H10O"', "nearest names: H100"]],
    ["a count that no provider offers", { gpuCount: 3 }, gpu, ["shadeform: none with 3 GPUs", "runcrate: none with 3 GPUs"]],
    ["a market that some providers do not offer", { market: "spot", region: "Atlantis" }, gpu, ["novita: none in Atlantis"]],
    ["a form factor", { formFactor: "oam" }, gpu, ["none as oam"]],
    [
      "a GPU that some providers do not offer",
      { gpu: "GB300" },
      gpu,
      ["thunder-compute: no GB300", "shadeform: no GB300", "novita: no GB300"],
    ],
    ["an image that a vendor needs", { providers: ["novita"] }, gpu, ["novita: needs image"]],
    [
      "a field that a vendor does not support",
      { image: "a", providers: ["novita"] },
      gpu,
      ["novita: does not support sshPublicKey"],
    ],
    [
      "missing keys",
      {},
      keyless,
      [
        "1 tried: thunder-compute (configuration:",
        "TNR_API_TOKEN",
        "shadeform (configuration:",
        "SHADEFORM_API_KEY",
        "NOVITA_API_KEY",
        "RUNCRATE_API_KEY",
        "configuration: ",
      ],
    ],
  ])("names the reason: %s", async (_, change, of, texts) => {
    const error = await errorOf(of.launch({ gpu: "H100", maxUsdPerHour: 40, sshPublicKey, ...change }));
    for (const text of texts) expect(error.message).toContain(text);
    expect(error.message).not.toContain("no such offer");
    expect(error.sideEffect).toBe("none");
  });
});

describe("an offer of an aggregator's cloud", () => {
  const offers = [
    { id: "x1", usdPerHour: 1, upstreamCloud: "x" },
    { id: "x2", usdPerHour: 1.2, upstreamCloud: "x" },
    { id: "y1", usdPerHour: 1.4, upstreamCloud: "y" },
  ];

  it.each<[code: string, tried: string[], status?: number]>([
    ["invalid_request", ["cheap:x1", "cheap:x2"], 400],
    ["no_capacity", ["cheap:x1", "cheap:x2"], 409],
    ["offer_gone", ["cheap:x1", "cheap:x2"], 409],
    ["not_found", ["cheap:x1", "cheap:y1"], 404],
    ["unavailable", ["cheap:x1", "cheap:y1"], 501],
    ["conflict", ["cheap:x1", "cheap:y1"], 409],
    ["unauthenticated", ["cheap:x1", "expensive:c"], 401],
    ["insufficient_funds", ["cheap:x1", "expensive:c"], 402],
    ["quota_exceeded", ["cheap:x1", "expensive:c"], 409],
    ["rate_limited", ["cheap:x1", "expensive:c"], 429],
    ["network", ["cheap:x1", "expensive:c"]],
  ])("that is refused with %s rules out only that: %j", async (code, tried, status) => {
    const { gpu, cheap } = setUp({ cheap: { offers } });
    cheap.next("create", fails(code, "none", status === undefined ? {} : { status }));
    const { attempts } = await gpu.launch(request);
    expect(attempts.map(({ offer }) => offer.id)).toEqual(tried);
  });

  it("that this package rejects ends the launch", async () => {
    const { gpu, cheap, tried } = setUp({ cheap: { offers } });
    cheap.next("prepareCreate", fails("invalid_request"));
    expect(tried(await errorOf(gpu.launch(request)))).toEqual(["cheap:x1"]);
  });
});

describe("a create with an unknown outcome", () => {
  const lost = fails("network", "possible");

  it("is reconciled, and the next offer is tried when nothing was created", async () => {
    const { gpu, cheap, clock } = setUp({ cheap: { guarantee: "best-effort" } });
    cheap.next("create", lost);
    const { attempts, instance } = await gpu.launch({ ...request, until: "created" });
    expect(attempts).toMatchObject([
      { offer: { id: "cheap:a" }, error: { code: "network", sideEffect: "none" } },
      { offer: { id: "cheap:b" }, outcome: "created" },
    ]);
    // The message has no status, because there was no response.
    expect(attempts[0]?.error?.message).toContain("the request failed (network), and");
    expect(attempts[0]?.error?.message).toContain("shows that nothing was created");
    expect(cheap.running().map(({ id }) => `cheap:${id}`)).toEqual([instance.ref]);
    expect(clock.now() - startOfTime).toBeLessThanOrEqual(150_000);
  });

  it("is the result when the instance appears late", async () => {
    const { gpu, cheap, expensive, clock } = setUp({ cheap: { guarantee: "best-effort" } });
    cheap.next("create", doneLater(clock, 50_000));
    const { instance } = await gpu.launch({ ...request, until: "created" });
    expect(instance).toMatchObject({ ref: "cheap:i1", unverified: [] });
    expect(cheap.machines.length + expensive.machines.length).toBe(1);
  });

  it("whose instance exceeds the limit is deleted before the next offer", async () => {
    const { gpu, cheap, clock } = setUp({ cheap: { guarantee: "best-effort" } });
    cheap.next("create", async (work, context) => {
      void clock.sleep(50_000).then(async () => {
        await work();
        for (const machine of cheap.machines) machine.usdPerHour = 9;
      });
      return lost(work, context);
    });
    const { attempts, instance } = await gpu.launch({ ...request, until: "created" });
    expect(attempts[0]).toMatchObject({ error: { code: "price_exceeded", sideEffect: "none" } });
    expect(cheap.running().map(({ id }) => `cheap:${id}`)).toEqual([instance.ref]);
  });

  it("ends the launch with the handle after `reconcileMs`", async () => {
    const { gpu, cheap, clock, tried } = setUp({ cheap: { guarantee: "best-effort" } });
    cheap.next("create", lost);
    const error = await errorOf(gpu.launch({ ...request, reconcileMs: 5_000 }));
    expect(error).toMatchObject({ code: "create_ambiguous", sideEffect: "possible", handle: { offer: "cheap:a" } });
    expect(tried(error)).toEqual(["cheap:a"]);
    expect(clock.now() - startOfTime).toBeLessThanOrEqual(35_000 + 1);
  });

  it.each<[what: string, fault: Fault]>([
    ["a time-out", fails("timeout", "possible")],
    ["an unreadable success", fails("vendor_contract", "committed", { status: 200 })],
  ])("ends the launch with the handle after %s, as the vendor may still be processing it", async (_, fault) => {
    const { gpu, cheap, expensive, tried } = setUp({ cheap: { guarantee: "best-effort" } });
    cheap.next("create", fault);
    const error = await errorOf(gpu.launch(request));
    expect(error).toMatchObject({ code: "create_ambiguous", handle: { offer: "cheap:a" } });
    expect(tried(error)).toEqual(["cheap:a"]);
    expect(cheap.count("create") + expensive.count("create")).toBe(1);
  });
});

describe("a machine that differs from the request", () => {
  type Shown = Partial<Pick<Machine, "gpu" | "gpuCount" | "market">>;
  /** Creates a machine that the vendor then shows with other fields. */
  const rents =
    (cloud: FakeCloud, shown: Shown): Fault =>
    async (work) => {
      const made = await work();
      Object.assign(cloud.machines.at(-1) ?? {}, shown);
      return made;
    };

  it.each<[what: string, shown: Shown, message: string]>([
    ["another model", { gpu: identifyGpu("RTX A6000") }, "its GPU is A6000, not H100"],
    ["the NVL card", { gpu: identifyGpu("H100 NVL") }, "its GPU is H100NVL, not H100"],
    ["another count", { gpuCount: 2 }, "it has 2 GPUs, not 1"],
    ["another market", { market: "spot" }, "its market is spot, not on_demand"],
  ])("is deleted, the deletion is verified, and the next provider is tried: %s", async (_, shown, message) => {
    const { gpu, cheap, expensive } = setUp();
    cheap.next("create", rents(cheap, shown));
    const { instance, attempts, skipped } = await gpu.launch(request);
    expect(attempts).toMatchObject([
      { offer: { id: "cheap:a" }, error: { code: "instance_mismatch", sideEffect: "none" } },
      { offer: { id: "expensive:c" }, outcome: "created" },
    ]);
    expect(attempts[0]?.error?.message).toContain(message);
    expect(skipped).toMatchObject([{ offer: { id: "cheap:b" }, reason: "the provider failed before: instance_mismatch" }]);
    expect([...cheap.running(), ...expensive.running()].map(({ id }) => id)).toEqual([instance.id]);
  });

  it("that shows only when it is ready is detected too", async () => {
    const { gpu, cheap } = setUp();
    cheap.next("create", rents(cheap, { gpu: null }));
    cheap.next("get", async (work) => {
      const read = await work();
      Object.assign(cheap.machines[0] ?? {}, { gpu: identifyGpu("T4") });
      return read;
    });
    const { attempts } = await gpu.launch(request);
    expect(attempts).toMatchObject([{ error: { code: "instance_mismatch" } }, { outcome: "created" }]);
    expect(cheap.running()).toEqual([]);
  });

  it("for the second time ends the launch", async () => {
    const third = fakeCloud({ id: "third", offers: [{ id: "d", usdPerHour: 3.5 }] });
    const { cheap, expensive, clock } = setUp();
    const { gpu } = gpuOn([cheap, expensive, { ...third, clock }]);
    cheap.next("create", rents(cheap, { gpuCount: 2 }));
    expensive.next("create", rents(expensive, { gpuCount: 2 }));
    const error = await errorOf(gpu.launch(request));
    expect(error).toMatchObject({ code: "instance_mismatch", sideEffect: "none", launch: { attempts: [{}, {}] } });
    expect(error.launch?.skipped.map(({ offer, reason }) => [offer.id, reason])).toEqual([
      ["cheap:b", "the provider failed before: instance_mismatch"],
      ["third:d", "not reached: a second machine was not what was asked for"],
    ]);
    expect([...cheap.running(), ...expensive.running(), ...third.machines]).toEqual([]);
  });

  it("whose deletion is not verified ends the launch, and is named", async () => {
    const { gpu, cheap, expensive } = setUp();
    cheap.next("create", rents(cheap, { gpuCount: 2 }));
    cheap.next("delete", fails("unauthenticated"));
    const error = await errorOf(gpu.launch(request));
    expect(error).toMatchObject({ code: "instance_mismatch", sideEffect: "committed", ref: "cheap:i1" });
    expect(error.message).toContain("delete cheap:i1");
    expect(expensive.count("create")).toBe(0);
  });

  it.each<[unverified: string[], shown: Shown]>([
    [[], {}],
    [[], { gpu: identifyGpu("NVIDIA H100") }],
    [["gpu"], { gpu: null }],
    [["gpu"], { gpu: identifyGpu("something new") }],
    [["gpu"], { gpu: identifyGpu("H100 PCIe") }],
    [["gpu"], { gpu: { ...identifyGpu("H100"), vramGb: 64 } }],
    [["gpuCount"], { gpuCount: null }],
    [["gpuCount"], { gpuCount: 0 }],
    [["market"], { market: "unknown" }],
    [["gpu", "gpuCount", "market"], { gpu: null, gpuCount: null, market: "unknown" }],
  ])("is distinguished from one that cannot be compared: %j with %j", async (unverified, shown) => {
    const { gpu, cheap } = setUp();
    cheap.next("create", rents(cheap, shown));
    const result = await gpu.launch(request);
    expect(result).toMatchObject({ unverified, instance: { ref: "cheap:i1", ready: true, unverified } });
    expect(cheap.running()).toHaveLength(1);
  });

  it("may be an H100 NVL whose vendor omits the form factor", async () => {
    const nvl = identifyGpu("H100", { formFactor: "nvl" });
    const { gpu, cheap } = setUp({ cheap: { offers: [{ id: "nvl", usdPerHour: 1, gpu: nvl }] } });
    cheap.next("create", rents(cheap, { gpu: identifyGpu("H100") }));
    expect(await gpu.launch({ ...request, gpu: "H100NVL" })).toMatchObject({ unverified: ["gpu"] });
  });
});
