// The only file that imports openapi-fetch, which gets no more updates: the one place where it would be replaced.
import createClient, { type Middleware } from "openapi-fetch";
import type { WireRequest } from "./attempt.js";
import { GpuError } from "./error.js";
import type { Answer, Call, Transport } from "./transport.js";
import { PathParameterError, serializePath } from "./url.js";

export type { Middleware };

/** What one call sends, in openapi-fetch's terms. */
export interface RequestParts {
  params?: { path?: unknown; query?: unknown; header?: unknown } | undefined;
  body?: unknown;
  headers?: Readonly<Record<string, string>> | undefined;
}

/** As much of openapi-fetch's client as is used here, without the paths: these are typed at the door, in `HttpClient`. */
interface UntypedClient {
  request(method: string, path: string, init: object): Promise<{ data?: unknown; error?: unknown; response: Response }>;
  use(...middleware: Middleware[]): void;
  eject(...middleware: Middleware[]): void;
}

/** As much of a `Request` as openapi-fetch needs while no middleware looks at it; a real one costs far more. */
class LightRequest implements WireRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | undefined;
  constructor(url: string, init: { method: string; headers: Headers; body?: string | undefined }) {
    this.url = url;
    this.method = init.method;
    this.headers = init.headers;
    this.body = init.body;
  }
}

/** Builds requests with openapi-fetch and sends them over the transport. */
export class HttpLayer {
  readonly #transport: Transport;
  readonly #client: UntypedClient;
  readonly #middleware = new Set<Middleware>();

  constructor(transport: Transport) {
    this.#transport = transport;
    this.#client = createClient<Record<string, never>>({ baseUrl: transport.baseUrl }) as UntypedClient;
  }

  use(...middleware: Middleware[]): void {
    this.#client.use(...middleware);
    for (const one of middleware) this.#middleware.add(one);
  }

  eject(...middleware: Middleware[]): void {
    this.#client.eject(...middleware);
    for (const one of middleware) this.#middleware.delete(one);
  }

  /** Makes one call. Middleware sees real `Request`s and `Response`s, and may answer or change either. */
  async call(call: Call, parts: RequestParts): Promise<Answer> {
    this.#transport.check(call);
    let sent: Answer | undefined;
    const observed = this.#middleware.size > 0;
    const init = {
      params: parts.params,
      headers: parts.headers,
      body: parts.body,
      pathSerializer: this.#local(call, serializePath),
      bodySerializer: this.#local(call, (body: unknown) => JSON.stringify(body)),
      ...(observed ? {} : { Request: LightRequest, parseAs: "stream" }),
      fetch: async (request: Request | LightRequest) => {
        sent = await this.#transport.send(call, request instanceof LightRequest ? request : await readRequest(request));
        return observed ? replay(sent) : sent.response;
      },
    };
    const result = await this.#client.request(call.operation.method, call.operation.path, init).catch((error: unknown) => {
      // Headers and queries that cannot be sent; errors of middleware go to the caller as they are.
      if (GpuError.isInstance(error) || observed || sent) throw error;
      throw this.#transport.configurationError(call, "the request cannot be built", error);
    });
    // What openapi-fetch parsed counts only where middleware may have changed it.
    if (sent && !observed) return sent;
    return this.#transport.adopt(call, result.response, result.response.ok ? result.data : result.error, sent);
  }

  /** A serializer whose failures are mistakes of the caller's. */
  #local<Args extends unknown[]>(call: Call, serialize: (...args: Args) => string): (...args: Args) => string {
    return (...args) => {
      try {
        return serialize(...args);
      } catch (error) {
        const known = error instanceof PathParameterError;
        throw this.#transport.configurationError(call, known ? error.message : "the body is not JSON", known ? undefined : error);
      }
    };
  }
}

/** A request that middleware may have replaced, read so that it can be sent more than once. */
async function readRequest(request: Request): Promise<WireRequest> {
  const body = request.body === null ? undefined : await request.text();
  return { url: request.url, method: request.method, headers: new Headers(request.headers), body };
}

/** A fresh `Response`, so that middleware can clone and read it. */
function replay({ response, text }: Answer): Response {
  const empty = [204, 205, 304].includes(response.status);
  return new Response(empty ? null : text, { status: response.status, statusText: response.statusText, headers: response.headers });
}
