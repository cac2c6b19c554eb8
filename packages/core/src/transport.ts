import { KeySource } from "./api-key.js";
import { sendOnce, systemClock, unlessAborted, type WireRequest } from "./attempt.js";
import { isRepeatable, type VendorContract } from "./contract.js";
import { isTransient } from "./failure.js";
import type { CallOptions, ClientOptions } from "./options.js";
import { ConfigurationProblem } from "./problem.js";
import { backoffMs, clampTimer } from "./retry.js";
import { type Answer, type Broken, type Call, Run, type Shared } from "./run.js";
import { checkBaseUrl } from "./url.js";

/** What bounds a call, with the defaults filled in. */
type Limits = Required<{ [K in "timeoutMs" | "maxRetries" | "retryAfterMaxMs"]: number }>;

/** The part of an idempotency key's window in which no attempt starts: clocks differ. */
const marginOfWindow = 0.1;

/** Sends calls: key, attempts, time limits and retries. */
export class Transport {
  readonly baseUrl: string;
  readonly #shared: Shared;
  #isBaseUrlChecked = false;

  constructor(contract: VendorContract, options: ClientOptions) {
    this.baseUrl = options.baseUrl ?? contract.baseUrl;
    const keys = new KeySource(options.apiKey, contract.apiKeyEnv);
    this.#shared = { contract, options, keys, clock: options.clock ?? systemClock };
  }

  /** A call with its request, before it is sent. */
  run(call: Call, request: WireRequest): Run {
    return new Run(this.#shared, call, request);
  }

  /** Throws what is wrong with a call's options, before its request is built. */
  check({ operation, options }: Call): void {
    if (!this.#isBaseUrlChecked) checkBaseUrl(this.baseUrl);
    this.#isBaseUrlChecked = true;
    const { timeoutMs, maxRetries, retryAfterMaxMs } = this.#limits(options);
    if (!(timeoutMs > 0)) throw new ConfigurationProblem("`timeoutMs` must be more than 0; Infinity means no limit");
    if (!(maxRetries >= 0 && retryAfterMaxMs >= 0)) {
      throw new ConfigurationProblem("`maxRetries` and `retryAfterMaxMs` must be 0 or more");
    }
    if (options.idempotencyKey !== undefined && !operation.idempotencyKey) {
      throw new ConfigurationProblem("the vendor takes no idempotency key here; a repeated call may do it twice");
    }
  }

  /**
   * Sends a call, again where that is safe and has a chance. An answer with a status of failure is returned with its error;
   * everything else that goes wrong is thrown.
   */
  async send(run: Run, signal: AbortSignal | undefined): Promise<Answer> {
    const limits = this.#limits(run.call.options);
    this.#prepare(run);
    let askedAgain = false;
    let retries = 0;
    for (;;) {
      const { key, answer } = await this.#attempt(run, limits, signal);
      const { error } = answer;
      if (!error) return answer;
      let delayMs: number | undefined;
      if (error.code === "unauthenticated" && key !== undefined && this.#shared.keys.refuse(key)) {
        // Another key may be another account, which does not know what came of the idempotency key before.
        if (!askedAgain && (isRepeatable(run.call.operation) || run.sideEffect === "none")) delayMs = 0;
        askedAgain = true;
      } else if (retries < limits.maxRetries && isTransient(error.code, error.status)) {
        const { retryAfterMs } = error;
        delayMs = retryAfterMs === undefined ? backoffMs(retries) : clampTimer(Math.min(retryAfterMs, limits.retryAfterMaxMs));
        retries += 1;
      }
      if (delayMs === undefined || !run.mayBeSentAfter(delayMs)) return given(answer);
      run.tell("onRetry", run.attempts, { delayMs, error });
      if (delayMs > 0) await unlessAborted(signal, this.#shared.clock.sleep(delayMs, signal).catch(() => {}));
      // The wait may have lasted longer than it should, and the window of an idempotency key may be over.
      if (!signal?.aborted && !run.mayBeSentAfter(0)) return given(answer);
    }
  }

  async #attempt(run: Run, { timeoutMs }: Limits, signal: AbortSignal | undefined) {
    const { contract, options, keys, clock } = this.#shared;
    const { operation } = run.call;
    let key: string | undefined;
    if (!operation.public && !signal?.aborted) {
      try {
        key = keys.current ?? (await unlessAborted(signal, keys.find()));
      } catch (problem) {
        throw run.configurationError(problem);
      }
      if (key !== undefined) run.authorize(contract.auth.header, contract.auth.prefix + key);
    }
    if (!signal?.aborted) run.tell("onRequest", run.attempts + 1, { headers: run.request.headers });
    if (signal?.aborted) throw run.abortedError(signal.reason);
    run.attempts += 1;
    if (operation.idempotencyKey) {
      const windowMs = operation.idempotencyKey.windowSeconds * 1_000;
      // An attempt that starts in time must also arrive in time.
      run.keyUntil ??= clock.now() + windowMs - Math.max(windowMs * marginOfWindow, timeoutMs);
    }
    const outcome = await sendOnce(options.fetch ?? globalThis.fetch, run.request, timeoutMs, signal, options.clock);
    const { response } = outcome;
    if (response) run.tell("onResponse", run.attempts, { response, headers: response.headers });
    const answer = run.read(outcome);
    if (answer.error) run.tell("onError", run.attempts, { response, error: answer.error });
    return { key, answer };
  }

  /** Sets what is the same for all attempts, one idempotency key among it. */
  #prepare(run: Run): void {
    const { headers } = run.request;
    const { operation, options } = run.call;
    try {
      if (!headers.has("user-agent")) headers.set("user-agent", `gpu-${this.#shared.contract.vendor}/${this.#shared.contract.version}`);
    } catch {
      // Some runtimes keep this header to themselves.
    }
    if (!operation.idempotencyKey) return;
    const { header } = operation.idempotencyKey;
    const key = options.idempotencyKey ?? headers.get(header);
    if (key !== null && !/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw run.configurationError(new ConfigurationProblem("an idempotency key is 1 to 255 visible ASCII characters"));
    }
    run.isKeyGiven = key !== null;
    headers.set(header, key ?? crypto.randomUUID());
  }

  #limits(options: CallOptions): Limits {
    const { timeoutMs = 60_000, maxRetries = 2, retryAfterMaxMs = 60_000 } = this.#shared.options;
    return { timeoutMs: options.timeoutMs ?? timeoutMs, maxRetries: options.maxRetries ?? maxRetries, retryAfterMaxMs };
  }
}

/** An answer, where the vendor gave one. */
export function given(answer: Answer | Broken): Answer {
  if (!answer.response) throw answer.error;
  return answer;
}
