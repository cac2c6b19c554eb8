import type { ClientOptions } from "@gpu/core";

/** One case of the transport suite: a call, scripted responses, and what is expected of them. */
export interface TransportRow {
  name: string;
  /** The kind of operation that it runs for, or one operation by name. */
  for: OperationKind | { operation: string };
  /** Run for all of them instead of the first only. */
  each?: true;
  /** Options of the client. `keys` are the results of a key function, in order. */
  client?: Pick<ClientOptions, "timeoutMs" | "maxRetries" | "retryAfterMaxMs" | "baseUrl" | "headers"> & { keys?: string[] };
  /** Options of the call. `path` replaces all path parameters. */
  call?: { timeoutMs?: number; maxRetries?: number; idempotencyKey?: string; path?: string };
  /** When the caller aborts. */
  abort?: "before the call" | "after sending" | "during the first wait";
  /** One for each request; the last one repeats. */
  responses: readonly ScriptedResponse[];
  /** The expected number of requests. */
  requests: number;
  /** The shortest and longest allowed wait before each retry, in milliseconds. */
  waits?: readonly (readonly [least: number, most: number])[];
  /** A header of the requests: its values in order, or `same` for one value in all of them. */
  header?: { name: string; values: (string | null)[] } | { name: string; same: true };
  /** `success`, which is the default, or fields of the `GpuError`. */
  outcome?: "success" | Record<string, unknown>;
  /** A pattern that the error's message must match. */
  message?: string;
  /** A text that the error must not contain. */
  redacted?: string;
}

/** How an operation may be repeated: see the documents' `x-paid`, `x-idempotent` and `x-idempotency-key`. */
export type OperationKind =
  | "read"
  | "paid"
  | "keyed"
  | "repeatable"
  | "unrepeatable"
  | "without content"
  | "public"
  | "with path";

/** The documented success, no response, an error that `fetch` throws, or any response. */
export type ScriptedResponse =
  | "success"
  | "silence"
  | { throws: string }
  | { status: number; headers?: Record<string, string>; json?: unknown; text?: string; breaksOff?: true };

/** One of a vendor's own responses, in `packages/<vendor>/test/transport.json`. */
export interface VendorRow {
  name: string;
  /** Default: `createInstance`. */
  operation?: string;
  response: { status: number; json?: unknown; text?: string; headers?: Record<string, string> };
  /** `success`, or fields of the `GpuError`. */
  outcome: "success" | Record<string, unknown>;
  /** What the error's message must contain. */
  message?: string;
}
