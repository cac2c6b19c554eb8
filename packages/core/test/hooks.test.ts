import { describe, expect, it } from "vitest";
import { loggingHooks } from "../src/index.js";
import { failure, json, key, networkError, observe } from "./support.js";

describe("hooks", () => {
  it("are called once per attempt, in order, with the documented fields", async () => {
    const { client, events, sent } = observe([
      json({ message: "busy" }, 503, { "retry-after": "3" }),
      networkError("ECONNRESET"),
      json({ id: "1" }),
    ]);
    await client.getInstance({ path: { id: "i-1" } });
    expect(
      events.map(({ hook, attempt, status, delayMs, error }) => [
        hook,
        attempt,
        status,
        delayMs === undefined ? undefined : "delay",
        error?.code,
      ]),
    ).toEqual([
      ["onRequest", 1, undefined, undefined, undefined],
      ["onResponse", 1, 503, undefined, undefined],
      ["onError", 1, 503, undefined, "unavailable"],
      ["onRetry", 1, undefined, "delay", "unavailable"],
      ["onRequest", 2, undefined, undefined, undefined],
      ["onError", 2, undefined, undefined, "network"],
      ["onRetry", 2, undefined, "delay", "network"],
      ["onRequest", 3, undefined, undefined, undefined],
      ["onResponse", 3, 200, undefined, undefined],
    ]);
    expect(sent).toHaveLength(3);
    expect(new Set(events.map(({ callId }) => callId)).size).toBe(1);
    expect(events[0]).toEqual({
      hook: "onRequest",
      callId: events[0]?.callId,
      attempt: 1,
      vendor: "example",
      operation: "getInstance",
      method: "GET",
      url: "https://api.example.com/v1/instances/i-1",
      headers: { "user-agent": "gpu-example/1.2.3", "x-api-key": "[redacted]" },
    });
    expect(events[3]?.delayMs).toBe(3_000);
  });
  it.each([
    ["passes", () => {}],
    [
      "throws",
      () => {
        throw new Error("from the callback");
      },
    ],
  ])("of one call: onHeaders receives the headers of each response, and %s has no effect", async (_, effect) => {
    const { client } = observe([
      json({ message: "busy" }, 503, { date: "Thu, 01 Jan 2026 00:00:00 GMT" }),
      json({ id: "1" }, 200, { date: "Thu, 01 Jan 2026 00:00:02 GMT" }),
    ]);
    const dates: (string | null)[] = [];
    const onHeaders = (headers: Headers) => {
      dates.push(headers.get("date"));
      effect();
    };
    expect(await client.getInstance({ path: { id: "i-1" }, onHeaders })).toMatchObject({ id: "1" });
    expect(dates).toEqual(["Thu, 01 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 2026 00:00:02 GMT"]);
  });
  it("identify the call", async () => {
    const { client, events } = observe([json({ instances: [] })]);
    await Promise.all([client.listInstances(), client.listInstances()]);
    expect(new Set(events.map(({ callId }) => callId)).size).toBe(2);
  });
  it("report the second attempt after a renewed key", async () => {
    const keys = ["first-key", "second-key"];
    const { client, events } = observe([json({}, 401), json({ instances: [] })], { apiKey: () => keys.shift() ?? "" });
    await client.listInstances();
    expect(events.map(({ hook }) => hook)).toEqual(["onRequest", "onResponse", "onError", "onRetry", "onRequest", "onResponse"]);
    expect(JSON.stringify(events)).not.toMatch(/first-key|second-key/);
  });
  it("that throw or reject do not affect the call", async () => {
    const boom = () => {
      throw new Error("boom");
    };
    const reject = async () => boom();
    for (const hook of [boom, reject]) {
      const { client } = observe([json({}, 503), json({ instances: [] })], {
        hooks: { onRequest: hook, onResponse: hook, onRetry: hook, onError: hook },
      });
      expect(await client.listInstances()).toEqual({ instances: [] });
    }
  });
  it("never receive a response body, not even in the error", async () => {
    const bodies = [
      json({ error: { code: "E", message: "no" }, note: "BODY" }, 400),
      new Response("BODY as plain text", { status: 500 }),
      new Response(`BODY ${"x".repeat(400)}`, { status: 400 }),
      new Response("<p>BODY</p>"),
      new Response('{"note":"BODY'),
    ];
    for (const body of bodies) {
      const { client, events } = observe([body], { maxRetries: 1 });
      const error = await failure(client.listInstances());
      const reported = events.map((event) => JSON.stringify(event) + String(event.error?.message) + String(event.error?.stack));
      expect(reported.join()).not.toContain("BODY");
      expect(JSON.stringify(error)).toContain("BODY");
    }
  });
  it("receive redacted URLs and headers of request and response", async () => {
    const { client, events } = observe([json({ instances: [] }, 200, { "set-cookie": "session=abcdef", "x-echo": key })], {
      headers: { "x-proxy-token": "proxy-secret", cookie: "a=bcdef" },
    });
    await client.listInstances({ query: { echo: key, also: "proxy-secret" } });
    const reported = JSON.stringify(events);
    for (const secret of [key, "proxy-secret", "abcdef", "bcdef"]) expect(reported).not.toContain(secret);
    // A path that is not in the document comes from the caller, and may contain secrets.
    const other = observe([json({}, 400)]);
    expect((await other.client.http.GET(`/x?k=${key}`)).status).toBe(400);
    expect(JSON.stringify(other.events)).not.toContain(key);
    expect(events[0]?.url).toBe("https://api.example.com/v1/instances?echo=[redacted]&also=[redacted]");
  });
});

it("loggingHooks writes one line per event to a logger such as console", async () => {
  const lines: string[] = [];
  const hooks = loggingHooks({ debug: (line) => lines.push(`debug ${line}`), warn: (line) => lines.push(`warn ${line}`) });
  const { client } = observe([json({}, 503, { "retry-after": "1" }), json({ instances: [] })], { hooks });
  await client.listInstances();
  const where = /^(debug|warn) example listInstances \[[0-9a-f-]{36} #[12]\] GET https:\/\/api\.example\.com\/v1\/instances/;
  for (const line of lines) expect(line).toMatch(where);
  expect(lines.map((line) => line.replace(where, "$1"))).toEqual([
    "debug",
    "debug HTTP 503",
    "warn failed: unavailable: example listInstances (GET /instances): HTTP 503",
    "warn is sent again in 1000 ms",
    "debug",
    "debug HTTP 200",
  ]);
});
