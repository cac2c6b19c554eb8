import { createVirtualClock } from "@gpu/simulator";
import { describe, expect, it } from "vitest";
import type { LaunchRequest, UnifiedGpuError } from "../src/index.js";
import {
  answerLost,
  errorOf,
  type FakeOptions,
  type Fault,
  fails,
  fakeCloud,
  gpuOn,
  hangs,
  sshPublicKey,
  startOfTime,
} from "./fake-provider.js";

/** Two providers: `cheap` with offers at 1 and 1.5, `dear` with one at 3. */
function setUp(options: { cheap?: FakeOptions; dear?: FakeOptions } = {}) {
  const clock = createVirtualClock();
  const offers = [
    { id: "a", usdPerHour: 1 },
    { id: "b", usdPerHour: 1.5 },
  ];
  const cheap = fakeCloud({ clock, offers, ...options.cheap, id: "cheap" });
  const dear = fakeCloud({ clock, offers: [{ id: "c", usdPerHour: 3 }], ...options.dear, id: "dear" });
  const tried = (error: UnifiedGpuError) => error.launch?.attempts.map(({ offer }) => offer.id);
  return { clock, cheap, dear, tried, ...gpuOn([cheap, dear]) };
}

const request = { gpu: "H100", maxUsdPerHour: 4 } as const satisfies Partial<LaunchRequest>;

