import type { ClientOptions } from "@gpu/core";

/** One row of the conformance table: scripted answers in; requests, waits, headers and outcome out. */
export interface ConformanceCase {
  /** The behaviour, in words. */
  name: string;
  /** Only for this vendor. */
  vendor?: string;
  /** Runs for operations of this kind, or for the one of this name. */
  for: OperationKind | { operation: string };
  /** For all of them instead of the first. */
  each?: true;
  /** Of the client. `keys` are what a key function gives, one after the other. */
  client?: Pick<ClientOptions, "timeoutMs" | "maxRetries" | "retryAfterMaxMs" | "baseUrl" | "headers"> & { keys?: string[] };
  /** Of the call. `path` replaces all path parameters. */
  call?: { timeoutMs?: number; maxRetries?: number; idempotencyKey?: string; path?: string };
  /** When the caller aborts. */
  abort?: "before the call" | "after sending" | "during the first wait";
  /** One for each request; the last repeats. */
  answers: ScriptedAnswer[];
  expect: Expectation;
}

/** What an operation may be repeated for: see the documents' `x-paid`, `x-idempotent` and `x-idempotency-key`. */
export type OperationKind =
  | "read"
  | "paid"
  | "keyed"
  | "repeatable"
  | "unrepeatable"
  | "without content"
  | "public"
  | "with path";

/** A success as the document shows it, silence, an error that `fetch` throws, or any answer. */
export type ScriptedAnswer =
  | "success"
  | "silence"
  | { throws: string }
  | { status: number; headers?: Record<string, string>; json?: unknown; text?: string; breaksOff?: true };

export interface Expectation {
  requests: number;
  /** Least and most milliseconds of each wait between attempts. */
  waits?: [least: number, most: number][];
  /** A header of each request: its values in order, or the same value in all. */
  header?: { name: string; values: (string | null)[] } | { name: string; same: true };
  /** `success`, or fields of the `GpuError`. */
  outcome: "success" | Record<string, unknown>;
  /** What the error's message must and must not say. */
  says?: string;
  hides?: string;
}
