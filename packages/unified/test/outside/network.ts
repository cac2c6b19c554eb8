import { AsyncLocalStorage } from "node:async_hooks";
import { type Cloud, toResponse, toVendorRequest, type VendorResponse } from "./cloud.js";
import type { Ledger } from "./ledger.js";
import type { Random } from "./random.js";
import type { VirtualTime } from "./time.js";

/** What happens to one request on its way, or to its response. */
export type Situation =
  | "plain"
  | "slow response"
  | "late body"
  | "refused"
  | "reset before"
  | "reset after"
  | "lost"
  | "time-out of another"
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

/** What a request is for. */
export type Purpose = "create" | "delete" | "list" | "get" | "catalogue" | "keys";

/** A request as it left a client. */
export interface Sent {
  readonly id: number;
  readonly process: Process;
  readonly call: NetworkCall | undefined;
  readonly vendor: string;
  readonly purpose: Purpose;
  /** Method and path without ids: the unit that a vendor's pause is for. */
  readonly operation: string;
  readonly url: string;
  readonly body: string;
  readonly idempotencyKey: string | null;
  readonly sentAt: number;
  readonly situation: Situation;
  /** What the client was given, when it was given something. */
  status: number | null;
  /** When the client got a response or a failure. */
  endedAt: number | null;
  /** A success whose body the client could read to its end. */
  isSuccess: boolean;
  /** Until when the vendor asked for a pause. */
  pausedUntil: number | null;
}

/** A caller's program: when it is dead, it sends and hears nothing any more. */
export interface Process {
  readonly id: number;
  isDead: boolean;
}

/** What the network needs to know about a call of the API. */
export interface NetworkCall {
  readonly requests: Sent[];
  /** Called at every request and every response. */
  onEvent(): void;
}

/** Which call of the API a request belongs to. */
export const currentCall = new AsyncLocalStorage<NetworkCall>();

/** Whether the request cannot have reached anybody. */
export const isUnsent = ({ situation }: Sent): boolean => situation === "refused";

const failure = (code: string, message: string, syscall?: string) =>
  Object.assign(new Error(message), { code, ...(syscall ? { syscall } : {}) });
const failed = (cause: unknown) => new TypeError("fetch failed", { cause });

/** Failures before a connection stood, as Node reports them. */
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

/** Failures of a connection that stood: the request may have arrived. */
const resets: readonly (() => Error)[] = [
  () => failed(failure("ECONNRESET", "read ECONNRESET", "read")),
  () => failed(failure("UND_ERR_SOCKET", "other side closed")),
  () => failed(failure("EPIPE", "write EPIPE", "write")),
];

/** Time limits that are not the client's. */
export const othersTimeouts: readonly (() => Error)[] = [
  () => failed(failure("UND_ERR_HEADERS_TIMEOUT", "Headers Timeout Error")),
  () => failed(failure("ETIMEDOUT", "read ETIMEDOUT", "read")),
  () => new DOMException("The operation was aborted due to timeout", "TimeoutError"),
];

const html = (status: number, title: string): VendorResponse => ({
  status,
  headers: { "content-type": "text/html; charset=utf-8" },
  text: `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`,
});

/** Vast.ai also refuses inside a 200. */
const isRefusal = ({ text }: VendorResponse): boolean => text.startsWith('{"success":false');

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

/** How often which situation comes. */
export type Weather = Partial<Record<Situation, number>>;

/** The way between a caller's programs and the vendors. */
export class Network {
  readonly sent: Sent[] = [];
  /** Weights of the situations; `plain` when there are none. */
  weather: Weather = {};
  /** Chooses the situation of a request instead of the weather. */
  choose: ((purpose: Purpose, url: string) => Situation | undefined) | undefined;
  /** Tells what is sent and what comes of it. */
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

  /** The `fetch` of one program. */
  fetchOf(process: Process): (url: string, init: RequestInit) => Promise<Response> {
    return async (url, init) => {
      if (process.isDead) return await never;
      init.signal?.throwIfAborted();
      const sent = this.#record(process, url, init);
      sent.call?.onEvent();
      try {
        const response = await this.#untilAborted(init.signal, this.#carry(sent, url, init));
        sent.status = response.status;
        this.#tell(sent, String(response.status));
        return process.isDead ? await never : response;
      } catch (error) {
        this.#tell(sent, String(error));
        if (process.isDead) return await never;
        throw error;
      } finally {
        sent.endedAt = this.#time.now;
        if (!process.isDead) sent.call?.onEvent();
      }
    };
  }

