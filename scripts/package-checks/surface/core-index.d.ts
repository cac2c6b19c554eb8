import { Middleware } from "openapi-fetch";
/** The codes of the runtime and of `@gpu/unified`. */
type KnownGpuErrorCode = "configuration" | "unauthenticated" | "permission_denied" | "insufficient_funds" | "not_found" | "conflict" | "invalid_request" | "rate_limited" | "no_capacity" | "quota_exceeded" | "unavailable" | "network" | "timeout" | "aborted" | "redirect_refused" | "vendor_contract" | "unsupported" | "offer_gone" | "price_exceeded" | "create_ambiguous" | "idempotency_mismatch" | "instance_mismatch" | "limit_exceeded" | "limit_unknown" | "wait_timeout" | "instance_failed" | "no_offer";
/** Why a call failed. Open: later versions may add codes, so keep a default branch. */
type GpuErrorCode = KnownGpuErrorCode | (string & {});
/**
 * What a failed call may have left behind.
 * `none`: certainly nothing. `possible`: unknown, so check before you repeat it. `committed`: it took effect, but its response is unreadable.
 */
type SideEffect = "none" | "possible" | "committed";
/** The fields of a new `GpuError`. */
interface GpuErrorInit {
  message: string;
  code: GpuErrorCode;
  vendor: string;
  operation?: string | undefined;
  method?: string | undefined;
  path?: string | undefined;
  status?: number | undefined;
  vendorCode?: string | undefined;
  vendorMessage?: string | undefined;
  requestId?: string | undefined;
  retryAfterMs?: number | undefined;
  /** Default: false. */
  retryable?: boolean | undefined;
  sideEffect: SideEffect;
  body?: unknown;
  headers?: Readonly<Record<string, string>> | undefined;
  /** Default: 0. */
  attempts?: number | undefined;
  cause?: unknown;
}
/** The one error of every client: discriminate by `code`. Secrets are redacted: `body`, `headers` and `cause` are copies. */
export declare class GpuError extends Error {
  /** Why the call failed. */
  readonly code: GpuErrorCode;
  /** Provider id, such as `shadeform`. */
  readonly vendor: string;
  /** Name of the operation, such as `createInstance`. */
  readonly operation: string | undefined;
  readonly method: string | undefined;
  /** Path template, such as `/instances/{id}/info`. */
  readonly path: string | undefined;
  /** HTTP status, when there was a response. */
  readonly status: number | undefined;
  /** The vendor's own error code. */
  readonly vendorCode: string | undefined;
  /** The vendor's own message. */
  readonly vendorMessage: string | undefined;
  /** The vendor's id of the request, to quote to its support. */
  readonly requestId: string | undefined;
  /** How long the vendor asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The failure may be temporary, and the same call with the same options can be repeated without a double effect. */
  readonly retryable: boolean;
  /** What the call may have left behind. */
  readonly sideEffect: SideEffect;
  /** The response body: parsed JSON, the beginning of other text, or only its length and type if it may hold secrets. Long bodies are cut. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** How often the request was sent. */
  readonly attempts: number;
  constructor({ message, cause, ...fields }: GpuErrorInit);
  /** Whether a value is a `GpuError`, also one from another copy of this package. */
  static isInstance(value: unknown): value is GpuError;
  /** Includes the message and the cause, which `JSON.stringify` omits from errors. */
  toJSON(): object;
}
/** What the runtime needs to know about a vendor. Generated from the vendor's OpenAPI document. */
interface VendorContract {
  /** Provider id, such as `shadeform`. */
  readonly vendor: string;
  /** Version of the vendor's package, for the `User-Agent`. */
  readonly version: string;
  /** The first entry of `servers`. */
  readonly baseUrl: string;
  /** Environment variable that holds the key when no `apiKey` is given. */
  readonly apiKeyEnv: string;
  /** The header that carries the key, and the text before the key in it. */
  readonly auth: {
    readonly header: string;
    readonly prefix: string;
  };
  /** How the vendor's error bodies are read. */
  readonly errors: ErrorContract;
  /** Names of fields whose values are secret (`x-secret`). */
  readonly secrets: readonly string[];
  readonly operations: Readonly<Record<string, OperationContract>>;
}
/** How to read a vendor's error bodies, and what the vendor's error codes and messages mean. */
interface ErrorContract {
  /** JSON pointers to the vendor's error code; the first that leads to a value wins. */
  readonly code: readonly string[];
  /** JSON pointers to the error message. */
  readonly message: readonly string[];
  /** JSON pointers to the vendor's request id. */
  readonly requestId: readonly string[];
  /** Vendor's codes in lower case → ours. */
  readonly words: Readonly<Record<string, GpuErrorCode>>;
  /** For vendors that describe an error only in its message. */
  readonly phrases: readonly ErrorPhrase[];
  /** For vendors that report failures with a success status. */
  readonly failure?: FailureMark;
  /** JSON pointers to the id of a resource that a refused request has created. */
  readonly created?: readonly string[];
}
/** The value that marks the body of a success status as a failure, such as `false` at `/success`. */
interface FailureMark {
  readonly pointer: string;
  readonly value: string | number | boolean;
  /** The code of a failure without a known word or phrase. */
  readonly code: GpuErrorCode;
}
/** Text in a vendor's error message, and what it means. */
interface ErrorPhrase {
  /** Only with this status; any status when absent. */
  readonly status?: number;
  /** Text to look for, in lower case. */
  readonly contains: string;
  readonly code: GpuErrorCode;
  readonly sideEffect?: SideEffect;
}
/** What the runtime needs to know about one operation. */
interface OperationContract {
  readonly method: HttpMethod;
  /** Path template, such as `/instances/{id}/info`. */
  readonly path: string;
  /** The end of the base URL that this operation leaves out, such as `/v1` for an operation with its own server. */
  readonly baseWithout?: string;
  /** May cost money: never sent again, except under the vendor's idempotency key. */
  readonly paid?: true;
  /** May be sent again although it is not a read. */
  readonly idempotent?: true;
  /** Only reads, although its method is not GET, such as a search by POST. */
  readonly reads?: true;
  /** Needs no key. */
  readonly public?: true;
  /** The header of the idempotency key, and for how many seconds the vendor remembers a key. */
  readonly idempotencyKey?: {
    readonly header: string;
    readonly windowSeconds: number;
  };
  /** Operations of one group share the vendor's rate limit, so a pause applies to all of them. */
  readonly rateLimitGroup?: string;
  /** Query parameters that hold a whole list, as `a=1,2` (`explode: false`). Other lists repeat the parameter, as `a=1&a=2`. */
  readonly commaSeparated?: readonly string[];
  readonly pagination?: PaginationContract;
  /** What a successful response must contain; absent when successful responses have no content. */
  readonly response?: ResponseContract;
}
/** The documented shape of a successful response. */
interface ResponseContract {
  /** Of JSON; `events` for `text/event-stream`, `text` where the content is something else. */
  readonly type: "object" | "array" | "any" | "text" | "events";
  /** Fields that must be present: the id of what a paid call created, and the items of a list. */
  readonly required?: readonly string[];
  /** A success without content is valid. */
  readonly mayBeEmpty?: true;
  /** No documented field has the name of the vendor's error code, so an error with status 200 can be recognized. */
  readonly errorIsDistinct?: true;
  /** The data of each event is JSON. */
  readonly jsonEvents?: true;
  /** Has a secret field, so errors withhold a body that cannot be parsed. */
  readonly secret?: true;
}
/** How to read the next page of a list. */
interface PaginationContract {
  readonly style: "cursor" | "page" | "offset";
  /** Query parameter that takes the cursor, the page number or the offset. */
  readonly request: string;
  /** JSON pointer in the response to the next cursor, or to the total count. */
  readonly next: string;
  /** JSON pointer in the response to a boolean: whether more follows. */
  readonly more?: string;
  /** JSON pointer in the response to the items; several if the vendor uses several places. */
  readonly items: string | readonly string[];
  /** The first page's number (style `page`). */
  readonly first?: number;
}
type HttpMethod = "GET" | "PUT" | "POST" | "DELETE" | "PATCH" | "HEAD" | "OPTIONS";
/** Creates the call's error for a failure while its events are read. */
type StreamFailure = (failure: {
  code: KnownGpuErrorCode;
  reason: string;
  cause?: unknown;
}) => GpuError;
/** Returns the events of a response as an iterator. `signal` is the caller's. `isJson`: the data of each event is JSON. */
type EventReader = (response: Response, signal: AbortSignal | undefined, isJson: true | undefined, failed: StreamFailure) => AsyncIterableIterator<unknown>;
/** Reads event streams. A client imports it only if its vendor has some. */
export declare const eventStream: EventReader;
/**
 * How long a vendor's server may keep working on a request after its connection ended, in milliseconds: 60,000.
 * Vendors publish no limit; gateways commonly end a request after 60 seconds or less.
 */
