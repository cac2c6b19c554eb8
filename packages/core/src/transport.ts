import { sendOnce } from "./attempt.js";
import { authorize, beginAttempt, type Call, callError, configurationError, idempotencyKeyOf, mayBeSentAgain } from "./call.js";
import { isRepeatable, type OperationContract } from "./contract.js";
import { ConfigurationError, withChanges } from "./error.js";
import { isTransient } from "./failure.js";
import { emit, observe } from "./hooks.js";
import type { CallOptions, ClientOptions } from "./options.js";
import { leftOf, maxServerWorkMs, type Pause } from "./pauses.js";
import { type FailedResult, readOutcome, type VendorResponse, vendorResponse } from "./response.js";
import { backoffMs, clampTimer } from "./retry.js";
import { doWithin, elapsedOf } from "./timers.js";

/** The limits of a call, with defaults. */
export interface Limits {
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly retryAfterMaxMs: number;
}

/** The limits of a call. Throws if its options are invalid. */
export function limitsOf({ idempotencyKey }: OperationContract, options: CallOptions, client: ClientOptions): Limits {
  const { timeoutMs = client.timeoutMs ?? 60_000, maxRetries = client.maxRetries ?? 2 } = options;
  const { retryAfterMaxMs = 60_000 } = client;
  if (!(timeoutMs > 0 && maxRetries >= 0 && retryAfterMaxMs >= 0)) {
    throw new ConfigurationError("`timeoutMs` must be more than 0, `maxRetries` and `retryAfterMaxMs` 0 or more");
  }
  if (options.idempotencyKey !== undefined && !idempotencyKey) {
    throw new ConfigurationError("the operation takes no idempotency key");
  }
  return { timeoutMs, maxRetries, retryAfterMaxMs };
}

/** Sends a call, and retries it where that is safe and may succeed. Throws if there is no response, or one that the document does not allow. */
export async function send(call: Call, limits: Limits, signal: AbortSignal | undefined): Promise<VendorResponse> {
  const { operation, keys, pauses, options } = call;
  const { timeoutMs, maxRetries, retryAfterMaxMs } = limits;
  // Some runtimes do not let a client set this header.
  call.request.headers["user-agent"] ??= call.userAgent;
  setIdempotencyKey(call);
  let last: FailedResult | undefined;
  let key: string | undefined;
  let isKeyRenewed = false;
  let retries = 0;
  let backoff = 0;
  for (;;) {
    // An unnecessary await would slow down every call.
    const mayGoOn = (backoff === 0 && pauses.size === 0) || (await waitForTurn(call, backoff, last, retryAfterMaxMs, signal));
    if (last && !mayGoOn) return vendorResponse(last);
    const usedKey = key;
    if (!operation.public && !signal?.aborted) key = keys.current() ?? (await findKey(call, timeoutMs, signal));
    // Another API key may belong to another account, which does not know the idempotency key.
    const isOtherAccount = key !== usedKey && !isRepeatable(operation) && call.sideEffect !== "none";
    if (last && !signal?.aborted && (isOtherAccount || !mayBeSentAgain(call))) {
      // A repeated call could create a second machine.
      const isHarmless = call.sideEffect === "none";
      return vendorResponse(isHarmless ? last : { ...last, error: withChanges(last.error, { retryable: false }) });
    }
    if (key !== undefined && key !== usedKey) authorize(call, key);
    if (options.hooks && !signal?.aborted) emit(call, "onRequest", call.attempts + 1, { headers: call.request.headers });
    if (signal?.aborted) {
      throw callError(call, { code: "aborted", reason: "the caller aborted the call", cause: signal.reason });
    }
    beginAttempt(call, timeoutMs);
    let response: Response | undefined;
    const outcome = await sendOnce(options, operation, call.request, timeoutMs, signal, (head) => {
      response = head;
    });
    const { onHeaders } = call.callOptions;
    const headers = response?.headers;
    if (onHeaders && headers) observe(() => onHeaders(headers));
    if (options.hooks && response) emit(call, "onResponse", call.attempts, { response, headers: response.headers });
    const result = readOutcome(call, response, outcome);
    if (!result.error) return result;
    const { error } = result;
    last = result;
    emit(call, "onError", call.attempts, { response, error });
    pauseAfter(call, result, retryAfterMaxMs);
    if (error.code === "unauthenticated" && key !== undefined && keys.refuse(key)) {
      if (isKeyRenewed || !(isRepeatable(operation) || call.sideEffect === "none")) return vendorResponse(result);
      isKeyRenewed = true;
      backoff = 0;
    } else {
      backoff = error.retryAfterMs ?? backoffMs(retries);
      retries += 1;
      const isOver = retries > maxRetries || (error.retryAfterMs ?? 0) > retryAfterMaxMs;
      if (isOver || !isTransient(error.code, error.status) || !mayBeSentAgain(call, backoff)) return vendorResponse(result);
    }
    if (backoff === 0) emit(call, "onRetry", call.attempts, { delayMs: 0, error });
  }
}

