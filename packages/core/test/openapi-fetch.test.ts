import { wrapAsPathBasedClient } from "openapi-fetch";
import { describe, expect, it } from "vitest";
import { createVendorClient } from "../src/index.js";
import { createOpenapiFetch } from "../src/openapi-fetch.js";
import { contract, failure, json, key, networkError, observe, type Scripted, silenceAfter } from "./support.js";

interface Operation {
  parameters: {
    query?: { a?: number | Date | undefined; tag?: string[] };
    path?: { id: string };
    header?: { "x-trace"?: string };
  };
  requestBody?: { content: { "application/json": { name: string } } };
  responses: {
    200: { content: { "application/json": { id: string } } };
    404: { content: { "application/json": { code: string } } };
  };
}
interface Paths {
  "/instances": { get: Operation; post: Operation };
  "/instances/{id}": { get: Operation; delete: Operation };
  "/rentals": { post: Operation };
  "/metrics": { get: Operation; head: Operation };
}

function openapi(script: Scripted[], ...options: Parameters<typeof observe> extends [unknown, ...infer Rest] ? Rest : never) {
  const observed = observe(script, ...options);
  return { ...observed, api: createOpenapiFetch<Paths>(observed.client) };
}

const created = { id: "1", instances: [] };
const text = JSON.stringify(created);

describe("the client of openapi-fetch uses our transport", () => {
  it("sends the request that openapi-fetch builds, with the key and the client's headers", async () => {
    const { api, sent } = openapi([json(created)], { headers: { "x-team": "a", "x-trace": "client" } });
    const { data, error, response } = await api.POST("/instances", {
      params: { query: { a: new Date(0), tag: ["b", "c"] }, header: { "x-trace": "call" } },
      body: { name: "train" },
    });
    expect({ data, error, status: response.status }).toEqual({ data: created, error: undefined, status: 200 });
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      url: "https://api.example.com/v1/instances?a=1970-01-01T00%3A00%3A00.000Z&tag=b&tag=c",
      method: "POST",
      body: '{"name":"train"}',
      redirect: "manual",
    });
    expect(Object.fromEntries(sent[0]?.headers ?? [])).toMatchObject({
      "x-api-key": key,
      "x-team": "a",
      "x-trace": "call",
      "content-type": "application/json",
      "user-agent": "gpu-example/1.2.3",
    });
  });

  it("retries reads with backoff, and calls hooks for each attempt", async () => {
    const { api, sent, delays, events } = openapi([json({}, 503), networkError("ECONNRESET"), json(created)]);
    expect(await api.GET("/instances/{id}", { params: { path: { id: "1" } } })).toMatchObject({ data: created });
    expect(sent).toHaveLength(3);
    expect(delays).toHaveLength(2);
    expect(events.filter(({ hook }) => hook === "onRequest").map(({ operation }) => operation)).toEqual(
      Array(3).fill("getInstance"),
    );
  });

  it("sends a paid call once, whatever its path contains", async () => {
    const { api, sent } = openapi([networkError("ECONNRESET"), json(created)]);
    const error = await failure(api.POST("/instances", { body: { name: "a" } }));
    expect(error).toMatchObject({ code: "network", sideEffect: "possible", operation: "createInstance", attempts: 1 });
    expect(sent).toHaveLength(1);
  });

  it("retries a paid call only with an idempotency key, which a call may set", async () => {
    const { api, sent } = openapi([json({}, 503), json(created)]);
    await api.POST("/rentals", { body: { name: "a" }, idempotencyKey: "mine" });
    expect(sent.map(({ headers }) => headers.get("idempotency-key"))).toEqual(["mine", "mine"]);
  });

  it("accepts the timeout and retries of a call", async () => {
    const { api, sent } = openapi([json({}, 503)]);
    expect(await api.GET("/instances", { maxRetries: 0 })).toMatchObject({ error: {} });
    expect(sent).toHaveLength(1);
    expect(await failure(api.GET("/instances", { timeoutMs: -1 }))).toMatchObject({ code: "configuration" });
  });

  it("supports each of its ways to call", async () => {
    const { api, sent } = openapi([json(created)]);
    const paths = wrapAsPathBasedClient(api);
    expect(await paths["/instances/{id}"].GET({ params: { path: { id: "1" } } })).toMatchObject({ data: created });
    expect(await api.request("get", "/instances/{id}", { params: { path: { id: "2" } } })).toMatchObject({ data: created });
    expect(await api.HEAD("/metrics")).toMatchObject({ response: { status: 200 } });
    expect(sent.map(({ method, url }) => `${method} ${url.slice(27)}`)).toEqual([
      "GET instances/1",
      "GET instances/2",
      "HEAD metrics",
    ]);
    expect(sent.every(({ headers }) => headers.get("x-api-key") === key)).toBe(true);
  });
});