export declare const maxServerWorkMs = 60000;
/** The event passed to a hook: redacted, and without the response body, also in `error`. */
interface HookEvent {
  /** Identical for all attempts of a call. */
  readonly callId: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly vendor: string;
  readonly operation: string;
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
  /** How long the client waits before the next attempt, in milliseconds. */
  readonly delayMs?: number;
  readonly error?: GpuError;
}
/** Called once per attempt and not awaited. Errors thrown by a hook are ignored. */
interface Hooks {
  /** Before an attempt is sent. */
  onRequest?: ((event: HookEvent) => void) | undefined;
  /** After a response, whatever its status. */
  onResponse?: ((event: HookEvent) => void) | undefined;
  /** Before the wait that precedes the next attempt. */
  onRetry?: ((event: HookEvent) => void) | undefined;
  /** After every failed attempt, even if another follows. */
  onError?: ((event: HookEvent) => void) | undefined;
}
/** A logger like `console`. */
interface Logger {
  debug(message: string): void;
  warn(message: string): void;
}
/** Hooks that log one line per event: attempts and responses to `debug`, retries and failures to `warn`. */
export declare function loggingHooks(logger: Logger): Hooks;
/** An API key, or a function that returns one. A function is called before the first request, and once more after a 401 on a repeatable request. It may take as long as an attempt. */
type ApiKey = string | (() => string | Promise<string>);
/** The only access to the network, called once per attempt. The runtime's `fetch` fits, and so does undici's own. */
type Fetch = (url: string, init: FetchInit) => Promise<FetchedResponse>;
/** The options that a client passes to `fetch`. */
interface FetchInit {
  method: string;
  headers: Record<string, string>;
  signal: AbortSignal;
  redirect: "manual";
  /** Set for reads, where the runtime supports it. */
  cache?: "no-store";
  body?: string | ArrayBuffer;
}
/** The part of a response that a client uses. It must be a `Response`, of the runtime or of another implementation. */
interface FetchedResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly headers: {
    get(name: string): string | null;
  };
  readonly redirected: boolean;
  readonly url: string;
  text(): Promise<string>;
}
/** A custom clock, such as a virtual one in tests. `sleep` is used between attempts. An attempt times out by `now()` or by the system's time, whichever is first. */
interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since any fixed point, unaffected by changes of the system's time. Default: `now()`. */
  monotonic?(): number;
  /** Resolves after `ms` milliseconds, or as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
/** Options of a vendor's client. */
interface ClientOptions {
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
/** The system's clock. */
export declare const systemClock: Clock;
/**
 * Calls back when a signal aborts, until the returned function is called. All callbacks share one listener of the signal, because
 * Node warns of a leak at more than ten.
 */
export declare function followAbort(signal: AbortSignal | undefined, callback: () => void): () => void;
type Query = Readonly<Record<string, unknown>>;
type PagedOptions = CallOptions & {
  query?: Query;
};
type Call = (options: PagedOptions) => Promise<unknown>;
/** Creates the iterators of a list in pages, as typed by `PagedOperation`. */
type PageIterators = (contract: VendorContract, operation: string, list: PaginationContract, call: Call) => {
  pages(options?: PagedOptions): AsyncIterableIterator<unknown>;
  items(options?: PagedOptions): AsyncIterableIterator<unknown>;
};
/** Reads lists with a cursor. A client imports only the styles that its vendor uses. */
export declare const cursorPages: PageIterators;
/** Reads lists with a page number or an offset. */
export declare const numberedPages: PageIterators;
/**
 * How the response of a list documented without pages shows that it is partial: a cursor, a flag that more follows, or a total
 * above its number of items. Undefined if nothing shows it.
 */
export declare function partialListSign(response: unknown, count: number): string | undefined;
/** The statuses of success that documents use. */
type SuccessStatus = 200 | 201 | 202 | 203 | 204 | 205 | 206;
type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
type NumberOf<Text> = Text extends `${infer Value extends number}` ? Value : never;
/** The statuses of failure that `default` stands for, where a document does not list them itself: 300 to 599. */
type FailureStatus = NumberOf<`${3 | 4 | 5}${Digit}${Digit}`>;
type Flat<T> = { [K in keyof T]: T[K]; };
/** One key of the options: required, optional or absent, as in the operation. Checks the key, because values show it only under `strict`. */
type Part<Name extends string, Source, Key extends keyof Source> = [NonNullable<Source[Key]>] extends [never] ? unknown : Partial<Pick<Source, Key>> extends Pick<Source, Key> ? { [K in Name]?: NonNullable<Source[Key]> | undefined; } : { [K in Name]: NonNullable<Source[Key]>; };
interface AnyParameters {
  path?: unknown;
  query?: unknown;
  header?: unknown;
}
/** The shape in which openapi-typescript writes an operation. */
interface AnyOperation {
  parameters: AnyParameters;
  requestBody?: unknown;
  responses: unknown;
}
type Body<Op extends AnyOperation> = Op extends {
  requestBody: {
    content: infer Content;
  };
} ? {
  body: Content[keyof Content];
} : Op extends {
  requestBody?: {
    content: infer Content;
  } | undefined;
} ? [NonNullable<Op["requestBody"]>] extends [never] ? unknown : {
  body?: Content[keyof Content] | undefined;
} : unknown;
/** The argument of a named operation. */
type OperationOptions<Op extends AnyOperation> = Flat<Part<"path", Op["parameters"], "path"> & Part<"query", Op["parameters"], "query"> & Part<"headers", Op["parameters"], "header"> & Body<Op> & CallOptions>;
type JsonOf<Response> = Response extends {
  content: infer Content;
} ? Content extends {
  "text/event-stream": infer Data;
} ? EventStream<Data> : Content[keyof Content] : undefined;
/** A server-sent event. */
interface ServerSentEvent<Data = string> {
  /** The id of this event or of the last one before it, to resume with `Last-Event-ID`; undefined before the first id. */
  readonly id: string | undefined;
  /** The type of the event; `message` if the vendor sends none. */
  readonly event: string;
  readonly data: Data;
}
/**
 * The events of a response, as they arrive. `break` and `return()` close the connection, and so does the `signal` of the call, which
 * throws a `GpuError` with the code `aborted`. `timeoutMs` covers the time until the response begins, not the stream. A stream that
 * is not read stays open.
 */
type EventStream<Data = string> = AsyncIterableIterator<ServerSentEvent<Data>>;
/** The result of a named operation: the content of its successful response; undefined where there is none. */
type OperationResult<Op extends AnyOperation> = { [Status in keyof Op["responses"]]: Status extends SuccessStatus ? JsonOf<Op["responses"][Status]> : never; }[keyof Op["responses"]];
type FieldOf<T, Name extends string> = T extends unknown ? (Name extends keyof T ? T[Name] : never) : never;
/** The value at a JSON pointer. */
type AtPointer<T, Pointer extends string> = Pointer extends `/${infer Name}/${infer Rest}` ? AtPointer<FieldOf<T, Name>, `/${Rest}`> : Pointer extends `/${infer Name}` ? FieldOf<T, Name> : T;
type ItemOf<List> = List extends readonly (infer Item)[] ? Item : never;
/**
 * A named operation whose list comes in pages, with two iterators that read it to its end. They throw `GpuError`: with the code
 * `vendor_contract` also where the vendor's pages do not show that the list is complete, and after 1,000 pages or 100,000 items.
 * `Items` is the JSON pointer to the items in the response.
 */
interface PagedOperation<Op extends AnyOperation, Items extends string> {
  (...options: Argument<OperationOptions<Op>>): Promise<OperationResult<Op>>;
  /** The responses, page after page. */
  pages(...options: Argument<OperationOptions<Op>>): AsyncIterableIterator<OperationResult<Op>>;
  /** The items of all pages, one after the other. */
  items(...options: Argument<OperationOptions<Op>>): AsyncIterableIterator<ItemOf<AtPointer<OperationResult<Op>, Items>>>;
}
/** The argument of `http`. */
type HttpInit<Op extends AnyOperation> = Flat<Params<Op["parameters"]> & Body<Op> & {
  headers?: Readonly<Record<string, string>> | undefined;
} & CallOptions>;
type PresentParameters<P extends AnyParameters> = { [K in keyof P as [NonNullable<P[K]>] extends [never] ? never : K]: P[K]; };
type Params<P extends AnyParameters> = keyof PresentParameters<P> extends never ? unknown : Partial<PresentParameters<P>> extends PresentParameters<P> ? {
  params?: PresentParameters<P> | undefined;
} : {
  params: PresentParameters<P>;
};
/** The result of `http`, narrowed by `status`. An error that is not JSON is its text, or `HTTP` and the status when there is none. */
type HttpResult<Op extends AnyOperation> = { [Status in keyof Op["responses"]]: Status extends SuccessStatus ? {
  status: Status;
  data: JsonOf<Op["responses"][Status]>;
  error?: undefined;
  response: Response;
} : {
  status: Status extends number ? Status : Exclude<FailureStatus, keyof Op["responses"]>;
  data?: undefined;
  error: Exclude<JsonOf<Op["responses"][Status]>, undefined> | string;
  response: Response;
}; }[keyof Op["responses"]];
/** The paths of a document that have a method. */
type PathsWith<Paths, Method extends string> = { [Path in keyof Paths]: Paths[Path] extends { [M in Method]: AnyOperation; } ? Path : never; }[keyof Paths];
/** The operation at a path and method. */
type OperationAt<Paths, Path extends keyof Paths, Method extends string> = Paths[Path] extends { [M in Method]: infer Op extends AnyOperation; } ? Op : never;
/** An argument that may be left out when all of it may. */
type Argument<T> = Partial<T> extends T ? [options?: T] : [options: T];
/**
 * Calls by method and path, over the same transport as the named operations. A response with an error status is a result.
 * Throws `GpuError` when there is no response, one that the document does not allow, or a failure with a success status.
 */
interface HttpClient<Paths> {
  GET: HttpCall<Paths, "get">;
  PUT: HttpCall<Paths, "put">;
  POST: HttpCall<Paths, "post">;
  DELETE: HttpCall<Paths, "delete">;
  PATCH: HttpCall<Paths, "patch">;
  /** Registers middleware of openapi-fetch. It runs once per call, around all its attempts, for named operations too. */
  use(...middleware: Middleware[]): void;
  /** Removes middleware. */
  eject(...middleware: Middleware[]): void;
}
type HttpCall<Paths, Method extends string> = <Path extends PathsWith<Paths, Method>>(path: Path, ...options: Argument<HttpInit<OperationAt<Paths, Path, Method>>>) => Promise<HttpResult<OperationAt<Paths, Path, Method>>>;
/**
 * Redacts vendor text from a successful response, such as the reason why a machine failed: the client's keys, the secret fields of
 * its last ten requests that have any, and those of `response`. The text is cut to 4,000 characters.
 * Returns the text unchanged for a client that was not made by `createVendorClient`, because its secrets are unknown.
 */
export declare function redactText(client: object, response: unknown, text: string): string;
/**
 * Creates a vendor's client from its contract. `Operations` and `Paths` are generated from the same document as the contract,
 * which makes the cast at the end safe. `pagesByStyle` has a reader for each style of pagination in the contract,
 * and `events` reads event streams, if there are any.
 */
export declare function createVendorClient<Paths, Operations>(contract: VendorContract, given?: ClientOptions, pagesByStyle?: Partial<Record<PaginationContract["style"], PageIterators>>, events?: EventReader): Operations & {
  readonly http: HttpClient<Paths>;
};
export type { AnyOperation, ApiKey, CallOptions, ClientOptions, Clock, ErrorContract, ErrorPhrase, EventReader, EventStream, Fetch, FetchInit, FetchedResponse, GpuErrorCode, GpuErrorInit, HookEvent, Hooks, HttpCall, HttpClient, HttpInit, HttpResult, KnownGpuErrorCode, Logger, Middleware, OperationContract, OperationOptions, OperationResult, PageIterators, PagedOperation, PaginationContract, ResponseContract, ServerSentEvent, SideEffect, StreamFailure, VendorContract };