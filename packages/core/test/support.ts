import {
  type ClientOptions,
  type Clock,
  createVendorClient,
  cursorPages,
  eventStream,
  GpuError,
  type HookEvent,
  type Hooks,
  type Middleware,
  numberedPages,
  type VendorContract,
} from "../src/index.js";

/** A vendor with one operation of each kind. */
export const contract: VendorContract = {
  vendor: "example",
  version: "1.2.3",
  baseUrl: "https://api.example.com/v1",
  apiKeyEnv: "EXAMPLE_API_KEY",
  auth: { header: "X-API-KEY", prefix: "" },
  errors: {
    code: ["/error/code", "/code"],
    message: ["/error/message", "/message", "/error"],
    requestId: ["/error/request_id"],
    words: { out_of_stock: "no_capacity", too_many: "quota_exceeded" },
    phrases: [
      { status: 500, contains: "no longer available", code: "no_capacity", sideEffect: "none" },
      { contains: "name must be unique", code: "conflict", sideEffect: "none" },
    ],
  },
  secrets: ["password", "private_key", "value"],
  operations: {
    listInstances: { method: "GET", path: "/instances", response: { type: "object", required: ["instances"] } },
    getInstance: {
      method: "GET",
      path: "/instances/{id}",
      response: { type: "object", required: ["id"], errorIsDistinct: true },
    },
    createInstance: {
      method: "POST",
      path: "/instances",
      paid: true,
      response: { type: "object", required: ["id"], errorIsDistinct: true },
    },
    rentInstance: {
      method: "POST",
      path: "/rentals",
      paid: true,
      idempotencyKey: { header: "Idempotency-Key", windowSeconds: 600 },
      response: { type: "object", required: ["id"] },
    },
    deleteInstance: { method: "DELETE", path: "/instances/{id}", idempotent: true },
    removeByIndex: { method: "POST", path: "/instances/{index}/delete", response: { type: "object", errorIsDistinct: true } },
    searchOffers: {
      method: "POST",
      path: "/offers/search",
      idempotent: true,
      reads: true,
      response: { type: "object", required: ["offers"] },
    },
    listPrices: { method: "GET", path: "/prices", public: true, response: { type: "any" } },
    listImages: { method: "GET", path: "/images", rateLimitGroup: "reads", response: { type: "any" } },
    listVolumes: { method: "GET", path: "/volumes", rateLimitGroup: "reads", response: { type: "any" } },
    deleteVolume: { method: "DELETE", path: "/volumes/{id}", rateLimitGroup: "reads", idempotent: true },
    getLogs: { method: "GET", path: "/instances/{id}/logs", response: { type: "events", jsonEvents: true } },
    followEvents: { method: "POST", path: "/events", response: { type: "events" } },
    readMetrics: { method: "GET", path: "/metrics", response: { type: "text" } },
    refresh: { method: "PUT", path: "/refresh", idempotent: true, response: { type: "object", mayBeEmpty: true } },
  },
};

interface Options {
  [name: string]: unknown;
}
type Call = (options?: Options) => Promise<unknown>;
type HttpResult = { status: number; data?: unknown; error?: unknown; response: Response };
type HttpCall = (path: string, options?: Options) => Promise<HttpResult>;

/** The client without its types, which have their own tests. */
export interface LooseClient {
  listInstances: Call;
  getInstance: Call;
  createInstance: Call;
  rentInstance: Call;
  deleteInstance: Call;
  removeByIndex: Call;
  searchOffers: Call;
  listPrices: Call;
  listImages: Call;
  listVolumes: Call;
  deleteVolume: Call;
  getLogs: Call;
  followEvents: Call;
  readMetrics: Call;
  refresh: Call;
  http: {
    GET: HttpCall;
    POST: HttpCall;
    DELETE: HttpCall;
    use(...middleware: Middleware[]): void;
    eject(...middleware: Middleware[]): void;
  };
}

/** A request as it was sent. */
export interface Sent {
  url: string;
  method: string;
  headers: Headers;
  body: string | undefined;
  redirect: string | undefined;
  cache: string | undefined;
  signal: AbortSignal;
}

/** A scripted response: a response, a failure to throw, or a function of the request. */
export type Scripted = Response | Error | ((sent: Sent) => Response | Promise<Response>);

export interface Observed {
  client: LooseClient;
  sent: Sent[];
  events: ({ hook: keyof Hooks } & HookEvent)[];
  /** Delays between attempts, in milliseconds. */
  delays: number[];
  clock: Clock & { time: number };
}

export const key = "example-key-0123456789";

/** A client with scripted responses, of which the last repeats. Its clock advances only in `sleep`. */
export function observe(script: Scripted[], options: ClientOptions = {}, of: VendorContract = contract): Observed {
  const sent: Sent[] = [];
  const events: Observed["events"] = [];
  const delays: number[] = [];
  const clock = {
    time: Date.parse("2026-11-21T00:00:00Z"),
    now: () => clock.time,
    sleep: async (ms: number) => {
      delays.push(ms);
      clock.time += ms;
    },
  };
  const on = (hook: keyof Hooks) => (event: HookEvent) => {
    events.push({ hook, ...event });
  };
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const request: Sent = {
      url,
      method: init.method ?? "GET",
      headers: new Headers(init.headers),
      body: typeof init.body === "string" ? init.body : undefined,
      redirect: init.redirect,
      cache: init.cache,
      signal: init.signal as AbortSignal,
    };
    sent.push(request);
    const response = script[Math.min(sent.length, script.length) - 1];
    if (response instanceof Error) throw response;
    if (typeof response === "function") return response(request);
    if (!response) throw new Error("the script has no response");
    return response.clone();
  };
  const hooks: Hooks = {
    onRequest: on("onRequest"),
    onResponse: on("onResponse"),
    onRetry: on("onRetry"),
    onError: on("onError"),
  };
  const pages = { cursor: cursorPages, page: numberedPages, offset: numberedPages };
  const client = createVendorClient(of, { apiKey: key, fetch, hooks, clock, ...options }, pages, eventStream);
  return { client: client as unknown as LooseClient, sent, events, delays, clock };
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}

/** The GpuError that a call rejects with. */
export async function failure(call: Promise<unknown>): Promise<GpuError> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ("error" in outcome && GpuError.isInstance(outcome.error)) return outcome.error;
  throw new Error("the call did not fail with a GpuError", { cause: outcome });
}

/** An error as Node's fetch throws it. */
export function networkError(code: string): TypeError {
  return new TypeError("fetch failed", { cause: Object.assign(new Error(`connect ${code} 127.0.0.1:1`), { code }) });
}

/** Calls `happens`, and never responds. */
export function silenceAfter(happens: () => void): () => Promise<never> {
  return () => {
    happens();
    return new Promise(() => {});
  };
}
