// The only file that imports openapi-fetch, for its type of middleware alone: its client takes up to a fifth longer for a call and
// cannot repeat a request. It gets no more updates.
import type { Middleware } from "openapi-fetch";
import type { WireRequest } from "./attempt.js";
import type { OperationContract } from "./contract.js";
import { type RequestParts, serializeBody, serializeQuery } from "./request.js";
import { unlessAborted } from "./timers.js";
import { serializePath } from "./url.js";
import { decodeUtf8 } from "./utf8.js";

export type { Middleware };

/** What openapi-fetch gives middleware in addition to the request. */
type CallContext = Omit<Parameters<NonNullable<Middleware["onRequest"]>>[0], "request">;

/** What middleware gets to know of a call. */
export function contextOf(baseUrl: string, { path }: OperationContract, { params = {} }: RequestParts): CallContext {
  const serializers = { querySerializer: serializeQuery, bodySerializer: serializeBody, pathSerializer: serializePath };
  const options = Object.freeze({ baseUrl, parseAs: "json" as const, fetch, ...serializers });
  return { schemaPath: path, params: params as CallContext["params"], id: crypto.randomUUID(), options };
}

/**
 * Sends a request through middleware, in the order of openapi-fetch: requests first to last, responses and errors last to first.
 * Middleware sees a real `Request` and a real `Response`, and may replace either; what it throws goes to the caller as it is.
 */
export async function sendThrough(
  chain: readonly Middleware[],
  context: CallContext,
  wire: WireRequest,
  callerSignal: AbortSignal | undefined,
  send: (request: WireRequest, signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  const { url, body = null, ...init } = wire;
  const controller = new AbortController();
  const { signal } = controller;
  const follow = (other: AbortSignal | undefined) => {
    const abort = () => controller.abort(other?.reason);
    if (other?.aborted) abort();
    other?.addEventListener("abort", abort);
    return () => other?.removeEventListener("abort", abort);
  };
  const unfollow = follow(callerSignal);
  try {
    let request = new Request(url, { ...init, body, signal });
    for (const one of chain) {
      // The caller may end the call while middleware is at work.
      const result: unknown = await unlessAborted(signal, one.onRequest?.({ ...context, request }));
      if (signal.aborted) break;
      if (result instanceof Response) return result;
      if (result) request = checked(result, "onRequest", Request);
    }
    // Middleware may have replaced the request by one with its own signal.
    follow(request.signal);
    const reversed = [...chain].reverse();
    let response: Response | undefined;
    try {
      const changed = signal.aborted ? undefined : await unlessAborted(signal, readRequest(request));
      // What is not sent needs no body: middleware may have read it already.
      response = await send(changed ?? wire, signal);
    } catch (first) {
      let error = first;
      for (const one of reversed) {
        // It gets to know of an abort, too.
        const result: unknown = await unlessAborted(
          callerSignal?.aborted ? undefined : callerSignal,
          one.onError?.({ ...context, request, error }),
        );
        if (result instanceof Response) {
          response = result;
          break;
        }
        if (result) error = checked(result, "onError", Error);
      }
      if (!response) throw error;
    }
    for (const one of reversed) {
      // Keep a received response on abort: it may be the only record of a billed machine.
      const result: unknown = await unlessAborted(callerSignal, one.onResponse?.({ ...context, request, response }));
      if (result) response = checked(result, "onResponse", Response);
    }
    return response;
  } finally {
    unfollow();
  }
}

/** What middleware returned, if it is one of a class. */
function checked<T>(result: unknown, hook: keyof Middleware, expected: abstract new (...given: never[]) => T): T {
  if (result instanceof expected) return result;
  throw new Error(`${hook} of middleware must return nothing, a Response or: ${expected.name}`);
}

/** A request that middleware may have replaced, read so that it can be sent more than once. */
async function readRequest(request: Request): Promise<WireRequest> {
  const { url, method, headers } = request;
  const bytes = await request.arrayBuffer();
  let body: WireRequest["body"] = bytes;
  try {
    body = decodeUtf8(bytes) || undefined;
  } catch {
    // Bytes that are no text are sent as they are.
  }
  return { url, method, headers: Object.fromEntries(headers), body };
}

/** A fresh `Response` with the same content, that can be cloned and read. */
export function replay({ status, statusText, headers, url }: Response, text: string): Response {
  const copy = new Response([204, 205, 304].includes(status) ? null : text, { status, statusText, headers });
  return Object.defineProperty(copy, "url", { value: url });
}
