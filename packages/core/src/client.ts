import type { OperationContract, VendorContract } from "./contract.js";
import { HttpLayer, type Middleware, type RequestParts } from "./http.js";
import type { CallOptions, ClientOptions } from "./options.js";
import { eachPage } from "./pages.js";
import { Transport } from "./transport.js";
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

interface NamedOptions extends CallOptions {
  path?: unknown;
  query?: unknown;
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
  const layer = new HttpLayer(new Transport(contract, options));

  const invoke = async (name: string, operation: OperationContract, given: NamedOptions = {}): Promise<unknown> => {
    const { path, query, headers: header, body, ...callOptions } = given;
    const answer = await layer.call({ name, operation, options: callOptions }, { params: { path, query, header }, body });
    if (answer.error) throw answer.error;
    return answer.data;
  };

  const client: Record<string, unknown> = { http: httpClient(contract, layer) };
  for (const [name, operation] of Object.entries(contract.operations)) {
    client[name] = (given?: NamedOptions) => invoke(name, operation, given);
    const { pagination } = operation;
    if (pagination) {
      client[`${name}Pages`] = (given?: NamedOptions & { query?: Record<string, unknown> }) =>
        eachPage(pagination, given?.query, (query) => invoke(name, operation, { ...given, query }));
    }
  }
  return client as Operations & { readonly http: HttpClient<Paths> };
}

function httpClient(contract: VendorContract, layer: HttpLayer) {
  const byMethod =
    (method: OperationContract["method"]) =>
    async (path: string, { params, body, headers, ...callOptions }: RequestParts & CallOptions = {}) => {
      const [name, operation] = findOperation(contract, method, path);
      const answer = await layer.call({ name, operation, options: callOptions }, { params, body, headers });
      const { response } = answer;
      return answer.error
        ? { status: response.status, error: answer.body, response }
        : { status: response.status, data: answer.data, response };
    };
  return {
    GET: byMethod("GET"),
    PUT: byMethod("PUT"),
    POST: byMethod("POST"),
    DELETE: byMethod("DELETE"),
    PATCH: byMethod("PATCH"),
    use: (...middleware: Middleware[]) => layer.use(...middleware),
    eject: (...middleware: Middleware[]) => layer.eject(...middleware),
  };
}

/** The operation at a path; one that the document does not have is sent once and read leniently. */
function findOperation(contract: VendorContract, method: OperationContract["method"], path: string): [string, OperationContract] {
  const found = Object.entries(contract.operations).find(([, operation]) => operation.method === method && operation.path === path);
  return found ?? [`${method} ${path}`, { method, path, answer: { type: "any", mayBeEmpty: true } }];
}
