import { getEventListeners } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { createVendorClient, GpuError, maxServerWorkMs } from "../src/index.js";
import { contract, failure, json, key, type LooseClient, networkError, observe, type Scripted, silenceAfter } from "./support.js";

const instance = { id: "i-1" };
const never = () => new Promise<Response>(() => {});
const failures: Record<string, Scripted> = {
  reset: networkError("ECONNRESET"),
  "a fetch that throws": new Error("nothing comes"),
  500: json({}, 500),
  502: new Response("<html>bad gateway</html>", { status: 502 }),
  503: json({}, 503, { "retry-after": "1" }),
  429: json({}, 429, { "retry-after": "1" }),
  408: json({}, 408),
  401: json({}, 401),
};

describe("a call that is sent once", () => {
  for (const [name, response] of Object.entries(failures)) {
    it(`is a paid call without an idempotency key, after ${name}`, async () => {
      const { client, sent, delays } = observe([response, json(instance)], { apiKey: () => key });
      expect(await failure(client.createInstance({ body: { name: "a" } }))).toMatchObject({ attempts: 1 });
      expect(sent).toHaveLength(1);
      expect(delays).toEqual([]);
    });
    it(`is a call that is neither paid nor repeatable, after ${name}`, async () => {
      const { client, sent } = observe([response, json({})], { apiKey: () => key });
      await failure(client.removeByIndex({ path: { index: 0 } }));
      expect(sent).toHaveLength(1);
    });
  }
  it("is a paid call that times out", async () => {
    const { client, sent } = observe([never], { timeoutMs: 5 });
    expect(await failure(client.createInstance({ body: {} }))).toMatchObject({
      code: "timeout",
      sideEffect: "possible",
      retryable: false,
    });
    expect(sent).toHaveLength(1);
  });
  it("is a call on `http` to an undocumented path", async () => {
    const { client, sent } = observe([json({}, 503)]);
    expect((await client.http.POST("/elsewhere", { body: {} })).status).toBe(503);
    expect(sent).toHaveLength(1);
  });
});

describe("a retry", () => {
  for (const [name, response] of Object.entries(failures)) {
    if (name === "401") continue;
    it(`repeats a read after ${name}`, async () => {
      const { client, sent } = observe([response, json(instance)]);
      expect(await client.getInstance({ path: { id: "i-1" } })).toEqual(instance);
      expect(sent).toHaveLength(2);
    });
    it(`repeats a repeatable operation after ${name}`, async () => {
      const { client, sent } = observe([response, new Response(null, { status: 204 })]);
      expect(await client.deleteInstance({ path: { id: "i-1" } })).toBeUndefined();
      expect(sent).toHaveLength(2);
    });
    it(`repeats a paid call with the same idempotency key after ${name}`, async () => {
      const { client, sent } = observe([response, response, json(instance)]);
      expect(await client.rentInstance({ body: { name: "a" } })).toEqual(instance);
      const keys = sent.map(({ headers }) => headers.get("idempotency-key"));
      expect(keys).toHaveLength(3);
      expect(new Set(keys).size).toBe(1);
      expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    });
  }
  for (const status of [400, 403, 404, 409, 410, 422, 501]) {
    it(`does not repeat a read after ${status}`, async () => {
      const { client, sent } = observe([json({}, status)]);
      expect(await failure(client.listInstances())).toMatchObject({ status, retryable: false });
      expect(sent).toHaveLength(1);
    });
  }
  it("happens at most `maxRetries` times; the option of the call overrides that of the client", async () => {
    for (const [client, call, requests] of [
      [undefined, undefined, 3],
      [0, undefined, 1],
      [1, undefined, 2],
      [0, 4, 5],
    ] as const) {
      const observed = observe([json({}, 503)], { maxRetries: client });
      expect(await failure(observed.client.listInstances({ maxRetries: call }))).toMatchObject({
        attempts: requests,
        retryable: true,
      });
      expect(observed.sent).toHaveLength(requests);
    }
  });
});

describe("waits", () => {
  const retryAfter = async (value: string, options = {}) => {
    const { client, delays } = observe([json({}, 503, { "retry-after": value }), json({ instances: [] })], options);
    await client.listInstances();
    return delays;
  };
  it("follow Retry-After in seconds or as a date", async () => {
    expect(await retryAfter("7")).toEqual([7_000]);
    expect(await retryAfter("Sat, 21 Nov 2026 00:00:09 GMT")).toEqual([9_000]);
    expect(await retryAfter("0")).toEqual([]);
  });
  it("are never shorter than Retry-After: a longer one ends the call", async () => {
    for (const [value, options] of [
      ["3600", {}],
      ["2", { retryAfterMaxMs: 1_500 }],
    ] as const) {
      const { client, delays, sent } = observe([json({}, 429, { "retry-after": value })], options);
      const error = await failure(client.listInstances());
      expect(error).toMatchObject({ code: "rate_limited", retryAfterMs: Number(value) * 1_000, attempts: 1, retryable: true });
      expect([delays, sent.length]).toEqual([[], 1]);
    }
    expect(await retryAfter("99999999999", { retryAfterMaxMs: Number.POSITIVE_INFINITY })).toEqual([2 ** 31 - 1]);
  });
  it("back off with full jitter without Retry-After", async () => {
    const { client, delays } = observe([json({}, 503)], { maxRetries: 6 });
    await failure(client.listInstances());
    [500, 1_000, 2_000, 4_000, 8_000, 8_000].forEach((most, index) => {
      expect(delays[index]).toBeLessThanOrEqual(most);
      expect(delays[index]).toBeGreaterThan(0);
    });
    expect(delays).toHaveLength(6);
  });
  it("keep the vendor's Retry-After in the error", async () => {
    const { client } = observe([json({}, 429, { "retry-after": "3600" })], { maxRetries: 0 });
    expect(await failure(client.listInstances())).toMatchObject({ code: "rate_limited", retryAfterMs: 3_600_000 });
  });
});

