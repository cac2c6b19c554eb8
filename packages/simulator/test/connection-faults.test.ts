import { describe, expect, it } from "vitest";
import { vendorNames } from "../src/generated/vendor-names.js";
import { definitions } from "../src/generated/vendors.js";
import { type ConnectFailure, createSimulator, type FetchTimeout } from "../src/index.js";
import { startClouds } from "./clouds.js";
import { falBody } from "./scenarios/fal.js";

const instances = "https://api.fal.ai/v1/compute/instances";

function startFal() {
  const simulator = createSimulator({ vendors: ["fal"] });
  const headers = { authorization: `Key ${simulator.keys.fal}` };
  return {
    simulator,
    list: async () => (await simulator.fetch(instances, { headers })).text(),
    create: async (key?: string) =>
      (
        await simulator.fetch(instances, {
          method: "POST",
          body: JSON.stringify(falBody),
          headers: { ...headers, ...(key === undefined ? {} : { "idempotency-key": key }) },
        })
      ).text(),
  };
}

async function rejectionOf(call: () => Promise<unknown>): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}

describe("a failed connection has no effect, and fetch rejects like in Node.js", () => {
  const connect = { syscall: "connect" };
  it.each<[ConnectFailure, object]>([
    ["no_route", { code: "EHOSTUNREACH", ...connect }],
    [
      "all_addresses",
      {
        code: "ETIMEDOUT",
        errors: [
          { code: "ETIMEDOUT", ...connect },
          { code: "ENETUNREACH", ...connect },
        ],
      },
    ],
    ["no_local_port", { code: "EADDRNOTAVAIL", ...connect }],
    ["refused", { code: "ECONNREFUSED", ...connect }],
    ["dns", { code: "EAI_AGAIN", syscall: "getaddrinfo" }],
    ["connect_timeout", { name: "ConnectTimeoutError", code: "UND_ERR_CONNECT_TIMEOUT" }],
    ["proxy", { code: "UND_ERR_ABORTED", message: expect.stringContaining("407") }],
    ["tls", { code: "ERR_SSL_WRONG_VERSION_NUMBER", library: "SSL routines" }],
    ["dispatcher", { name: "InvalidArgumentError", code: "UND_ERR_INVALID_ARG" }],
  ])("%s", async (error, cause) => {
    const { simulator, create } = startFal();
    simulator.fault({ vendor: "fal", operation: "createInstance", kind: "unreachable", error });
    const rejection = await rejectionOf(create);
    expect(rejection).toBeInstanceOf(TypeError);
    expect(rejection).toMatchObject({ message: "fetch failed", cause });
    expect(simulator.ledger()).toEqual([]);
    expect(simulator.requests()).toMatchObject([{ status: null, faults: ["unreachable"] }]);
    await create();
    expect(simulator.ledger()).toHaveLength(1);
  });
});

describe("timeouts outside the client", () => {
  const shapes: Readonly<Record<FetchTimeout, object>> = {
    headers: { message: "fetch failed", cause: { name: "HeadersTimeoutError", code: "UND_ERR_HEADERS_TIMEOUT" } },
    body: { message: "terminated", cause: { name: "BodyTimeoutError", code: "UND_ERR_BODY_TIMEOUT" } },
    signal: { name: "TimeoutError", code: 23 },
    read: { message: "fetch failed", cause: { code: "ETIMEDOUT", syscall: "read" } },
  };
  const limits = Object.keys(shapes) as FetchTimeout[];

  it.each(limits.flatMap((error) => (["done", "none", "late"] as const).map((effect) => ({ error, effect }))))(
    "$error, the work is $effect",
    async ({ error, effect }) => {
      const { simulator, create } = startFal();
      const { clock } = simulator;
      const begun = clock.now();
      const ms = 20_000;
      simulator.fault({ vendor: "fal", operation: "createInstance", kind: "fetch_timeout", error, effect, ms, lateMs: 50_000 });
      const rejection = await rejectionOf(create);
      expect(rejection).toMatchObject(shapes[error]);
      expect(clock.now() - begun).toBe(ms);
      expect(simulator.ledger()).toHaveLength(effect === "done" ? 1 : 0);
      await clock.advance(49_999);
      expect(simulator.ledger()).toHaveLength(effect === "done" ? 1 : 0);
      await clock.advance(1);
      const entries = simulator.ledger();
      expect(entries).toHaveLength(effect === "none" ? 0 : 1);
      const madeAfter = entries.map(({ createdAt }) => Date.parse(createdAt) - begun);
      expect(madeAfter).toEqual({ done: [0], none: [], late: [70_000] }[effect]);
    },
  );

  it("a body timeout comes after the status and the headers", async () => {
    const { simulator } = startFal();
    simulator.fault({ vendor: "fal", kind: "fetch_timeout", error: "body" });
    const response = await simulator.fetch(instances, { headers: { authorization: `Key ${simulator.keys.fal}` } });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
    await expect(response.text()).rejects.toMatchObject(shapes.body);
  });

  it("an idempotency key is stored only when late work is done", async () => {
    const { simulator, create } = startFal();
    const late = { vendor: "fal", operation: "createInstance", kind: "fetch_timeout", effect: "late", lateMs: 30_000 } as const;
    simulator.fault(late);
    await rejectionOf(() => create("one"));
    await create("one");
    await simulator.clock.advance(60_000);
    expect(simulator.ledger()).toHaveLength(2);
    simulator.fault(late);
    await rejectionOf(() => create("two"));
    await simulator.clock.advance(60_000);
    await create("two");
    expect(simulator.ledger()).toHaveLength(3);
  });

  it("late work that is rejected has no effect", async () => {
    const { simulator, create } = startFal();
    simulator.fault({ vendor: "fal", kind: "fetch_timeout", effect: "late" });
    await rejectionOf(create);
    for (const { id } of simulator.catalogue("fal").products()) simulator.catalogue("fal").setFree(id, 0);
    await simulator.clock.advance(60_000);
    expect(simulator.ledger()).toEqual([]);
  });
});

