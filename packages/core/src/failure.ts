import { saysNoCapacity } from "./capacity.js";
import { type ErrorContract, isRead, type OperationContract } from "./contract.js";
import type { GpuErrorCode, KnownGpuErrorCode, SideEffect } from "./error.js";
import { readPointer } from "./pointer.js";

/** What a response's status and body report. The texts are the vendor's and may hold secrets. */
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
/** Statuses with which a server reports that it did nothing. */
const refusals = /^(40[0-57]|415|422|429|501)$/;
/** Codes that certainly mean that nothing was rented, whatever the status. */
const certainRefusals = /^(no_capacity|insufficient_funds|quota_exceeded)$/;
/** Codes that give no reason, so that the vendor's message may. */
const generalCodes = /^(invalid_request|conflict|unavailable)$/;
const transientCodes = /^(network|timeout|rate_limited|unavailable)$/;
const requestIdHeaders = ["x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid", "cf-ray"];
/** No more of a message is read. */
const longestRead = 5_000;

/** Reads a response that reports a failure. `body`: its JSON, if it is any. */
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
  let code = (Object.hasOwn(errors.words, word) ? errors.words[word] : phrase?.code) ?? codeOfStatus(status);
  if (operation.paid && generalCodes.test(code) && saysNoCapacity(status, `${vendorCode}; ${message}`)) code = "no_capacity";
  return {
    code,
    sideEffect: certainRefusals.test(code) ? "none" : (phrase?.sideEffect ?? sideEffectOf(operation, status)),
    vendorCode,
    vendorMessage: message,
    requestId:
      firstText(body, errors.requestId) ?? (requestIdHeaders.map((name) => headers.get(name)).find(Boolean) || undefined),
  };
}

/** Whether a body with a status of success is an error all the same. */
export function carriesError(errors: ErrorContract, body: unknown): boolean {
  return firstText(body, errors.code) !== undefined && firstText(body, errors.message) !== undefined;
}

function codeOfStatus(status: number): KnownGpuErrorCode {
  return codeByStatus[status] ?? (status >= 500 ? "unavailable" : status >= 400 ? "invalid_request" : "vendor_contract");
}

/** What a request may have left behind that was sent and ended with this status, or with none. */
export function sideEffectOf({ method }: OperationContract, status = 0): SideEffect {
  if (isRead(method) || refusals.test(String(status))) return "none";
  return status >= 200 && status < 300 ? "committed" : "possible";
}

/** Whether the failure may pass. */
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

/** Plain text is the vendor's message; a page of HTML is not. */
function proseOf(body: unknown, text: string): string | undefined {
  const prose = (typeof body === "string" ? body : body === undefined ? text : "").trim();
  return prose === "" || prose.startsWith("<") ? undefined : prose;
}
