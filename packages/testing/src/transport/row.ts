import type { ClientOptions } from "@gpu/core";

/** One row of the transport suite: scripted responses in; requests, waits, headers and outcome out. */
export interface TransportRow {
  /** The behaviour, in words. */
  name: string;
  /** Runs for operations of this kind, or for the one of this name. */
  for: OperationKind | { operation: string };
  /** For all of them instead of the first. */
  each?: true;
  /** Options of the client. `keys` are what a key function returns, one after the other. */
  client?: Pick<ClientOptions, "timeoutMs" | "maxRetries" | "retryAfterMaxMs" | "baseUrl" | "headers"> & { keys?: string[] };
  /** Options of the call. `path` replaces all path parameters. */
  call?: { timeoutMs?: number; maxRetries?: number; idempotencyKey?: string; path?: string };
  /** When the caller aborts. */
  abort?: "before the call" | "after sending" | "during the first wait";
  /** One for each request; the last repeats. */
  responses: readonly ScriptedResponse[];
  expect: Expectation;
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

/** A success as the document shows it, silence, an error that `fetch` throws, or any response. */
export type ScriptedResponse =
  | "success"
  | "silence"
  | { throws: string }
  | { status: number; headers?: Record<string, string>; json?: unknown; text?: string; breaksOff?: true };

export interface Expectation {
  requests: number;
  /** Least and most milliseconds of each wait between attempts. */
  waits?: readonly (readonly [least: number, most: number])[];
  /** A header of each request: its values in order, or the same value in all. */
  header?: { name: string; values: (string | null)[] } | { name: string; same: true };
  /** `success`, or fields of the `GpuError`. */
  outcome: "success" | Record<string, unknown>;
  /** What the error's message must and must not contain. */
  says?: string;
  hides?: string;
}

/** One of a vendor's own responses, in `packages/<vendor>/test/transport.json`. */
export interface VendorRow {
  name: string;
  /** Default: `createInstance`. */
  operation?: string;
  response: { status: number; json?: unknown; text?: string; headers?: Record<string, string> };
  /** `success`, or fields of the `GpuError`. */
  outcome: "success" | Record<string, unknown>;
  /** What the error's message must contain. */
  says?: string;
}
