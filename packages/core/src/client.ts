import { createKeySource } from "./api-key.js";
import { readText, type WireRequest } from "./attempt.js";
import { type Call, type Client, configurationError, createCall, createClientRedactor, setRequest } from "./call.js";
import { checkClientOptions } from "./check-options.js";
import type { HttpMethod, OperationContract, PaginationContract, VendorContract } from "./contract.js";
import { ConfigurationError, inspectKey } from "./error.js";
import type { EventReader } from "./events.js";
import type { ClientInternals } from "./internals.js";
import { parseJson } from "./json.js";
import { contextOf, type Middleware, readRequest, replay, sendThrough } from "./middleware.js";
import type { CallOptions, ClientOptions } from "./options.js";
import type { PageIterators } from "./pages.js";
import { Pauses } from "./pauses.js";
import { SecretIndex } from "./redact.js";
import { buildRequest, type RequestParts, serializeQuery } from "./request.js";
import { readResponse, type VendorResponse, vendorResponse } from "./response.js";
import { systemClock } from "./timers.js";
import { type Limits, limitsOf, send } from "./transport.js";
import type { Argument, HttpInit, HttpResult, OperationAt, PathsWith } from "./types.js";
import { baseOf, checkBaseUrl, isPrivateOnTheWay, serializePath, withoutSecrets } from "./url.js";

/**
 * Calls by method and path, over the same transport as the named operations. A response with an error status is a result.
 * Throws `GpuError` when there is no response, one that the document does not allow, or a failure with a success status.
 */