describe("an idempotency key", () => {
  it("is the caller's, given as an option or a header", async () => {
    const { client, sent } = observe([json(instance)]);
    await client.rentInstance({ body: {}, idempotencyKey: "mine" });
    await client.rentInstance({ body: {}, headers: { "Idempotency-Key": "header" } });
    await client.http.POST("/rentals", { body: {}, headers: { "idempotency-key": "http" } });
    expect(sent.map(({ headers }) => headers.get("idempotency-key"))).toEqual(["mine", "header", "http"]);
  });
  it("differs for each call", async () => {
    const { client, sent } = observe([json(instance)]);
    await client.rentInstance({ body: {} });
    await client.rentInstance({ body: {} });
    expect(sent[0]?.headers.get("idempotency-key")).not.toBe(sent[1]?.headers.get("idempotency-key"));
  });
  it("is not used when its window would close during the wait", async () => {
    const { client, sent } = observe([json({}, 503, { "retry-after": "541" })], { retryAfterMaxMs: 1e9 });
    expect(await failure(client.rentInstance({ body: {} }))).toMatchObject({ attempts: 1, sideEffect: "possible" });
    expect(sent).toHaveLength(1);
  });
  it("is not used when its window closed because the wait took too long, as on a machine that was suspended", async () => {
    const observed = observe([json({}, 503, { "retry-after": "1" })]);
    observed.clock.sleep = async () => {
      observed.clock.time += 15 * 60_000;
    };
    // By now, a retry under the caller's key would create a second instance.
    const call = observed.client.rentInstance({ body: {}, idempotencyKey: "mine" });
    expect(await failure(call)).toMatchObject({ code: "unavailable", attempts: 1, retryable: false });
    expect(observed.sent).toHaveLength(1);
  });
  it("is not used when its window closed while the key function was running", async () => {
    const observed = observe([json({}, 503), json({}, 401), json(instance)], {
      apiKey: () => {
        observed.clock.time += 15 * 60_000;
        return key;
      },
    });
    observed.clock.sleep = async () => {
      await failure(observed.client.listInstances({ maxRetries: 0 }));
    };
    expect(await failure(observed.client.rentInstance({ body: {} }))).toMatchObject({ code: "unavailable", attempts: 1 });
    expect(observed.sent.filter(({ method }) => method === "POST")).toHaveLength(1);
  });
  it.each([
    [539_999, 2],
    [540_000, 1],
  ])("is not used in the last tenth of its window: after %i ms of 600,000, %i requests", async (elapsedMs, requests) => {
    const observed = observe([json({}, 503), json(instance)]);
    observed.clock.sleep = async () => {
      observed.clock.time += elapsedMs;
    };
    await observed.client.rentInstance({ body: {}, timeoutMs: 1_000 }).catch(() => {});
    expect(observed.sent).toHaveLength(requests);
  });
  it.each([
    [539_999, 2],
    [540_000, 1],
  ])("has the same window when the system time is set back: after %i ms, %i requests", async (elapsedMs, requests) => {
    let elapsed = 0;
    const observed = observe([json({}, 503), json(instance)]);
    Object.assign(observed.clock, {
      monotonic: () => elapsed,
      sleep: async () => {
        elapsed += elapsedMs;
        observed.clock.time -= 3_600_000;
      },
    });
    await observed.client.rentInstance({ body: {}, timeoutMs: 1_000 }).catch(() => {});
    expect(observed.sent).toHaveLength(requests);
  });
  it("leaves an attempt enough time to arrive within the window", async () => {
    const late = json({}, 503, { "retry-after": "2" });
    const { client, sent } = observe([late, json(instance), late]);
    await client.rentInstance({ body: {}, timeoutMs: 539_000 });
    expect(sent).toHaveLength(2);
    await failure(client.rentInstance({ body: {}, timeoutMs: 541_000 }));
    expect(sent).toHaveLength(3);
  });
  it("is sent again only when the previous attempt can no longer be in progress", async () => {
    const over = json({}, 429);
    const cut = () => new Response(new ReadableStream({ start: (stream) => stream.error(new Error("cut")) }), { status: 200 });
    for (const [first, least] of [
      [json({}, 500), maxServerWorkMs],
      [json({}, 408), maxServerWorkMs],
      [json({}, 425), maxServerWorkMs],
      [json({}, 503, { "retry-after": "5" }), maxServerWorkMs],
      [networkError("ECONNRESET"), maxServerWorkMs],
      [networkError("UND_ERR_HEADERS_TIMEOUT"), maxServerWorkMs],
      [cut, maxServerWorkMs],
      [networkError("ECONNREFUSED"), 0],
      [over, 0],
    ] as const) {
      const { client, delays } = observe([first, over, json(instance)]);
      await client.rentInstance({ body: {} });
      expect(delays[0]).toBeGreaterThanOrEqual(least);
      expect(delays[0]).toBeLessThanOrEqual(Math.max(least, 500));
      // The second attempt had no effect, so the retry does not wait for it.
      expect(delays[1]).toBeLessThanOrEqual(1_000);
    }
  });
  it("that the caller uses again delays the later call, but no call with another key", async () => {
    const { client, delays } = observe([json({}, 503), json(instance)], { maxRetries: 0 });
    await failure(client.rentInstance({ body: {}, idempotencyKey: "mine" }));
    await client.rentInstance({ body: {}, idempotencyKey: "other" });
    expect(delays).toEqual([]);
    await client.rentInstance({ body: {}, headers: { "Idempotency-Key": "mine" } });
    expect(delays).toEqual([maxServerWorkMs]);
    await client.rentInstance({ body: {}, idempotencyKey: "mine" });
    expect(delays).toHaveLength(1);
  });
  it("is rejected when the vendor supports none, or when it is invalid", async () => {
    const { client, sent } = observe([json(instance)]);
    expect(await failure(client.createInstance({ body: {}, idempotencyKey: "k" }))).toMatchObject({
      code: "configuration",
      attempts: 0,
    });
    for (const bad of ["", " ", "a b", "é", "x".repeat(256)]) {
      expect(await failure(client.rentInstance({ body: {}, idempotencyKey: bad }))).toMatchObject({ code: "configuration" });
    }
    expect(sent).toHaveLength(0);
  });
  it("makes a failure retryable for the caller only when the caller knows it", async () => {
    const { client } = observe([json({}, 503)], { maxRetries: 0 });
    expect((await failure(client.rentInstance({ body: {}, idempotencyKey: "mine" }))).retryable).toBe(true);
    expect((await failure(client.rentInstance({ body: {} }))).retryable).toBe(false);
    // A key set by middleware changes on every call.
    client.http.use({ onRequest: ({ request }) => request.headers.set("idempotency-key", crypto.randomUUID()) });
    expect((await failure(client.rentInstance({ body: {} }))).retryable).toBe(false);
    expect((await failure(client.rentInstance({ body: {}, headers: { "Idempotency-Key": "mine" } }))).retryable).toBe(true);
  });
});

