import { type Fetch, GpuError } from "@gpu/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  allowsEverything,
  type CallParts,
  type DocumentedOperation,
  documentedOperations,
  exampleCall,
  examplesOf,
  jsonOf,
  type MediaObject,
  type OpenApiDocument,
  type Pagination,
  readDocument,
  readJson,
  successes,
} from "./document.js";
import { type PrismServer, startPrism } from "./prism.js";

/** A vendor's package, as the suite needs it. */
export interface ContractSuiteOptions {
  /** The composed document, `packages/<vendor>/openapi.json`. */
  documentFile: URL;
  /** The package's factory. */
  createClient: (options: { apiKey?: string; baseUrl: string; fetch: Fetch; maxRetries: number }) => object;
  /** JSON list of requests that the vendor's own clients send. Prism must accept each of them. */
  recordedRequestsFile: URL;
}

/** A request that a client of the vendor sends. */
export interface RecordedRequest {
  operation: string;
  why: string;
  path?: Record<string, string>;
  query?: Record<string, string | number | boolean | string[]>;
  headers?: Record<string, string>;
  body?: unknown;
}

type NamedCall = (options?: unknown) => Promise<unknown>;
type NamedPages = Record<"pages" | "items", (options?: unknown) => AsyncIterable<unknown>>;
type HttpCall = (path: string, init?: unknown) => Promise<{ status: number; data?: unknown; error?: unknown }>;
type AnyClient = Record<string, NamedCall | undefined> & { http: Record<string, HttpCall | undefined> };

/** One request and its response. */
interface Exchange {
  requestHeaders: Headers;
  status: number;
  violations: string | null;
}

/** Replaces a request. With `code`, Prism responds with that status. */
type Change = (init: RequestInit) => RequestInit & { code?: number };

const apiKey = "contract-test-key";

/**
 * Tests every operation of the document: runs a vendor's client against a Prism server of the same document.
 * Expects success without violations, a typed error for every declared error, and rejection of invalid requests.
 */
