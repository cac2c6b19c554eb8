/** The codes that the runtime and `@gpu/unified` give. */
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
  | "wait_timeout"
  | "instance_failed"
  | "no_offer";

/** Why a call failed. Open: later versions may add codes, so keep a default branch. */
export type GpuErrorCode = KnownGpuErrorCode | (string & {});

/**
 * What a failed call may have left behind.
 * `none`: certainly nothing. `possible`: unknown, so look before you repeat. `committed`: it happened, only its answer is unreadable.
 */
export type SideEffect = "none" | "possible" | "committed";

/** The fields of a `GpuError`. */
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
  retryable?: boolean | undefined;
  sideEffect: SideEffect;
  body?: unknown;
  headers?: Readonly<Record<string, string>> | undefined;
  attempts?: number | undefined;
  cause?: unknown;
}

const marker = Symbol.for("@gpu/core.GpuError");

/** The one error of every client: discriminate by `code`. No field holds a secret: `body`, `headers` and `cause` are redacted copies. */
export class GpuError extends Error {
  override readonly name = "GpuError";
  /** Why the call failed. */
  readonly code: GpuErrorCode;
  /** Provider id, such as `shadeform`. */
  readonly vendor: string;
  /** Name of the operation, such as `createInstance`. */
  readonly operation: string | undefined;
  readonly method: string | undefined;
  /** Path template, such as `/instances/{id}/info`. */
  readonly path: string | undefined;
  /** HTTP status, when there was an answer. */
  readonly status: number | undefined;
  /** The vendor's own error code. */
  readonly vendorCode: string | undefined;
  /** The vendor's own words. */
  readonly vendorMessage: string | undefined;
  /** The vendor's id of the request, to quote to its support. */
  readonly requestId: string | undefined;
  /** How long the vendor asked to wait, in milliseconds, as it said it. */
  readonly retryAfterMs: number | undefined;
  /** The failure may pass and the same call may safely be made again. */
  readonly retryable: boolean;
  /** What the call may have left behind. */
  readonly sideEffect: SideEffect;
  /** The answer's body, parsed when it was JSON, shortened when it was not. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** How often the request was sent. */
  readonly attempts: number;

  constructor(init: GpuErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.vendor = init.vendor;
    this.operation = init.operation;
    this.method = init.method;
    this.path = init.path;
    this.status = init.status;
    this.vendorCode = init.vendorCode;
    this.vendorMessage = init.vendorMessage;
    this.requestId = init.requestId;
    this.retryAfterMs = init.retryAfterMs;
    this.retryable = init.retryable ?? false;
    this.sideEffect = init.sideEffect;
    this.body = init.body;
    this.headers = init.headers;
    this.attempts = init.attempts ?? 0;
    Object.defineProperty(this, marker, { value: true });
  }

  /** Whether a value is a `GpuError`, also one from another copy of this package. */
  static isInstance(value: unknown): value is GpuError {
    return typeof value === "object" && value !== null && marker in value;
  }
}
