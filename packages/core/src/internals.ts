import type { CallOptions, ClientOptions } from "./options.js";
import type { RequestParts } from "./request.js";

/** What a vendor's client has for other functions of this package, under a registered symbol. */
export interface ClientInternals {
  readonly headers: ClientOptions["headers"];
  /** Begins a call of openapi-fetch. Throws `GpuError` with `problem`, if there is one. */
  begin(method: string, path: string, options: CallOptions & RequestParts, problem: string | undefined): OpenapiCall;
  /** Redacts a text by the client's secrets and those of a response. */
  redact(response: unknown, text: string): string;
}

/** The options of openapi-fetch that send a call through our transport. What they throw is a `GpuError`. */
export interface OpenapiCall {
  readonly baseUrl: string;
  pathSerializer(path: string, values: Record<string, unknown>): string;
  querySerializer(query: Record<string, unknown>): string;
  fetch(request: Request): Promise<Response>;
}
