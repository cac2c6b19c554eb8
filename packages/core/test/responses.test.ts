import { describe, expect, it } from "vitest";
import type { VendorContract } from "../src/index.js";
import { contract, failure, json, key, networkError, observe } from "./support.js";

const promisedJson: [name: string, response: Response, says: RegExp, body: unknown][] = [
  [
    "HTML",
    new Response("<html>Login</html>", { headers: { "content-type": "text/html; charset=utf-8" } }),
    /is text\/html; charset=utf-8, but complete JSON was expected/,
    "<html>Login</html>",
  ],
  [
    "truncated JSON",
    new Response('{"id":"i-1","na', { headers: { "content-type": "application/json" } }),
    /is application\/json, but complete JSON was expected/,
    '{"id":"i-1","na',
  ],
  ["nothing", new Response(""), /is empty/, undefined],
  ["204", new Response(null, { status: 204 }), /is empty/, undefined],
  ["plain text", new Response("created i-1", { headers: { "content-type": "text/plain" } }), /is text\/plain/, "created i-1"],
  [
    "JSON lines",
    new Response('{"id":"i-1"}\n{"id":"i-2"}', { headers: { "content-type": "application/json-seq" } }),
    /json-seq/,
    '{"id":"i-1"}\n{"id":"i-2"}',
  ],
  [
    "JSON on a page of HTML",
    new Response('{"id":"i-1"}', { headers: { "content-type": "Text/HTML" } }),
    /is Text\/HTML/,
    '{"id":"i-1"}',
  ],
  ["a list", json([1]), /of type array, but object/, [1]],
  ["null", json(null), /of type null/, null],
  ["no id", json({ name: "a" }), /lacks id/, { name: "a" }],
  [
    "an error",
    json({ id: "1", code: "E1", message: "no" }),
    /has an error although its status is 200: E1: no/,
    { id: "1", code: "E1", message: "no" },
  ],
];

describe("a success that violates the document", () => {
  for (const [name, response, says, body] of promisedJson) {
    it(`${name} instead of an instance`, async () => {
      const { client, sent } = observe([response]);
      const error = await failure(client.getInstance({ path: { id: "1" } }));
      expect(error).toMatchObject({ code: "vendor_contract", status: response.status, sideEffect: "none", retryable: false });
      expect(error.message).toMatch(says);
      expect(error.body).toEqual(body);
      expect(await failure(client.http.GET("/instances/{id}", { params: { path: { id: "1" } } }))).toMatchObject({
        code: "vendor_contract",
      });
      expect(sent).toHaveLength(2);
      expect(await failure(client.createInstance({ body: {} }))).toMatchObject({
        code: "vendor_contract",
        sideEffect: "committed",
      });
    });
  }
  it("keeps the vendor's code and message when it contains an error", async () => {
    const { client } = observe([json({ error: { code: "E1", message: "no", request_id: "r" } })]);
    expect(await failure(client.createInstance({ body: {} }))).toMatchObject({
      vendorCode: "E1",
      vendorMessage: "no",
      requestId: "r",
    });
  });
  it("shows at most the first 500 characters", async () => {
    const { client } = observe([new Response("x".repeat(9_000))]);
    expect((await failure(client.listInstances())).body).toBe("x".repeat(500));
  });
});

describe("a success", () => {
  const good: [name: string, response: Response][] = [
    ["with a charset", new Response('{"id":"é"}', { headers: { "content-type": 'Application/JSON ; charset="UTF-8"' } })],
    ["with a suffix", new Response('{"id":"é"}', { headers: { "content-type": "application/vnd.api+json" } })],
    ["without a type", new Response(new TextEncoder().encode('{"id":"é"}'))],
    ["with a byte order mark", new Response(new Uint8Array([0xef, 0xbb, 0xbf, ...new TextEncoder().encode('{"id":"é"}')]))],
    ["with more than promised", json({ id: "é", extra: 1 })],
    ["as plain text", new Response('{"id":"é"}', { headers: { "content-type": "text/plain; charset=utf-8" } })],
    ["as bytes", new Response('{"id":"é"}', { headers: { "content-type": "application/octet-stream" } })],
  ];
  for (const [name, response] of good) {
    it(`${name} is read`, async () => {
      const { client } = observe([response]);
      expect(await client.getInstance({ path: { id: "1" } })).toMatchObject({ id: "é" });
    });
  }
  it("is never parsed without declared content", async () => {
    for (const response of [
      new Response(null, { status: 204 }),
      new Response("<p>gone</p>"),
      new Response("{"),
      json({ error: { code: "E", message: "m" } }),
    ]) {
      const { client } = observe([response]);
      expect(await client.deleteInstance({ path: { id: "1" } })).toBeUndefined();
      expect(await client.http.DELETE("/instances/{id}", { params: { path: { id: "1" } } })).toMatchObject({ data: undefined });
    }
  });
  it("that may be empty returns undefined", async () => {
    expect(await observe([new Response("")]).client.refresh()).toBeUndefined();
    expect(await observe([json(null)]).client.refresh()).toBeUndefined();
    expect(await observe([json({})]).client.refresh()).toEqual({});
    expect(await observe([json({ done: true })]).client.refresh()).toEqual({ done: true });
  });
  it("of text returns the text, and never an HTML page", async () => {
    const metrics = new Response("gpu_up 1\n", { headers: { "content-type": "text/plain; version=0.0.4" } });
    expect(await observe([metrics]).client.readMetrics()).toBe("gpu_up 1\n");
    const page = new Response("<html></html>", { headers: { "content-type": "text/html" } });
    expect(await failure(observe([page]).client.readMetrics())).toMatchObject({ code: "vendor_contract" });
  });
});

