// Imports openapi-fetch only for its type of middleware: its client is up to a fifth slower per call and cannot repeat a request.
// `openapi-fetch.ts` has its client. openapi-fetch is no longer updated.
import type { Middleware } from "openapi-fetch";
import type { WireRequest } from "./attempt.js";
import type { OperationContract } from "./contract.js";
import { type RequestParts, serializeBody, serializeQuery } from "./request.js";
import { followAbort, unlessAborted } from "./timers.js";
import { baseOf, serializePath } from "./url.js";
import { decodeUtf8 } from "./utf8.js";

export type { Middleware };

/** What openapi-fetch passes to middleware in addition to the request. */
type CallContext = Omit<Parameters<NonNullable<Middleware["onRequest"]>>[0], "request">;

/** The context of a call for middleware. */
export function contextOf(baseUrl: string, operation: OperationContract, { params = {} }: RequestParts): CallContext {
  const { path, commaSeparated } = operation;
  const querySerializer = (query: Readonly<Record<string, unknown>>) => serializeQuery(query, commaSeparated);
  const serializers = { querySerializer, bodySerializer: serializeBody, pathSerializer: serializePath };
  const options = Object.freeze({ baseUrl: baseOf(baseUrl, operation), parseAs: "json" as const, fetch, ...serializers });
  return { schemaPath: path, params: params as CallContext["params"], id: crypto.randomUUID(), options };
}

/**
 * Sends a request through middleware, in the order of openapi-fetch: requests first to last, responses and errors last to first.
 * Middleware gets a real `Request` and `Response` and may replace either. What it throws reaches the caller unchanged.
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
  const obey = (other: AbortSignal | undefined) => {
    const abort = () => controller.abort(other?.reason);
    if (other?.aborted) abort();
    return followAbort(other, abort);
  };
  const release = obey(callerSignal);
  try {
    let request = new Request(url, { ...init, body, signal });
    for (const one of chain) {
      // The caller may abort while middleware is running.
      const result: unknown = await unlessAborted(signal, one.onRequest?.({ ...context, request }));
      if (signal.aborted) break;
      if (result instanceof Response) return result;
      if (result) request = checked(result, "onRequest", Request);
    }
    // Middleware may have returned a request with its own signal.
    obey(request.signal);
    const reversed = [...chain].reverse();
    let response: Response | undefined;
    try {
      const changed = signal.aborted ? undefined : await unlessAborted(signal, readRequest(request));
      // An aborted request is not sent, so its body is not read: middleware may already have read it.
      response = await send(changed ?? wire, signal);
    } catch (first) {
      let error = first;
      for (const one of reversed) {
        // `onError` also runs after an abort.
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
    release();
  }
}

/** Checks what middleware returned. */
function checked<T>(result: unknown, hook: keyof Middleware, expected: abstract new (...given: never[]) => T): T {
  if (result instanceof expected) return result;
  throw new Error(`${hook} of middleware must return nothing, a Response or: ${expected.name}`);
}

/** Reads a request, so that it can be sent more than once. */
export async function readRequest(request: Request): Promise<WireRequest> {
  const { url, method, headers } = request;
  const bytes = await request.arrayBuffer();
  let body: WireRequest["body"] = bytes;
  try {
    body = decodeUtf8(bytes) || undefined;
  } catch {
    // Binary bodies are sent unchanged.
  }
  return { url, method, headers: Object.fromEntries(headers), body };
}

/** A new `Response` with the same content, which can be cloned and read; without a text, the response itself. */
export function replay(response: Response, text: string | undefined): Response {
  if (text === undefined) return response;
  const { status, statusText, headers, url } = response;
  const copy = new Response([204, 205, 304].includes(status) ? null : text, { status, statusText, headers });
  return Object.defineProperty(copy, "url", { value: url });
}
