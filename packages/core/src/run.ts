import { readAnswer } from "./answer.js";
import type { KeySource } from "./api-key.js";
import { type AttemptOutcome, elapsedOf, type WireRequest } from "./attempt.js";
import { stageOf } from "./cause.js";
import { isRepeatable, type OperationContract, type VendorContract } from "./contract.js";
import { changed, GpuError, type GpuErrorInit, type SideEffect } from "./error.js";
import { carriesError, isTransient, readFailure, sideEffectOf, type VendorFailure } from "./failure.js";
import { callHook, type Hooks, withoutBody } from "./hooks.js";
import { parseJson } from "./json.js";
import type { CallOptions, ClientOptions, Clock } from "./options.js";
import type { Pauses } from "./pauses.js";
import { ConfigurationProblem } from "./problem.js";
import { type RedactionRules, Redactor } from "./redact.js";
import { parseRetryAfter } from "./retry.js";

/** One call of an operation. */
export interface Call {
  readonly name: string;
  readonly operation: OperationContract;
  readonly options: CallOptions;
}

/** What all calls of a client share. */
export interface Shared {
  readonly contract: VendorContract;
  readonly options: ClientOptions;
  readonly keys: KeySource;
  readonly rules: RedactionRules;
  readonly clock: Clock;
  readonly pauses: Pauses;
  /** The name of the header that carries the key, in lower case. */
  readonly authHeader: string;
  readonly userAgent: string;
}

/** An answer that was read to its end: what a success holds, or the error that its status means, with the body as the vendor sent it. */
export type Answer =
  | { response: Response; text: string; data: unknown; error?: undefined }
  | { response: Response; text: string; body: unknown; error: GpuError };

/** No answer of the vendor's: none came, or one that the document does not allow. */
export interface Broken {
  response?: undefined;
  error: GpuError;
}

/** What differs between the events of one call. */
interface Told {
  response?: Response | undefined;
  headers?: Iterable<[string, string]>;
  delayMs?: number;
  error?: GpuError;
}

/** What differs between the errors of one call. What is not our own text in `reason` is redacted already. */
type ErrorParts = Partial<GpuErrorInit> & Pick<GpuErrorInit, "code"> & { reason: string };

/** Bodies in errors are cut to this many characters where they are not JSON. */
const longestShownBody = 500;
const redirects = new Set([0, 301, 302, 303, 307, 308]);
const rank: Readonly<Record<SideEffect, number>> = { none: 0, possible: 1, committed: 2 };

/** One call on its way: what is known of it so far, and what its answers and failures mean. */
export class Run {
  /** How often it was sent. */
  attempts = 0;
  /** The worst that any attempt may have left behind. */
  sideEffect: SideEffect = "none";
  /** What the last attempt may have left behind. */
  lastSideEffect: SideEffect = "none";
  /** Until when, on the scale of `elapsedOf`, the idempotency key may be used; undefined before the first attempt, and without one. */
  keyUntil: number | undefined;
  /** Whether the caller gave the idempotency key, and so can give it again. */
  isKeyGiven: boolean;
  readonly call: Call;
  /** What is sent. */
  readonly request: WireRequest;
  readonly #shared: Shared;
  readonly #hooks: Hooks | undefined;
  readonly #id: string;
  /** The request before middleware. */
  readonly #original: WireRequest;
  #redactor: Redactor | undefined;

  /** `original`: whose secrets are known also where middleware has encoded them. */
  constructor(shared: Shared, call: Call, request: WireRequest, original = request) {
    this.#shared = shared;
    this.call = call;
    this.request = request;
    this.#original = original;
    this.#hooks = shared.options.hooks;
    this.#id = this.#hooks ? crypto.randomUUID() : "";
    this.isKeyGiven = this.idempotencyKey !== undefined;
  }

  /** The idempotency key of the call: its option, or a header. */
  get idempotencyKey(): string | undefined {
    const { operation, options } = this.call;
    return (
      operation.idempotencyKey && (options.idempotencyKey ?? this.request.headers[operation.idempotencyKey.header.toLowerCase()])
    );
  }

  /** What pauses of the call hold, and what holds the call. A delete ends costs, so pauses of other operations do not hold it. */
  get holders(): { own: string[]; all: string[] } {
    const { name, operation } = this.call;
    const { rateLimitGroup: group } = operation;
    const own = group ? [name, `group:${group}`] : [name];
    return { own, all: [...(name.startsWith("delete") ? [name] : own), `key:${this.idempotencyKey}`] };
  }