describe("a slow list", () => {
  it.each([
    ["slow", "at its beginning"],
    ["slow_start", "at its end"],
  ] as const)("%s is read %s", async (kind, _) => {
    const { simulator, create, list } = startFal();
    simulator.fault({ vendor: "fal", operation: "listInstances", kind, ms: 40_000 });
    const begun = simulator.clock.now();
    const listed = list();
    await new Promise(setImmediate);
    await create();
    const { instances: found } = JSON.parse(await listed) as { instances: unknown[] };
    expect(simulator.clock.now() - begun).toBe(40_000);
    expect(found).toHaveLength(kind === "slow" ? 0 : 1);
  });
});

describe("changed successful responses", () => {
  it.each([
    [{ kind: "content_type" }, "text/plain", /^\{"id":/],
    [{ kind: "content_type", value: "application/octet-stream" }, "application/octet-stream", /^\{"id":/],
    [{ kind: "unreadable_response", form: "html" }, "text/html; charset=utf-8", /^<!DOCTYPE html>/],
    [{ kind: "unreadable_response" }, "application/json", /^\{"id":[^}]*$/],
  ] as const)("%o", async (fault, type, text) => {
    const { simulator } = startFal();
    simulator.fault({ vendor: "fal", ...fault });
    const headers = { authorization: `Key ${simulator.keys.fal}` };
    const response = await simulator.fetch(instances, { method: "POST", body: JSON.stringify(falBody), headers });
    expect([response.status, response.headers.get("content-type")]).toEqual([201, type]);
    expect(await response.text()).toMatch(text);
    expect(simulator.ledger()).toHaveLength(1);
  });

  it.each([200, 204] as const)("an empty body, with %i", async (status) => {
    const { thunderCompute, simulator } = startClouds();
    const { url, init } = thunderList(simulator.keys["thunder-compute"]);
    simulator.fault({ vendor: "thunder-compute", kind: "empty_response", status });
    const response = await simulator.fetch(url, init);
    expect([response.status, await response.text()]).toEqual([status, ""]);
    expect(await thunderCompute.listInstances()).toEqual({});
  });
});

function thunderList(key: string) {
  return { url: "https://api.thundercompute.com:8443/v1/instances/list", init: { headers: { authorization: `Bearer ${key}` } } };
}

describe("sold out with another status and message", () => {
  const creating = vendorNames.flatMap((vendor) => {
    const operations: Readonly<Record<string, { method: string; path: string }>> = definitions[vendor].operations;
    const create = operations["createInstance"];
    return create ? [{ vendor, method: create.method, path: create.path }] : [];
  });
  it.each(creating.flatMap((one) => [400, 409, 422, 500, 503].map((status) => ({ ...one, status }))))(
    "$vendor, $status",
    async ({ vendor, method, path, status }) => {
      const { simulator } = startClouds();
      const url = definitions[vendor].baseUrls[0] + path;
      simulator.fault({ vendor, operation: "createInstance", kind: "no_capacity", status, message: "out of host capacity" });
      const response = await simulator.fetch(url, { method, body: "{}" });
      expect(response.status).toBe(status);
      const text = await response.text();
      expect(text).toContain('"out of host capacity"');
      // The error must have the format of the vendor's other errors.
      simulator.fault({ vendor, operation: "createInstance", kind: "error_before_commit" });
      const usual = await simulator.fetch(url, { method, body: "{}" });
      const namesOf = (body: unknown) => Object.keys(body as object).filter((name) => name !== "error_code");
      expect(namesOf(JSON.parse(text))).toEqual(namesOf(await usual.json()));
    },
  );
});

it("sends the vendor's time with every response", async () => {
  const simulator = createSimulator({ vendors: { fal: { clockOffMs: -3_600_000 } } });
  const response = await simulator.fetch(instances);
  expect(response.headers.get("date")).toBe("Wed, 31 Dec 2025 23:00:00 GMT");
});
