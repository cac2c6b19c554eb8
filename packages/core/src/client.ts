import type { HttpMethod, OperationContract, PaginationContract, VendorContract } from "./contract.js";
import { Dispatcher } from "./dispatcher.js";
import { GpuError } from "./error.js";
import type { Middleware, RequestParts } from "./http.js";
import { parseJson } from "./json.js";
import type { CallOptions, ClientOptions } from "./options.js";
import { eachPage } from "./pages.js";
import { Redactor } from "./redact.js";
import type { Argument, HttpInit, HttpResult, OperationAt, PathsWith } from "./types.js";

/**
 * Calls by method and path, over the same transport as the named operations. An answer with a status of failure is a result;
 * what is no answer of the vendor's is thrown as `GpuError`.
 */
export interface HttpClient<Paths> {
  GET: HttpCall<Paths, "get">;
  PUT: HttpCall<Paths, "put">;
  POST: HttpCall<Paths, "post">;
  DELETE: HttpCall<Paths, "delete">;
  PATCH: HttpCall<Paths, "patch">;
  /** Registers middleware of openapi-fetch. It runs once a call, around all its attempts, for named operations too. */
  use(...middleware: Middleware[]): void;
  /** Takes middleware away again. */
  eject(...middleware: Middleware[]): void;
}

export type HttpCall<Paths, Method extends string> = <Path extends PathsWith<Paths, Method>>(
  path: Path,
  ...options: Argument<HttpInit<OperationAt<Paths, Path, Method>>>
) => Promise<HttpResult<OperationAt<Paths, Path, Method>>>;

/** Registered, so that a client of another copy of this package has it too. */
const dispatcherOf = Symbol.for("@gpu/core.dispatcher");

/**
 * A vendor's text, such as the reason in a successful response why a machine failed, without secrets: the client's keys, the
 * secret fields of its last ten requests that have any, and those of `response`. The text is cut to 4,000 characters.
 * A client that `createVendorClient` did not make knows no secrets: then the text is returned as it is.
 */
export function redactText(client: object, response: unknown, text: string): string {
  const { [dispatcherOf]: dispatcher } = client as { [dispatcherOf]?: Partial<Dispatcher> };
  if (!dispatcher?.known) return text;
  const redactor = new Redactor(...dispatcher.known);
  redactor.rememberFields(response);
  return redactor.text(text);
}

interface NamedOptions extends CallOptions {
  path?: unknown;
  query?: Readonly<Record<string, unknown>>;
  headers?: unknown;
  body?: unknown;
}

/**
 * Makes a vendor's client from its contract. `Operations` and `Paths` are generated from the same document as the contract,
 * which is what makes the cast at the end hold.
 */
export function createVendorClient<Paths, Operations>(
  contract: VendorContract,
  options: ClientOptions = {},
): Operations & { readonly http: HttpClient<Paths> } {
  const dispatcher = new Dispatcher(contract, options);

  const invoke = async (name: string, operation: OperationContract, options: NamedOptions = {}): Promise<unknown> => {
    const { path, query, headers: header, body } = options;
    const answer = await dispatcher.call({ name, operation, options }, { params: { path, query, header }, body });
    if (answer.error) throw answer.error;
    return answer.data;
  };

  const client: Record<string, unknown> = { http: httpClient(contract, dispatcher) };
  for (const [name, operation] of Object.entries(contract.operations)) {
    const call = (given?: NamedOptions) => invoke(name, operation, given);
    const { pagination } = operation;
    client[name] = pagination ? Object.assign(call, iterators(contract, name, operation, pagination, call)) : call;
  }
  Object.defineProperty(client, dispatcherOf, { value: dispatcher });
  return client as Operations & { readonly http: HttpClient<Paths> };
}

/** The two ways to go through a list in pages, as `PagedOperation` types them. */
function iterators(
  { vendor }: VendorContract,
  operation: string,
  { method, path }: OperationContract,
  pagination: PaginationContract,
  call: (given: NamedOptions) => Promise<unknown>,
) {
  const broken = (reason: string, retryable?: boolean) => {
    const message = `${vendor} ${operation} (${method} ${path}): ${reason}`;
    return new GpuError({ code: "vendor_contract", message, vendor, operation, method, path, sideEffect: "none", retryable });
  };
  const read = (given: NamedOptions = {}) => eachPage(pagination, given.query, (query) => call({ ...given, query }), broken);
  return {
    async *pages(given?: NamedOptions) {
      for await (const { page } of read(given)) yield page;
    },
    async *items(given?: NamedOptions) {
      for await (const { items } of read(given)) yield* items;
    },
  };
}

function httpClient(contract: VendorContract, dispatcher: Dispatcher) {
  const byRoute = new Map(Object.entries(contract.operations).map((entry) => [`${entry[1].method} ${entry[1].path}`, entry]));
  const byMethod =
    (method: HttpMethod) =>
    async (path: string, options: RequestParts & CallOptions = {}) => {
      const [name, operation] = byRoute.get(`${method} ${path}`) ?? undocumented(method, path);
      const answer = await dispatcher.call({ name, operation, options }, options);
      const { response, text } = answer;
      // The body is read; whoever gets the response can read it again.
      Object.assign(response, { text: async () => text, json: async () => parseJson(text) });
      const { status } = response;
      return answer.error ? { status, error: answer.body, response } : { status, data: answer.data, response };
    };
  return {
    GET: byMethod("GET"),
    PUT: byMethod("PUT"),
    POST: byMethod("POST"),
    DELETE: byMethod("DELETE"),
    PATCH: byMethod("PATCH"),
    use: (...middleware: Middleware[]) => dispatcher.use(...middleware),
    eject: (...middleware: Middleware[]) => dispatcher.eject(...middleware),
  };
}

/** An operation that the document does not have: sent again only where it is a read, and read leniently. */
function undocumented(method: HttpMethod, path: string): [name: string, operation: OperationContract] {
  return [`${method} ${path}`, { method, path, answer: { type: "any", mayBeEmpty: true } }];
}