  /** Whether it may be sent once more, so many milliseconds from now, without doing anything twice. */
  mayBeSentAfter(delayMs: number): boolean {
    return (
      isRepeatable(this.call.operation) ||
      (this.keyUntil !== undefined && elapsedOf(this.#shared.clock) + delayMs < this.keyUntil)
    );
  }

  /** Puts the key into the request. */
  authorize(key: string): void {
    const { authHeader, contract } = this.#shared;
    this.request.headers[authHeader] = contract.auth.prefix + key;
    // Another key than before is to be taken out as well.
    this.#redactor = undefined;
  }

  /** Tells a hook of the attempt that is next, or was last. */
  tell(hook: keyof Hooks, attempt: number, { response, headers, delayMs, error }: Told): void {
    callHook(this.#hooks, hook, () => ({
      callId: this.#id,
      attempt,
      vendor: this.#shared.contract.vendor,
      operation: this.#told(this.call.name),
      method: this.request.method,
      url: this.#redact.text(this.request.url),
      ...(response && { status: response.status }),
      ...(headers && { headers: this.#redact.headers(headers) }),
      ...(delayMs !== undefined && { delayMs }),
      ...(error && { error: withoutBody(error) }),
    }));
  }

  /** A mistake of the caller's, found before anything was sent. */
  configurationError(problem: unknown): GpuError {
    const known = problem instanceof ConfigurationProblem;
    return this.#error({
      code: "configuration",
      reason: known ? problem.message : "the request cannot be built",
      cause: known ? problem.cause : problem,
    });
  }

  /** The caller's abort, between attempts or before the first. */
  abortedError(cause: unknown): GpuError {
    return this.#error({ code: "aborted", reason: "the caller ended the call", cause });
  }

  /** A pause that the vendor asked for is longer than the client waits. */
  pausedError(retryAfterMs: number): GpuError {
    const seconds = Math.ceil(retryAfterMs / 1_000);
    const reason = `not sent: the pause that the vendor asked for lasts ${seconds} s more; call again then`;
    return this.#error({ code: "rate_limited", reason, retryAfterMs });
  }

  /** The key could not be found in time. */
  keyTimeoutError(timeoutMs: number): GpuError {
    return this.#error({ code: "timeout", reason: `the function given as \`apiKey\` gave none within ${timeoutMs} ms` });
  }

  /** The outcome of the last attempt where no other may follow. Whoever calls again then makes another thing. */
  asLast<T extends Answer | Broken>(outcome: T): T {
    const isSafe = this.sideEffect === "none" || !outcome.error;
    return isSafe ? outcome : { ...outcome, error: changed(outcome.error, { retryable: false }) };
  }

  /** What the outcome of an attempt means. */
  read(outcome: AttemptOutcome): Answer | Broken {
    if (outcome.reason) return this.#unanswered(outcome);
    return this.readAnswer(outcome.response, outcome.text);
  }

  /** What an answer means. */
  readAnswer(response: Response, text: string): Answer | Broken {
    const { operation } = this.call;
    const { status, headers } = response;
    const { errors } = this.#shared.contract;
    // Browsers hide the answer of a redirect behind status 0; a `fetch` of the caller's may have followed it.
    if (response.redirected || redirects.has(status)) return this.#redirect(response);
    if (status >= 200 && status < 300) {
      const promised = operation.method === "HEAD" ? undefined : operation.answer;
      const read = readAnswer(promised, headers.get("content-type"), text);
      const carried = promised?.errorIsDistinct && carriesError(errors, read.data);
      if (!read.broken && !carried) return { response, text, data: read.data };
      const body = this.#shown(read.data, text, response);
      const said = carried ? readFailure(errors, operation, status, {}, read.data, "", this.#redactText) : undefined;
      return this.#broken(
        {
          ...said,
          code: "vendor_contract",
          reason: said
            ? `the response carries an error although its status is ${status}${quoted(said)}`
            : this.#redact.text(read.broken ?? ""),
          // The vendor's own word that nothing was done counts, whatever status carries it.
          sideEffect: said?.sideEffect ?? sideEffectOf(operation, status),
          body,
        },
        response,
      );
    }
    const body = parsed(text);
    const shown = this.#shown(body, text, response);
    const failure = readFailure(errors, operation, status, this.#redact.headers(headers), body, text, this.#redactText);
    // A body that is not JSON is the vendor's message, too.
    if (body === undefined && this.#isWithheld(text, response)) failure.vendorMessage = undefined;
    const error = this.#error({ ...failure, reason: `answered ${status}${quoted(failure)}`, body: shown }, response);
    // An empty body would make an error that looks like none.
    return { response, text, body: body || text || `HTTP ${status}`, error };
  }

  #redirect(response: Response): Broken {
    let target = "";
    try {
      const location = response.redirected ? response.url : response.headers.get("location");
      if (location) target = ` to ${this.#redact.text(new URL(location, this.request.url).origin)}`;
    } catch {
      // Not a URL: nothing worth showing.
    }
    const reason = `a redirect${target} was refused, because the key would go with it; check the base URL`;
    return this.#broken({ code: "redirect_refused", reason, sideEffect: sideEffectOf(this.call.operation) }, response);
  }

  #unanswered({ response, reason, cause }: Extract<AttemptOutcome, { cause: unknown }>): Broken {
    const stage = reason === "network" ? stageOf(cause) : "unknown";
    const unsent = !response && stage === "before_sending";
    const code = stage === "time_limit" ? "timeout" : reason;
    const reasons = {
      aborted: "the caller ended the call",
      timeout: "no complete response came in time",
      network: response
        ? "the connection broke during the response"
        : unsent
          ? "the vendor could not be reached"
          : "no response came",
    };
    const sideEffect = unsent ? "none" : sideEffectOf(this.call.operation, response?.status);
    return this.#broken({ code, reason: reasons[code], sideEffect, cause }, response);
  }

