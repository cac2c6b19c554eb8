// The entry `./openapi-fetch`. It shares no code with the main entry, so that the main bundle does not contain openapi-fetch.
import imported, { type Client, type Middleware } from "openapi-fetch";
import type { ClientInternals } from "./internals.js";
import type { CallOptions } from "./options.js";

export type {
  ClientMethod,
  ClientRequestMethod,
  FetchOptions,
  FetchResponse,
  MaybeOptionalInit,
  Middleware,
} from "openapi-fetch";
export type { CallOptions };

/**
 * openapi-fetch's client of a document, assignable to its `Client<Paths>`. Its requests go through our transport: retries, paid calls,
 * errors, hooks and time limits are those of the vendor's client. A call also takes the fields of `CallOptions`.
 *
 * A response with an error status is the `error` of openapi-fetch. Throws `GpuError` when there is no response, or one that the
 * document does not allow.
 */
export interface OpenapiFetchClient<Paths extends {}> extends Client<Paths> {
  /** Registers middleware. It runs once a call, before that of `http`. */
  use(...middleware: Middleware[]): void;
  /** Removes middleware. */
  eject(...middleware: Middleware[]): void;
}

/**
 * A document's `paths` for openapi-fetch, with open enums as `string`: openapi-fetch's types treat their `string & {}` as an object, and
 * what a call returns would not be a string.
 */
export type OpenapiFetchPaths<Paths> = { [Path in keyof Paths]: WithStrings<Paths[Path]> };

type WithStrings<T> = T extends string
  ? string extends T
    ? string
    : T
  : T extends (infer Item)[]
    ? WithStrings<Item>[]
    : T extends object
      ? { [Key in keyof T]: WithStrings<T[Key]> }
      : T;

/** In the CommonJS build the default import is the whole module. */
const createClient = (imported as typeof imported & { default?: typeof imported }).default ?? imported;
const internals = Symbol.for("@gpu/core.client");
/** Options of openapi-fetch that the transport decides or cannot keep. */
const unsupported = [
  ...["baseUrl", "fetch", "Request", "cache", "credentials", "dispatcher", "duplex", "integrity", "keepalive"],
  ...["mode", "priority", "redirect", "referrer", "referrerPolicy", "window"],
];

interface Init extends CallOptions {
  readonly params?: { readonly path?: object } | undefined;
  readonly [name: string]: unknown;
}

/**
 * Creates openapi-fetch's client over the transport of a vendor's client. `Paths` are those of the vendor's document.
 * Throws a TypeError for anything but a client of `createVendorClient`.
 */
export function createOpenapiFetch<Paths extends {}>(client: object): OpenapiFetchClient<Paths> {
  const { [internals]: ours } = client as { [internals]?: ClientInternals };
  if (!ours) throw new TypeError("createOpenapiFetch takes the client of a vendor's package");
  const { headers } = ours;
  const inner = createClient<Paths>(headers && { headers });
  const send = inner.request as (method: string, path: string, init: Init) => Promise<unknown>;
  const request = async (method: string, path: string, init: Init = {}): Promise<unknown> => {
    const ignored = unsupported.filter((name) => init[name] !== undefined);
    const problem = ignored.length > 0 ? `openapi-fetch over this client does not support: ${ignored.join(", ")}` : undefined;
    // A call of its own, because openapi-fetch does not pass the path template to `fetch`.
    const { baseUrl, fetch, ...serializers } = ours.begin(method.toUpperCase(), path, init, problem);
    const { pathSerializer = serializers.pathSerializer, querySerializer = serializers.querySerializer } = init;
    // Without values openapi-fetch would send the template itself.
    const params = { ...init.params, path: init.params?.path ?? {} };
    return await send(method, path, { ...init, params, baseUrl, fetch, pathSerializer, querySerializer });
  };
  const byMethod = (method: string) => (path: string, init?: Init) => request(method, path, init);
  const methods = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"];
  return Object.assign(inner, { request }, Object.fromEntries(methods.map((method) => [method, byMethod(method)])));
}