/** Waits for the backoff and for pauses that apply to the call. Returns false if no further attempt is allowed. */
async function waitForTurn(
  call: Call,
  backoff: number,
  last: FailedResult | undefined,
  retryAfterMaxMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { clock, pauses } = call;
  let waitedFor: Pause | undefined;
  for (let leastMs = backoff; ; leastMs = 0) {
    const pause = pauses.find(holdersOf(call), elapsedOf(clock));
    // A pause counts as over after its wait, even if a clock's `sleep` does not wait. An extended pause is a new one.
    const heldMs = pause === waitedFor ? 0 : leftOf(pause, elapsedOf(clock));
    const delayMs = Math.max(leastMs, heldMs);
    if (delayMs === 0 || signal?.aborted) return true;
    if (last && !mayBeSentAgain(call, delayMs)) return false;
    // A pause is never shortened: an early request would be rejected again.
    if (pause?.isAsked && heldMs > retryAfterMaxMs) {
      if (last) return false;
      const seconds = Math.ceil(heldMs / 1_000);
      const reason = `not sent: the vendor asked for a pause, of which ${seconds} s are left`;
      throw callError(call, { code: "rate_limited", reason, retryAfterMs: heldMs });
    }
    emit(call, "onRetry", call.attempts, { delayMs, error: last?.error });
    // With a separate signal: clocks add listeners to it, and many calls may share the caller's.
    await doWithin(signal, (own) => clock.sleep(clampTimer(delayMs), own));
    waitedFor = pause;
  }
}

/** The names whose pauses apply to a call: its operation, group and idempotency key. A delete ends costs, so it ignores the group. */
function holdersOf(call: Call): string[] {
  const { name, operation } = call;
  return [name, name.startsWith("delete") ? "" : `group:${operation.rateLimitGroup}`, `key:${idempotencyKeyOf(call)}`];
}

/** Starts the pauses that follow from a failure, for this call and later ones. */
function pauseAfter(call: Call, { error, sideEffect }: FailedResult, mostMs: number): void {
  const { name, operation, pauses, clock } = call;
  const { code, status, retryAfterMs = 0 } = error;
  // A vendor can only guess the end of an outage, so a long pause after another status than 429 affects this call only.
  if (status === 429 || (isTransient(code, status) && retryAfterMs <= mostMs)) {
    pauses.hold(name, retryAfterMs, elapsedOf(clock), true);
    if (operation.rateLimitGroup) pauses.hold(`group:${operation.rateLimitGroup}`, retryAfterMs, elapsedOf(clock), true);
  }
  // It is unknown whether a vendor remembers a key before its first request has ended, so the two must not overlap.
  if (operation.idempotencyKey && sideEffect !== "none") {
    pauses.hold(`key:${idempotencyKeyOf(call)}`, maxServerWorkMs, elapsedOf(clock), false);
  }
}

/** Reads the API key; undefined if the caller aborts. */
async function findKey(call: Call, timeoutMs: number, signal: AbortSignal | undefined): Promise<string | undefined> {
  const { keys, options } = call;
  const outcome = await doWithin(signal, () => keys.find(), timeoutMs, options.clock);
  if (!outcome.reason) return outcome.value;
  const { reason, cause } = outcome;
  if (reason === "aborted") return undefined;
  if (cause instanceof ConfigurationError) throw configurationError(call, cause);
  keys.abandon();
  const isLate = reason === "timeout";
  const what = isLate ? `returned none within ${timeoutMs} ms` : "failed";
  throw callError(call, { code: isLate ? reason : "configuration", reason: `the function given as \`apiKey\` ${what}`, cause });
}

/** Sets the idempotency key, which all attempts share. */
function setIdempotencyKey(call: Call): void {
  const header = call.operation.idempotencyKey?.header.toLowerCase();
  if (!header) return;
  const key = idempotencyKeyOf(call) ?? crypto.randomUUID();
  if (!/^[!-~]{1,255}$/.test(key)) {
    throw configurationError(call, new ConfigurationError("the idempotency key must be 1 to 255 visible ASCII characters"));
  }
  call.request.headers[header] = key;
}