export function contractSuite(options: ContractSuiteOptions): void {
  const document = readDocument(options.documentFile);
  const operations = documentedOperations(document);
  const exercised = new Set<string>();
  let prism: PrismServer;

  beforeAll(async () => {
    prism = await startPrism(options.documentFile.pathname);
  }, 60_000);
  afterAll(async () => {
    await prism?.close();
  });

  /** A client of the Prism server. `change` may alter each request before it is sent. */
  function prismClient(change: Change): { client: AnyClient; exchanges: Exchange[] } {
    const exchanges: Exchange[] = [];
    const client = options.createClient({
      apiKey,
      baseUrl: prism.url,
      maxRetries: 0,
      fetch: async (url, init) => {
        const { code, ...changedInit } = change(init);
        // As a query: the header `Prefer`, which Prism also reads, may be a parameter of the vendor's.
        const choice = code === undefined ? "" : `${url.includes("?") ? "&" : "?"}__code=${code}`;
        const response = await fetch(url + choice, changedInit);
        exchanges.push({
          requestHeaders: new Headers(init.headers),
          status: response.status,
          violations: response.headers.get("sl-violations"),
        });
        return response;
      },
    });
    return { client: client as AnyClient, exchanges };
  }

  /** A client that receives this response to every request. */
  function clientOf(response: () => Response): AnyClient {
    const fetch = async () => response();
    return options.createClient({ apiKey, baseUrl: "http://127.0.0.1", maxRetries: 0, fetch }) as AnyClient;
  }

  async function call(
    operation: DocumentedOperation,
    given: CallParts,
    change: Change = (init) => init,
  ): Promise<{ result: unknown; error: unknown; exchange: Exchange | undefined }> {
    const { client, exchanges } = prismClient(change);
    const method = client[operation.name];
    if (!method) throw new Error(`the client has no operation ${operation.name}`);
    try {
      const result = await collected(await method(given));
      return { result, error: undefined, exchange: exchanges[0] };
    } catch (error) {
      return { result: undefined, error, exchange: exchanges[0] };
    }
  }

  async function httpCall(
    operation: DocumentedOperation,
    { path, query, headers, body }: CallParts,
    change: Change = (init) => init,
  ): Promise<{ result: Awaited<ReturnType<HttpCall>>; exchange: Exchange | undefined }> {
    const { client, exchanges } = prismClient(change);
    const method = client.http[operation.method];
    if (!method) throw new Error(`http has no ${operation.method}`);
    const result = await method(operation.path, { params: { path, query, header: headers }, body });
    if (result.data !== undefined) result.data = await collected(result.data);
    return { result, exchange: exchanges[0] };
  }

  describe.each(operations.map((operation) => ({ name: operation.name, operation })))("$name", ({ operation }) => {
    const bodies: [string, unknown][] = operation.body ? operation.body.examples : [["no body", undefined]];
    const minimal = () => exampleCall(operation, bodies[0]?.[1], false);
    const failures = [...operation.responses.keys()].filter((status) => !status.startsWith("2"));
    const callable = it.skipIf(!isCallable(operation));
    const succeeding = it.skipIf(
      !isCallable(operation) || !successes(operation).every(([status]) => hasExample(operation, status)),
    );

    succeeding.each(bodies)("succeeds as documented (%s)", async (_, body) => {
      for (const given of [exampleCall(operation, body, false), exampleCall(operation, body, true)]) {
        const { result, error, exchange } = await call(operation, given);
        expect(error).toBeUndefined();
        expect(exchange?.violations).toBeNull();
        expect(result).toEqual(promisedBody(operation, exchange?.status));
      }
    });

    succeeding("http returns the documented result", async () => {
      const { result, exchange } = await httpCall(operation, exampleCall(operation, bodies[0]?.[1], true));
      expect(exchange?.violations).toBeNull();
      expect(result).toMatchObject({ status: exchange?.status });
      expect(result.data).toEqual(promisedBody(operation, exchange?.status));
      expect(result.error).toBeUndefined();
    });

    callable("http returns the documented error", async () => {
      const [declared = "default"] = failures.filter((status) => hasExample(operation, status));
      const status = declared === "default" ? 503 : Number(declared);
      const prefer = (init: RequestInit) => ({ ...init, code: status });
      const { result } = await httpCall(operation, minimal(), prefer);
      expect(result.status).toBe(status);
      expect(result.data).toBeUndefined();
      expect(result.error).toEqual(promisedBody(operation, declared));
    });

    if (isCallable(operation) && mayBeEmpty(operation)) {
      it.each([
        ["a 200 without content", () => new Response("", { status: 200 })],
        ["a 204", () => new Response(null, { status: 204 })],
        ["an empty object", () => Response.json({})],
      ] as const)("accepts %s as a success", async (_, response) => {
        const client = clientOf(response);
        const given = minimal();
        expect([undefined, {}]).toContainEqual(await client[operation.name]?.(given));
        const { path, query, headers, body } = given;
        const init = { params: { path, query, header: headers }, body };
        const result = await client.http[operation.method]?.(operation.path, init);
        expect([undefined, {}]).toContainEqual(result?.data);
        expect(result?.error).toBeUndefined();
      });
    }

    const { pagination } = operation;
    if (pagination) {
      it("reads all its pages", async () => {
        const expectedPages = twoPages(operation, pagination);
        const items = [pagination.items].flat()[0] ?? "";
        const requested: (string | null)[] = [];
        const client = options.createClient({
          apiKey,
          baseUrl: "http://127.0.0.1",
          maxRetries: 0,
          fetch: async (url) => {
            requested.push(new URL(url).searchParams.get(pagination.request));
            return Response.json(expectedPages[requested.length - 1] ?? changed(expectedPages[1], items, []));
          },
        }) as Record<string, NamedPages | undefined>;
        const found: unknown[] = [];
        for await (const page of client[operation.name]?.pages(exampleCall(operation, undefined, false)) ?? []) found.push(page);
        expect(found.slice(0, 2)).toEqual(expectedPages);
        expect(requested).toEqual(positions(expectedPages[0], pagination));
        requested.length = 0;
        const entries: unknown[] = [];
        for await (const entry of client[operation.name]?.items(exampleCall(operation, undefined, false)) ?? [])
          entries.push(entry);
        expect(entries).toEqual(expectedPages.flatMap((page) => at(page, items)));
      });
    }

    it("has an example for every body", () => {
      exercised.add(operation.name);
      if (operation.body?.hasExample) expect(operation.body.examples.length).toBeGreaterThan(0);
      for (const [status, response] of operation.responses) {
        const media = jsonOf(response);
        if (media && hasExample(operation, status))
          expect([status, media.example ?? media.examples]).not.toEqual([status, undefined]);
      }
    });

    it("declares errors and a default response", () => {
      expect(failures).toContain("default");
      expect(failures.length).toBeGreaterThan(operation.isPublic ? 0 : 1);
    });

    callable.each(failures.filter((status) => hasExample(operation, status)))("throws a typed error for %s", async (declared) => {
      // For an undeclared status, Prism sends the `default` response.
      const status = declared === "default" ? 503 : Number(declared);
      const prefer = (init: RequestInit) => ({ ...init, code: status });
      const { error } = await call(operation, minimal(), prefer);
      expect(GpuError.isInstance(error)).toBe(true);
      if (!GpuError.isInstance(error)) return;
      expect(error).toMatchObject({ vendor: document["x-gpu-client"].vendor, operation: operation.name, status, attempts: 1 });
      expect(error.code).not.toBe("vendor_contract");
      expect(error.body).toBeDefined();
    });

    const checked = {
      key: operation.isPublic ? undefined : callable,
      body: operation.body && !allowsEverything(operation.body.schema) ? callable : undefined,
    };
    checked.key?.("is rejected without a key", async () => {
      const { error, exchange } = await call(operation, minimal(), (init) => ({ ...init, headers: withoutKey(init) }));
      expect(exchange?.status).toBe(401);
      expect(error).toMatchObject({ code: "unauthenticated", sideEffect: "none" });
    });

    checked.key?.("sends the key in the vendor's format", async () => {
      const { exchange } = await call(operation, minimal());
      const { apiKeyPrefix } = document["x-gpu-client"];
      const values = [...(exchange?.requestHeaders.values() ?? [])];
      expect(values).toContain(apiKeyPrefix + apiKey);
    });

    checked.body?.("runs against a server that rejects a body that violates the schema", async () => {
      const given = minimal();
      const results: Awaited<ReturnType<typeof call>>[] = [];
      for (const broken of brokenBodies(operation)) {
        const result = await call(operation, given, (init) => ({ ...init, body: JSON.stringify(broken) }));
        results.push(result);
        if (result.exchange?.violations) break;
      }
      const { error, exchange } = results.at(-1) ?? {};
      expect([400, 415, 422]).toContain(exchange?.status);
      expect(exchange?.violations).toContain("request");
      expect(error).toMatchObject({ status: exchange?.status, sideEffect: "none" });
    });
  });

  describe("an error of the vendor", () => {
    const { code = [], message = [] } = document["x-gpu-client"].errors ?? {};
    const fields = [
      ...code.map((pointer) => ["vendorCode", pointer] as const),
      ...message.map((pointer) => ["vendorMessage", pointer] as const),
    ];
    const operation = operations.find((one) => one.method === "GET" && isCallable(one));
    it.skipIf(!operation).each(fields)("has the %s from %s", async (field, pointer) => {
      if (!operation) return;
      const body = bodyWith(pointer, "SOME_WORD");
      const call = clientOf(() => Response.json(body, { status: 400 }))[operation.name];
      const error = await call?.(exampleCall(operation, undefined, false)).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ status: 400, code: "invalid_request", [field]: "SOME_WORD" });
    });
  });

  describe("requests of the vendor's own clients", () => {
    const recorded = readJson<RecordedRequest[]>(options.recordedRequestsFile);
    if (recorded.length === 0) it.skip("none are recorded yet");
    it.each(recorded)("$operation: $why", async (request) => {
      const operation = operations.find(({ name }) => name === request.operation);
      if (!operation) throw new Error(`the document has no operation ${request.operation}`);
      const response = await fetch(requestUrl(prism.url, operation, request), {
        method: operation.method,
        headers: recordedHeaders(document, request),
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      });
      const violations = response.headers.get("sl-violations");
      await response.text();
      expect({ ok: response.ok, status: response.status, violations }).toMatchObject({ ok: true, violations: null });
    });
  });

  it("covers every operation of the document", () => {
    expect([...exercised].sort()).toEqual(operations.map(({ name }) => name).sort());
  });
}