describe("a result of the client of openapi-fetch", () => {
  it("has the vendor's error", async () => {
    const { api } = openapi([json({ code: "gone" }, 404)]);
    const { data, error, response } = await api.GET("/instances/{id}", { params: { path: { id: "1" } } });
    expect({ data, error, status: response.status }).toEqual({ data: undefined, error: { code: "gone" }, status: 404 });
  });

  it.each([
    ["text", text],
    ["json", created],
  ] as const)("is parsed as %s", async (parseAs, data) => {
    expect(await openapi([json(created)]).api.GET("/instances/{id}", { params: { path: { id: "1" } }, parseAs })).toMatchObject({
      data,
    });
  });

  it("can be bytes, a blob or a stream", async () => {
    const { api } = openapi([json(created)]);
    const params = { path: { id: "1" } };
    const blob = await api.GET("/instances/{id}", { params, parseAs: "blob" });
    const bytes = await api.GET("/instances/{id}", { params, parseAs: "arrayBuffer" });
    const stream = await api.GET("/instances/{id}", { params, parseAs: "stream" });
    expect(await blob.data?.text()).toBe(text);
    expect(blob.data?.type).toBe("application/json");
    expect(bytes.data?.byteLength).toBe(text.length);
    expect(await new Response(stream.data).text()).toBe(text);
  });

  it("without content is undefined", async () => {
    const { api } = openapi([new Response(null, { status: 204 })]);
    expect(await api.DELETE("/instances/{id}", { params: { path: { id: "1" } } })).toMatchObject({ data: undefined });
  });

  it("uses the caller's serializers", async () => {
    const { api, sent } = openapi([json(created)]);
    await api.GET("/instances", {
      params: { query: { tag: ["a", "b"] } },
      querySerializer: { array: { style: "form", explode: false } },
    });
    await api.GET("/instances", { params: { query: { a: 1 } }, querySerializer: () => "own=1" });
    await api.GET("/instances/{id}", { params: { path: { id: "1" } }, pathSerializer: (path) => path.replace("{id}", "own") });
    await api.POST("/instances", { body: { name: "a" }, bodySerializer: () => "own" });
    expect(sent.map(({ url }) => url.slice(27))).toEqual(["instances?tag=a,b", "instances?own=1", "instances/own", "instances"]);
    expect(sent[3]?.body).toBe("own");
  });
});

describe("a failure of the client of openapi-fetch is a GpuError", () => {
  const cases: [string, Scripted[], object][] = [
    ["network", [networkError("ECONNRESET")], { code: "network" }],
    [
      "a redirect",
      [new Response(null, { status: 302, headers: { location: "https://other.example" } })],
      { code: "redirect_refused" },
    ],
    [
      "a response that is not JSON",
      [new Response("<html>", { headers: { "content-type": "text/html" } })],
      { code: "vendor_contract" },
    ],
    ["a success that contains an error", [json({ id: "1", code: "x", message: "y" })], { code: "vendor_contract" }],
  ];
  it.each(cases)("%s", async (_, script, expected) => {
    const { api } = openapi(script, { maxRetries: 0 });
    expect(await failure(api.GET("/instances/{id}", { params: { path: { id: "1" } } }))).toMatchObject(expected);
  });

  const refused: [what: string, id: string | undefined, options: object, message: string][] = [
    ["a path parameter", "..", {}, 'the path parameter "id"'],
    ["a missing path parameter", undefined, {}, 'the path parameter "id"'],
    ["an invalid base URL", "1", { baseUrl: "http://example.com" }, "the base URL must be https"],
    ["no key", "1", { apiKey: undefined }, "EXAMPLE_API_KEY"],
    ["a wrong option of the client", "1", { retries: 3 }, '"retries"'],
  ];
  it.each(refused)("%s: configuration, and nothing is sent", async (_, id, options, message) => {
    const { api, sent } = openapi([json(created)], options);
    const error = await failure(api.GET("/instances/{id}", { ...(id && { params: { path: { id } } }) }));
    expect(error).toMatchObject({ code: "configuration", operation: "getInstance" });
    expect(error.message).toContain(message);
    expect(sent).toEqual([]);
  });

  it.each(["baseUrl", "fetch", "cache", "credentials", "redirect", "keepalive", "mode", "Request"])(
    "the option %s, which it cannot keep",
    async (name) => {
      const { api, sent } = openapi([json(created)]);
      const error = await failure(api.GET("/instances", { [name]: "https://other.example" }));
      expect(error).toMatchObject({ code: "configuration" });
      expect(error.message).toContain(name);
      expect(sent).toEqual([]);
      // An option with the value undefined counts as absent.
      await api.GET("/instances", { [name]: undefined });
      expect(sent[0]?.url).toBe("https://api.example.com/v1/instances");
    },
  );

  it("an abort before the call, during a request, and between attempts", async () => {
    const before = openapi([json(created)]);
    expect(await failure(before.api.GET("/instances", { signal: AbortSignal.abort() }))).toMatchObject({
      code: "aborted",
      attempts: 0,
    });
    expect(before.sent).toEqual([]);
    const during = new AbortController();
    const { api, sent } = openapi([silenceAfter(() => during.abort())]);
    const error = await failure(api.POST("/instances", { body: { name: "a" }, signal: during.signal }));
    expect(error).toMatchObject({ code: "aborted", sideEffect: "possible", attempts: 1 });
    expect(sent[0]?.signal.aborted).toBe(true);
    const between = new AbortController();
    const waiting = openapi([json({}, 503)], {
      clock: {
        now: () => 0,
        sleep: async () => between.abort(),
      },
    });
    expect(await failure(waiting.api.GET("/instances", { signal: between.signal }))).toMatchObject({
      code: "aborted",
      attempts: 1,
    });
  });

  it("contains no secrets", async () => {
    const { api } = openapi([json({ message: "bad hunter2hunter2" }, 503)], { maxRetries: 0 });
    const { error } = await api.POST("/instances", { body: { name: "a", password: "hunter2hunter2" } as { name: string } });
    // The result has the vendor's unredacted body, as in openapi-fetch.
    expect(error).toEqual({ message: "bad hunter2hunter2" });
    const broken = openapi([new Response('{"password":"hunter2hunter2', { headers: { "x-request-id": "hunter2hunter2" } })]);
    const thrown = await failure(
      broken.api.POST("/instances", { body: { name: "a", password: "hunter2hunter2" } as { name: string } }),
    );
    expect(JSON.stringify(thrown)).not.toContain("hunter2");
  });
});

