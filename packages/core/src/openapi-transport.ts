import type { CallOptions, ClientOptions } from "./options.js";

/** What a vendor's client has for openapi-fetch, under a registered symbol. */
export interface OpenapiTransport {
  readonly headers: ClientOptions["headers"];
  /** Begins a call. Throws `GpuError` with `problem`, if there is one. */
  begin(method: string, path: string, options: CallOptions, problem: string | undefined): OpenapiCall;
}

/** The options of openapi-fetch that send a call through our transport. What they throw is a `GpuError`. */
export interface OpenapiCall {
  readonly baseUrl: string;
  pathSerializer(path: string, values: Record<string, unknown>): string;
  querySerializer(query: Record<string, unknown>): string;
  fetch(request: Request): Promise<Response>;
}
