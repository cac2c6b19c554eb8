import { type ErrorContract, isRead, isRepeatable, type OperationContract } from "./contract.js";
import { type GpuErrorCode, type KnownGpuErrorCode, type SideEffect } from "./error.js";
import { readPointer } from "./pointer.js";

/** What an answer's status and body say went wrong. */
export interface VendorFailure {
  code: GpuErrorCode;
  sideEffect: SideEffect;
  vendorCode: string | undefined;
  vendorMessage: string | undefined;
  requestId: string | undefined;
}

const codeByStatus: Readonly<Record<number, KnownGpuErrorCode>> = {
  401: "unauthenticated",
  402: "insufficient_funds",
  403: "permission_denied",
  404: "not_found",
  409: "conflict",
  410: "not_found",
  429: "rate_limited",
};

/** Statuses with which a server says that it did nothing. */
const refusals = new Set([400, 401, 402, 403, 404, 405, 415, 422, 429, 501]);
/** The vendor's own words for these say that nothing was rented, whatever status carries them. */
const certainRefusals = new Set<GpuErrorCode>(["no_capacity", "insufficient_funds", "quota_exceeded"]);
const requestIdHeaders = ["x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid", "cf-ray"];

/** Reads an answer that is not a success. `body` is the parsed JSON, or undefined; `text` is the body as it came. */
export function readFailure(
  errors: ErrorContract,
  operation: OperationContract,
  status: number,
  body: unknown,
  text: string,
  headers: Headers,
): VendorFailure {
  const vendorCode = firstText(body, errors.code);
  const vendorMessage = firstText(body, errors.message) ?? proseOf(body, text);
  const spoken = (vendorMessage ?? text).toLowerCase();
  const phrase = errors.phrases.find(
    ({ status: only, contains }) => (only === undefined || only === status) && spoken.includes(contains),
  );
  const word = vendorCode === undefined ? undefined : errors.words[vendorCode.toLowerCase()];
  const code = word ?? phrase?.code ?? codeOfStatus(status);
  const certain = phrase?.sideEffect === "none" || certainRefusals.has(code) || refusals.has(status);
  return {
    code,
    sideEffect: isRead(operation) || certain ? "none" : (phrase?.sideEffect ?? "possible"),
    vendorCode,
    vendorMessage,
    requestId: firstText(body, errors.requestId) ?? firstHeader(headers),
  };
}

/** Whether a body with a status of success is an error all the same. */
export function carriesError(errors: ErrorContract, body: unknown): boolean {
  return firstText(body, errors.code) !== undefined && firstText(body, errors.message) !== undefined;
}

function codeOfStatus(status: number): KnownGpuErrorCode {
  const known = codeByStatus[status];
  if (known) return known;
  return status >= 500 || status === 408 ? "unavailable" : "invalid_request";
}

/** Whether the same call may be made again, and has a chance. */
export function isRetryable(code: GpuErrorCode, operation: OperationContract, status: number | undefined, keyed: boolean): boolean {
  if (!keyed && !isRepeatable(operation)) return false;
  if (code === "network" || code === "timeout" || code === "rate_limited") return true;
  return status !== undefined && (status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501));
}

/** Error codes of runtimes that mean that no request has left the machine. */
const beforeSending = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** Whether a failure of `fetch` certainly came before anything was sent. */
export function wasNeverSent(cause: unknown, depth = 0): boolean {
  if (typeof cause !== "object" || cause === null || depth > 4) return false;
  // One name may lead to several addresses: each must have failed before sending.
  if ("errors" in cause && Array.isArray(cause.errors) && cause.errors.length > 0) {
    return cause.errors.every((error) => wasNeverSent(error, depth + 1));
  }
  if ("code" in cause && typeof cause.code === "string" && beforeSending.has(cause.code)) return true;
  return "cause" in cause && wasNeverSent(cause.cause, depth + 1);
}

function firstText(body: unknown, pointers: readonly string[]): string | undefined {
  for (const pointer of pointers) {
    const value = readPointer(body, pointer);
    if (typeof value === "string" && value !== "") return value;
    if (typeof value === "number") return String(value);
  }
  return undefined;
}

/** Plain text is the vendor's message; a page of HTML is not. */
function proseOf(body: unknown, text: string): string | undefined {
  if (typeof body === "string") return body || undefined;
  const prose = text.trim();
  if (body !== undefined || prose === "" || prose.startsWith("<")) return undefined;
  return prose.length > 300 ? `${prose.slice(0, 300)}…` : prose;
}

function firstHeader(headers: Headers): string | undefined {
  for (const name of requestIdHeaders) {
    const value = headers.get(name);
    if (value) return value;
  }
  return undefined;
}
