/** The codes of the runtime and of `@gpu/unified`. */
export type KnownGpuErrorCode =
  | "configuration"
  | "unauthenticated"
  | "permission_denied"
  | "insufficient_funds"
  | "not_found"
  | "conflict"
  | "invalid_request"
  | "rate_limited"
  | "no_capacity"
  | "quota_exceeded"
  | "unavailable"
  | "network"
  | "timeout"
  | "aborted"
  | "redirect_refused"
  | "vendor_contract"
  | "unsupported"
  | "offer_gone"
  | "price_exceeded"
  | "create_ambiguous"
  | "idempotency_mismatch"
  | "instance_mismatch"
  | "limit_exceeded"
  | "limit_unknown"
  | "wait_timeout"
  | "instance_failed"
  | "no_offer";

/** Why a call failed. Open: later versions may add codes, so keep a default branch. */
export type GpuErrorCode = KnownGpuErrorCode | (string & {});

/**
 * What a failed call may have left behind.
 * `none`: certainly nothing. `possible`: unknown, so check before you repeat it. `committed`: it took effect, but its response is unreadable.
 */
export type SideEffect = "none" | "possible" | "committed";

/** The fields of a new `GpuError`. */
export interface GpuErrorInit {
  message: string;
  code: GpuErrorCode;
  vendor: string;
  operation?: string | undefined;
  method?: string | undefined;
  path?: string | undefined;
  status?: number | undefined;
  vendorCode?: string | undefined;
  vendorMessage?: string | undefined;
  requestId?: string | undefined;
  retryAfterMs?: number | undefined;
  /** Default: false. */
  retryable?: boolean | undefined;
  sideEffect: SideEffect;
  body?: unknown;
  headers?: Readonly<Record<string, string>> | undefined;
  /** Default: 0. */
  attempts?: number | undefined;
  cause?: unknown;
}

/** Node's name for the method that `console.log` calls; Bun and Deno have it too. */
export const inspectKey = Symbol.for("nodejs.util.inspect.custom");
const marker = Symbol.for("@gpu/core.GpuError");

/** The one error of every client: discriminate by `code`. Secrets are redacted: `body`, `headers` and `cause` are copies. */
export class GpuError extends Error {
  static {
    // On the prototype, as with the language's own errors: the stack begins with the name.
    Object.assign(GpuError.prototype, { name: "GpuError", [marker]: true, [inspectKey]: print });
  }

  /** Why the call failed. */
  declare readonly code: GpuErrorCode;
  /** Provider id, such as `shadeform`. */
  declare readonly vendor: string;
  /** Name of the operation, such as `createInstance`. */
  declare readonly operation: string | undefined;
  declare readonly method: string | undefined;
  /** Path template, such as `/instances/{id}/info`. */
  declare readonly path: string | undefined;
  /** HTTP status, when there was a response. */
  declare readonly status: number | undefined;
  /** The vendor's own error code. */
  declare readonly vendorCode: string | undefined;
  /** The vendor's own message. */
  declare readonly vendorMessage: string | undefined;
  /** The vendor's id of the request, to quote to its support. */
  declare readonly requestId: string | undefined;
  /** How long the vendor asked to wait, in milliseconds. */
  declare readonly retryAfterMs: number | undefined;
  /** The failure may be temporary, and the same call with the same options can be repeated without a double effect. */
  declare readonly retryable: boolean;
  /** What the call may have left behind. */
  declare readonly sideEffect: SideEffect;
  /** The response body: parsed JSON, the beginning of other text, or only its length and type if it may hold secrets. Long bodies are cut. */
  declare readonly body: unknown;
  declare readonly headers: Readonly<Record<string, string>> | undefined;
  /** How often the request was sent. */
  declare readonly attempts: number;

  constructor({ message, cause, ...fields }: GpuErrorInit) {
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, fields, { retryable: fields.retryable ?? false, attempts: fields.attempts ?? 0 });
  }

  /** Whether a value is a `GpuError`, also one from another copy of this package. */
  static isInstance(value: unknown): value is GpuError {
    return typeof value === "object" && value !== null && marker in value;
  }

  /** Includes the message and the cause, which `JSON.stringify` omits from errors. */
  toJSON(): object {
    const { name, message, cause } = this;
    return Object.assign({ name, message }, this, cause !== undefined && { cause: causeToJson(cause) });
  }
}

/** Invalid options or data. Becomes a `GpuError` with the code `configuration` and this message. */
export class ConfigurationError extends Error {}

/** What `console.log` prints: one line inside other objects, otherwise the stack and the fields that have a value. */
function print(
  this: GpuError,
  depth: number | null,
  options: object,
  inspect: (value: unknown, options: object) => string,
): string {
  if (depth !== null && depth < 1) return `[GpuError ${this.code}: ${this.message}]`;
  const fields = Object.entries({ ...this, cause: this.cause }).filter(([, value]) => value !== undefined);
  return `${this.stack} ${inspect(Object.fromEntries(fields), options)}`;
}

/** A cause as JSON can represent it. Causes of a client's errors are redacted copies. */
function causeToJson(cause: unknown, depth = 0): unknown {
  if (GpuError.isInstance(cause)) return cause;
  if (typeof cause !== "object" || cause === null) return String(cause);
  const { name, message, code, cause: inner } = cause as Record<string, unknown>;
  const deeper = inner !== undefined && depth < 4 && { cause: causeToJson(inner, depth + 1) };
  return { name, message, code, ...deeper };
}

/** Sets a cause that is created on first use: redacting its stack is the slowest part of a failure, and most causes are never shown. */
export function setCause(error: GpuError, read: () => unknown): void {
  const set = (value: unknown) => Object.defineProperty(error, "cause", { value, writable: true }) && value;
  Object.defineProperty(error, "cause", { configurable: true, get: () => set(read()), set });
}

/** The same error with other fields. */
export function withChanges(error: GpuError, changes: Partial<GpuErrorInit>): GpuError {
  const { message, cause } = error;
  return new GpuError({ ...error, message, cause, ...changes });
}
