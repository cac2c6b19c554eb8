import { saysNoCapacity } from "./capacity.js";
import { type ErrorContract, isRead, type OperationContract } from "./contract.js";
import type { GpuError, GpuErrorCode, KnownGpuErrorCode, SideEffect } from "./error.js";
import { readPointer } from "./pointer.js";

/** An error response as read. Its texts are not redacted yet. */
export type VendorFailure = Pick<GpuError, "code" | "sideEffect" | "vendorCode" | "vendorMessage" | "requestId">;

const codeByStatus: Readonly<Record<number, KnownGpuErrorCode>> = {
  401: "unauthenticated",
  402: "insufficient_funds",
  403: "permission_denied",
  404: "not_found",
  408: "unavailable",
  409: "conflict",
  410: "not_found",
  425: "unavailable",
  429: "rate_limited",
};
/** Statuses that mean that the server did nothing. */
const refusals = /^(40[0-57]|41[35]|422|429|501)$/;
/** Codes that mean that nothing was rented, whatever the status. */
const certainRefusals = /^(no_capacity|offer_gone|insufficient_funds|quota_exceeded)$/;
/** Codes without a specific reason: the vendor's message may have one. */
const generalCodes = /^(invalid_request|conflict|unavailable)$/;
const transientCodes = /^(network|timeout|rate_limited|unavailable)$/;
const requestIdHeaders = ["x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid", "cf-ray"];
/** Longer messages are cut. */
const longestRead = 5_000;

/** Reads an error response. `body` is its parsed JSON, if any. */
export function readFailure(
  errors: ErrorContract,
  operation: OperationContract,
  { status, headers }: Pick<Response, "status" | "headers">,
  body: unknown,
  text: string,
): VendorFailure {
  const vendorCode = firstText(body, errors.code);
  const message = (firstText(body, errors.message) ?? proseOf(body, text))?.slice(0, longestRead);
  const phrase = errors.phrases.find(
    ({ status: only = status, contains }) => only === status && message?.toLowerCase().includes(contains),
  );
  const word = String(vendorCode).toLowerCase();
  const marked = hasFailed(errors, body) && status < 300 ? errors.failure : undefined;
  let code = (Object.hasOwn(errors.words, word) ? errors.words[word] : phrase?.code) ?? marked?.code ?? codeOfStatus(status);
  if (operation.paid && generalCodes.test(code) && saysNoCapacity(status, `${vendorCode}; ${message}`)) code = "no_capacity";
  const isNothingDone = marked || certainRefusals.test(code);
  return {
    code,
    sideEffect: firstText(body, errors.created ?? [])
      ? "committed"
      : isCut(errors, operation, body, text)
        ? "possible"
        : (phrase?.sideEffect ?? (isNothingDone ? "none" : sideEffectOf(operation, status))),
    vendorCode,
    vendorMessage: message,
    requestId:
      firstText(body, errors.requestId) ?? (requestIdHeaders.map((name) => headers.get(name)).find(Boolean) || undefined),
  };
}

/** Whether a body has the vendor's mark of a failure. */
export function hasFailed({ failure }: ErrorContract, body: unknown): boolean {
  return !!failure && readPointer(body, failure.pointer) === failure.value;
}

/** Whether a body is an error although its status is a success. */
export function carriesError(errors: ErrorContract, body: unknown): boolean {
  return firstText(body, errors.code) !== undefined && firstText(body, errors.message) !== undefined;
}

function codeOfStatus(status: number): KnownGpuErrorCode {
  return codeByStatus[status] ?? (status >= 500 ? "unavailable" : status >= 400 ? "invalid_request" : "vendor_contract");
}

/** The side effect of a request that was sent and ended with this status, or without one. */
export function sideEffectOf({ method, reads }: OperationContract, status = 0): SideEffect {
  if (reads || isRead(method) || refusals.test(String(status))) return "none";
  return status >= 200 && status < 300 ? "committed" : "possible";
}

/** The side effect of a request whose response was not read: an error may have named a resource that was created all the same. */
export function unreadEffectOf(errors: ErrorContract, operation: OperationContract, status = 0): SideEffect {
  return sideEffectOf(operation, errors.created && operation.paid && status >= 300 ? 0 : status);
}

/** Whether the end of an error is missing, which may name a resource that was created all the same. */
function isCut({ created }: ErrorContract, { paid }: OperationContract, body: unknown, text: string): boolean {
  return !!created && !!paid && typeof body !== "object" && /^\s*{/.test(text);
}

/** Whether the failure may be temporary. */
export function isTransient(code: GpuErrorCode, status: number | undefined): boolean {
  return transientCodes.test(code) && status !== 501;
}

function firstText(body: unknown, pointers: readonly string[]): string | undefined {
  for (const pointer of pointers) {
    const value = readPointer(body, pointer);
    if ((typeof value === "string" && value !== "") || typeof value === "number") return String(value);
  }
  return undefined;
}

/** Plain text is a message; an HTML page is not. */
function proseOf(body: unknown, text: string): string | undefined {
  const prose = (typeof body === "string" ? body : body === undefined ? text : "").trim();
  return prose === "" || prose.startsWith("<") ? undefined : prose;
}
