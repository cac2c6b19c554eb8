import { readAnswer } from "./answer.js";
import { KeySource } from "./api-key.js";
import { type AttemptOutcome, type StopReason, sendOnce, systemClock, type WireRequest } from "./attempt.js";
import { isRead, isRepeatable, type OperationContract, type VendorContract } from "./contract.js";
import { GpuError, type GpuErrorInit, type SideEffect } from "./error.js";
import { isRetryable, readFailure, wasNeverSent } from "./failure.js";
import { callHook, type HookEvent } from "./hooks.js";
import type { CallOptions, ClientOptions, Clock, Fetch } from "./options.js";
import { type RedactionRules, Redactor, redactionRules } from "./redact.js";
import { backoffMs, clampTimer, parseRetryAfter } from "./retry.js";
import { refuseBaseUrl } from "./url.js";

/** One call of an operation. */
export interface Call {
  readonly name: string;
  readonly operation: OperationContract;
  readonly options: CallOptions;
}

/** An answer that was read to its end: the JSON of a success, or the error that its status means, with the body as the vendor sent it. */
export type Answer =
  | { response: Response; text: string; data: unknown; error?: undefined }
  | { response: Response; text: string; body: unknown; error: GpuError };

/** What differs between the errors of one call. */
type ErrorParts = Omit<GpuErrorInit, "vendor" | "operation" | "method" | "path" | "message"> & { reason: string };

/** A call on its way: what its attempts share. */
interface Run {
  readonly call: Call;
  readonly request: WireRequest;
  readonly callId: string;
  attempt: number;
  /** Until when the idempotency key may be used; undefined without one. */
  readonly keyUntil: number | undefined;
  /** The worst that any attempt may have left behind. */
  sideEffect: SideEffect;
  redactor: Redactor | undefined;
}

/** Bodies in errors are cut to this many characters where they are not JSON. */
const longestShownBody = 500;
/** The part of an idempotency key's window in which it is used; the rest is for the way to the vendor and for clocks that differ. */
const safePartOfWindow = 0.9;

/** Sends calls: key, attempts, time limits, retries, and errors that say what happened. */
export class Transport {
  readonly #contract: VendorContract;
  readonly #options: ClientOptions;
  readonly #keys: KeySource;
  readonly #rules: RedactionRules;
  readonly #fetch: Fetch;
  readonly #clock: Clock;
  #calls = 0;

  constructor(contract: VendorContract, options: ClientOptions) {
    this.#contract = contract;
    this.#options = options;
    this.#keys = new KeySource(options.apiKey, contract.apiKeyEnv);
    this.#rules = redactionRules(contract.secrets, contract.auth.header);
    this.#fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
    this.#clock = options.clock ?? systemClock;
  }

  get baseUrl(): string {
    return this.#options.baseUrl ?? this.#contract.baseUrl;
  }

  /** Refuses what is wrong before a request is built: a bad base URL, a key that the operation does not take. */
  check(call: Call): void {
    const takesNone = call.options.idempotencyKey !== undefined && !call.operation.idempotencyKey;
    const problem =
      refuseBaseUrl(this.baseUrl) ??
      (takesNone ? "the vendor takes no idempotency key here; a repeated call may do it twice" : undefined);
    if (problem) throw this.configurationError(call, problem);
  }

  /** A mistake of the caller's, found before anything was sent. */
  configurationError(call: Call, reason: string, cause?: unknown): GpuError {
    const parts: ErrorParts = { code: "configuration", reason, sideEffect: "none", attempts: 0, cause };
    return this.#error(call, parts, new Redactor(this.#rules, this.#keys.used));
  }