describe("a key function", () => {
  it("is called again once after a 401 of a repeatable call", async () => {
    const keys = ["old", "new"];
    const { client, sent } = observe([json({}, 401), json(instance)], { apiKey: async () => keys.shift() ?? "none" });
    await client.getInstance({ path: { id: "1" } });
    expect(sent.map(({ headers }) => headers.get("x-api-key"))).toEqual(["old", "new"]);
  });
  it("is not asked again for a refused key that another call has replaced", async () => {
    let keyCalls = 0;
    let refuse = (_: Response) => {};
    const late = new Promise<Response>((resolve) => {
      refuse = resolve;
    });
    const list = json({ instances: [] });
    const { client, sent } = observe([() => late, json({}, 401), list], { apiKey: () => `key-${++keyCalls}` });
    const slow = client.listInstances();
    await client.listInstances();
    refuse(json({}, 401));
    await slow;
    expect(keyCalls).toBe(2);
    expect(sent.map(({ headers }) => headers.get("x-api-key"))).toEqual(["key-1", "key-1", "key-2", "key-2"]);
  });
  it("is not asked a third time", async () => {
    let keyCalls = 0;
    const { client, sent } = observe([json({}, 401)], { apiKey: () => `key-${++keyCalls}` });
    expect(await failure(client.listInstances())).toMatchObject({ code: "unauthenticated", attempts: 2 });
    expect([keyCalls, sent.length]).toEqual([2, 2]);
  });
  it("is asked again by the call after a paid one that was refused", async () => {
    let keyCalls = 0;
    const { client, sent } = observe([json({}, 401), json(instance)], { apiKey: () => `key-${++keyCalls}` });
    expect(await failure(client.createInstance({ body: {} }))).toMatchObject({
      code: "unauthenticated",
      sideEffect: "none",
      attempts: 1,
    });
    await client.createInstance({ body: {} });
    expect(sent.map(({ headers }) => headers.get("x-api-key"))).toEqual(["key-1", "key-2"]);
  });
  it("is asked again for a call with an idempotency key only while nothing can have happened under the refused key", async () => {
    let keyCalls = 0;
    const options = { apiKey: () => `key-${++keyCalls}` };
    const first = observe([json({}, 401), json(instance)], options);
    await first.client.rentInstance({ body: {} });
    expect(first.sent).toHaveLength(2);
    const second = observe([json({}, 503), json({}, 401), json(instance)], options);
    expect(await failure(second.client.rentInstance({ body: {} }))).toMatchObject({
      code: "unauthenticated",
      sideEffect: "possible",
    });
    expect(second.sent).toHaveLength(2);
  });
  it("that returns another key in between fails a call with an idempotency key, as it may be another account", async () => {
    const keys = ["account-a", "account-b"];
    const observed = observe([json({}, 503), json({}, 401), json({ instances: [] }), json(instance)], {
      apiKey: () => keys.shift() ?? "none",
    });
    observed.clock.sleep = async () => void (await observed.client.listInstances());
    const call = observed.client.rentInstance({ body: {}, idempotencyKey: "mine" });
    expect(await failure(call)).toMatchObject({ code: "unavailable", attempts: 1, sideEffect: "possible", retryable: false });
    expect(observed.sent.map(({ method }) => method)).toEqual(["POST", "GET", "GET"]);
  });
  it("that takes too long is a timeout, and nothing is sent", async () => {
    const { client, sent } = observe([json(instance)], { apiKey: () => new Promise<string>(() => {}), clock: undefined });
    const call = client.createInstance({ body: {}, timeoutMs: 10 });
    expect(await failure(call)).toMatchObject({ code: "timeout", sideEffect: "none", attempts: 0 });
    expect(sent).toHaveLength(0);
  });
  it("that hung once is called again, and leaks no listener", async () => {
    const keys = [new Promise<string>(() => {}), key];
    const { client } = observe([json(instance)], { apiKey: () => keys.shift() ?? "none", clock: undefined });
    const { signal } = new AbortController();
    let listeners = 0;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listeners += 1;
      add(...given);
    };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...given);
    };
    expect((await failure(client.getInstance({ path: { id: "1" }, timeoutMs: 10, signal }))).code).toBe("timeout");
    expect(await client.getInstance({ path: { id: "1" }, timeoutMs: 10_000, signal })).toEqual(instance);
    expect(listeners).toBe(0);
  });
  it("is asked once by calls that need it at the same time", async () => {
    let keyCalls = 0;
    const { client } = observe([json({ instances: [] })], { apiKey: async () => `key-${++keyCalls}` });
    await Promise.all(Array.from({ length: 20 }, () => client.listInstances()));
    expect(keyCalls).toBe(1);
  });
  it("is asked once by calls that need it at the same time, also when an earlier one fails late", async () => {
    const keyCalls: ((key: string) => void)[] = [];
    const apiKey = () => new Promise<string>((resolve) => keyCalls.push(resolve));
    const { client } = observe([json({ instances: [] })], { apiKey });
    await failure(client.listInstances({ timeoutMs: 10 }));
    const second = client.listInstances();
    keyCalls[0]?.("");
    await new Promise(setImmediate);
    const third = client.listInstances();
    keyCalls[1]?.("second-key-0123456789");
    await Promise.all([second, third]);
    expect(keyCalls).toHaveLength(2);
  });
  it("does not exist for a constant key, so a 401 is final", async () => {
    const { client, sent } = observe([json({}, 401)]);
    await failure(client.listInstances());
    expect(sent).toHaveLength(1);
  });
  it("that fails is a configuration error with its cause, and is asked again by the next call", async () => {
    let keyCalls = 0;
    const { client, sent } = observe([json({ instances: [] })], {
      apiKey: () => {
        keyCalls += 1;
        if (keyCalls === 1) throw new Error("vault is sealed");
        return key;
      },
    });
    const error = await failure(client.listInstances());
    expect(error).toMatchObject({
      code: "configuration",
      sideEffect: "none",
      attempts: 0,
      cause: { message: "vault is sealed" },
    });
    await client.listInstances();
    expect(sent).toHaveLength(1);
  });
  it("that never returns does not delay an abort, and nothing is sent", async () => {
    const controller = new AbortController();
    const { client, sent } = observe([json(instance)], { apiKey: () => new Promise<string>(() => {}) });
    const call = failure(client.createInstance({ body: {}, signal: controller.signal }));
    controller.abort();
    expect(await call).toMatchObject({ code: "aborted", sideEffect: "none", attempts: 0 });
    expect(sent).toHaveLength(0);
  });
  it("sends no request when the caller aborts meanwhile", async () => {
    const controller = new AbortController();
    const { client, sent } = observe([json(instance)], {
      apiKey: () => {
        controller.abort();
        return key;
      },
    });
    expect(await failure(client.createInstance({ body: {}, signal: controller.signal }))).toMatchObject({
      code: "aborted",
      sideEffect: "none",
    });
    expect(sent).toHaveLength(0);
  });
});

