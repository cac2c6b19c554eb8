import { elapsedOf, sendOnce, startTimer, unlessAborted } from "./attempt.js";
import { isRepeatable } from "./contract.js";
import type { GpuError } from "./error.js";
import { isTransient } from "./failure.js";
import type { CallOptions, ClientOptions } from "./options.js";
import { leftOf, maxServerWorkMs, type Pause } from "./pauses.js";
import { ConfigurationProblem } from "./problem.js";
import { backoffMs, clampTimer } from "./retry.js";
import type { Answer, Broken, Call, Run, Shared } from "./run.js";

/** What bounds a call, with the defaults filled in. */
export interface Limits {
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly retryAfterMaxMs: number;
}

/** The part of an idempotency key's window in which no attempt starts: clocks differ. */
const marginOfWindow = 0.1;

/** The limits of a call. Throws what is wrong with its options. */
export function limitsOf({ operation, options }: Call, client: ClientOptions): Limits {
  const { timeoutMs = client.timeoutMs ?? 60_000, maxRetries = client.maxRetries ?? 2 }: CallOptions = options;
  const { retryAfterMaxMs = 60_000 } = client;
  if (!(timeoutMs > 0)) throw new ConfigurationProblem("`timeoutMs` must be more than 0; Infinity means no limit");
  if (!(maxRetries >= 0 && retryAfterMaxMs >= 0)) {
    throw new ConfigurationProblem("`maxRetries` and `retryAfterMaxMs` must be 0 or more");
  }
  if (options.idempotencyKey !== undefined && !operation.idempotencyKey) {
    throw new ConfigurationProblem("the vendor takes no idempotency key here; a repeated call may do it twice");
  }
  return { timeoutMs, maxRetries, retryAfterMaxMs };
}

/**
 * Sends a call, again where that is safe and has a chance. An answer with a status of failure is returned with its error;
 * everything else that goes wrong is thrown.
 */
export async function send(run: Run, limits: Limits, shared: Shared, signal: AbortSignal | undefined): Promise<Answer> {
  const { options, keys, clock, pauses } = shared;
  const { operation } = run.call;
  const { hooks } = options;
  const { timeoutMs, retryAfterMaxMs } = limits;
  prepare(run, shared);
  let askedAgain = false;
  let retries = 0;
  let last: Answer | Broken | undefined;
  let lastKey: string | undefined;
  let waitedFor: Pause | undefined;
  let backoff = 0;
  for (;;) {
    for (;;) {
      const pause = pauses.isEmpty ? undefined : pauses.find(run.holders.all, elapsedOf(clock));
      // A pause that was waited for is over, also where a clock's `sleep` does not wait; one that was made longer is another one.
      const heldMs = pause && pause !== waitedFor ? leftOf(pause, elapsedOf(clock)) : 0;
      const delayMs = Math.max(backoff, heldMs);
      if (delayMs === 0 || signal?.aborted) break;
      if (last && !run.mayBeSentAfter(delayMs)) return given(last);
      // A pause is never shortened: whoever comes too early is refused again.
      if (pause?.isAsked && heldMs > retryAfterMaxMs) {
        if (last) return given(last);
        throw run.pausedError(heldMs);
      }
      run.tell("onRetry", run.attempts, { delayMs, ...(last?.error && { error: last.error }) });
      await unlessAborted(
        signal,
        clock.sleep(clampTimer(delayMs), signal).catch(() => {}),
      );
      backoff = 0;
      waitedFor = pause;
    }
    const key = operation.public ? undefined : (keys.current ?? (await findKey(run, shared, timeoutMs, signal)));
    // Waiting takes time, in which the window of an idempotency key may end. Another key may be another account, which does not know
    // what came of the idempotency key before.
    const isElsewhere = key !== lastKey && !isRepeatable(operation) && run.sideEffect !== "none";
    if (last && !signal?.aborted && (isElsewhere || !run.mayBeSentAfter(0))) return given(run.asLast(last));
    if (key !== undefined) run.authorize(key);
    lastKey = key;
    if (hooks && !signal?.aborted) run.tell("onRequest", run.attempts + 1, { headers: Object.entries(run.request.headers) });
    if (signal?.aborted) throw run.abortedError(signal.reason);
    run.attempts += 1;
    if (operation.idempotencyKey && run.keyUntil === undefined) {
      const windowMs = operation.idempotencyKey.windowSeconds * 1_000;
      // An attempt that starts in time must also arrive in time.
      run.keyUntil = elapsedOf(clock) + windowMs - Math.max(windowMs * marginOfWindow, timeoutMs);
    }
    const outcome = await sendOnce(options.fetch, run.request, timeoutMs, signal, options.clock);
    const { response } = outcome;
    if (hooks && response) run.tell("onResponse", run.attempts, { response, headers: response.headers });
    const answer = run.read(outcome);
    const { error } = answer;
    if (!error) return answer;
    run.tell("onError", run.attempts, { response, error });
    hold(run, error, shared, retryAfterMaxMs);
    last = answer;
    if (error.code === "unauthenticated" && key !== undefined && keys.refuse(key)) {
      if (askedAgain || !(isRepeatable(operation) || run.sideEffect === "none")) return given(answer);
      askedAgain = true;
    } else {
      backoff = error.retryAfterMs ?? backoffMs(retries);
      retries += 1;
      const isOver = retries > limits.maxRetries || (error.retryAfterMs ?? 0) > retryAfterMaxMs;
      if (isOver || !isTransient(error.code, error.status) || !run.mayBeSentAfter(backoff)) return given(answer);
    }
    if (backoff === 0) run.tell("onRetry", run.attempts, { delayMs: 0, error });
  }
}

