import createClient, { type Middleware } from "openapi-fetch";
import { describe, expect, it } from "vitest";
import { failure, json, key, networkError, observe, type Scripted, silenceAfter } from "./support.js";

const list = { instances: [] };

describe("middleware receives", () => {
  it("a Request that it can clone, without the key, and a Response", async () => {
    const seen: unknown[] = [];
    const created = { id: "1" };
    const { client } = observe([json(created)]);
    client.http.use({
      async onRequest({ request, schemaPath, params, id, options }) {
        seen.push(
          request instanceof Request,
          await request.clone().text(),
          request.headers.has("x-api-key"),
          schemaPath,
          params.query,
          typeof id,
          options.baseUrl,
        );
        return new Request(request, { headers: { ...Object.fromEntries(request.headers), "x-added": "1" } });
      },
      async onResponse({ response }) {
        seen.push(response instanceof Response, await response.clone().json(), await response.json());
      },
    });
    expect(await client.http.POST("/instances", { body: { name: "a" }, params: { query: { a: 1 } } })).toMatchObject({
      data: created,
    });
    expect(seen).toEqual([
      true,
      '{"name":"a"}',
      false,
      "/instances",
      { a: 1 },
      "string",
      "https://api.example.com/v1",
      true,
      created,
      created,
    ]);
  });
  it("one call, however many attempts it has", async () => {
    const calls: string[] = [];
    const { client, sent } = observe([json({}, 503), networkError("ECONNRESET"), json(list)]);
    client.http.use({ onRequest: () => void calls.push("request"), onResponse: () => void calls.push("response") });
    expect(await client.listInstances()).toEqual(list);
    expect(calls).toEqual(["request", "response"]);
    expect(sent).toHaveLength(3);
  });
  it("named operations as well, until it is ejected", async () => {
    let calls = 0;
    const { client } = observe([json(list)]);
    const counting = { onRequest: () => void calls++ };
    client.http.use(counting);
    await client.listInstances();
    client.http.eject(counting);
    client.http.eject(counting);
    await client.listInstances();
    expect(calls).toBe(1);
  });
});

describe("middleware changes", () => {
  it("the URL, headers and body of the request; the key and an idempotency key are added afterwards", async () => {
    const { client, sent } = observe([json({}, 503), json({ id: "1" })]);
    client.http.use({
      onRequest: ({ request }) =>
        new Request(`${request.url}?tagged=1`, { method: "POST", headers: request.headers, body: '{"name":"b"}' }),
    });
    await client.rentInstance({ body: { name: "a" } });
    expect(sent).toHaveLength(2);
    for (const one of sent)
      expect(one).toMatchObject({ url: "https://api.example.com/v1/rentals?tagged=1", body: '{"name":"b"}' });
    expect(sent[0]?.headers.get("x-api-key")).toBe(key);
    expect(sent[0]?.headers.get("idempotency-key")).toBe(sent[1]?.headers.get("idempotency-key"));
  });
  it("nothing that makes a request unsafe", async () => {
    const { client, sent } = observe([json(list)]);
    client.http.use({ onRequest: () => new Request("http://api.example.com/v1/instances") });
    expect(await failure(client.listInstances())).toMatchObject({ code: "configuration" });
    expect(sent).toHaveLength(0);
  });
  it("the response", async () => {
    const { client } = observe([json(list)]);
    client.http.use({ onResponse: () => json({ instances: [{ id: "1" }] }) });
    expect(await client.listInstances()).toEqual({ instances: [{ id: "1" }] });
    expect(await client.http.GET("/instances")).toMatchObject({ status: 200, data: { instances: [{ id: "1" }] } });
  });
  it("the response into a failure, and a failure into a response", async () => {
    const failing = observe([json(list)]);
    failing.client.http.use({ onResponse: () => json({ error: { code: "E", message: "m" } }, 409) });
    expect(await failure(failing.client.listInstances())).toMatchObject({ code: "conflict", vendorCode: "E", attempts: 1 });
    expect(await failing.client.http.GET("/instances")).toMatchObject({ status: 409, error: { error: { code: "E" } } });
    const healing = observe([json({}, 404)]);
    healing.client.http.use({ onResponse: ({ response }) => (response.status === 404 ? json(list) : undefined) });
    expect(await healing.client.listInstances()).toEqual(list);
  });
  it("the response into one that violates the document", async () => {
    const { client } = observe([json(list)]);
    client.http.use({ onResponse: () => new Response("{") });
    expect(await failure(client.listInstances())).toMatchObject({ code: "vendor_contract" });
    expect(await failure(client.http.GET("/instances"))).toMatchObject({ code: "vendor_contract" });
  });
  it("an error into a response or another error", async () => {
    const { client } = observe([networkError("ECONNRESET")], { maxRetries: 0 });
    const caching = { onError: () => json(list) };
    client.http.use(caching);
    expect(await client.listInstances()).toEqual(list);
    client.http.eject(caching);
    class Mine extends Error {}
    client.http.use({ onError: ({ error }) => new Mine("mine", { cause: error }) });
    await expect(client.listInstances()).rejects.toBeInstanceOf(Mine);
    await expect(client.http.GET("/instances")).rejects.toMatchObject({ cause: { code: "network" } });
  });
});

