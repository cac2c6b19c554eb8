import { Client, ClientMethod, ClientRequestMethod, FetchOptions, FetchResponse, MaybeOptionalInit, Middleware, Middleware as Middleware$1 } from "openapi-fetch";
/** Options of one call. They override the client's. */
interface CallOptions {
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
/**
 * openapi-fetch's client of a document, assignable to its `Client<Paths>`. Its requests go through our transport: retries, paid calls,
 * errors, hooks and time limits are those of the vendor's client. A call also takes the fields of `CallOptions`.
 *
 * A response with an error status is the `error` of openapi-fetch. Throws `GpuError` when there is no response, or one that the
 * document does not allow.
 */
export interface OpenapiFetchClient<Paths extends {}> extends Client<Paths> {
  /** Registers middleware. It runs once a call, before that of `http`. */
  use(...middleware: Middleware$1[]): void;
  /** Removes middleware. */
  eject(...middleware: Middleware$1[]): void;
}
/**
 * A document's `paths` for openapi-fetch, with open enums as `string`: openapi-fetch's types treat their `string & {}` as an object, and
 * what a call returns would not be a string.
 */
export type OpenapiFetchPaths<Paths> = { [Path in keyof Paths]: WithStrings<Paths[Path]>; };
type WithStrings<T> = T extends string ? string extends T ? string : T : T extends (infer Item)[] ? WithStrings<Item>[] : T extends object ? { [Key in keyof T]: WithStrings<T[Key]>; } : T;
/**
 * Creates openapi-fetch's client over the transport of a vendor's client. `Paths` are those of the vendor's document.
 * Throws a TypeError for anything but a client of `createVendorClient`.
 */
export declare function createOpenapiFetch<Paths extends {}>(client: object): OpenapiFetchClient<Paths>;
export type { CallOptions, ClientMethod, ClientRequestMethod, FetchOptions, FetchResponse, MaybeOptionalInit, Middleware };