describe("an abort", () => {
  it("before the call sends nothing", async () => {
    const { client, sent } = observe([json(instance)]);
    const error = await failure(client.createInstance({ body: {}, signal: AbortSignal.abort(new Error("no longer wanted")) }));
    expect(error).toMatchObject({ code: "aborted", sideEffect: "none", attempts: 0, cause: { message: "no longer wanted" } });
    expect(sent).toHaveLength(0);
  });
  it("in a hook before the request sends nothing", async () => {
    const controller = new AbortController();
    const { client, sent } = observe([json(instance)], { hooks: { onRequest: () => controller.abort() } });
    const error = await failure(client.createInstance({ body: {}, signal: controller.signal }));
    expect(error).toMatchObject({ code: "aborted", sideEffect: "none", attempts: 0 });
    expect(sent).toHaveLength(0);
  });
  it("after sending may have had a side effect, also with a fetch that ignores its signal", async () => {
    const controller = new AbortController();
    const { client } = observe([silenceAfter(() => controller.abort("enough"))]);
    const error = await failure(client.createInstance({ body: {}, signal: controller.signal }));
    expect(error).toMatchObject({ code: "aborted", sideEffect: "possible", attempts: 1, retryable: false, cause: "enough" });
    expect(error.message).toContain("check before you call again");
  });
  it("is passed to fetch", async () => {
    const controller = new AbortController();
    const { client, sent } = observe([silenceAfter(() => controller.abort())]);
    await failure(client.listInstances({ signal: controller.signal }));
    expect(sent[0]?.signal.aborted).toBe(true);
  });
  it("during a wait is final at once, and keeps the side effect of earlier attempts", async () => {
    const controller = new AbortController();
    const observed = observe([json({}, 503)]);
    observed.clock.sleep = silenceAfter(() => controller.abort());
    const error = await failure(observed.client.rentInstance({ body: {}, signal: controller.signal }));
    expect(error).toMatchObject({ code: "aborted", sideEffect: "possible", attempts: 1 });
    expect(observed.sent).toHaveLength(1);
  });
});