export interface HttpClient<Paths> {
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

export type HttpCall<Paths, Method extends string> = <Path extends PathsWith<Paths, Method>>(
  path: Path,
  ...options: Argument<HttpInit<OperationAt<Paths, Path, Method>>>
) => Promise<HttpResult<OperationAt<Paths, Path, Method>>>;

/** What this package itself needs of a client. A registered symbol, so that clients of another copy of this package have it too. */
const internals = Symbol.for("@gpu/core.client");
/** How many request bodies with secrets are kept. */
const keptBodies = 10;

/**
 * Redacts vendor text from a successful response, such as the reason why a machine failed: the client's keys, the secret fields of
 * its last ten requests that have any, and those of `response`. The text is cut to 4,000 characters.
 * Returns the text unchanged for a client that was not made by `createVendorClient`, because its secrets are unknown.
 */
export function redactText(client: object, response: unknown, text: string): string {
  const { [internals]: own } = client as { [internals]?: ClientInternals };
  return own ? own.redact(response, text) : text;
}

const callOptionNames = /^(signal|timeoutMs|maxRetries|idempotencyKey|onHeaders)$/;
const namedOptions = /^(path|query|headers|body)$/;
const httpOptions = /^(params|headers|body)$/;

type NamedOperation = readonly [name: string, operation: OperationContract];

interface NamedOptions extends CallOptions {
  path?: unknown;
  query?: Readonly<Record<string, unknown>>;
  headers?: unknown;
  body?: unknown;
}

/**
 * Creates a vendor's client from its contract. `Operations` and `Paths` are generated from the same document as the contract,
 * which makes the cast at the end safe. `pagesByStyle` has a reader for each style of pagination in the contract,
 * and `events` reads event streams, if there are any.
 */
export function createVendorClient<Paths, Operations>(
  contract: VendorContract,
  given: ClientOptions = {},
  pagesByStyle: Partial<Record<PaginationContract["style"], PageIterators>> = {},
  events?: EventReader,
): Operations & { readonly http: HttpClient<Paths> } {
  const options = given ?? {};
  const shared: Client = {
    contract,
    options,
    keys: createKeySource(options.apiKey, contract.apiKeyEnv),
    keyHeader: contract.auth.header.toLowerCase(),
    userAgent: `gpu-${contract.vendor}/${contract.version}`,
    clock: options.clock ?? systemClock,
    pauses: new Pauses(),
    secrets: new SecretIndex(),
    events,
  };
  const chain: Middleware[] = [];
  /** The last request bodies with secrets, which the vendor may quote in a later response. */
  const bodies: string[] = [];
  let headers: Record<string, string> = {};
  const givenBaseUrl = options.baseUrl ?? contract.baseUrl;
  let baseUrl = "";

  /** Checks the client's options once. */
  const checkedBaseUrl = () => {
    if (!baseUrl) {
      checkClientOptions(given);
      baseUrl = checkBaseUrl(givenBaseUrl);
    }
    return baseUrl;
  };

  /** Not async: one more promise would slow down every call. */
  const start = (
    name: string,
    operation: OperationContract,
    callOptions: CallOptions,
    known: RegExp,
    parts: RequestParts,
    built?: WireRequest,
  ): Promise<VendorResponse> => {
    let limits: Limits;
    const call = createCall(shared, name, operation, callOptions);
    try {
      checkedBaseUrl();
      limits = limitsOf(operation, callOptions, options);
      if (built) checkChanged(built);
      checkCallOptions(callOptions, known);
      setRequest(call, built ?? buildRequest(baseUrl, operation, parts, options.headers));
    } catch (problem) {
      throw configurationError(call, problem);
    }
    const { body } = call.request;
    headers = call.request.headers;
    if (typeof body === "string" && contract.secrets.some((field) => body.includes(`"${field}":`))) bodies.push(body);
    if (bodies.length > keptBodies) bodies.shift();
    return chain.length === 0 ? send(call, limits, callOptions.signal) : startThrough(call, limits, parts);
  };

  /** A call with middleware around all of its attempts. */
  const startThrough = async (call: Call, limits: Limits, parts: RequestParts): Promise<VendorResponse> => {
    let sent: { result: VendorResponse; copy: Response } | undefined;
    const { operation, request } = call;
    const { signal } = call.callOptions;
    const response = await sendThrough(
      [...chain],
      contextOf(baseUrl, operation, parts),
      request,
      signal,
      async (changed, signal) => {
        setRequest(call, changed);
        try {
          checkChanged(changed);
        } catch (problem) {
          throw configurationError(call, problem);
        }
        const result = await send(call, limits, signal);
        sent = { result, copy: replay(result.response, result.text) };
        return sent.copy;
      },
    );
    // A response that middleware returned or changed is checked against the document too.
    return response === sent?.copy
      ? sent.result
      : vendorResponse(readResponse(call, response, await readText(operation, response)));
  };

  const client: Record<string, unknown> = {};
  const routes = new Map<string, Partial<Record<HttpMethod, NamedOperation>>>();
  for (const [name, operation] of Object.entries(contract.operations)) {
    const call = async (callOptions: NamedOptions = {}): Promise<unknown> => {
      const { path, query, headers: header, body } = callOptions;
      const result = await start(name, operation, callOptions, namedOptions, { params: { path, query, header }, body });
      if (result.error) throw result.error;
      return result.data;
    };
    const { method, path, pagination } = operation;
    client[name] = pagination ? Object.assign(call, pagesByStyle[pagination.style]?.(contract, name, pagination, call)) : call;
    routes.set(path, { ...routes.get(path), [method]: [name, operation] });
  }

  const operationAt = (method: HttpMethod, path: string): NamedOperation =>
    // An undocumented operation is retried only if it is a read, and its response may be anything.
    routes.get(path)?.[method] ?? [`${method} ${path}`, { method, path, response: { type: "any", mayBeEmpty: true } }];
  const byMethod =
    (method: HttpMethod) =>
    async (path: string, callOptions: RequestParts & CallOptions = {}) => {
      const [name, operation] = operationAt(method, path);
      const result = await start(name, operation, callOptions, httpOptions, callOptions);
      const { response } = result;
      makeReadable(response, result.text);
      const { status } = response;
      return result.error ? { status, error: result.body, response } : { status, data: result.data, response };
    };
  const methods = (["GET", "PUT", "POST", "DELETE", "PATCH"] as const).map((method) => [method, byMethod(method)]);
  client["http"] = Object.assign(Object.fromEntries(methods), {
    use: (...middleware: Middleware[]) => void chain.push(...middleware),
    eject: (...middleware: Middleware[]) => {
      for (const one of middleware) if (chain.includes(one)) chain.splice(chain.indexOf(one), 1);
    },
  });

  const begin: ClientInternals["begin"] = (method, path, callOptions, problem) => {
    const [name, operation] = operationAt(method as HttpMethod, path);
    const guarded = <Built>(build: () => Built): Built => {
      try {
        return build();
      } catch (error) {
        throw configurationError(createCall(shared, name, operation, callOptions), error);
      }
    };
    return {
      baseUrl: guarded(() => {
        if (problem) throw new ConfigurationError(problem);
        return baseOf(checkedBaseUrl(), operation);
      }),
      pathSerializer: (template, values) => guarded(() => serializePath(template, values)),
      querySerializer: (query) => guarded(() => serializeQuery(query)),
      fetch: async (request) => {
        const { signal, url } = request;
        // An aborted request is not sent, and its body cannot be read.
        const built = signal.aborted ? { url, method, headers: {}, body: undefined } : await readRequest(request);
        const { response, text } = await start(name, operation, { ...callOptions, signal }, /^/, callOptions, built);
        return replay(response, text);
      },
    };
  };
  const redact: ClientInternals["redact"] = (response, text) => {
    const redactor = createClientRedactor(shared, headers, bodies);
    redactor.rememberFields(response);
    return redactor.text(text);
  };

  return Object.defineProperties(client, {
    [internals]: { value: { headers: options.headers, begin, redact } satisfies ClientInternals },
    [inspectKey]: { value: () => `${contract.vendor} client of ${withoutSecrets(givenBaseUrl)}` },
  }) as Operations & { readonly http: HttpClient<Paths> };
}

/** Throws for an option of a call that would be ignored. */
function checkCallOptions(options: CallOptions, known: RegExp): void {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !known.test(name) && !callOptionNames.test(name)) {
      throw new ConfigurationError(`the call has no option "${name}"`);
    }
  }
}

/** Lets the caller read a body that has been read. */
function makeReadable(response: Response, text: string | undefined): void {
  if (text === undefined) return;
  const again = () => replay(response, text);
  Object.assign(response, {
    text: async () => text,
    json: async () => parseJson(text),
    clone: again,
    arrayBuffer: () => again().arrayBuffer(),
    blob: () => again().blob(),
    formData: () => again().formData(),
    // Node.js 20 does not have it.
    ...("bytes" in response && { bytes: () => again().bytes() }),
  });
}

/** Throws if the key must not be sent with a request that middleware changed. */
function checkChanged({ url }: WireRequest): void {
  if (!isPrivateOnTheWay(new URL(url))) throw new ConfigurationError("middleware must keep the URL https");
}