describe("middleware responds", () => {
  it("instead of the vendor: nothing is sent, and no key is needed", async () => {
    const { client, sent } = observe([], { apiKey: "" });
    client.http.use({ onRequest: () => json(list) });
    expect(await client.listInstances()).toEqual(list);
    expect(await client.http.GET("/instances")).toMatchObject({ status: 200, data: list });
    expect(sent).toHaveLength(0);
  });
  it("and its response is checked against the document, without counting an attempt", async () => {
    const { client } = observe([]);
    client.http.use({ onRequest: () => new Response("<p>", { headers: { "content-type": "text/html" } }) });
    expect(await failure(client.listInstances())).toMatchObject({ code: "vendor_contract", attempts: 0 });
  });
});

describe("an error thrown by middleware", () => {
  const mine = new SyntaxError("mine");
  const boom = () => {
    throw mine;
  };
  for (const hook of ["onRequest", "onResponse", "onError"] as const) {
    it(`in ${hook} reaches the caller unchanged`, async () => {
      const { client } = observe(hook === "onError" ? [networkError("ECONNRESET")] : [json(list)], { maxRetries: 0 });
      client.http.use({ [hook]: boom } as unknown as Middleware);
      await expect(client.listInstances()).rejects.toBe(mine);
      await expect(client.http.GET("/instances")).rejects.toBe(mine);
    });
  }
});

describe("signals with middleware", () => {
  it("the caller's signal ends the call, and is the signal of the request", async () => {
    const controller = new AbortController();
    let seen: AbortSignal | undefined;
    const { client } = observe([silenceAfter(() => controller.abort(new Error("stop")))]);
    client.http.use({
      onRequest({ request }) {
        seen = request.signal;
      },
    });
    expect(await failure(client.createInstance({ body: {}, signal: controller.signal }))).toMatchObject({
      code: "aborted",
      sideEffect: "possible",
      cause: { message: "stop" },
    });
    expect(seen?.aborted).toBe(true);
  });
  it("a signal that was aborted before the call sends nothing", async () => {
    const { client, sent } = observe([json(list)]);
    client.http.use({ onResponse: () => undefined });
    expect(await failure(client.createInstance({ body: {}, signal: AbortSignal.abort() }))).toMatchObject({
      code: "aborted",
      attempts: 0,
    });
    expect(sent).toHaveLength(0);
  });
  it("the signal of a request that middleware returns also ends the call", async () => {
    const controller = new AbortController();
    const { client } = observe([silenceAfter(() => controller.abort())]);
    client.http.use({ onRequest: ({ request }) => new Request(request.url, { signal: controller.signal }) });
    expect(await failure(client.listInstances())).toMatchObject({ code: "aborted" });
  });
  it("the aborted signal of a request that middleware returns sends nothing", async () => {
    const { client, sent } = observe([json({ id: "1" })]);
    client.http.use({ onRequest: ({ request }) => new Request(request, { signal: AbortSignal.abort(new Error("no budget")) }) });
    expect(await failure(client.createInstance({ body: {} }))).toMatchObject({
      code: "aborted",
      sideEffect: "none",
      cause: { message: "no budget" },
    });
    expect(sent).toHaveLength(0);
  });
  it("the caller's signal ends a call whose middleware hangs before the request", async () => {
    const controller = new AbortController();
    const { client, sent } = observe([json({ id: "1" })]);
    client.http.use({ onRequest: silenceAfter(() => controller.abort()) });
    expect(await failure(client.createInstance({ body: {}, signal: controller.signal }))).toMatchObject({
      code: "aborted",
      sideEffect: "none",
    });
    expect(sent).toHaveLength(0);
  });
  it("the caller's signal ends a call whose middleware has read the request or hangs while handling its error", async () => {
    for (const hanging of [
      (abort: () => void): Middleware => ({
        onRequest: async ({ request }) => {
          await request.text();
          abort();
        },
      }),
      (abort: () => void): Middleware => ({ onError: silenceAfter(abort) }),
    ]) {
      const controller = new AbortController();
      const { client } = observe([networkError("ECONNRESET")], { maxRetries: 0 });
      client.http.use(hanging(() => controller.abort()));
      const error = await failure(client.createInstance({ body: {}, signal: controller.signal }));
      expect(["aborted", "network"]).toContain(error.code);
    }
  });
  it("the caller's signal does not discard a received response while middleware hangs", async () => {
    const controller = new AbortController();
    const { client } = observe([json({ id: "1" })]);
    client.http.use({ onResponse: silenceAfter(() => controller.abort()) });
    expect(await client.createInstance({ body: {}, signal: controller.signal })).toEqual({ id: "1" });
  });
});

