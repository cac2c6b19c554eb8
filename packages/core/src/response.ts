import { type Call, callError, type Failure, redactorOf } from "./call.js";
import { stageOf } from "./cause.js";
import type { GpuError, SideEffect } from "./error.js";
import type { StreamFailure } from "./events.js";
import { carriesError, hasFailed, readFailure, sideEffectOf, unreadEffectOf, type VendorFailure } from "./failure.js";
import { parseIfJson } from "./json.js";
import { readSuccess } from "./success.js";
import type { Outcome } from "./timers.js";

interface Succeeded {
  readonly response: Response;
  /** Undefined for a stream of events. */
  readonly text: string | undefined;
  readonly data: unknown;
  readonly error?: undefined;
}

/** An error response, with its body as the vendor sent it. */
interface Refused {
  readonly response: Response;
  readonly text: string;
  readonly body: unknown;
  readonly error: GpuError;
  /** The side effect of this attempt. */
  readonly sideEffect: SideEffect;
}

/** No response, or one that the document does not allow. */
interface Broken {
  readonly response?: undefined;
  readonly error: GpuError;
  readonly sideEffect: SideEffect;
}

export type VendorResponse = Succeeded | Refused;
export type FailedResult = Refused | Broken;
export type Result = Succeeded | FailedResult;

/** Limits in an error, in characters: of a body that is not JSON, and of a message taken from it. */
const longestShownBody = 500;
const longestProse = 300;
/** Browsers report a redirect as status 0. */
const redirects = [0, 301, 302, 303, 307, 308];

/** The response of the vendor. Throws the error if there is none. */
export function vendorResponse(result: Result): VendorResponse {
  if (!result.response) throw result.error;
  return result;
}

/** Reads the outcome of an attempt. */
export function readOutcome(call: Call, response: Response | undefined, outcome: Outcome<string | undefined>): Result {
  if (!outcome.reason) return readResponse(call, response as Response, outcome.value);
  const { cause } = outcome;
  const stage = outcome.reason === "failed" ? stageOf(cause) : "";
  const isUnsent = !response && stage === "before_sending";
  const code = stage === "time_limit" ? "timeout" : outcome.reason === "failed" ? "network" : outcome.reason;
  const reason = {
    aborted: "the caller aborted the call",
    timeout: "no complete response came in time",
    network: isUnsent ? "the vendor could not be reached" : "the connection broke before the response was complete",
  }[code];
  return failed(
    call,
    {
      code,
      reason,
      cause,
      sideEffect: isUnsent ? "none" : unreadEffectOf(call.client.contract.errors, call.operation, response?.status),
    },
    response,
  );
}

/** Reads a complete response. */
export function readResponse(call: Call, response: Response, text: string | undefined): Result {
  const { operation, client } = call;
  const { errors } = client.contract;
  const { status, headers } = response;
  // A custom `fetch` may have followed the redirect.
  if (response.redirected || redirects.includes(status)) {
    const reason = `a redirect${redirectTarget(call, response)} was refused, because the API key would be sent along; check the base URL`;
    return failed(call, { code: "redirect_refused", reason, sideEffect: sideEffectOf(operation) }, response);
  }
  if (text === undefined) {
    const failed: StreamFailure = (failure) =>
      callError(call, { sideEffect: sideEffectOf(operation, status), ...failure }, response);
    const data = client.events?.(response, call.options.signal, operation.response?.jsonEvents, failed);
    return { response, text, data };
  }
  if (status >= 200 && status < 300) {
    const promised = operation.response;
    const { data, problem = "" } = readSuccess(promised, headers.get("content-type"), text);
    const isMarked = hasFailed(errors, data);
    const carried = isMarked || (promised?.errorIsDistinct && carriesError(errors, data));
    if (!problem && !carried) return { response, text, data };
    const failure = carried ? shownFailure(call, readFailure(errors, operation, response, data, text), data) : undefined;
    const reason = failure
      ? `the response has an error although its status is ${status}${quoted(failure)}`
      : redactorOf(call).text(problem);
    const sideEffect = failure?.sideEffect ?? sideEffectOf(operation, status);
    return failed(
      call,
      {
        ...failure,
        code: (isMarked && failure?.code) || "vendor_contract",
        reason,
        sideEffect,
        body: shownBody(call, data, text, response),
      },
      response,
    );
  }
  const body = parseIfJson(text);
  const failure = shownFailure(call, readFailure(errors, operation, response, body, text), body);
  // A body that is not JSON is also the vendor's message.
  if (body === undefined && isWithheld(call, text, response)) failure.vendorMessage = undefined;
  const reason = `HTTP ${status}${quoted(failure)}`;
  const { error, sideEffect } = failed(call, { ...failure, reason, body: shownBody(call, body, text, response) }, response);
  // An empty body must not look like a success.
  return { response, text, body: body || text || `HTTP ${status}`, error, sideEffect };
}

function failed(call: Call, failure: Failure, response: Response | undefined): Broken {
  return { error: callError(call, failure, response), sideEffect: failure.sideEffect ?? "none" };
}

/** The origin of the redirect, if the runtime shows it. */
function redirectTarget(call: Call, response: Response): string {
  const location = response.redirected ? response.url : response.headers.get("location");
  if (!location || !URL.canParse(location, call.request.url)) return "";
  return ` to ${redactorOf(call).text(new URL(location, call.request.url).origin)}`;
}

/** The failure with redacted texts. */
function shownFailure(call: Call, failure: VendorFailure, body: unknown): VendorFailure {
  const redactor = redactorOf(call);
  const { vendorCode, vendorMessage, requestId } = failure;
  return {
    ...failure,
    vendorCode: vendorCode && redactor.text(vendorCode),
    vendorMessage: vendorMessage && redactor.shortened(vendorMessage, typeof body === "object" ? undefined : longestProse),
    requestId: requestId && redactor.text(requestId),
  };
}

/** The vendor's code and message, for our own message. */
function quoted({ vendorCode, vendorMessage }: VendorFailure): string {
  return [vendorCode, vendorMessage].map((part) => (part ? `: ${part}` : "")).join("");
}

function shownBody(call: Call, body: unknown, text: string, response: Response): unknown {
  const redactor = redactorOf(call);
  if (body !== undefined) return redactor.body(body);
  if (!isWithheld(call, text, response)) return redactor.text(text, longestShownBody) || undefined;
  const type = redactor.text(response.headers.get("content-type") ?? "no type");
  return `[may hold secrets: ${text.length} characters of ${type}]`;
}

/** Whether a text may hold secrets that cannot be found by field name: a success, or broken JSON. */
function isWithheld({ operation }: Call, text: string, { ok }: Response): boolean {
  return operation.response?.secret === true && (ok ? text !== "" : /^\s*[[{]/.test(text));
}
