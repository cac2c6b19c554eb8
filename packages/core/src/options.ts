import type { Hooks } from "./hooks.js";

/** An API key, or a function that gives one. A function is asked at the first call, and again once after a 401 on a repeatable request; it may take as long as an attempt. */
export type ApiKey = string | (() => string | Promise<string>);

/** The one way out to the network: called once an attempt. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Time, as the client sees it: for virtual clocks. `sleep` is asked for the waits between attempts; an attempt's time limit ends by `now()` or by the machine's own time, whichever is first. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds on a scale of its own, which no change of the system's time moves. Without it, elapsed time is measured by `now()`. */
  monotonic?(): number;
  /** Resolves after `ms` milliseconds, or as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Options of a vendor's client. */
export interface ClientOptions {
  /** Default: the vendor's environment variable, read at the first call. */
  apiKey?: ApiKey | undefined;
  /** Default: the vendor's production server. Must be https, unless the host is loopback. */
  baseUrl?: string | undefined;
  /** Default: the runtime's `fetch`. */
  fetch?: Fetch | undefined;
  /** Sent with every request. Those of one call win over them; the key wins over both. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** For one attempt, its body included; `Infinity` for no limit. Default: 60,000 ms. */
  timeoutMs?: number | undefined;
  /** How often a failed request is sent again, where that is safe. A retry with a renewed API key does not count. Default: 2. */
  maxRetries?: number | undefined;
  /** The longest pause that the vendor asks for (`Retry-After`, or the reset of its rate limit) that is waited for. Default: 60,000 ms. */
  retryAfterMaxMs?: number | undefined;
  /** Called once an attempt, with redacted events that hold no response body. */
  hooks?: Hooks | undefined;
  /** Default: the system's clock. */
  clock?: Clock | undefined;
}

/** Options of one call. They win over the client's. */
export interface CallOptions {
  /** Ends the call, whatever it is doing. */
  signal?: AbortSignal | undefined;
  /** For one attempt, its body included; `Infinity` for no limit. */
  timeoutMs?: number | undefined;
  /** How often a failed request is sent again, where that is safe. */
  maxRetries?: number | undefined;
  /**
   * Only for operations whose vendor takes one. By default one is made for each call; give one to repeat a call later, and only
   * while the vendor remembers it: the client knows when it used a key first in this call, not in earlier ones.
   */
  idempotencyKey?: string | undefined;
  /** Called with the headers of each response, also of a failure that is followed by another attempt. What it throws is dropped. */
  onHeaders?: ((headers: Headers) => void) | undefined;
}