describe("integers that a number cannot represent", () => {
  const cases: [text: string, value: unknown][] = [
    ["9007199254740993", "9007199254740993"],
    ["-9007199254740993", "-9007199254740993"],
    ["12345678901234567890", "12345678901234567890"],
    ["9007199254740991", 9007199254740991],
    ["1234567890123456", 1234567890123456],
    ["0.12345678901234567", Number("0.12345678901234567")],
    ["1234567890123456789.5", Number("1234567890123456789.5")],
    ["1e17", 1e17],
    ['"9007199254740993"', "9007199254740993"],
    [JSON.stringify('a " 9007199254740993 \\'), 'a " 9007199254740993 \\'],
    [
      '[9007199254740993,{"9007199254740993":[9007199254740993]}]',
      ["9007199254740993", { "9007199254740993": ["9007199254740993"] }],
    ],
  ];
  it.each(cases)("%s keeps its value", async (text, value) => {
    const respond = () => new Response(`{"id":${text}}`);
    const { client } = observe([respond]);
    expect(await client.getInstance({ path: { id: "1" } })).toEqual({ id: value });
    const { data, response } = await client.http.GET("/instances/{id}", { params: { path: { id: "1" } } });
    expect([data, await response.json()]).toEqual([{ id: value }, { id: value }]);
    const failing = observe([() => new Response(`{"message":"no","id":${text}}`, { status: 404 })]).client;
    expect((await failure(failing.getInstance({ path: { id: "1" } }))).body).toEqual({ message: "no", id: value });
  });
  it("are found in long texts, in linear time", async () => {
    const long = JSON.stringify({ id: 1, text: `${"\\".repeat(1_000_000)}"${"x".repeat(1_000_000)}` });
    const response = () => new Response(long.replace('"id":1', '"id":9007199254740993'));
    expect(await observe([response]).client.getInstance({ path: { id: "1" } })).toMatchObject({ id: "9007199254740993" });
  });
});

describe("an error response", () => {
  const long = "y".repeat(400);
  const shapes: [name: string, response: Response, expected: object][] = [
    [
      "a nested object",
      json({ error: { code: "E1", message: "m1", request_id: "r1" } }, 400),
      { vendorCode: "E1", vendorMessage: "m1", requestId: "r1" },
    ],
    [
      "a flat object",
      json({ code: "E2", message: "m2" }, 400, { "x-request-id": "r2" }),
      { vendorCode: "E2", vendorMessage: "m2", requestId: "r2" },
    ],
    ["an error that is a string", json({ error: "m3" }, 400), { vendorCode: undefined, vendorMessage: "m3" }],
    ["a code that is a number", json({ code: 17, message: "m" }, 400), { vendorCode: "17" }],
    ["a JSON string", json("m4", 400), { vendorMessage: "m4" }],
    ["plain text", new Response(" m5\n", { status: 400 }), { vendorMessage: "m5", body: " m5\n" }],
    ["long plain text", new Response(long, { status: 400 }), { vendorMessage: `${long.slice(0, 300)}…` }],
    ["HTML", new Response("<html>502</html>", { status: 502 }), { vendorMessage: undefined, body: "<html>502</html>" }],
    ["nothing", new Response("", { status: 404 }), { vendorMessage: undefined, body: undefined }],
    ["null", json(null, 400), { vendorMessage: undefined, body: null }],
    ["a list", json([{ message: "m" }], 422), { vendorMessage: undefined }],
    [
      "the name of a method",
      json({ code: "constructor", message: "__proto__" }, 400),
      { code: "invalid_request", vendorCode: "constructor" },
    ],
    [
      "broken JSON",
      new Response('{"error":{"code":"E1"', { status: 400 }),
      { vendorCode: undefined, vendorMessage: '{"error":{"code":"E1"' },
    ],
  ];
  for (const [name, response, expected] of shapes) {
    it(`with a body that is ${name}`, async () => {
      expect(await failure(observe([response], { maxRetries: 0 }).client.createInstance({ body: {} }))).toMatchObject(expected);
    });
  }
  it("is a result on `http`, with the body as the vendor sent it and a truthy error", async () => {
    const bodies: [Response, unknown][] = [
      [
        json({ error: { code: "E", message: "key not found", password: "p" } }, 404),
        { error: { code: "E", message: "key not found", password: "p" } },
      ],
      [new Response("plain", { status: 404 }), "plain"],
      [new Response("", { status: 404 }), "HTTP 404"],
      [json(null, 404), "null"],
      [json("", 404), '""'],
    ];
    for (const [response, error] of bodies) {
      const { client } = observe([response]);
      const result = await client.http.GET("/instances");
      expect(result).toMatchObject({ status: 404, error });
      expect("data" in result).toBe(false);
      expect(result.response.status).toBe(404);
    }
  });
});