  /**
   * Sends a call, again where that is safe and has a chance. An answer with a status of failure is returned with its error;
   * everything else that goes wrong is thrown.
   */
  async send(call: Call, request: WireRequest): Promise<Answer> {
    const { operation, options } = call;
    const { hooks } = this.#options;
    const maxRetries = options.maxRetries ?? this.#options.maxRetries ?? 2;
    const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs ?? 60_000;
    const limits = { timeoutMs, signal: options.signal, clock: this.#options.clock };
    this.#calls += 1;
    const run: Run = {
      call,
      request,
      callId: `${this.#contract.vendor}-${this.#calls}`,
      attempt: 0,
      keyUntil: this.#setIdempotencyKey(call, request),
      sideEffect: "none",
      redactor: undefined,
    };
    this.#setHeaders(request);
    let askedAgain = false;
    let retries = 0;
    for (;;) {
      if (options.signal?.aborted) throw this.#abortedError(run);
      const key = operation.public ? undefined : await this.#authorize(run);
      run.attempt += 1;
      callHook(hooks, "onRequest", () => ({ ...this.#event(run), headers: this.#redactor(run).headers(request.headers) }));
      const outcome = await sendOnce(this.#fetch, request, limits);
      const { response } = outcome;
      if (response) {
        callHook(hooks, "onResponse", () => ({
          ...this.#event(run),
          status: response.status,
          headers: this.#redactor(run).headers(response.headers),
        }));
      }
      const answer = this.#read(run, outcome);
      const error = answer instanceof GpuError ? answer : answer.error;
      if (!error) return answer as Answer;
      callHook(hooks, "onError", () => ({ ...this.#event(run), ...(response && { status: response.status }), error }));
      if (error.code === "unauthenticated" && key !== undefined && this.#keys.refuse(key) && !askedAgain && isRepeatable(operation)) {
        askedAgain = true;
        continue;
      }
      const delayMs = retries < maxRetries ? this.#retryDelay(run, error, retries) : undefined;
      if (delayMs === undefined) {
        if (answer instanceof GpuError) throw answer;
        return answer;
      }
      retries += 1;
      callHook(hooks, "onRetry", () => ({ ...this.#event(run), delayMs, error }));
      await this.#clock.sleep(delayMs, options.signal).catch(() => {});
    }
  }

  /** The answer as middleware left it: its own, or one that it changed. */
  async adopt(call: Call, response: Response, body: unknown, sent: Answer | undefined): Promise<Answer> {
    if (response.ok) return { response, text: "", data: body };
    if (sent?.error && sent.response.status === response.status) return { response, text: sent.text, body, error: sent.error };
    const text = typeof body === "string" ? body : (JSON.stringify(body) ?? "");
    const request = { url: response.url, method: call.operation.method, headers: new Headers(), body: undefined };
    const run: Run = { call, request, callId: "", attempt: sent ? 1 : 0, keyUntil: undefined, sideEffect: "none", redactor: undefined };
    const read = this.#readAnswered(run, response, text);
    if (read instanceof GpuError) throw read;
    return read;
  }

  #setHeaders({ headers }: WireRequest): void {
    for (const [name, value] of Object.entries(this.#options.headers ?? {})) {
      if (!headers.has(name)) headers.set(name, value);
    }
    headers.set("user-agent", `gpu-${this.#contract.vendor}/${this.#contract.version}`);
  }

  /** One key a logical call, so that every attempt carries the same. */
  #setIdempotencyKey({ operation, options }: Call, { headers }: WireRequest): number | undefined {
    if (!operation.idempotencyKey) return undefined;
    const { header, windowSeconds } = operation.idempotencyKey;
    const key = options.idempotencyKey ?? headers.get(header) ?? crypto.randomUUID();
    headers.set(header, key);
    return this.#clock.now() + windowSeconds * 1_000 * safePartOfWindow;
  }

  async #authorize(run: Run): Promise<string> {
    const { signal } = run.call.options;
    const found = await unlessAborted(this.#keys.get(), signal);
    if (!found) throw this.#abortedError(run);
    if ("problem" in found) {
      throw this.#error(
        run.call,
        { code: "configuration", reason: found.problem, sideEffect: run.sideEffect, attempts: run.attempt, cause: found.cause },
        new Redactor(this.#rules, this.#keys.used),
      );
    }
    const { header, prefix } = this.#contract.auth;
    run.request.headers.set(header, prefix + found.key);
    return found.key;
  }

  /** What an attempt's outcome means: an answer, or an error that is no answer of the vendor's. */
  #read(run: Run, outcome: AttemptOutcome): Answer | GpuError {
    if (outcome.kind !== "answered") return this.#unansweredError(run, outcome);
    return this.#readAnswered(run, outcome.response, outcome.text);
  }

  #readAnswered(run: Run, response: Response, text: string): Answer | GpuError {
    const { status } = response;
    const { operation } = run.call;
    const { errors } = this.#contract;
    // The body is read; whoever gets the response can read it again.
    Object.defineProperties(response, {
      text: { value: async () => text, configurable: true },
      json: { value: async () => JSON.parse(text), configurable: true },
    });
    // Browsers hide the answer of a refused redirect behind status 0.
    if (response.type === "opaqueredirect" || (status >= 300 && status < 400)) return this.#redirectError(run, response);
    if (response.ok) {
      const read = readAnswer(operation.answer, errors, response, text);
      if ("data" in read) return { response, text, data: read.data };
      const committed = isRead(operation) ? "none" : "committed";
      return this.#answerError(run, response, {
        code: "vendor_contract",
        reason: read.broken,
        sideEffect: committed,
        body: this.#shown(run, read.body, text),
      });
    }
    const body = parseJson(text);
    const failure = readFailure(errors, operation, status, body, text, response.headers);
    const redactor = this.#redactor(run);
    const shown = this.#shown(run, body, text);
    const said = [failure.vendorCode, failure.vendorMessage].filter((part) => part !== undefined).map((part) => redactor.text(part));
    const error = this.#answerError(run, response, {
      code: failure.code,
      reason: [`answered ${status}`, ...said].join(": "),
      sideEffect: failure.sideEffect,
      vendorCode: failure.vendorCode && redactor.text(failure.vendorCode),
      vendorMessage: failure.vendorMessage && redactor.text(failure.vendorMessage),
      requestId: failure.requestId && redactor.text(failure.requestId),
      retryable: isRetryable(failure.code, operation, status, run.keyUntil !== undefined),
      body: shown,
    });
    return { response, text, body: body ?? text, error };
  }

  #redirectError(run: Run, response: Response): GpuError {
    const location = response.headers.get("location");
    let target = "";
    try {
      if (location) target = ` to ${new URL(location, run.request.url).origin}`;
    } catch {
      // Not a URL: nothing worth showing.
    }
    return this.#answerError(run, response, {
      code: "redirect_refused",
      reason: `a redirect${target} was refused, because the key would go with it; check the base URL`,
      sideEffect: isRead(run.call.operation) ? "none" : "possible",
    });
  }

  #unansweredError(run: Run, outcome: Exclude<AttemptOutcome, { kind: "answered" }>): GpuError {
    const { operation } = run.call;
    const reasons: Record<StopReason, string> = {
      aborted: "the caller ended the call",
      timeout: "no complete answer came in time",
      network: outcome.response ? "the connection broke during the answer" : "no answer came",
    };
    const unsent = outcome.kind === "unanswered" && outcome.reason === "network" && wasNeverSent(outcome.cause);
    const committed = outcome.response?.ok === true;
    return this.#answerError(run, outcome.response, {
      code: outcome.reason,
      reason: unsent ? "the vendor could not be reached" : reasons[outcome.reason],
      sideEffect: isRead(operation) || unsent ? "none" : committed ? "committed" : "possible",
      retryable: isRetryable(outcome.reason, operation, undefined, run.keyUntil !== undefined),
      cause: outcome.cause,
    });
  }

  #abortedError(run: Run): GpuError {
    return this.#answerError(run, undefined, {
      code: "aborted",
      reason: "the caller ended the call",
      sideEffect: "none",
      cause: run.call.options.signal?.reason,
    });
  }

  /** An error of a call that was sent, or was about to be. */
  #answerError(run: Run, response: Response | undefined, parts: ErrorParts): GpuError {
    run.sideEffect = worse(run.sideEffect, parts.sideEffect);
    return this.#error(
      run.call,
      {
        ...parts,
        sideEffect: run.sideEffect,
        attempts: run.attempt,
        status: response && response.status !== 0 ? response.status : undefined,
        retryAfterMs: response && parseRetryAfter(response.headers.get("retry-after"), this.#clock.now()),
        headers: response && this.#redactor(run).headers(response.headers),
      },
      this.#redactor(run),
    );
  }

  #error(call: Call, { reason, cause, ...parts }: ErrorParts, redactor: Redactor): GpuError {
    const { method, path, paid } = call.operation;
    const advice =
      paid && parts.sideEffect !== "none" ? ". It may have taken effect and cost money: look before you call again" : "";
    return new GpuError({
      ...parts,
      message: redactor.text(`${this.#contract.vendor} ${call.name} (${method} ${path}): ${reason}`) + advice,
      vendor: this.#contract.vendor,
      operation: call.name,
      method,
      path,
      cause: redactor.cause(cause),
    });
  }

  /** How long to wait before the next attempt; undefined when there must be none. */
  #retryDelay({ keyUntil }: Run, error: GpuError, retries: number): number | undefined {
    if (!error.retryable) return undefined;
    const cap = this.#options.retryAfterMaxMs ?? 60_000;
    const delay = error.retryAfterMs === undefined ? backoffMs(retries + 1) : Math.min(error.retryAfterMs, cap);
    return keyUntil !== undefined && this.#clock.now() + delay >= keyUntil ? undefined : clampTimer(delay);
  }

  #event({ callId, attempt, call, request }: Run): HookEvent {
    const { vendor } = this.#contract;
    const url = new Redactor(this.#rules, this.#keys.used).text(request.url);
    return { callId, attempt, vendor, operation: call.name, method: request.method, url };
  }

  /** Made when first needed: a call that succeeds without hooks pays nothing for it. */
  #redactor(run: Run): Redactor {
    if (!run.redactor) {
      run.redactor = new Redactor(this.#rules, this.#keys.used);
      run.redactor.rememberFields(run.request.body);
    }
    return run.redactor;
  }

  #shown(run: Run, body: unknown, text: string): unknown {
    const redactor = this.#redactor(run);
    if (body !== undefined) return redactor.value(body);
    const shown = redactor.text(text);
    return shown === "" ? undefined : shown.slice(0, longestShownBody);
  }
}

const rank: Readonly<Record<SideEffect, number>> = { none: 0, possible: 1, committed: 2 };

function worse(a: SideEffect, b: SideEffect): SideEffect {
  return rank[a] >= rank[b] ? a : b;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The promise's value, or undefined as soon as the signal aborts. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (!signal) return promise;
  let stop = () => {};
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
  });
  signal.addEventListener("abort", stop);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
