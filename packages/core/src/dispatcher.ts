import { KeySource } from "./api-key.js";
import { systemClock, type WireRequest } from "./attempt.js";
import type { VendorContract } from "./contract.js";
import { buildRequest, type CallContext, describeCall, type Middleware, type RequestParts } from "./http.js";
import { replay, sendThrough } from "./middleware.js";
import type { ClientOptions } from "./options.js";
import { Pauses } from "./pauses.js";
import { ConfigurationProblem } from "./problem.js";
import { type Redactor, redactionRules } from "./redact.js";
import { type Answer, type Call, Run, type Shared } from "./run.js";
import { given, type Limits, limitsOf, send } from "./transport.js";
import { checkBaseUrl, isPrivateOnTheWay } from "./url.js";

/** How many request bodies are kept. */
const keptBodies = 10;

/** Takes calls from the client's surface to the transport: checks them, builds their requests, sends them through middleware. */
export class Dispatcher {
  readonly #shared: Shared;
  /** The last request bodies with secrets, which the vendor may quote in a later response. */
  readonly #bodies: string[] = [];
  #headers: WireRequest["headers"] = {};
  readonly #chain: Middleware[] = [];
  /** Without slashes at its end; undefined until it is checked. */
  #baseUrl: string | undefined;

  constructor(contract: VendorContract, options: ClientOptions) {
    const { vendor, version, auth } = contract;
    this.#shared = {
      contract,
      options,
      keys: new KeySource(options.apiKey, contract.apiKeyEnv),
      rules: redactionRules(contract.secrets),
      clock: options.clock ?? systemClock,
      pauses: new Pauses(),
      authHeader: auth.header.toLowerCase(),
      userAgent: `gpu-${vendor}/${version}`,
    };
  }

  use(...middleware: Middleware[]): void {
    this.#chain.push(...middleware);
  }

  eject(...middleware: Middleware[]): void {
    for (const one of middleware) {
      const at = this.#chain.indexOf(one);
      if (at >= 0) this.#chain.splice(at, 1);
    }
  }

  /** Not async, nor is what it calls first: each promise more is felt in every call. Throws what is wrong with the call. */
  call(call: Call, parts: RequestParts): Promise<Answer> {
    const shared = this.#shared;
    const { signal } = call.options;
    let limits: Limits;
    let run: Run;
    try {
      limits = limitsOf(call, shared.options);
      this.#baseUrl ??= checkBaseUrl(shared.options.baseUrl ?? shared.contract.baseUrl);
      run = new Run(shared, call, buildRequest(this.#baseUrl, call.operation, parts, shared.options.headers));
    } catch (problem) {
      const { method, path } = call.operation;
      throw new Run(shared, call, { url: path, method, headers: {}, body: undefined }).configurationError(problem);
    }
    this.#keep(run.request);
    if (this.#chain.length === 0) return send(run, limits, shared, signal);
    return this.#observed(run, limits, describeCall(this.#baseUrl, call.operation, parts));
  }

  /** What a `Redactor` of this client knows of earlier calls. */
  get known(): ConstructorParameters<typeof Redactor> {
    const { rules, keys } = this.#shared;
    return [rules, keys.known, this.#headers, this.#bodies.map((body) => JSON.parse(body))];
  }

  #keep({ headers, body }: WireRequest): void {
    this.#headers = headers;
    if (typeof body !== "string" || !this.#shared.contract.secrets.some((name) => body.includes(`"${name}":`))) return;
    if (this.#bodies.push(body) > keptBodies) this.#bodies.shift();
  }

  /** A call with middleware around it: around all attempts, once. */
  async #observed(first: Run, limits: Limits, context: CallContext): Promise<Answer> {
    const shared = this.#shared;
    const { call, request } = first;
    let run = first;
    let sent: { answer: Answer; copy: Response } | undefined;
    const response = await sendThrough([...this.#chain], context, request, call.options.signal, async (changed, signal) => {
      run = new Run(shared, call, changed, request);
      // One that middleware sets is another one in the next call.
      run.isKeyGiven = first.isKeyGiven;
      if (!isPrivateOnTheWay(new URL(changed.url))) {
        throw run.configurationError(new ConfigurationProblem("middleware took the request to a host that is not https"));
      }
      const answer = await send(run, limits, shared, signal);
      sent = { answer, copy: replay(answer.response, answer.text) };
      return sent.copy;
    });
    // An answer that middleware gave or changed is held to the document too.
    return response === sent?.copy ? sent.answer : given(run.readAnswer(response, await response.text()));
  }
}