  #tell(sent: Sent, end: string): void {
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
      situation: this.choose?.(purpose, url) ?? this.#random.weighted<Situation>({ plain: 1e-9, ...this.weather }),
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

  /** Hands the request to the vendor, which works on it whoever listens. */
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
    /** The vendor begins at some time while the connection stands, and goes on when nobody listens any more. */
    const passUnheard = async (standsMs: number) => {
      await time.sleep(random.between(2, standsMs), init.signal);
      await this.#respond(sent, url, init);
    };
    const give = (response: VendorResponse, body?: BodyInit) => {
      sent.isSuccess = response.status < 300 && body === undefined && !isRefusal(response);
      return toResponse(response, body);
    };
    switch (sent.situation) {
      case "plain":
        return give(await pass());
      case "slow response": {
        const response = await pass();
        await time.sleep(random.between(1_000, 40_000));
        return give(response);
      }
      case "late body": {
        const response = await pass();
        if (response.text === "") return give(response);
        sent.isSuccess = response.status < 300 && !isRefusal(response);
        return toResponse(response, this.#lateBody(init.signal, response.text, random.between(1_000, 40_000)));
      }
      case "refused":
        await time.sleep(random.between(0, 20));
        throw random.pick(unsentFailures)();
      case "reset before":
        await time.sleep(random.between(0, 5_000));
        throw random.pick(resets)();
      case "reset after": {
        const standsMs = random.between(5, 5_000);
        void passUnheard(standsMs);
        await time.sleep(standsMs);
        throw random.pick(resets)();
      }
      case "lost":
        void passUnheard(55_000);
        await time.sleep(300_000);
        throw failed(failure("UND_ERR_HEADERS_TIMEOUT", "Headers Timeout Error"));
      case "time-out of another": {
        const standsMs = random.between(5_000, 50_000);
        void passUnheard(standsMs);
        await time.sleep(standsMs);
        throw random.pick(othersTimeouts)();
      }
      case "body lost": {
        const response = await pass();
        if (response.text === "") return give(response);
        return give(
          response,
          this.#lateBody(init.signal, response.text, 300_000, failed(failure("UND_ERR_BODY_TIMEOUT", "Body Timeout Error"))),
        );
      }
      case "html 200":
        await pass();
        return give(html(200, "Sign in"), html(200, "Sign in").text);
      case "html 502":
        if (random.chance(0.5)) void passUnheard(5);
        await time.sleep(random.between(5, 1_000));
        return give(html(502, "Bad gateway"));
      case "cut json": {
        const response = await pass();
        return response.text === ""
          ? give(response)
          : give(response, response.text.slice(0, Math.floor(response.text.length * random.next())));
      }
      case "broken body": {
        const response = await pass();
        if (response.text === "") return give(response);
        return give(
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
        return give(
          random.chance(0.5)
            ? html(404, "Not found")
            : { status: 404, headers: { "content-type": "application/json" }, text: '{"message":"no Route matched"}' },
        );
      case "429": {
        await time.sleep(random.between(5, 100));
        const seconds = random.pick([0, 1, 5, 30, 60, 120]);
        // A caller that has ended the request does not hear of the pause.
        if (seconds > 0 && !init.signal?.aborted) sent.pausedUntil = time.now + seconds * 1_000;
        const headers = { "content-type": "application/json", ...(seconds > 0 ? { "retry-after": String(seconds) } : {}) };
        return give({ status: 429, headers, text: '{"message":"slow down"}' });
      }
      case "500":
        await time.sleep(random.between(5, 500));
        return give({
          status: random.pick([500, 503]),
          headers: { "content-type": "application/json" },
          text: '{"message":"internal error"}',
        });
      case "500 after effect":
        void passUnheard(5);
        await time.sleep(random.between(5, 500));
        return give({ status: 500, headers: { "content-type": "application/json" }, text: '{"message":"internal error"}' });
      case "504": {
        const standsMs = random.between(20_000, 55_000);
        void passUnheard(standsMs);
        await time.sleep(standsMs);
        return give(html(504, "Gateway time-out"));
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