describe("a timeout", () => {
  it("covers the body", async () => {
    const endless = () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) }), { status: 200 });
    const { client } = observe([endless], { timeoutMs: 5, maxRetries: 0 });
    expect(await failure(client.listInstances())).toMatchObject({
      code: "timeout",
      status: 200,
      retryable: true,
      sideEffect: "none",
    });
    expect(await failure(client.createInstance({ body: {} }))).toMatchObject({
      code: "timeout",
      status: 200,
      sideEffect: "committed",
    });
  });
  it("of the call overrides that of the client, and restarts for each attempt", async () => {
    const { client, sent } = observe([never], { timeoutMs: 60_000 });
    expect(await failure(client.listInstances({ timeoutMs: 5, maxRetries: 1 }))).toMatchObject({ code: "timeout", attempts: 2 });
    expect(sent).toHaveLength(2);
  });
  it("also follows the client's clock, without sleeping on it", async () => {
    const passing = silenceAfter(() => {
      observed.clock.time += 60_000;
    });
    const observed = observe([passing], { maxRetries: 0 });
    expect(await failure(observed.client.listInstances())).toMatchObject({ code: "timeout" });
    expect(observed.delays).toEqual([]);
  });
  it("may be infinite, or longer than timers support", async () => {
    for (const timeoutMs of [Number.POSITIVE_INFINITY, 2 ** 40]) {
      for (const clock of [undefined, observe([]).clock]) {
        const { client } = observe([async () => json({ instances: [] })], { timeoutMs, clock });
        expect(await client.listInstances()).toEqual({ instances: [] });
      }
    }
  });
});

describe("an unknown option of a call", () => {
  const cases: [call: string, option: string, (client: LooseClient, option: object) => Promise<unknown>][] = [
    ...["parseAs", "querySerializer", "bodySerializer", "middleware", "fetch", "baseUrl", "cache", "query", "path"].map(
      (option): (typeof cases)[number] => ["http", option, (client, given) => client.http.GET("/instances", { ...given })],
    ),
    ...["params", "retries", "id", "timeout"].map((option): (typeof cases)[number] => [
      "a named operation",
      option,
      (client, given) => client.listInstances({ ...given }),
    ]),
  ];
  it.each(cases)("of %s is rejected by its name: %s", async (_, option, call) => {
    const { client, sent } = observe([json({ instances: [] })]);
    const error = await failure(call(client, { [option]: "x" }));
    expect(error).toMatchObject({ code: "configuration", sideEffect: "none" });
    expect(error.message).toContain(`the call has no option "${option}"`);
    expect(sent).toEqual([]);
    await call(client, { [option]: undefined, timeoutMs: 60_000, maxRetries: 0, headers: {}, onHeaders: () => undefined });
    expect(sent).toHaveLength(1);
  });
});

describe("one signal for many calls", () => {
  const twelve = Array.from({ length: 12 });
  const listenersOf = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

  it("has one listener, whether the calls wait for a response, a key, middleware or the next attempt", async () => {
    const { signal } = new AbortController();
    let most = 0;
    const count = () => {
      most = Math.max(most, listenersOf(signal));
    };
    const { client, clock } = observe([json({}, 503), async () => json({ instances: [] })], { apiKey: async () => key });
    const sleep = clock.sleep;
    clock.sleep = async (ms, own) => {
      own?.addEventListener("abort", () => {});
      count();
      await sleep(ms);
    };
    client.http.use({ onRequest: async () => count() });
    await Promise.all(twelve.map(() => client.listInstances({ signal })));
    expect(most).toBe(1);
    expect(listenersOf(signal)).toBe(0);
  });

  it("ends them all", async () => {
    const controller = new AbortController();
    let keyCalls = 0;
    const { client } = observe([
      () => {
        keyCalls += 1;
        if (keyCalls === twelve.length) controller.abort();
        return new Promise<never>(() => {});
      },
    ]);
    const errors = await Promise.all(twelve.map(() => failure(client.createInstance({ body: {}, signal: controller.signal }))));
    expect(errors.map(({ code }) => code)).toEqual(twelve.map(() => "aborted"));
    expect(listenersOf(controller.signal)).toBe(0);
  });
});

describe("a query", () => {
  it.each([
    [{ since: new Date(0), until: undefined, none: null }, "?since=1970-01-01T00%3A00%3A00.000Z"],
    [{ at: [new Date(0), 1] }, "?at=1970-01-01T00%3A00%3A00.000Z&at=1"],
    [{ range: { from: new Date(0), to: undefined } }, "?range[from]=1970-01-01T00%3A00%3A00.000Z"],
    [{ until: undefined }, ""],
  ])("of %o is sent as %s", async (query, expected) => {
    const { client, sent } = observe([json({ instances: [] })]);
    await client.listInstances({ query });
    expect(sent[0]?.url.split("/instances")[1]).toBe(expected);
  });
  it("with an invalid date is rejected", async () => {
    const { client } = observe([json({ instances: [] })]);
    const error = await failure(client.listInstances({ query: { since: new Date(Number.NaN) } }));
    expect(error).toMatchObject({ code: "configuration" });
    expect(error.message).toContain('"since" is an invalid date');
  });
});