describe("a vendor that reports failures in its bodies", () => {
  const marked: VendorContract = {
    ...contract,
    errors: {
      code: ["/error"],
      message: ["/msg", "/detail"],
      requestId: [],
      words: { auth_error: "unauthenticated", no_such_offer: "offer_gone", retired: "vendor_contract", busy: "rate_limited" },
      phrases: [
        { contains: "no_such_offer", code: "offer_gone" },
        { contains: "queued", code: "no_capacity", sideEffect: "committed" },
      ],
      failure: { pointer: "/success", value: false, code: "conflict" },
      created: ["/made"],
    },
  };
  const cases: [name: string, response: Response, expected: object][] = [
    ["a success status", json({ success: false, msg: "No." }), { code: "conflict", sideEffect: "none", vendorMessage: "No." }],
    [
      "a known code with status 200",
      json({ success: false, error: "no_such_offer" }),
      { code: "offer_gone", sideEffect: "none" },
    ],
    [
      "a known message with status 200",
      json({ success: false, msg: "It is queued." }),
      { code: "no_capacity", sideEffect: "committed" },
    ],
    [
      "a rejection with the id of what was created",
      json({ success: false, msg: "Too low", made: 7 }),
      { code: "conflict", sideEffect: "committed", body: { success: false, msg: "Too low", made: 7 } },
    ],
    [
      "an error status with the id of what was created",
      json({ error: "no_such_offer", made: 7 }, 400),
      { code: "offer_gone", sideEffect: "committed" },
    ],
    ["a code that contradicts its status", json({ error: "auth_error" }, 404), { code: "unauthenticated", sideEffect: "none" }],
    ["410 for a gone offer", json({ error: "no_such_offer", msg: "x" }, 410), { code: "offer_gone", sideEffect: "none" }],
    [
      "400 for a gone offer",
      json({ error: "invalid", msg: "error 404/3603: no_such_offer" }, 400),
      { code: "offer_gone", sideEffect: "none" },
    ],
    ["410 for a retired call", json({ error: "retired" }, 410), { code: "vendor_contract", sideEffect: "possible" }],
    [
      "a truncated error that may have contained an id",
      new Response('{"error":"no_such_offer","ma', { status: 400 }),
      { sideEffect: "possible" },
    ],
    ["an empty error", new Response("", { status: 404 }), { code: "not_found", sideEffect: "none" }],
    ["an error in plain text", new Response("Too fast", { status: 429 }), { code: "rate_limited", sideEffect: "none" }],
    [
      "an error whose body breaks off",
      new Response(new ReadableStream({ start: (controller) => controller.error(new TypeError("terminated")) }), { status: 400 }),
      { code: "network", sideEffect: "possible" },
    ],
    ["the mark under 500", json({ success: false, msg: "Oops" }, 500), { code: "unavailable", sideEffect: "possible" }],
  ];
  it.each(cases)("%s", async (_, response, expected) => {
    const { client, sent } = observe([response], { maxRetries: 0 }, marked);
    expect(await failure(client.createInstance({ body: {} }))).toMatchObject({ status: response.status, ...expected });
    expect(sent).toHaveLength(1);
  });
  it("also throws on `http` for a failure with a success status, and retries a repeatable read", async () => {
    const { client, sent } = observe([json({ success: false, error: "busy" }), json({ id: "1", success: true })], {}, marked);
    const { data } = await client.http.GET("/instances/{id}", { params: { path: { id: "1" } } });
    expect([data, sent.length]).toEqual([{ id: "1", success: true }, 2]);
    const refused = observe([json({ success: false, msg: "No." })], {}, marked);
    expect(await failure(refused.client.http.GET("/instances"))).toMatchObject({ code: "conflict", status: 200 });
  });
  it("calls the key function again when the error code reports a wrong key, whatever the status", async () => {
    const keys = ["first-key-0123456789", "second-key-0123456789"];
    const script = [json({ error: "auth_error" }, 404), json({ instances: [] })];
    const { client, sent } = observe(script, { apiKey: () => keys.shift() ?? "" }, marked);
    await client.listInstances();
    expect(sent.map(({ headers }) => headers.get("x-api-key"))).toEqual(["first-key-0123456789", "second-key-0123456789"]);
  });
});

