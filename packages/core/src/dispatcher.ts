import type { VendorContract } from "./contract.js";
import { buildRequest, describeCall, type Middleware, type RequestParts } from "./http.js";
import { replay, sendThrough } from "./middleware.js";
import type { ClientOptions } from "./options.js";
import { ConfigurationProblem } from "./problem.js";
import type { Answer, Call, Run } from "./run.js";
import { given, Transport } from "./transport.js";
import { isPrivateOnTheWay } from "./url.js";

/** Takes calls from the client's surface to the transport: checks them, builds their requests, sends them through middleware. */
export class Dispatcher {
  readonly #transport: Transport;
  readonly #headers: ClientOptions["headers"];
  readonly #chain: Middleware[] = [];

  constructor(contract: VendorContract, options: ClientOptions) {
    this.#transport = new Transport(contract, options);
    this.#headers = options.headers;
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

  async call(call: Call, parts: RequestParts): Promise<Answer> {
    const run = this.#begin(call, parts);
    const { signal } = call.options;
    return this.#chain.length === 0 ? this.#transport.send(run, signal) : this.#observed(run, parts);
  }

  #begin(call: Call, parts: RequestParts): Run {
    const { method, path } = call.operation;
    try {
      this.#transport.check(call);
      return this.#transport.run(call, buildRequest(this.#transport.baseUrl, call.operation, parts, this.#headers));
    } catch (problem) {
      const unsent = { url: path, method, headers: new Headers(), body: undefined };
      throw this.#transport.run(call, unsent).configurationError(problem);
    }
  }

  /** A call with middleware around it: around all attempts, once. */
  async #observed(first: Run, parts: RequestParts): Promise<Answer> {
    const { call, request } = first;
    let run = first;
    let sent: { answer: Answer; copy: Response } | undefined;
    const context = describeCall(this.#transport.baseUrl, call.operation, parts);
    const response = await sendThrough([...this.#chain], context, request, call.options.signal, async (changed, signal) => {
      run = this.#transport.run(call, changed);
      if (!isPrivateOnTheWay(new URL(changed.url))) {
        throw run.configurationError(new ConfigurationProblem("middleware took the request to a host that is not https"));
      }
      const answer = await this.#transport.send(run, signal);
      sent = { answer, copy: replay(answer.response, answer.text) };
      return sent.copy;
    });
    // An answer that middleware gave or changed is held to the document too.
    return response === sent?.copy ? sent.answer : given(run.readAnswer(response, await response.text()));
  }
}