describe("cleanup", () => {
  it("leaves no listener on the caller's signal, however the call ended", async () => {
    const { signal } = new AbortController();
    const { client } = observe([json({}, 503), json({ instances: [] }), networkError("ECONNRESET")], { apiKey: async () => key });
    await client.listInstances({ signal });
    await failure(client.createInstance({ body: {}, signal }));
    client.http.use({ onRequest: () => undefined });
    await failure(client.createInstance({ body: {}, signal }));
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
  it("leaves no timer", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    for (const clock of [undefined, observe([]).clock]) {
      const { client } = observe([async () => json({ instances: [] })], { clock });
      await client.listInstances();
    }
    expect(timers()).toBe(before);
  });
  it("a timeout or an abort ends the wait between attempts, with the system clock", async () => {
    const controller = new AbortController();
    const { client } = observe([json({}, 503, { "retry-after": "50" })], {
      clock: undefined,
      hooks: { onRetry: () => queueMicrotask(() => controller.abort()) },
    });
    expect(await failure(client.listInstances({ signal: controller.signal }))).toMatchObject({ code: "aborted", attempts: 1 });
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });
});

describe("side effects", () => {
  const unsent = networkError("ECONNREFUSED");
  const cases: [name: string, script: Scripted[], sideEffect: string, code: string][] = [
    ["refused connection", [unsent], "none", "network"],
    ["unknown host", [networkError("ENOTFOUND")], "none", "network"],
    [
      "all addresses refused",
      [new TypeError("fetch failed", { cause: new AggregateError([Object.assign(new Error(), { code: "ECONNREFUSED" })]) })],
      "none",
      "network",
    ],
    [
      "one address refused, one reset",
      [
        new TypeError("x", {
          cause: new AggregateError([
            Object.assign(new Error(), { code: "ECONNREFUSED" }),
            Object.assign(new Error(), { code: "ECONNRESET" }),
          ]),
        }),
      ],
      "possible",
      "network",
    ],
    ["reset", [networkError("ECONNRESET")], "possible", "network"],
    ["an error without a code", [new Error("?")], "possible", "network"],
    ...[400, 401, 402, 403, 404, 405, 413, 415, 422, 429, 501].map((status): [string, Scripted[], string, string] => [
      `${status}`,
      [json({}, status)],
      "none",
      {
        401: "unauthenticated",
        402: "insufficient_funds",
        403: "permission_denied",
        404: "not_found",
        429: "rate_limited",
        501: "unavailable",
      }[status] ?? "invalid_request",
    ]),
    ...[406, 408, 409, 410, 418, 425, 500, 502, 503, 504, 524].map((status): [string, Scripted[], string, string] => [
      `${status}`,
      [json({}, status)],
      "possible",
      { 408: "unavailable", 409: "conflict", 410: "not_found", 425: "unavailable" }[status] ??
        (status >= 500 ? "unavailable" : "invalid_request"),
    ]),
    ["no capacity with 500", [json({ error: { code: "OUT_OF_STOCK", message: "sold out" } }, 500)], "none", "no_capacity"],
    [
      "no capacity in a message with 500",
      [json({ error: { message: "This type is no longer available" } }, 500)],
      "none",
      "no_capacity",
    ],
    [
      "those words in a page of HTML",
      [new Response("<p>This page is no longer available</p>", { status: 500 })],
      "possible",
      "unavailable",
    ],
    ["quota with 409", [json({ code: "too_many", message: "quota" }, 409)], "none", "quota_exceeded"],
    ["a known message with its own side effect", [json({ message: "Name must be UNIQUE" }, 409)], "none", "conflict"],
    [
      "a redirect",
      [new Response(null, { status: 307, headers: { location: "https://evil.example/x" } })],
      "possible",
      "redirect_refused",
    ],
    ["an unreadable 201", [new Response("{", { status: 201 })], "committed", "vendor_contract"],
    ["a 200 with an error", [json({ error: { code: "internal", message: "no" } })], "committed", "vendor_contract"],
    [
      "a 200 with the vendor's word for no capacity",
      [json({ error: { code: "out_of_stock", message: "no" } })],
      "none",
      "vendor_contract",
    ],
  ];
  for (const [name, script, sideEffect, code] of cases) {
    it(`${sideEffect}, ${code}: ${name}`, async () => {
      const { client } = observe(script);
      expect(await failure(client.createInstance({ body: {} }))).toMatchObject({ sideEffect, code, attempts: 1 });
      expect(await failure(observe(script, { maxRetries: 0 }).client.getInstance({ path: { id: "1" } }))).toMatchObject({
        sideEffect: "none",
      });
    });
  }
  it("are the worst of all attempts", async () => {
    const { client } = observe([networkError("ECONNRESET"), json({}, 400)]);
    expect(await failure(client.rentInstance({ body: {} }))).toMatchObject({
      code: "invalid_request",
      sideEffect: "possible",
      attempts: 2,
    });
    const harmless = observe([unsent, json({}, 429), json({}, 400)]);
    expect(await failure(harmless.client.rentInstance({ body: {} }))).toMatchObject({ sideEffect: "none", attempts: 3 });
  });
  it("determine whether the caller may repeat a paid call", async () => {
    expect((await failure(observe([unsent]).client.createInstance({ body: {} }))).retryable).toBe(true);
    expect((await failure(observe([json({}, 429)]).client.createInstance({ body: {} }))).retryable).toBe(true);
    expect((await failure(observe([json({}, 503)]).client.createInstance({ body: {} }))).retryable).toBe(false);
  });
});

describe("configuration errors", () => {
  const cases: [name: string, options: object, call: object, says: RegExp][] = [
    ["no key", { apiKey: "" }, {}, /pass `apiKey` or set the environment variable EXAMPLE_API_KEY/],
    ["a key with characters that headers do not allow", { apiKey: "a\nb" }, {}, /visible ASCII characters; copy it again/],
    ["a key that is not a string", { apiKey: () => 5 }, {}, /no API key/],
    ["a base URL that is not a URL", { baseUrl: "nowhere" }, {}, /base URL must be https, .*, without credentials/],
    ["a base URL that is not a string", { baseUrl: 5 }, {}, /`baseUrl` must be of type string/],
    ["an unknown option", { apikey: "x" }, {}, /no option "apikey"; it takes apiKey, baseUrl, fetch, headers, timeoutMs/],
    ["a name that every object has", { toString: 5 }, {}, /no option "toString"/],
    ["a key of another type", { apiKey: 5 }, {}, /`apiKey` must be of type string or function/],
    ["a fetch of another type", { fetch: {} }, {}, /`fetch` must be of type function/],
    ["headers of another type", { headers: "x: y" }, {}, /`headers` must be of type object/],
    ["a timeout that is a string", { timeoutMs: "5" }, {}, /`timeoutMs` must be of type number/],
    ["retries that are a string", { maxRetries: "5" }, {}, /`maxRetries` must be of type number/],
    ["a pause that is null", { retryAfterMaxMs: null }, {}, /`retryAfterMaxMs` must be of type number/],
    ["hooks that are a function", { hooks: () => {} }, {}, /`hooks` must be of type object/],
    ["a clock without sleep", { clock: { now: () => 0 } }, {}, /`clock` must have the functions `now` and `sleep`/],
    ["a clock that is null", { clock: null }, {}, /`clock` must be of type object/],
    ["a base URL over http", { baseUrl: "http://api.example.com" }, {}, /must be https/],
    ["a base URL that only begins like loopback", { baseUrl: "http://localhost.evil.example" }, {}, /must be https/],
    ["a base URL with another scheme", { baseUrl: "ftp://localhost" }, {}, /must be https/],
    ["a base URL with credentials", { baseUrl: "https://u:p@api.example.com" }, {}, /without credentials/],
    ["a base URL with a query", { baseUrl: "https://api.example.com/?a=1" }, {}, /without credentials, query/],
    ...[0, -1, Number.NaN].map((timeoutMs): [string, object, object, RegExp] => [
      `timeoutMs ${timeoutMs}`,
      { timeoutMs },
      {},
      /timeoutMs/,
    ]),
    ...[-1, Number.NaN].map((value): [string, object, object, RegExp] => [
      `maxRetries ${value}`,
      {},
      { maxRetries: value },
      /maxRetries/,
    ]),
    ["retryAfterMaxMs", { retryAfterMaxMs: -1 }, {}, /retryAfterMaxMs/],
    ["a call's timeoutMs", {}, { timeoutMs: -5 }, /timeoutMs/],
    ["a body that is not JSON", {}, { body: { n: 1n } }, /cannot be built/],
    ["a header that cannot be sent", { headers: { "x-a": "line\nbreak" } }, {}, /header/],
    ["a query that cannot be serialized", {}, { query: { a: [{ deep: 1 }] } }, /query parameter "a" is nested/],
  ];
  for (const [name, options, call, says] of cases) {
    it(`${name}: thrown by the call, not by the factory`, async () => {
      const { client, sent } = observe([json({})], options as object);
      const error = await failure(client.createInstance({ body: {}, ...call }));
      expect(error).toMatchObject({ code: "configuration", sideEffect: "none", attempts: 0, retryable: false });
      expect(error.message).toMatch(says);
      expect(error.message).not.toContain("line\nbreak");
      expect(sent).toHaveLength(0);
      await expect(
        client.http.POST("/instances", { body: {}, ...call, ...("query" in call && { params: call }) }),
      ).rejects.toMatchObject({ code: "configuration" });
    });
  }
  it.each([null, "key-1", 5, () => {}])("are thrown for options that are %o", async (options) => {
    const client = createVendorClient<never, { listPrices(): Promise<unknown> }>(contract, options as never);
    const message = expect.stringContaining("the client's options are an object with apiKey, baseUrl, fetch");
    await expect(client.listPrices()).rejects.toMatchObject({ code: "configuration", sideEffect: "none", message });
  });
  for (const id of [undefined, "", ".", "..", null, {}, Number.NaN, "\ud800"]) {
    it(`a path parameter that is ${JSON.stringify(id)}`, async () => {
      const { client, sent } = observe([json(instance)]);
      expect((await failure(client.getInstance({ path: { id } }))).message).toMatch(/path parameter "id"/);
      expect((await failure(client.getInstance())).message).toMatch(/path parameter "id"/);
      await expect(client.http.GET("/instances/{id}", { params: { path: { id } } })).rejects.toMatchObject({
        code: "configuration",
      });
      expect(sent).toHaveLength(0);
    });
  }
  it("a path on `http` that would extend the host", async () => {
    const { client, sent } = observe([json({})]);
    await expect(client.http.GET("@evil.example/x")).rejects.toMatchObject({ code: "configuration" });
    expect(sent).toHaveLength(0);
  });
  it("do not occur for an operation that needs no key", async () => {
    const { client, sent } = observe([json([])], { apiKey: "" });
    expect(await client.listPrices()).toEqual([]);
    expect(sent[0]?.headers.has("x-api-key")).toBe(false);
  });
  it("do not occur for loopback over http", async () => {
    for (const baseUrl of ["http://localhost:1", "http://127.0.0.1:1/v1/", "http://[::1]:1", "http://a.localhost"]) {
      const { client, sent } = observe([json({ instances: [] })], { baseUrl });
      await client.listInstances();
      expect(sent[0]?.url).toBe(`${baseUrl.replace(/\/$/, "")}/instances`);
    }
  });
});

describe("a request", () => {
  it("has the vendor's URL, the key, the client's name and no redirects", async () => {
    const { client, sent } = observe([json(instance)], { headers: { "X-Team": "ours", "X-Own": "client" } });
    await client.http.POST("/instances", { body: { name: "a" }, headers: { "x-own": "call" } });
    expect(sent[0]).toMatchObject({
      url: "https://api.example.com/v1/instances",
      method: "POST",
      body: '{"name":"a"}',
      redirect: "manual",
    });
    expect(Object.fromEntries(sent[0]?.headers ?? [])).toEqual({
      "content-type": "application/json",
      "user-agent": "gpu-example/1.2.3",
      "x-api-key": key,
      "x-own": "call",
      "x-team": "ours",
    });
  });
  it("has encoded path and query parameters", async () => {
    const { client, sent } = observe([json(instance)]);
    await client.getInstance({ path: { id: "a/../b?c#d%2e" } });
    await client.getInstance({ path: { id: 0 } });
    const query = {
      page: 2,
      tags: ["a b", null, "c"],
      of: { region: "é", zone: undefined },
      none: undefined,
      no: null,
      empty: [],
    };
    await client.listInstances({ query }).catch(() => {});
    expect(sent.map(({ url }) => url.slice(27))).toEqual(
      ["/instances/a%2F..%2Fb%3Fc%23d%252e", "/instances/0", "/instances?page=2&tags=a%20b&tags=c&of[region]=%C3%A9"].map(
        (path) => path.slice(1),
      ),
    );
  });
  it("reads the key from the environment at the first call", async () => {
    process.env["EXAMPLE_API_KEY"] = "  from-environment\n";
    try {
      const { client, sent } = observe([json({ instances: [] })], { apiKey: undefined });
      await client.listInstances();
      expect(sent[0]?.headers.get("x-api-key")).toBe("from-environment");
    } finally {
      delete process.env["EXAMPLE_API_KEY"];
    }
  });
  it("uses the runtime's fetch by default", async () => {
    const server = createServer().listen(0);
    const { port } = server.address() as AddressInfo;
    await new Promise((closed) => server.close(closed));
    const { client } = observe([], { fetch: undefined, baseUrl: `http://127.0.0.1:${port}` });
    expect(await failure(client.createInstance({ body: {} }))).toMatchObject({ code: "network", sideEffect: "none" });
  });
});

describe("a custom fetch", () => {
  it("that throws or returns nothing is a network error with its cause", async () => {
    const throwing = () => {
      throw new RangeError("at once");
    };
    const one = observe([], { fetch: throwing });
    expect(await failure(one.client.createInstance({ body: {} }))).toMatchObject({
      code: "network",
      sideEffect: "possible",
      cause: { message: "at once", name: "RangeError" },
    });
    const nothing = observe([], { fetch: (async () => undefined) as never });
    expect(await failure(nothing.client.createInstance({ body: {} }))).toMatchObject({ code: "network", attempts: 1 });
  });
  it("whose response breaks off is a network error with the status", async () => {
    const broken = () => new Response(new ReadableStream({ start: (stream) => stream.error(new Error("cut")) }), { status: 200 });
    const { client } = observe([broken], { maxRetries: 0 });
    expect(await failure(client.createInstance({ body: {} }))).toMatchObject({
      code: "network",
      status: 200,
      sideEffect: "committed",
    });
    expect(await failure(client.listInstances())).toMatchObject({ code: "network", sideEffect: "none", retryable: true });
  });
});

describe("redirects", () => {
  for (const status of [301, 302, 303, 307, 308]) {
    it(`${status} is refused, and the error names the target's origin`, async () => {
      const { client, sent } = observe([
        new Response(null, { status, headers: { location: "https://evil.example/steal?key=1" } }),
      ]);
      const error = await failure(client.listInstances());
      expect(error).toMatchObject({ code: "redirect_refused", status, retryable: false, attempts: 1 });
      expect(error.message).toContain("https://evil.example was refused");
      expect(error.message).not.toContain("steal");
      expect(sent).toHaveLength(1);
      await expect(client.http.GET("/instances")).rejects.toMatchObject({ code: "redirect_refused" });
    });
  }
  it("is refused when the runtime hides it, or when a fetch followed it anyway", async () => {
    const opaque = Object.defineProperties(new Response(null), {
      type: { value: "opaqueredirect" },
      status: { value: 0 },
      ok: { value: false },
    });
    const followed = Object.defineProperties(json({ instances: [] }), {
      redirected: { value: true },
      url: { value: "https://evil.example/" },
    });
    expect(await failure(observe([() => opaque]).client.listInstances())).toMatchObject({
      code: "redirect_refused",
      status: undefined,
    });
    expect((await failure(observe([() => followed]).client.listInstances())).message).toContain("https://evil.example");
  });
  it("304 and 300 are not redirects, but undocumented responses", async () => {
    for (const status of [300, 304]) {
      const { client } = observe([new Response(null, { status })]);
      expect(await failure(client.listInstances())).toMatchObject({ code: "vendor_contract", status });
    }
  });
});

it("a GpuError of a call has exactly the documented fields", async () => {
  const { client } = observe([json({ error: { code: "X", message: "no", request_id: "r-1" } }, 400, { "retry-after": "2" })]);
  const error = await failure(client.createInstance({ body: {} }));
  expect(error).toBeInstanceOf(GpuError);
  expect({ ...error, message: error.message }).toEqual({
    message: "example createInstance (POST /instances): HTTP 400: X: no",
    code: "invalid_request",
    vendor: "example",
    operation: "createInstance",
    method: "POST",
    path: "/instances",
    status: 400,
    vendorCode: "X",
    vendorMessage: "no",
    requestId: "r-1",
    retryAfterMs: 2_000,
    retryable: false,
    sideEffect: "none",
    body: { error: { code: "X", message: "no", request_id: "r-1" } },
    headers: { "content-type": "application/json", "retry-after": "2" },
    attempts: 1,
  });
});

it("a timeout on a virtual clock fires under a test runner's fake timers", async () => {
  vi.useFakeTimers();
  try {
    const { client, clock } = observe([silenceAfter(() => (clock.time += 1_000))], { maxRetries: 0, timeoutMs: 1_000 });
    expect(await failure(client.listInstances())).toMatchObject({ code: "timeout" });
  } finally {
    vi.useRealTimers();
  }
});