it("knows the secrets of a body that middleware encodes", async () => {
  const { client } = observe([json({ message: "TOKEN=hunter2-secret is too long" }, 400)]);
  client.http.use({ onRequest: ({ request }) => new Request(request, { body: Uint8Array.of(0x1f, 0x8b, 0xff) }) });
  const call = client.createInstance({ body: { env: [{ name: "TOKEN", value: "hunter2-secret" }] } });
  expect((await failure(call)).message).not.toContain("hunter2");
});

it("sends a binary body from middleware unchanged", async () => {
  const bodies: unknown[] = [];
  const { client } = observe([json({}, 503)], {
    maxRetries: 0,
    fetch: async (_, { body }) => {
      bodies.push(body instanceof ArrayBuffer ? new Uint8Array(body) : body);
      return json({ id: "1" });
    },
  });
  const bytes = Uint8Array.of(0x1f, 0x8b, 0xff);
  for (const body of [bytes, "é\ufeff"]) {
    const replacing = { onRequest: ({ request }: { request: Request }) => new Request(request, { body }) };
    client.http.use(replacing);
    await client.createInstance({ body: {} });
    client.http.eject(replacing);
  }
  expect(bodies).toEqual([bytes, "é\ufeff"]);
});

/** Runs the same middleware and responses in openapi-fetch and in our client. */
describe("in the order of openapi-fetch", () => {
  const scripts: [name: string, Scripted][] = [
    ["a success", json(list)],
    ["an error response", json({ message: "no" }, 404)],
    ["an error", networkError("ECONNRESET")],
  ];
  const chains: [name: string, (log: (line: string) => void) => Middleware[]][] = [
    ["watching", (log) => [watcher("a", log), watcher("b", log)]],
    ["onRequest returns a response", (log) => [watcher("a", log), { onRequest: () => json(list) }, watcher("b", log)]],
    [
      "replacing the response",
      (log) => [watcher("a", log), { onResponse: () => json({ instances: [1] }, 201) }, watcher("b", log)],
    ],
    ["onError returns a response", (log) => [watcher("a", log), { onError: () => json({ instances: [2] }) }, watcher("b", log)]],
    [
      "onResponse returns an invalid value",
      (log) => [watcher("a", log), { onResponse: (() => "nonsense") as never }, watcher("b", log)],
    ],
    ["onRequest returns an invalid value", (log) => [watcher("a", log), { onRequest: (() => 5) as never }, watcher("b", log)]],
  ];
  for (const [script, response] of scripts) {
    for (const [name, makeChain] of chains) {
      it(`${name}, after ${script}`, async () => {
        const theirs: string[] = [];
        const ours: string[] = [];
        const { client } = observe([response], { maxRetries: 0 });
        client.http.use(...makeChain((line) => ours.push(line)));
        const original = createClient<Record<string, Record<"get", never>>>({
          baseUrl: "https://api.example.com/v1",
          fetch: async () => {
            if (response instanceof Error) throw response;
            return (response as Response).clone();
          },
        });
        original.use(...makeChain((line) => theirs.push(line)));
        const outcome = (call: Promise<{ data?: unknown; error?: unknown }>) =>
          call.then(
            ({ data, error }) => ({ data, error }),
            (error: Error) => ({ thrown: error.name === "Error" ? "what it must return" : "network" }),
          );
        const expected = await outcome(original.GET("/instances" as never, {} as never));
        expect(await outcome(client.http.GET("/instances"))).toEqual(expected);
        expect(ours).toEqual(theirs);
        expect(ours).not.toHaveLength(0);
      });
    }
  }
});

function watcher(name: string, log: (line: string) => void): Middleware {
  return {
    onRequest: ({ request }) => log(`${name} request ${request.method} ${request.url}`),
    onResponse: ({ response }) => log(`${name} response ${response.status}`),
    onError: () => log(`${name} error`),
  };
}