describe("launch", () => {
  it("takes the cheapest offer and waits until it is ready", async () => {
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

  it("makes up names that differ: some vendors take a name once only", async () => {
    const { gpu, cheap } = setUp();
    await gpu.launch(request);
    await gpu.launch(request);
    const names = cheap.machines.map(({ name }) => name);
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^gpu-[0-9a-f]{8}$/);
  });

  it("passes the request's fields on, and the limit to each create", async () => {
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
    expect(cheap.count("listOffers")).toBe(2);
    expect(intents).toEqual(["cheap:a"]);
  });

  it.each([undefined, 0, -1, Number.NaN])("refuses a limit of %j", async (maxUsdPerHour) => {
    const { gpu, cheap } = setUp();
    const error = await errorOf(gpu.launch({ gpu: "H100", maxUsdPerHour } as LaunchRequest));
    expect(error).toMatchObject({ code: "invalid_request", sideEffect: "none" });
    expect(cheap.calls).toEqual([]);
  });
});

describe("a failed attempt", () => {
  it.each<[next: string, code: string, tried: string[]]>([
    ["the next offer", "no_capacity", ["cheap:a", "cheap:b"]],
    ["the next offer", "offer_gone", ["cheap:a", "cheap:b"]],
    ["the next offer", "price_exceeded", ["cheap:a", "cheap:b"]],
    ["the next provider", "unauthenticated", ["cheap:a", "dear:c"]],
    ["the next provider", "insufficient_funds", ["cheap:a", "dear:c"]],
    ["the next provider", "permission_denied", ["cheap:a", "dear:c"]],
    ["the next provider", "quota_exceeded", ["cheap:a", "dear:c"]],
    ["the next provider", "rate_limited", ["cheap:a", "dear:c"]],
    ["the next provider", "unsupported", ["cheap:a", "dear:c"]],
    ["the next provider", "configuration", ["cheap:a", "dear:c"]],
    ["the next provider", "network", ["cheap:a", "dear:c"]],
    ["the next provider", "a_code_of_a_later_version", ["cheap:a", "dear:c"]],
  ])("goes to %s after %s without side effect", async (_, code, tried) => {
    const { gpu, cheap } = setUp();
    cheap.next("create", fails(code));
    const { attempts, instance, skipped } = await gpu.launch(request);
    expect(attempts.map(({ offer }) => offer.id)).toEqual(tried);
    expect(attempts[0]).toMatchObject({ outcome: "failed", error: { code } });
    expect(instance.provider).toBe(tried[1]?.split(":")[0]);
    expect(skipped.map(({ offer, reason }) => [offer.id, reason])).toEqual(
      tried[1] === "dear:c" ? [["cheap:b", `the provider failed before: ${code}`]] : [],
    );
  });

  it.each<[code: string, fault: Fault]>([
    ["invalid_request", fails("invalid_request")],
    ["create_ambiguous", fails("timeout", "possible")],
    ["create_ambiguous", fails("vendor_contract", "committed", { status: 200 })],
  ])("stops on %s", async (code, fault) => {
    const { gpu, cheap, dear, tried } = setUp();
    cheap.next("create", fault);
    const error = await errorOf(gpu.launch(request));
    expect(error.code).toBe(code);
    expect(tried(error)).toEqual(["cheap:a"]);
    expect(cheap.count("create") + dear.count("create")).toBe(1);
    expect(error.handle === undefined).toBe(code !== "create_ambiguous");
  });

  it("whose answer was lost is found, and is the result", async () => {
    const { gpu, cheap, dear } = setUp();
    cheap.next("create", answerLost);
    expect((await gpu.launch(request)).instance).toMatchObject({ ref: "cheap:i1", ready: true });
    expect(cheap.machines.length + dear.machines.length).toBe(1);
  });

  it("goes on after a 500 only when the lists prove that nothing was created", async () => {
    const { gpu, cheap, clock } = setUp();
    cheap.next("create", fails("unavailable", "possible", { status: 500 }));
    const { attempts } = await gpu.launch(request);
    expect(attempts.map(({ offer }) => offer.id)).toEqual(["cheap:a", "dear:c"]);
    expect(clock.now() - startOfTime).toBeGreaterThan(30_000);
  });

  it("is one of at most `maxAttempts`", async () => {
    const { gpu, cheap, tried } = setUp();
    cheap.next("create", fails("no_capacity"), fails("no_capacity"));
    const error = await errorOf(gpu.launch({ ...request, maxAttempts: 2 }));
    expect(error).toMatchObject({ code: "no_offer", sideEffect: "none", cause: { code: "no_capacity" } });
    expect(tried(error)).toEqual(["cheap:a", "cheap:b"]);
    expect(error.message).toContain("2 tried, the last failed with no_capacity");
  });
});

describe("a boot that fails", () => {
  it("is deleted with proof before the next offer", async () => {
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

  it("or is late is deleted too", async () => {
    const { gpu, cheap, dear, tried } = setUp({ cheap: { bootMs: 3_600_000 }, dear: { bootMs: 3_600_000 } });
    const error = await errorOf(gpu.launch({ ...request, wait: { timeoutMs: 60_000 } }));
    expect(error).toMatchObject({ code: "no_offer", cause: { code: "wait_timeout" } });
    expect(tried(error)).toEqual(["cheap:a", "cheap:b", "dear:c"]);
    expect([...cheap.running(), ...dear.running()]).toEqual([]);
    expect([...cheap.machines, ...dear.machines]).toHaveLength(3);
  });

  it.each([
    ["refused", fails("unauthenticated")],
    ["not known to have arrived", fails("timeout", "possible")],
  ])("and whose deletion is %s stops everything, and is named", async (_, fault) => {
    const { gpu, cheap, dear, tried } = setUp({ cheap: { bootMs: 3_600_000 } });
    cheap.next("delete", fault);
    const error = await errorOf(gpu.launch({ ...request, wait: { timeoutMs: 60_000 } }));
    expect(error).toMatchObject({ code: "wait_timeout", sideEffect: "committed", ref: "cheap:i1", instance: { id: "i1" } });
    expect(error.message).toContain("delete cheap:i1");
    expect(tried(error)).toEqual(["cheap:a"]);
    expect(dear.count("create")).toBe(0);
  });

  it("at a price that shows only then, above the limit, is deleted", async () => {
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

describe("the caller's abort of a launch", () => {
  it("while it boots leaves the machine to the caller, by name", async () => {
    const { gpu, clock, cheap } = setUp();
    const controller = new AbortController();
    void clock.sleep(20_000).then(() => controller.abort());
    const error = await errorOf(gpu.launch({ ...request, signal: controller.signal }));
    expect(error).toMatchObject({ code: "aborted", sideEffect: "committed", ref: "cheap:i1" });
    expect(cheap.running()).toHaveLength(1);
  });

  it("while offers are read is no lack of offers", async () => {
    const { gpu, clock, cheap } = setUp();
    cheap.next("listOffers", hangs);
    const controller = new AbortController();
    void clock.sleep(1_000).then(() => controller.abort());
    expect(await errorOf(gpu.launch({ ...request, signal: controller.signal }))).toMatchObject({
      code: "aborted",
      sideEffect: "none",
    });
  });

  it("between two attempts tries no more", async () => {
    const { gpu, cheap, dear } = setUp();
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
    expect(cheap.machines.length + dear.machines.length).toBe(0);
  });
});

describe("offers that cannot serve the request", () => {
  it.each<[reason: string, options: FakeOptions, fields: Partial<LaunchRequest>]>([
    ["needs sshPublicKey", { needs: ["sshPublicKey", "name"] }, {}],
    ["has no place for startupScript and env", { lacks: ["startupScript", "env"] }, { startupScript: "x", env: { A: "1" } }],
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
    expect(instance.provider).toBe("dear");
    expect(cheap.count("create")).toBe(0);
  });
});

describe("a provider whose offers cannot be read", () => {
  it("is named in the result", async () => {
    const { gpu, cheap } = setUp();
    cheap.next("listOffers", fails("unauthenticated"));
    const { instance, failures } = await gpu.launch(request);
    expect(instance.provider).toBe("dear");
    expect(failures).toMatchObject([{ provider: "cheap", error: { code: "unauthenticated" } }]);
  });

  it("is never taken for one without stock", async () => {
    const { gpu, cheap, dear } = setUp();
    cheap.next("listOffers", fails("unauthenticated"));
    dear.next("listOffers", hangs);
    const error = await errorOf(gpu.launch(request));
    expect(error.code).toBe("no_offer");
    expect(error.message).toContain("not read: cheap (unauthenticated), dear (timeout)");
    expect(error.launch?.failures.map(({ provider }) => provider)).toEqual(["cheap", "dear"]);
  });
});

it("a launch without any offer says so", async () => {
  const { gpu } = setUp();
  const error = await errorOf(gpu.launch({ ...request, gpu: "T4" }));
  expect(error).toMatchObject({ code: "no_offer", launch: { attempts: [], skipped: [], failures: [] } });
  expect(error.message).toContain("1 × T4 for at most 4 USD an hour: no such offer");
  expect(typeof error.attempts).toBe("number");
  expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: "no_offer", launch: { attempts: [] } });
});
