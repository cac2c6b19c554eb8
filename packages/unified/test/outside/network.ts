import { AsyncLocalStorage } from "node:async_hooks";
import { type Cloud, toResponse, toVendorRequest, type VendorResponse } from "./cloud.js";
import type { Ledger } from "./ledger.js";
import type { Random } from "./random.js";
import type { VirtualTime } from "./time.js";

/** What the network does to one request or its response. */
export type Situation =
  | "plain"
  | "slow response"
  | "late body"
  | "refused"
  | "reset before"
  | "reset after"
  | "lost"
  | "transport timeout"
  | "body lost"
  | "html 200"
  | "html 502"
  | "cut json"
  | "broken body"
  | "404 of a proxy"
  | "429"
  | "500"
  | "500 after effect"
  | "504";

export type Purpose = "create" | "delete" | "list" | "get" | "catalogue" | "keys";

/** A request that a client sent. */
export interface Sent {
  readonly id: number;
  readonly process: Process;
  readonly call: NetworkCall | undefined;
  readonly vendor: string;
  readonly purpose: Purpose;
  /** Method and path without ids. A vendor's `Retry-After` applies to one operation. */
  readonly operation: string;
  readonly url: string;
  readonly body: string;
  readonly idempotencyKey: string | null;
  readonly sentAt: number;
  readonly situation: Situation;
  /** Status that the client received; null when it received none. */
  status: number | null;
  /** When the client received a response or an error. */
  endedAt: number | null;
  /** Whether the response is a success with a complete body. */
  isSuccess: boolean;
  /** End of the pause that `Retry-After` requested. */
  pausedUntil: number | null;
}

/** A caller's process. A dead process sends and receives nothing. */
export interface Process {
  readonly id: number;
  isDead: boolean;
}

/** The part of an API call that the network needs. */
export interface NetworkCall {
  readonly requests: Sent[];
  /** Called for every request and every response. */
  onEvent(): void;
}

/** The API call that a request belongs to. */
export const currentCall = new AsyncLocalStorage<NetworkCall>();

/** Whether the request certainly did not reach the vendor. */
export const isUnsent = ({ situation }: Sent): boolean => situation === "refused";

const failure = (code: string, message: string, syscall?: string) =>
  Object.assign(new Error(message), { code, ...(syscall ? { syscall } : {}) });
const failed = (cause: unknown) => new TypeError("fetch failed", { cause });

/** Failures before a connection is established, as Node reports them. */
export const unsentFailures: readonly (() => Error)[] = [
  () => failed(failure("ECONNREFUSED", "connect ECONNREFUSED 203.0.113.9:443", "connect")),
  () => failed(failure("ENOTFOUND", "getaddrinfo ENOTFOUND api.example", "getaddrinfo")),
  () => failed(failure("EAI_AGAIN", "getaddrinfo EAI_AGAIN api.example", "getaddrinfo")),
  () => failed(failure("EHOSTUNREACH", "connect EHOSTUNREACH 203.0.113.9:443", "connect")),
  () => failed(failure("ENETUNREACH", "connect ENETUNREACH 203.0.113.9:443", "connect")),
  () => failed(failure("EADDRNOTAVAIL", "connect EADDRNOTAVAIL 203.0.113.9:443", "connect")),
  () => failed(failure("UND_ERR_CONNECT_TIMEOUT", "Connect Timeout Error")),
  () => failed(failure("CERT_HAS_EXPIRED", "certificate has expired")),
  () => failed(failure("ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match certificate's altnames")),
  () => {
    const causes = [
      failure("ETIMEDOUT", "connect ETIMEDOUT 203.0.113.9:443", "connect"),
      failure("ENETUNREACH", "connect ENETUNREACH 2001:db8::9:443", "connect"),
    ];
    return failed(Object.assign(new AggregateError(causes), { code: "ETIMEDOUT" }));
  },
];

/** Failures of an established connection: the vendor may have received the request. */
const resets: readonly (() => Error)[] = [
  () => failed(failure("ECONNRESET", "read ECONNRESET", "read")),
  () => failed(failure("UND_ERR_SOCKET", "other side closed")),
  () => failed(failure("EPIPE", "write EPIPE", "write")),
];

/** Timeouts of the transport, not of the client. */
export const transportTimeouts: readonly (() => Error)[] = [
  () => failed(failure("UND_ERR_HEADERS_TIMEOUT", "Headers Timeout Error")),
  () => failed(failure("ETIMEDOUT", "read ETIMEDOUT", "read")),
  () => new DOMException("The operation was aborted due to timeout", "TimeoutError"),
];

const html = (status: number, title: string): VendorResponse => ({
  status,
  headers: { "content-type": "text/html; charset=utf-8" },
  text: `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`,
});

/** Vast.ai also rejects requests with status 200. */
const isRejected = ({ text }: VendorResponse): boolean => text.startsWith('{"success":false');

const never = new Promise<never>(() => {});

