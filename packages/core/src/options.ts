import type { Hooks } from "./hooks.js";

/** An API key, or a function that returns one. A function is called before the first request, and once more after a 401 on a repeatable request. It may take as long as an attempt. */
export type ApiKey = string | (() => string | Promise<string>);

/** The only access to the network, called once per attempt. The runtime's `fetch` fits, and so does undici's own. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchedResponse>;

/** The options that a client passes to `fetch`. */
export interface FetchInit {
  method: string;
  headers: Record<string, string>;
  signal: AbortSignal;
  redirect: "manual";
  /** Set for reads, where the runtime supports it. */
  cache?: "no-store";
  body?: string | ArrayBuffer;
}

/** The part of a response that a client uses. It must be a `Response`, of the runtime or of another implementation. */
export interface FetchedResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly headers: { get(name: string): string | null };
  readonly redirected: boolean;
  readonly url: string;
  text(): Promise<string>;
}

/** A custom clock, such as a virtual one in tests. `sleep` is used between attempts. An attempt times out by `now()` or by the system's time, whichever is first. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since any fixed point, unaffected by changes of the system's time. Default: `now()`. */
  monotonic?(): number;
  /** Resolves after `ms` milliseconds, or as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Options of a vendor's client. */
export interface ClientOptions {
  /** Default: the vendor's environment variable, read at the first call. */
  apiKey?: ApiKey | undefined;
  /**
   * Default: the vendor's production server. Must be https, unless the host is loopback. Operations outside of the server's path
   * (`/v2/specs`, where the server ends in `/v1`) remove this path from the end of the base URL and keep the rest.
   */
  baseUrl?: string | undefined;
  /** Default: the runtime's `fetch`. */
  fetch?: Fetch | undefined;
  /** Sent with every request. Headers of a call override them, and the API key overrides both. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Time limit of one attempt, including its body; `Infinity` for none. Default: 60,000 ms. */
  timeoutMs?: number | undefined;
  /** How often a failed request is retried, where that is safe. A retry with a renewed API key does not count. Default: 2. */
  maxRetries?: number | undefined;
  /** The longest pause that the client waits for (`Retry-After`, or the reset of a rate limit). Default: 60,000 ms. */
  retryAfterMaxMs?: number | undefined;
  /** Called once per attempt, with redacted events without response bodies. */
  hooks?: Hooks | undefined;
  /** Default: the system's clock. */
  clock?: Clock | undefined;
}

/** Options of one call. They override the client's. */
export interface CallOptions {
  /** Aborts the call, also during a wait. */
  signal?: AbortSignal | undefined;
  /** Time limit of one attempt, including its body; `Infinity` for none. */
  timeoutMs?: number | undefined;
  /** How often a failed request is retried, where that is safe. */
  maxRetries?: number | undefined;
  /**
   * Only for operations that support one. By default each call generates one. Pass your own to repeat a call later, but only while
   * the vendor remembers it: the client knows when this call first used the key, not when earlier calls did.
   */
  idempotencyKey?: string | undefined;
  /** Called with the headers of every response, including retried failures. Errors thrown by it are ignored. */
  onHeaders?: ((headers: Headers) => void) | undefined;
}
