import { type Call, callError, redactorOf } from "./call.js";
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
  const { reason, cause } = outcome;
  const stage = reason === "failed" ? stageOf(cause) : reason;
  const isUnsent = !response && stage === "before_sending";
  const code = stage === "before_sending" ? "network" : stage;
  const text = {
    aborted: "the caller aborted the call",
    timeout: "no complete response came in time",
    network: isUnsent ? "the vendor could not be reached" : "the connection broke before the response was complete",
  }[code];
  const sideEffect = isUnsent ? "none" : unreadEffectOf(call.contract.errors, call.operation, response?.status);
  return { error: callError(call, { code, reason: text, cause, sideEffect }, response), sideEffect };
}

/** Reads a complete response. */
export function readResponse(call: Call, response: Response, text: string | undefined): Result {
  const { operation, contract } = call;
  const { errors } = contract;
  const { status, headers } = response;
  // A custom `fetch` may have followed the redirect.
  if (response.redirected || redirects.includes(status)) {
    const reason = `a redirect${redirectTarget(call, response)} was refused, because the API key would be sent along; check the base URL`;
    const sideEffect = sideEffectOf(operation);
    return { error: callError(call, { code: "redirect_refused", reason, sideEffect }, response), sideEffect };
  }
  const promised = operation.response;
  if (text === undefined) {
    const failed: StreamFailure = (failure) =>
      callError(call, { sideEffect: sideEffectOf(operation, status), ...failure }, response);
    return { response, text, data: call.events?.(response, call.callOptions.signal, promised?.jsonEvents, failed) };
  }
  const isSuccess = status >= 200 && status < 300;
  const { data, problem = "" } = isSuccess
    ? readSuccess(promised, headers.get("content-type"), text)
    : { data: parseIfJson(text) };
  const isFailure = !isSuccess || hasFailed(errors, data);
  const hasError = isFailure || (promised?.errorIsDistinct && carriesError(errors, data));
  if (!problem && !hasError) return { response, text, data };
  const failure = hasError ? shownFailure(call, response, data, text) : undefined;
  const intro = isSuccess ? `the response has an error although its status is ${status}` : `HTTP ${status}`;
  const sideEffect = failure?.sideEffect ?? sideEffectOf(operation, status);
  const error = callError(
    call,
    {
      ...failure,
      sideEffect,
      code: isFailure && failure ? failure.code : "vendor_contract",
      reason: failure
        ? [intro, failure.vendorCode, failure.vendorMessage].filter(Boolean).join(": ")
        : redactorOf(call).text(problem),
      body: shownBody(call, response, data, text),
    },
    response,
  );
  // An empty body must not look like a success.
  return isSuccess ? { error, sideEffect } : { response, text, body: data || text || `HTTP ${status}`, error, sideEffect };
}

/** The origin of the redirect, if the runtime shows it. */
function redirectTarget(call: Call, response: Response): string {
  const location = response.redirected ? response.url : response.headers.get("location");
  if (!location || !URL.canParse(location, call.request.url)) return "";
  return ` to ${redactorOf(call).text(new URL(location, call.request.url).origin)}`;
}

/** The failure with redacted texts. */
function shownFailure(call: Call, response: Response, body: unknown, text: string): VendorFailure {
  const failure = readFailure(call.contract.errors, call.operation, response, body, text);
  const redactor = redactorOf(call);
  const { vendorCode, vendorMessage, requestId } = failure;
  // A body that is not JSON is also the vendor's message.
  const isShown = vendorMessage && !(body === undefined && isWithheld(call, response, text));
  return {
    ...failure,
    vendorCode: vendorCode && redactor.text(vendorCode),
    vendorMessage: isShown ? redactor.text(vendorMessage, typeof body === "object" ? undefined : longestProse, "…") : undefined,
    requestId: requestId && redactor.text(requestId),
  };
}

function shownBody(call: Call, response: Response, body: unknown, text: string): unknown {
  const redactor = redactorOf(call);
  if (body !== undefined) return redactor.body(body);
  if (!isWithheld(call, response, text)) return redactor.text(text, longestShownBody) || undefined;
  const type = redactor.text(response.headers.get("content-type") ?? "no type");
  return `[may hold secrets: ${text.length} characters of ${type}]`;
}

/** Whether a text may hold secrets that cannot be found by field name: a success, or broken JSON. */
function isWithheld({ operation }: Call, { ok }: Response, text: string): boolean {
  return operation.response?.secret === true && (ok ? text !== "" : /^\s*[[{]/.test(text));
}