function purposeOf(method: string, pathname: string): Purpose {
  const path = pathname.replace(/\/$/, "");
  if (/keys/.test(path) && !/instances/.test(path)) return "keys";
  if (
    /\/(types|instance-types|specs|pricing|status|products|clusters|thunder-templates|gpus|bundles)$/.test(path) &&
    !/\/instances\/[^/]+\/status$/.test(path)
  )
    return "catalogue";
  if (method === "DELETE" || /\/(delete|terminate)$/.test(path)) return "delete";
  if (method === "POST" || /\/asks\/\d+$/.test(path)) return "create";
  return /\/(instances|instances\/list|pods)$/.test(path) ? "list" : "get";
}

function operationOf(vendor: string, method: string, path: string): string {
  const ids =
    vendor === "shadeform" || vendor === "thunder-compute"
      ? /\/instances\/(?!(create|list|types)\b)[^/]+/
      : /\/instances\/(?!types\b)[^/]+/;
  return `${vendor} ${method} ${path.replace(ids, "/instances/{id}").replace(/\/(pods|asks)\/[^/]+/, "/$1/{id}")}`;
}

/** Relative frequency of each situation. */
export type FaultRates = Partial<Record<Situation, number>>;

/** The network between the caller's processes and the vendors. */
export class Network {
  readonly sent: Sent[] = [];
  /** Weights of the situations; without weights every request is `plain`. */
  faultRates: FaultRates = {};
  /** Overrides `faultRates` for a request. */
  choose: ((purpose: Purpose, url: string) => Situation | undefined) | undefined;
  /** Receives a line about each request and its response. */
  trace: ((line: string) => void) | undefined;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #ledger: Ledger;
  readonly #clouds: readonly Cloud[];

  constructor(time: VirtualTime, random: Random, ledger: Ledger, clouds: readonly Cloud[]) {
    this.#time = time;
    this.#random = random;
    this.#ledger = ledger;
    this.#clouds = clouds;
  }

  /** The `fetch` of one process. */
  fetchOf(process: Process): (url: string, init: RequestInit) => Promise<Response> {
    return async (url, init) => {
      if (process.isDead) return await never;
      init.signal?.throwIfAborted();
      const sent = this.#record(process, url, init);
      sent.call?.onEvent();
      try {
        const response = await this.#untilAborted(init.signal, this.#carry(sent, url, init));
        sent.status = response.status;
        this.#traceEnd(sent, String(response.status));
        return process.isDead ? await never : response;
      } catch (error) {
        this.#traceEnd(sent, String(error));
        if (process.isDead) return await never;
        throw error;
      } finally {
        sent.endedAt = this.#time.now;
        if (!process.isDead) sent.call?.onEvent();
      }
    };
  }