/** Keeps the pauses that follow from a failure, for this call and later ones. */
function hold(
  { holders, idempotencyKey, lastSideEffect }: Run,
  error: GpuError,
  { pauses, clock }: Shared,
  mostMs: number,
): void {
  const { code, status, retryAfterMs = 0 } = error;
  // Of an outage a vendor can only guess the end, so a long pause with another status than 429 ends this call alone.
  if (isTransient(code, status) && (status === 429 || retryAfterMs <= mostMs)) {
    for (const name of holders.own) pauses.hold(name, retryAfterMs, elapsedOf(clock), true);
  }
  // Whether a vendor remembers a key before its first request is done is not known, so the two must not be at work together.
  if (idempotencyKey !== undefined && lastSideEffect !== "none") {
    pauses.hold(`key:${idempotencyKey}`, maxServerWorkMs, elapsedOf(clock), false);
  }
}

/** An answer, where the vendor gave one. */
export function given(answer: Answer | Broken): Answer {
  if (!answer.response) throw answer.error;
  return answer;
}

/** Asks for the key; undefined when the caller aborts meanwhile. */
async function findKey(
  run: Run,
  { keys, options }: Shared,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (signal?.aborted) return undefined;
  const end = new AbortController();
  let isLate = false;
  const cancelTimer = startTimer(options.clock, timeoutMs, () => {
    isLate = true;
    end.abort();
  });
  const onAbort = () => end.abort();
  signal?.addEventListener("abort", onAbort);
  let key: string | undefined;
  try {
    key = await unlessAborted(end.signal, keys.find());
  } catch (problem) {
    throw run.configurationError(problem);
  } finally {
    cancelTimer();
    signal?.removeEventListener("abort", onAbort);
  }
  if (isLate && key === undefined) {
    keys.giveUp();
    throw run.keyTimeoutError(timeoutMs);
  }
  return key;
}

/** Sets what is the same for all attempts, one idempotency key among it. */
function prepare(run: Run, { userAgent }: Shared): void {
  const { headers } = run.request;
  const { operation } = run.call;
  // Runtimes that keep this header to themselves leave it out.
  headers["user-agent"] ??= userAgent;
  if (!operation.idempotencyKey) return;
  const header = operation.idempotencyKey.header.toLowerCase();
  const key = run.idempotencyKey;
  if (key !== undefined && !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw run.configurationError(new ConfigurationProblem("an idempotency key is 1 to 255 visible ASCII characters"));
  }
  headers[header] = key ?? crypto.randomUUID();
}