/** The body that the client returns: the first example, which Prism sends. An `x-empty` response with an empty object becomes undefined. */
function promisedBody(operation: DocumentedOperation, status: number | string | undefined): unknown {
  const response = operation.responses.get(String(status));
  const events = response?.content?.["text/event-stream"];
  if (events && !jsonOf(response)) return eventsIn(events);
  const example = examplesOf(jsonOf(response) ?? response?.content?.["text/plain"])[0]?.[1];
  return response?.["x-empty"] && isEmptyObject(example) ? undefined : example;
}

/** The events of an example, whose lines have no comments and one line of data each. */
function eventsIn(media: MediaObject): unknown[] {
  const blocks = String(examplesOf(media)[0]?.[1]).split("\n\n");
  if (blocks.pop() !== "") throw new Error("the example of a stream must end with a blank line");
  return blocks.map((block) => {
    const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s)));
    const { id, event = "message", data } = fields;
    return { id, event, data: media["x-item-schema"] ? JSON.parse(data) : data };
  });
}

/** The result of a call. For a stream, its events. */
async function collected(result: unknown): Promise<unknown> {
  if (typeof result !== "object" || result === null || !(Symbol.asyncIterator in result)) return result;
  const events: unknown[] = [];
  for await (const event of result as AsyncIterable<unknown>) events.push(event);
  return events;
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** A first and a last page, made from the operation's example. */
function twoPages(operation: DocumentedOperation, { style, next, more, items: places }: Pagination): [unknown, unknown] {
  const [items = ""] = [places].flat();
  const example = promisedBody(operation, 200);
  const entries = at(example, items);
  if (!Array.isArray(entries) || entries.length === 0) throw new Error(`${operation.name}: the example has no entries`);
  // An extra field distinguishes these entries from the first page's.
  const last = changed(
    example,
    items,
    entries.map((entry: object) => ({ ...entry, onLastPage: true })),
  );
  const total = 2 * entries.length;
  const nextValues = style === "cursor" ? ["cursor-2", null] : [total, total];
  const page = (body: unknown, index: number) => changed(more ? changed(body, more, index === 0) : body, next, nextValues[index]);
  return [page(example, 0), page(last, 1)];
}

/** The page parameters of the expected requests. */
function positions(first: unknown, { style, items, first: number = 1 }: Pagination): (string | null)[] {
  if (style === "cursor") return [null, "cursor-2"];
  const entries = at(first, [items].flat()[0] ?? "") as unknown[];
  if (style === "offset") return ["0", String(entries.length)];
  // Some vendors return the same page for 0 and 1, so the client requests one page more.
  return [String(number), String(number + 1), ...(number === 0 ? [String(number + 2)] : [])];
}

/** Whether a success without content is one: nothing is declared to be read, or the operation is an action. */
function mayBeEmpty(operation: DocumentedOperation): boolean {
  const isAction = /^(?:delete|remove|start|stop|restart|reboot|cancel)[A-Z]/.test(operation.name);
  return isAction || successes(operation).every(([, response]) => response["x-empty"] === true || !response.content);
}

/** An object with a value at a JSON pointer and nothing else. */
function bodyWith(pointer: string, value: unknown): unknown {
  return pointer
    .split("/")
    .slice(1)
    .reduceRight((inner, step) => ({ [step]: inner }), value);
}

/** The value at a JSON pointer. */
function at(value: unknown, pointer: string): unknown {
  return pointer
    .split("/")
    .slice(1)
    .reduce<unknown>((node, step) => (node as Record<string, unknown> | undefined)?.[step], value);
}

/** A copy with a new value at a JSON pointer. */
function changed(value: unknown, pointer: string, becomes: unknown): unknown {
  const copy = structuredClone(value);
  const steps = pointer.split("/").slice(1);
  const parent = at(
    copy,
    steps
      .slice(0, -1)
      .map((step) => `/${step}`)
      .join(""),
  ) as Record<string, unknown>;
  parent[steps.at(-1) ?? ""] = becomes;
  return copy;
}

/** Candidates for an invalid body: a required field is missing, or the type is wrong. */
function brokenBodies(operation: DocumentedOperation): unknown[] {
  const { schema, examples } = operation.body ?? { schema: {}, examples: [] };
  const example = examples[0]?.[1];
  const ofOtherTypes = [[example], 42, "text", true, { a: { b: [example] } }];
  if (typeof example !== "object" || example === null) return [...ofOtherTypes].reverse();
  const [missing] = schema.required ?? [];
  if (!missing) return ofOtherTypes;
  return [Object.fromEntries(Object.entries(example).filter(([name]) => name !== missing)), ...ofOtherTypes];
}

/** Whether the document has an example for everything that a call must send. */
function isCallable(operation: DocumentedOperation): boolean {
  const hasBody = !operation.body || operation.body.hasExample;
  return hasBody && !operation.parameters.some((parameter) => parameter["x-no-example"]);
}

/** Whether Prism can send a body for a status. It cannot create an example for some schemas. */
function hasExample(operation: DocumentedOperation, status: string): boolean {
  return jsonOf(operation.responses.get(status))?.["x-no-example"] !== true;
}

function withoutKey(init: RequestInit): Headers {
  const headers = new Headers(init.headers);
  for (const [name, value] of [...headers]) if (value.includes(apiKey)) headers.delete(name);
  return headers;
}

function recordedHeaders(document: OpenApiDocument, request: RecordedRequest): Headers {
  const headers = new Headers(authorization(document));
  if (request.body !== undefined) headers.set("content-type", "application/json");
  for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value);
  return headers;
}

function authorization(document: OpenApiDocument): Record<string, string> {
  const schemes = (document.components as unknown as { securitySchemes: Record<string, { type: string; name?: string }> })
    .securitySchemes;
  const [scheme] = Object.values(schemes);
  const name = scheme?.type === "apiKey" && scheme.name ? scheme.name : "Authorization";
  return { [name]: document["x-gpu-client"].apiKeyPrefix + apiKey };
}

function requestUrl(base: string, operation: DocumentedOperation, request: RecordedRequest): string {
  const path = operation.path.replace(/\{([^{}]+)\}/g, (_, name: string) => encodeURIComponent(request.path?.[name] ?? ""));
  const query = new URLSearchParams(
    Object.entries(request.query ?? {}).flatMap(([name, value]) => [value].flat().map((one) => [name, String(one)])),
  ).toString();
  return base + path + (query ? `?${query}` : "");
}
