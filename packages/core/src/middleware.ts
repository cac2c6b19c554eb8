import { unlessAborted, type WireRequest } from "./attempt.js";
import type { CallContext, Middleware } from "./http.js";

/** Sends a request and gives the answer, however it failed or not. */
type Send = (request: WireRequest, signal: AbortSignal) => Promise<Response>;

/**
 * Sends a request through middleware, in the order of openapi-fetch: requests first to last, answers and errors last to first.
 * Middleware sees a real `Request` and a real `Response`, and may answer or replace either; what it throws goes to the caller as it is.
 */
export async function sendThrough(
  chain: readonly Middleware[],
  context: CallContext,
  wire: WireRequest,
  callerSignal: AbortSignal | undefined,
  send: Send,
): Promise<Response> {
  const { url, ...init } = wire;
  const controller = new AbortController();
  const onAbort = () => controller.abort(callerSignal?.reason);
  if (callerSignal?.aborted) onAbort();
  callerSignal?.addEventListener("abort", onAbort);
  try {
    let request = new Request(url, { ...init, body: init.body ?? null, signal: controller.signal });
    for (const one of chain) {
      // The caller may end the call while middleware is at work; the transport says so.
      const result = await unlessAborted(controller.signal, one.onRequest?.({ ...context, request }));
      if (controller.signal.aborted) break;
      if (result instanceof Response) return result;
      if (result instanceof Request) request = result;
      else if (result) throw new Error("onRequest: must return new Request() or Response() when modifying the request");
    }
    // One of middleware's own may be ended by something else, and may have been already.
    const onOwnAbort = () => controller.abort(request.signal.reason);
    if (request.signal.aborted) onOwnAbort();
    request.signal.addEventListener("abort", onOwnAbort);
    let response: Response;
    try {
      const read = controller.signal.aborted ? undefined : await unlessAborted(controller.signal, readRequest(request));
      // What is not sent needs no body: middleware may have read it already.
      response = await send(read ?? wire, controller.signal);
    } catch (error) {
      response = await handleError(chain, { ...context, request }, callerSignal, error);
    }
    for (const one of [...chain].reverse()) {
      // An answer that is there is not lost by an abort: it may name a machine that costs.
      const result = await unlessAborted(callerSignal, one.onResponse?.({ ...context, request, response }));
      if (result instanceof Response) response = result;
      else if (result) throw new Error("onResponse: must return new Response() when modifying the response");
    }
    return response;
  } finally {
    callerSignal?.removeEventListener("abort", onAbort);
  }
}

async function handleError(
  chain: readonly Middleware[],
  context: CallContext & { request: Request },
  signal: AbortSignal | undefined,
  first: unknown,
): Promise<Response> {
  let error = first;
  for (const one of [...chain].reverse()) {
    // After an abort it is still told of it.
    const result = await unlessAborted(signal?.aborted ? undefined : signal, one.onError?.({ ...context, error }));
    if (result instanceof Response) return result;
    if (result instanceof Error) error = result;
    else if (result) throw new Error("onError: must return new Response() or instance of Error");
  }
  throw error;
}

/** A request that middleware may have replaced, read so that it can be sent more than once. */
async function readRequest(request: Request): Promise<WireRequest> {
  const { url, method, headers } = request;
  const bytes = await request.arrayBuffer();
  return { url, method, headers: Object.fromEntries(headers), body: bytes.byteLength > 0 ? textOf(bytes) : undefined };
}

/** The text of bytes that are one; else the bytes. */
function textOf(bytes: ArrayBuffer): string | ArrayBuffer {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
}

/** A fresh `Response` with the same answer, that can be cloned and read. */
export function replay(response: Response, text: string): Response {
  const { status, statusText, headers, url } = response;
  const hasNoBody = [204, 205, 304].includes(status);
  const copy = new Response(hasNoBody ? null : text, { status, statusText, headers });
  return Object.defineProperty(copy, "url", { value: url });
}
