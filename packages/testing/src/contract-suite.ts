import { type Fetch, GpuError } from "@gpu/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type DocumentedOperation,
  documentedOperations,
  jsonOf,
  type OpenApiDocument,
  readDocument,
  readJson,
} from "./document.js";
import { type PrismServer, startPrism } from "./prism.js";

/** What the suite needs of a vendor's package. */
export interface ContractSuiteOptions {
  /** The composed document, `packages/<vendor>/openapi.json`. */
  documentFile: URL;
  /** The package's factory. */
  createClient: (options: { apiKey?: string; baseUrl: string; fetch: Fetch; maxRetries: number }) => object;
  /** JSON list of requests as the vendor's own clients send them: Prism must accept each. */
  recordedRequestsFile: URL;
}

/** A request as a client of the vendor's own sends it. */
export interface RecordedRequest {
  operation: string;
  why: string;
  path?: Record<string, string>;
  query?: Record<string, string | number | boolean | string[]>;
  headers?: Record<string, string>;
  body?: unknown;
}

type NamedCall = (options?: unknown) => Promise<unknown>;

/** What went over the wire in one call. */
interface Exchange {
  requestHeaders: Headers;
  status: number;
  violations: string | null;
}

const apiKey = "contract-test-key";

/**
 * The contract of every operation, driven by the document: runs a vendor's client against a Prism server of the same document.
 * Success without a violation, every declared error as a typed error, and proof that the server checks.
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

  /** Makes one call by its name; `change` may alter the request on its way. */
  async function call(
    operation: DocumentedOperation,
    given: Record<string, unknown>,
    change: (init: RequestInit) => RequestInit = (init) => init,
  ): Promise<{ result: unknown; error: unknown; exchange: Exchange | undefined }> {
    let exchange: Exchange | undefined;
    const client = options.createClient({
      apiKey,
      baseUrl: prism.url,
      maxRetries: 0,
      fetch: async (url, init) => {
        const response = await fetch(url, change(init));
        exchange = {
          requestHeaders: new Headers(init.headers),
          status: response.status,
          violations: response.headers.get("sl-violations"),
        };
        return response;
      },
    }) as Record<string, NamedCall | undefined>;
    const method = client[operation.name];
    if (!method) throw new Error(`the client has no operation ${operation.name}`);
    try {
      return { result: await method(given), error: undefined, exchange };
    } catch (error) {
      return { result: undefined, error, exchange };
    }
  }

  describe.each(operations.map((operation) => ({ name: operation.name, operation })))("$name", ({ operation }) => {
    const bodies: [string, unknown][] = operation.body ? operation.body.examples : [["no body", undefined]];

    it.each(bodies)("succeeds as documented (%s)", async (_, body) => {
      for (const given of [exampleCall(operation, body, false), exampleCall(operation, body, true)]) {
        const { result, error, exchange } = await call(operation, given);
        expect(error).toBeUndefined();
        expect(exchange?.violations).toBeNull();
        const response = operation.responses.get(String(exchange?.status));
        const promised = jsonOf(response);
        if (!promised) expect(result).toBeUndefined();
        else expect(result).toEqual(promised.example ?? Object.values(promised.examples ?? {})[0]?.value);
      }
      exercised.add(operation.name);
    });

    it("has an example of every body", () => {
      if (operation.body) expect(operation.body.examples.length).toBeGreaterThan(0);
      for (const [status, response] of operation.responses) {
        const media = jsonOf(response);
        if (media) expect([status, media.example ?? media.examples]).not.toEqual([status, undefined]);
      }
    });

    const failures = [...operation.responses.keys()].filter((status) => !status.startsWith("2"));
    it("declares errors, and one for every other status", () => {
      expect(failures).toContain("default");
      expect(failures.length).toBeGreaterThan(operation.isPublic ? 0 : 1);
    });

    it.each(failures)("gives %s as a typed error", async (declared) => {
      // An undeclared status makes Prism answer with `default`.
      const status = declared === "default" ? 503 : Number(declared);
      const prefer = (init: RequestInit) => ({ ...init, headers: withHeader(init, "prefer", `code=${status}`) });
      const { error } = await call(operation, exampleCall(operation, operation.body?.examples[0]?.[1], false), prefer);
      expect(GpuError.isInstance(error)).toBe(true);
      if (!GpuError.isInstance(error)) return;
      expect(error).toMatchObject({ vendor: document["x-gpu-client"].vendor, operation: operation.name, status, attempts: 1 });
      expect(error.code).not.toBe("vendor_contract");
      expect(error.body).toBeDefined();
    });

    const checked = {
      key: operation.isPublic ? undefined : it,
      body: operation.body ? it : undefined,
    };
    checked.key?.("is refused without a key", async () => {
      const { error, exchange } = await call(
        operation,
        exampleCall(operation, operation.body?.examples[0]?.[1], false),
        (init) => ({ ...init, headers: withoutKey(init) }),
      );
      expect(exchange?.status).toBe(401);
      expect(error).toMatchObject({ code: "unauthenticated", sideEffect: "none" });
    });

    checked.key?.("sends the key as the vendor wants it", async () => {
      const { exchange } = await call(operation, exampleCall(operation, operation.body?.examples[0]?.[1], false));
      const { apiKeyPrefix } = document["x-gpu-client"];
      const values = [...(exchange?.requestHeaders.values() ?? [])];
      expect(values).toContain(apiKeyPrefix + apiKey);
    });

    checked.body?.("has a server that refuses a body against the schema", async () => {
      const { error, exchange } = await call(
        operation,
        exampleCall(operation, operation.body?.examples[0]?.[1], false),
        (init) => ({
          ...init,
          body: JSON.stringify(brokenBody(operation)),
        }),
      );
      expect([400, 415, 422]).toContain(exchange?.status);
      expect(exchange?.violations).toContain("request");
      expect(error).toMatchObject({ status: exchange?.status, sideEffect: "none" });
    });
  });

  describe("requests as the vendor's own clients send them", () => {
    it.each(readJson<RecordedRequest[]>(options.recordedRequestsFile))("$operation: $why", async (request) => {
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

/** The options of a named call, from the document's examples. */
function exampleCall(operation: DocumentedOperation, body: unknown, withOptional: boolean): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  const places = { path: "path", query: "query", header: "headers" } as const;
  for (const parameter of operation.parameters) {
    const example = parameter.example ?? parameter.schema?.example;
    if (parameter.required && example === undefined) throw new Error(`${operation.name}: ${parameter.name} has no example`);
    if (example === undefined || !(parameter.required || withOptional)) continue;
    const place = places[parameter.in];
    given[place] = { ...(given[place] as object | undefined), [parameter.name]: example };
  }
  if (body !== undefined) given["body"] = body;
  return given;
}

/** A body that the schema refuses: a required field is missing, or a field has the wrong type. */
function brokenBody(operation: DocumentedOperation): unknown {
  const { schema, examples } = operation.body ?? { schema: {}, examples: [] };
  const example = examples[0]?.[1];
  if (typeof example !== "object" || example === null) return 42;
  const [missing] = schema.required ?? [];
  if (missing) return Object.fromEntries(Object.entries(example).filter(([name]) => name !== missing));
  return [example];
}

function withHeader(init: RequestInit, name: string, value: string): Headers {
  const headers = new Headers(init.headers);
  headers.set(name, value);
  return headers;
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