  #broken(parts: ErrorParts, response: Response | undefined): Broken {
    return { error: this.#error(parts, response) };
  }

  #error({ reason, cause, sideEffect = "none", ...parts }: ErrorParts, response?: Response): GpuError {
    const { name, operation } = this.call;
    const { method, path, paid } = operation;
    const { contract, clock } = this.#shared;
    this.lastSideEffect = sideEffect;
    if (rank[sideEffect] > rank[this.sideEffect]) this.sideEffect = sideEffect;
    const nothingDone = this.sideEffect === "none";
    const advice = paid && !nothingDone ? ". It may have taken effect and cost money: look before you call again." : "";
    // Whoever calls again without the key that this call used makes another thing.
    const isSafeAgain = nothingDone || isRepeatable(operation) || (this.isKeyGiven && this.mayBeSentAfter(0));
    return new GpuError({
      retryAfterMs: response && parseRetryAfter(response.headers.get("retry-after"), clock.now()),
      ...parts,
      message: `${contract.vendor} ${this.#told(`${name} (${method} ${path})`)}: ${reason}${advice}`,
      vendor: contract.vendor,
      operation: this.#told(name),
      method,
      path: this.#told(path),
      status: response?.status || undefined,
      retryable: isSafeAgain && isTransient(parts.code, response?.status),
      sideEffect: this.sideEffect,
      headers: response && this.#redact.headers(response.headers),
      attempts: this.attempts,
      cause: this.#redact.cause(cause),
    });
  }

  /** A body for an error. */
  #shown(body: unknown, text: string, response: Response): unknown {
    if (body !== undefined) return this.#redact.value(body);
    if (!this.#isWithheld(text, response)) return this.#redact.text(text, longestShownBody) || undefined;
    const type = this.#redact.text(response.headers.get("content-type") ?? "no type");
    return `[may hold secrets: ${text.length} characters of ${type}]`;
  }

  /** Whether a text may be a success, or broken JSON, whose secrets cannot be found by the names of their fields. */
  #isWithheld(text: string, { ok }: Response): boolean {
    return this.call.operation.answer?.secret === true && (ok ? text !== "" : /^\s*[[{]/.test(text));
  }

  /** Names and paths of the document are known to everybody; others come from the caller. */
  #told(text: string): string {
    return Object.hasOwn(this.#shared.contract.operations, this.call.name) ? text : this.#redact.text(text);
  }

  readonly #redactText = (text: string, limit?: number): string => this.#redact.text(text, limit);

  /** Made when first needed: a call that succeeds without hooks pays nothing for it. */
  get #redact(): Redactor {
    if (!this.#redactor) {
      const { rules, keys } = this.#shared;
      const bodies = [...new Set([this.request.body, this.#original.body])];
      this.#redactor = new Redactor(rules, keys.known, this.request.headers, bodies.map(parsed));
    }
    return this.#redactor;
  }
}

/** The vendor's code and message, to go into ours. */
function quoted({ vendorCode, vendorMessage }: VendorFailure): string {
  return [vendorCode, vendorMessage].map((part) => (part ? `: ${part}` : "")).join("");
}

function parsed(text: unknown): unknown {
  try {
    return parseJson(String(text));
  } catch {
    return undefined;
  }
}
