import { saysNoCapacity } from "./capacity.js";
import { type ErrorContract, isRead, type OperationContract } from "./contract.js";
import type { GpuErrorCode, KnownGpuErrorCode, SideEffect } from "./error.js";
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
  408: "unavailable",
  409: "conflict",
  410: "not_found",
  425: "unavailable",
  429: "rate_limited",
};

/** Statuses with which a server says that it did nothing. */
const refusals = new Set([400, 401, 402, 403, 404, 405, 407, 415, 422, 429, 501]);
/** The vendor's own words for these say that nothing was rented, whatever status carries them. */
const certainRefusals = new Set<GpuErrorCode>(["no_capacity", "insufficient_funds", "quota_exceeded"]);
/** Codes that tell no reason, so that the vendor's prose may. */
const general = new Set<GpuErrorCode>(["invalid_request", "conflict", "unavailable"]);
const transient = new Set<GpuErrorCode>(["network", "timeout", "rate_limited", "unavailable"]);
const longestProse = 300;
/** What is read of a message; less is shown. */
const longestRead = 5_000;

/** Reads an answer that is not a success. `body` is its JSON, or undefined; `text` its text. Its meaning comes from the vendor's words; `redact` takes secrets out of what is shown of them, and cuts it. */
export function readFailure(
  errors: ErrorContract,
  operation: OperationContract,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: unknown,
  text: string,
  redact: (text: string, limit?: number) => string,
): VendorFailure {
  const vendorCode = firstText(body, errors.code);
  const message = firstText(body, errors.message);
  const prose = (message ?? proseOf(body, text))?.slice(0, longestRead);
  const requestId = firstText(body, errors.requestId);
  const spoken = prose?.toLowerCase() ?? "";
  const word = vendorCode?.toLowerCase() ?? "";
  const phrase = errors.phrases.find(({ status: only, contains }) => (only ?? status) === status && spoken.includes(contains));
  let code = (Object.hasOwn(errors.words, word) ? errors.words[word] : phrase?.code) ?? codeOfStatus(status);
  if (operation.paid && general.has(code) && saysNoCapacity(status, `${vendorCode}; ${prose}`)) code = "no_capacity";
  return {
    code,
    sideEffect: certainRefusals.has(code) ? "none" : (phrase?.sideEffect ?? sideEffectOf(operation, status)),
    vendorCode: vendorCode && redact(vendorCode),
    vendorMessage: prose && (message === undefined ? shorten(prose, redact) : redact(prose)),
    requestId: requestId ? redact(requestId) : requestIdOf(headers),
  };
}

/** Whether a body with a status of success is an error all the same. */
export function carriesError(errors: ErrorContract, body: unknown): boolean {
  return firstText(body, errors.code) !== undefined && firstText(body, errors.message) !== undefined;
}

function codeOfStatus(status: number): KnownGpuErrorCode {
  return codeByStatus[status] ?? (status >= 500 ? "unavailable" : status >= 400 ? "invalid_request" : "vendor_contract");
}

/** What a call may have left behind that was sent and ended with this status, or with none. */
export function sideEffectOf(operation: OperationContract, status?: number): SideEffect {
  if (isRead(operation) || (status && refusals.has(status))) return "none";
  return status && status >= 200 && status < 300 ? "committed" : "possible";
}

/** Whether the failure may pass. */
export function isTransient(code: GpuErrorCode, status: number | undefined): boolean {
  return transient.has(code) && status !== 501;
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
  const prose = (typeof body === "string" ? body : body === undefined ? text : "").trim();
  return prose === "" || prose.startsWith("<") ? undefined : prose;
}

function shorten(prose: string, redact: (text: string, limit?: number) => string): string {
  return prose.length > longestProse ? `${redact(prose, longestProse)}…` : redact(prose);
}

function requestIdOf(headers: Readonly<Record<string, string>>): string | undefined {
  const name = ["x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid", "cf-ray"].find((one) => headers[one]);
  return name && headers[name];
}