it.each([
  ["a lost response", networkError("ECONNRESET"), "network"],
  ["a server error", json({}, 500), "unavailable"],
  ["an unreadable response", new Response("{"), "vendor_contract"],
] as const)("a search by POST leaves nothing behind: %s", async (_, response, code) => {
  const { client, sent } = observe([response], { maxRetries: 1 });
  expect(await failure(client.searchOffers({ body: {} }))).toMatchObject({ code, sideEffect: "none" });
  expect(sent).toHaveLength(code === "vendor_contract" ? 1 : 2);
});

describe("the response of `http`", () => {
  it("can be cloned, and read as text, JSON, bytes and a blob, any number of times", async () => {
    const list = { instances: [{ name: "grün" }] };
    const text = JSON.stringify(list);
    const { client } = observe([json(list), new Response(null, { status: 404, headers: { "x-request-id": "r" } })]);
    const { response } = await client.http.GET("/instances");
    for (let read = 0; read < 2; read += 1) {
      const blob = await response.blob();
      expect([blob.type, await blob.text()]).toEqual(["application/json", text]);
      expect(Buffer.from(await response.arrayBuffer()).toString()).toBe(text);
      const copy = response.clone();
      expect([copy.status, copy.headers.get("content-type"), await copy.json()]).toEqual([200, "application/json", list]);
    }
    expect(Buffer.from(await response.bytes()).toString()).toBe(text);
    expect(await (await client.http.GET("/instances")).response.clone().text()).toBe("");
  });
  it("can be read again", async () => {
    const { client } = observe([json({ instances: [] }), json({ message: "no" }, 404)]);
    for (const expected of [{ instances: [] }, { message: "no" }]) {
      const { response } = await client.http.GET("/instances");
      expect(await response.json()).toEqual(expected);
      expect(await response.text()).toBe(JSON.stringify(expected));
    }
  });
});

it.each([
  [undefined, "https://api.example.com/v1"],
  ["https://user:pass-1@api.example.com/v2?token=t-1#x", "https://api.example.com/v2"],
  ["nowhere", "nowhere"],
])("an inspected client with the base URL %s shows its vendor and %s", async (baseUrl, shown) => {
  const { inspect } = await import("node:util");
  const { client } = observe([], { baseUrl });
  expect(inspect({ client })).toBe(`{ client: example client of ${shown} }`);
});

it("contains no key when the client is inspected or serialized", async () => {
  const { inspect } = await import("node:util");
  const { client } = observe([json({ instances: [] })]);
  await client.listInstances();
  expect(inspect(client, { depth: 20, showHidden: true }) + JSON.stringify(client)).not.toContain(key);
});

describe("truncated text", () => {
  it.each(["json", "text"])("never splits a character: %s", async (form) => {
    const lengths = new Set<number>();
    for (let offset = 0; offset < 2; offset += 1) {
      const text = "x".repeat(offset) + "😀".repeat(4_000);
      const { client } = observe([
        form === "json" ? json({ message: text, detail: text }, 400) : new Response(text, { status: 400 }),
      ]);
      const { vendorMessage = "", message, body } = await failure(client.listInstances());
      lengths.add(vendorMessage.length);
      expect(vendorMessage.length).toBeLessThan(text.length);
      // `encodeURIComponent` throws for a lone surrogate.
      for (const shown of [vendorMessage, message, JSON.stringify(body)]) {
        expect(() => encodeURIComponent(shown)).not.toThrow();
        expect(shown).not.toMatch(/\\ud8|\\udc/i);
      }
    }
    expect(lengths.size).toBe(2);
  });
});