  #traceEnd(sent: Sent, end: string): void {
    this.trace?.(`request ${sent.id} of process ${sent.process.id}: ${sent.operation} [${sent.situation}] ${end}`);
  }

  #record(process: Process, url: string, init: RequestInit): Sent {
    const cloud = this.#cloudOf(url);
    const method = (init.method ?? "GET").toUpperCase();
    const { pathname } = new URL(url);
    const purpose = purposeOf(method, pathname);
    const call = currentCall.getStore();
    const sent: Sent = {
      id: this.sent.length,
      process,
      call,
      vendor: cloud.vendor,
      purpose,
      operation: operationOf(cloud.vendor, method, pathname),
      url,
      body: typeof init.body === "string" ? init.body : "",
      idempotencyKey: new Headers(init.headers).get("idempotency-key"),
      sentAt: this.#time.now,
      situation: this.choose?.(purpose, url) ?? this.#random.weighted<Situation>({ plain: 1e-9, ...this.faultRates }),
      status: null,
      endedAt: null,
      isSuccess: false,
      pausedUntil: null,
    };
    this.sent.push(sent);
    call?.requests.push(sent);
    return sent;
  }

  #cloudOf(url: string): Cloud {
    const cloud = this.#clouds.find(({ origin }) => url.startsWith(origin));
    if (!cloud) throw new Error(`No vendor has the URL ${url}`);
    return cloud;
  }

  /** Delivers the request to the vendor, which processes it even if the client disconnects. */
  async #respond(sent: Sent, url: string, init: RequestInit): Promise<VendorResponse> {
    this.#ledger.request = sent.id;
    const response = this.#cloudOf(url).respond(toVendorRequest(url, init));
    this.#ledger.request = null;
    return await response;
  }

  async #untilAborted<T>(signal: AbortSignal | null | undefined, work: Promise<T>): Promise<T> {
    if (!signal) return await work;
    return await new Promise<T>((resolve, reject) => {
      const abort = () => reject(signal.reason);
      signal.addEventListener("abort", abort);
      const end = () => signal.removeEventListener("abort", abort);
      work.then(
        (value) => {
          end();
          resolve(value);
        },
        (error: unknown) => {
          end();
          reject(error);
        },
      );
    });
  }

  async #carry(sent: Sent, url: string, init: RequestInit): Promise<Response> {
    const time = this.#time;
    const random = this.#random;
    const pass = async () => {
      await time.sleep(random.between(2, 40));
      return await this.#respond(sent, url, init);
    };
    /** The vendor receives the request while the connection is open, and completes it after the connection is gone. */
    const deliverDetached = async (openMs: number) => {
      await time.sleep(random.between(2, openMs), init.signal);
      await this.#respond(sent, url, init);
    };
    const respond = (response: VendorResponse, body?: BodyInit) => {
      sent.isSuccess = response.status < 300 && body === undefined && !isRejected(response);
      return toResponse(response, body);
    };
    switch (sent.situation) {
      case "plain":
        return respond(await pass());
      case "slow response": {
        const response = await pass();
        await time.sleep(random.between(1_000, 40_000));
        return respond(response);
      }
      case "late body": {
        const response = await pass();
        if (response.text === "") return respond(response);
        sent.isSuccess = response.status < 300 && !isRejected(response);
        return toResponse(response, this.#lateBody(init.signal, response.text, random.between(1_000, 40_000)));
      }
      case "refused":
        await time.sleep(random.between(0, 20));
        throw random.pick(unsentFailures)();
      case "reset before":
        await time.sleep(random.between(0, 5_000));
        throw random.pick(resets)();
      case "reset after": {
        const openMs = random.between(5, 5_000);
        void deliverDetached(openMs);
        await time.sleep(openMs);
        throw random.pick(resets)();
      }
      case "lost":
        void deliverDetached(55_000);
        await time.sleep(300_000);
        throw failed(failure("UND_ERR_HEADERS_TIMEOUT", "Headers Timeout Error"));
      case "transport timeout": {
        const openMs = random.between(5_000, 50_000);
        void deliverDetached(openMs);
        await time.sleep(openMs);
        throw random.pick(transportTimeouts)();
      }
      case "body lost": {
        const response = await pass();
        if (response.text === "") return respond(response);
        return respond(
          response,
          this.#lateBody(init.signal, response.text, 300_000, failed(failure("UND_ERR_BODY_TIMEOUT", "Body Timeout Error"))),
        );
      }
      case "html 200":
        await pass();
        return respond(html(200, "Sign in"), html(200, "Sign in").text);
      case "html 502":
        if (random.chance(0.5)) void deliverDetached(5);
        await time.sleep(random.between(5, 1_000));
        return respond(html(502, "Bad gateway"));
      case "cut json": {
        const response = await pass();
        return response.text === ""
          ? respond(response)
          : respond(response, response.text.slice(0, Math.floor(response.text.length * random.next())));
      }
      case "broken body": {
        const response = await pass();
        if (response.text === "") return respond(response);
        return respond(
          response,
          this.#lateBody(
            init.signal,
            response.text,
            50,
            new TypeError("terminated", { cause: failure("UND_ERR_SOCKET", "other side closed") }),
          ),
        );
      }
      case "404 of a proxy":
        await time.sleep(random.between(5, 100));
        return respond(
          random.chance(0.5)
            ? html(404, "Not found")
            : { status: 404, headers: { "content-type": "application/json" }, text: '{"message":"no Route matched"}' },
        );
      case "429": {
        await time.sleep(random.between(5, 100));
        const seconds = random.pick([0, 1, 5, 30, 60, 120]);
        // A client that aborted the request does not see the `Retry-After` header.
        if (seconds > 0 && !init.signal?.aborted) sent.pausedUntil = time.now + seconds * 1_000;
        const headers = { "content-type": "application/json", ...(seconds > 0 ? { "retry-after": String(seconds) } : {}) };
        return respond({ status: 429, headers, text: '{"message":"slow down"}' });
      }
      case "500":
        await time.sleep(random.between(5, 500));
        return respond({
          status: random.pick([500, 503]),
          headers: { "content-type": "application/json" },
          text: '{"message":"internal error"}',
        });
      case "500 after effect":
        void deliverDetached(5);
        await time.sleep(random.between(5, 500));
        return respond({ status: 500, headers: { "content-type": "application/json" }, text: '{"message":"internal error"}' });
      case "504": {
        const openMs = random.between(20_000, 55_000);
        void deliverDetached(openMs);
        await time.sleep(openMs);
        return respond(html(504, "Gateway time-out"));
      }
    }
  }

  #lateBody(signal: AbortSignal | null | undefined, text: string, ms: number, error?: Error): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const abort = () => {
          cancel();
          controller.error(signal?.reason);
        };
        const cancel = this.#time.at(this.#time.now + ms, () => {
          signal?.removeEventListener("abort", abort);
          if (error) return controller.error(error);
          controller.enqueue(new TextEncoder().encode(text));
          controller.close();
        });
        signal?.addEventListener("abort", abort);
      },
    });
  }
}
