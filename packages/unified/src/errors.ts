import { GpuError, type GpuErrorInit, type KnownGpuErrorCode, type SideEffect } from "@gpu/core";
import type { CreateHandle } from "./handle.js";
import type { Instance } from "./instance.js";
import type { LaunchReport } from "./report.js";

/** What an error of this package may have in addition to the fields of `GpuError`. */
export interface UnifiedErrorDetails {
  handle?: CreateHandle | undefined;
  ref?: string | undefined;
  instance?: Instance | undefined;
  launch?: LaunchReport | undefined;
}

/** Node's name for the method that `console.log` calls; Bun and Deno have it too. */
export const inspectKey = Symbol.for("nodejs.util.inspect.custom");
const marker = Symbol.for("@gpu/unified.UnifiedGpuError");

/** A `GpuError` with details of the unified API. */
export class UnifiedGpuError extends GpuError {
  static {
    Object.assign(UnifiedGpuError.prototype, { [marker]: true });
  }

  /** Of a create whose outcome is unknown: store it, and pass it to `gpu.reconcile`. Plain JSON. */
  readonly handle: CreateHandle | undefined;
  /** Of an instance that exists, or may exist, despite the error. */
  readonly ref: string | undefined;
  /** The instance as it was last seen. */
  readonly instance: Instance | undefined;
  /** What `launch` tried, left out and could not read. */
  readonly launch: LaunchReport | undefined;

  constructor(init: GpuErrorInit, details: UnifiedErrorDetails = {}) {
    super(init);
    this.handle = details.handle;
    this.ref = details.ref;
    this.instance = details.instance;
    this.launch = details.launch;
  }

  /** Whether a value is a `UnifiedGpuError`, also one from another copy of this package. */
  static override isInstance(value: unknown): value is UnifiedGpuError {
    return typeof value === "object" && value !== null && marker in value;
  }
}

/** An error that this package raises. */
export function unifiedError(
  provider: string,
  operation: string,
  code: KnownGpuErrorCode,
  reason: string,
  sideEffect: SideEffect,
  cause?: unknown,
  details?: UnifiedErrorDetails,
): UnifiedGpuError {
  const message = `${provider} ${operation}: ${reason}`;
  return new UnifiedGpuError({ code, vendor: provider, operation, message, sideEffect, cause }, details);
}

/** An error that is raised before a paid request is sent. */
export function preflightError(
  provider: string,
  operation: string,
  code: KnownGpuErrorCode,
  reason: string,
  cause?: unknown,
): UnifiedGpuError {
  return unifiedError(provider, operation, code, reason, "none", cause);
}

/** A create that the caller aborted before anything was sent. */
export function abortedBeforeSend(provider: string, signal: AbortSignal | undefined): UnifiedGpuError {
  return preflightError(provider, "create", "aborted", "aborted by the caller before anything was sent", signal?.reason);
}

/** The same error with other fields or more details. */
export function withChanges(error: GpuError, changes: Partial<GpuErrorInit>, details: UnifiedErrorDetails = {}): UnifiedGpuError {
  const { message, cause } = error;
  return new UnifiedGpuError({ ...error, message, cause, retryable: false, ...changes }, details);
}

/** Joins two sentences, and adds a full stop to the first if it has none. */
export function sentences(first: string, ...more: string[]): string {
  return [/[.!?…]$/.test(first) ? first : `${first}.`, ...more].join(" ");
}

/** Whether a framework threw this to end its own rendering. Such an error has a `digest`, and is rethrown unchanged. */
export function isControlFlow(thrown: unknown): boolean {
  return typeof thrown === "object" && thrown !== null && "digest" in thrown;
}

export function rethrowControlFlow(thrown: unknown): void {
  if (isControlFlow(thrown)) throw thrown;
}

/**
 * Converts a thrown value to a `GpuError`. `sideEffect` is used if the value has none. Rethrows a framework's control-flow
 * error.
 */
export function asGpuError(thrown: unknown, provider: string, operation: string, sideEffect: SideEffect = "possible"): GpuError {
  if (GpuError.isInstance(thrown)) return thrown;
  rethrowControlFlow(thrown);
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  const message = `the vendor's response could not be understood: ${reason}`;
  return unifiedError(provider, operation, "vendor_contract", message, sideEffect, thrown);
}
