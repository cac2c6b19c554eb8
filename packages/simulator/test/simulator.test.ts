import { readdirSync, readFileSync } from "node:fs";
import { createFalClient } from "@gpu/fal";
import { createRuncrateClient } from "@gpu/runcrate";
import { describe, expect, it } from "vitest";
import { vendorNames } from "../src/generated/vendor-names.js";
import { createSimulator, createVirtualClock } from "../src/index.js";
import { startClouds } from "./clouds.js";
import { scenarios } from "./generated/vendors.js";
import { falBody } from "./scenarios/fal.js";
import { runcrateBody } from "./scenarios/runcrate.js";

describe("fetch", () => {
  it("never uses the network: fails for a host that is not simulated", async () => {
    const { fetch } = createSimulator({ vendors: ["fal"] });
    for (const url of ["https://example.com/", "https://api.shadeform.ai/v1/instances", "https://api.fal.ai/v2/meta"]) {
      await expect(fetch(url)).rejects.toMatchObject({ message: "fetch failed", cause: { code: "ENOTFOUND" } });
    }
  });

  it("accepts a URL or a Request, like the global one", async () => {
    const { fetch, keys } = createSimulator();
    const init = { headers: { authorization: `Key ${keys.fal}` } };
    const url = "https://api.fal.ai/v1/compute/instances";
    const create = new Request(url, { ...init, method: "POST", body: JSON.stringify(falBody) });
    expect((await fetch(create)).status).toBe(201);
    const listed = (await (await fetch(new URL(url), init)).json()) as { instances: unknown[] };
    expect(listed.instances).toHaveLength(1);
  });

  it("sends 404 for paths that the vendor does not have", async () => {
    const { fetch, requests } = createSimulator();
    expect((await fetch("https://api.fal.ai/v1/nothing")).status).toBe(404);
    expect(requests()).toMatchObject([{ operation: null, status: 404 }]);
  });

  it("sends nothing when its signal is already aborted, and fails when the signal aborts later", async () => {
    const { simulator, fal } = startClouds();
    await expect(fal.createInstance({ body: falBody, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
    expect(simulator.requests()).toEqual([]);
    simulator.fault({ vendor: "fal", operation: "createInstance", kind: "slow" });
    const controller = new AbortController();
    const created = fal.createInstance({ body: falBody, signal: controller.signal, timeoutMs: Number.POSITIVE_INFINITY });
    void simulator.clock.sleep(10_000).then(() => controller.abort());
    await expect(created).rejects.toMatchObject({ code: "aborted", sideEffect: "possible" });
    expect(simulator.ledger()).toHaveLength(1);
  });

  it("times out near the caller's timeout, not at the end of the slow response", async () => {
    const { simulator, fal } = startClouds({ clock: createVirtualClock({ quietMs: 0 }) });
    simulator.fault({ vendor: "fal", operation: "listInstances", kind: "slow", ms: 3_600_000 });
    const before = simulator.clock.now();
    await expect(fal.listInstances({ timeoutMs: 30_000, maxRetries: 0 })).rejects.toMatchObject({ code: "timeout" });
    expect(simulator.clock.now() - before).toBeGreaterThanOrEqual(30_000);
    expect(simulator.clock.now() - before).toBeLessThanOrEqual(35_000);
  });
});

describe("options", () => {
  it("simulates only the vendors that are named", () => {
    const simulator = createSimulator({ vendors: { runcrate: { bootMs: 1_000 } } });
    expect(() => simulator.catalogue("fal")).toThrow("fal is not simulated; there are runcrate");
    expect(simulator.catalogue("runcrate").products()).not.toEqual([]);
  });

  it("boots within `bootMs`", async () => {
    const { runcrate, simulator } = startClouds({ vendors: { runcrate: { bootMs: 1_000, addressMs: 0 } } });
    const { data } = await runcrate.createInstance({ body: runcrateBody });
    await simulator.clock.sleep(1_000);
    expect((await runcrate.getInstance({ path: { id: data.id } })).data).toMatchObject({
      status: "running",
      ip: expect.any(String),
    });
  });

  it.each(vendorNames)("keeps a machine of %s booting with an endless `bootMs`", async (vendor) => {
    const clouds = startClouds({ vendors: { [vendor]: { bootMs: Number.POSITIVE_INFINITY } } });
    const { driver } = scenarios[vendor];
    await driver.create(clouds);
    await clouds.simulator.clock.advance(3_600_000);
    expect(await driver.list(clouds)).toMatchObject([{ address: null }]);
    const [rental] = clouds.simulator.ledger();
    expect(rental?.endedAt).toBeNull();
    expect(rental?.usd).toBeGreaterThanOrEqual(0);
  });

  it("sends old lists with `settleMs`", async () => {
    const { runcrate, simulator } = startClouds({ vendors: { runcrate: { settleMs: 5_000 } } });
    await runcrate.createInstance({ body: runcrateBody });
    expect((await runcrate.listInstances()).data).toEqual([]);
    await simulator.clock.sleep(5_000);
    expect((await runcrate.listInstances()).data).toHaveLength(1);
  });

  it("fires no timeout while requests follow one another", async () => {
    const { simulator, fal } = startClouds({ clock: createVirtualClock({ quietMs: 10 }) });
    const before = simulator.clock.now();
    const limit = new AbortController();
    const over = simulator.clock.sleep(60_000, limit.signal);
    for (let count = 0; count < 300; count += 1) {
      await fal.listInstances();
      await new Promise(setImmediate);
    }
    expect(simulator.clock.now()).toBe(before);
    limit.abort();
    await over;
  });

  it("needs no `advance`: the waits of clients move the clock", async () => {
    const { simulator, runcrate } = startClouds();
    simulator.fault({ vendor: "runcrate", operation: "listInstances", kind: "rate_limited", retryAfterSeconds: 30 });
    const before = simulator.clock.now();
    await runcrate.listInstances();
    expect(simulator.clock.now() - before).toBe(30_000);
  });
});

describe("listen", () => {
  it("serves other processes on loopback, with faults that close the connection", async () => {
    const simulator = createSimulator({ vendors: ["fal", "runcrate"], clock: createVirtualClock({ pace: "manual" }) });
    const { urls, close } = await simulator.listen();
    try {
      expect(urls.runcrate).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/v1$/);
      expect(urls).not.toHaveProperty("novita");
      const runcrate = createRuncrateClient({ apiKey: simulator.keys.runcrate, baseUrl: urls.runcrate });
      const { data } = await runcrate.createInstance({ body: runcrateBody });
      await simulator.clock.advance(250_000);
      expect((await runcrate.getInstance({ path: { id: data.id } })).data.status).toBe("running");
      simulator.fault({ vendor: "fal", operation: "createInstance", kind: "response_lost" });
      const fal = createFalClient({ apiKey: simulator.keys.fal, baseUrl: urls.fal, maxRetries: 0 });
      await expect(fal.createInstance({ body: falBody })).rejects.toMatchObject({ code: "network", sideEffect: "possible" });
      expect((await fal.listInstances()).instances).toHaveLength(1);
      await fal.deleteInstance({ path: { id: (await fal.listInstances()).instances[0]?.id ?? "" } });
    } finally {
      await close();
    }
    await expect(fetch(`${urls.fal}/compute/instances`)).rejects.toThrow();
  });

  it("closes connections before and during a response", async () => {
    const simulator = createSimulator({ vendors: ["fal"] });
    const { urls, close } = await simulator.listen();
    const list = () => fetch(`${urls.fal}/compute/instances`, { headers: { authorization: `Key ${simulator.keys.fal}` } });
    try {
      simulator.fault({ vendor: "fal", kind: "unreachable" });
      await expect(list()).rejects.toThrow("fetch failed");
      simulator.fault({ vendor: "fal", kind: "fetch_timeout", error: "headers", ms: 0 });
      await expect(list()).rejects.toThrow("fetch failed");
      simulator.fault({ vendor: "fal", kind: "fetch_timeout", error: "body", ms: 0 });
      const cut = await list();
      expect(cut.status).toBe(200);
      await expect(cut.text()).rejects.toThrow("terminated");
      expect(await (await list()).json()).toMatchObject({ instances: [] });
    } finally {
      await close();
    }
  });

  it("ends the processing of a caller that disconnected", async () => {
    const simulator = createSimulator({ vendors: ["fal"], clock: createVirtualClock({ pace: "manual" }) });
    const { urls, close } = await simulator.listen();
    try {
      simulator.fault({ vendor: "fal", operation: "listInstances", kind: "slow" });
      const fal = createFalClient({ apiKey: simulator.keys.fal, baseUrl: urls.fal, maxRetries: 0, timeoutMs: 50 });
      await expect(fal.listInstances()).rejects.toMatchObject({ code: "timeout" });
      expect((await fal.listInstances({ timeoutMs: 10_000 })).instances).toEqual([]);
    } finally {
      await close();
    }
  });
});

describe("the package", () => {
  const all = readdirSync(new URL("../src/", import.meta.url), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => ({ name, code: readFileSync(new URL(`../src/${name}`, import.meta.url), "utf8") }));
  const sources = all.filter(({ name }) => !name.startsWith("conformance"));

  it.each(sources)("$name uses no randomness, no system time and no specific runtime", ({ name, code }) => {
    expect(sources.length).toBeGreaterThan(15);
    expect(code).not.toMatch(/Math\.random|Date\.now|new Date\(\)|\bprocess\.|\bBuffer\b|from "node:/);
    if (name !== "clock.ts") expect(code).not.toMatch(/performance\.|setTimeout|setInterval/);
  });

  it("imports nothing at run time; only the conformance suite imports @gpu/core", () => {
    const packagesOf = ({ code }: { code: string }) =>
      [...code.matchAll(/^(?:import|export)(?! type\b)[^;]*? from "([^."][^"]*)";$/gm)].map(([, name]) => name);
    expect(sources.flatMap(packagesOf)).toEqual([]);
    expect(new Set(all.flatMap(packagesOf))).toEqual(new Set(["@gpu/core"]));
  });
});