describe("middleware of the client of openapi-fetch", () => {
  it("runs in the order of openapi-fetch, before that of http, once per call", async () => {
    const order: string[] = [];
    const named = (name: string) => ({
      onRequest: () => void order.push(`${name} request`),
      onResponse: () => void order.push(`${name} response`),
    });
    const { api, client, sent } = openapi([json({}, 503), json(created)]);
    api.use(named("first"), named("second"));
    client.http.use(named("http"));
    await api.GET("/instances", { middleware: [named("call")] });
    expect(order).toEqual([
      ...["first request", "second request", "call request", "http request"],
      ...["http response", "call response", "second response", "first response"],
    ]);
    expect(sent).toHaveLength(2);
  });

  it("may replace the request, the response and the error; the operation stays the same", async () => {
    const { api, sent, events } = openapi([json({}, 503), networkError("ECONNRESET"), json(created)]);
    api.use({
      onRequest: ({ request }) => new Request(`${request.url}?tagged`, request),
      onResponse: ({ response }) => new Response(response.body, { status: 299 }),
    });
    const { response } = await api.GET("/instances/{id}", { params: { path: { id: "1" } } });
    expect(response.status).toBe(299);
    expect(sent[2]?.url).toBe("https://api.example.com/v1/instances/1?tagged");
    expect(events[0]?.operation).toBe("getInstance");
    const failing = openapi([networkError("ECONNRESET")]);
    failing.api.use({ onError: ({ error }) => new Error("mine", { cause: error }) });
    await expect(failing.api.POST("/instances", { body: { name: "a" } })).rejects.toThrow("mine");
  });

  it("cannot send the key without encryption", async () => {
    const { api, sent } = openapi([json(created)]);
    api.use({ onRequest: () => new Request("http://example.com/instances") });
    expect(await failure(api.GET("/instances"))).toMatchObject({ code: "configuration" });
    expect(sent).toEqual([]);
  });

  it("may return a response, and can be ejected", async () => {
    const { api, sent } = openapi([json(created)]);
    const cached = { onRequest: () => json({ id: "cached" }) };
    api.use(cached);
    expect(await api.GET("/instances")).toMatchObject({ data: { id: "cached" } });
    api.eject(cached);
    expect(await api.GET("/metrics")).toMatchObject({ data: created });
    expect(sent).toHaveLength(1);
  });
});

describe("createOpenapiFetch", () => {
  it("accepts only clients of the vendors' packages", () => {
    expect(() => createOpenapiFetch({})).toThrow("takes the client of a vendor's package");
  });
  it("needs no key before the first call", () => {
    expect(createOpenapiFetch(createVendorClient(contract))).toHaveProperty("GET");
  });
});
