import { realTime, type VirtualClock } from "./clock.js";
import { instanceIdOf, toJson, withoutFields, withStatus, withWrongTypes } from "./distortion.js";
import type { FaultKind, Faults, FetchTimeout } from "./faults.js";
import { ConnectionLost, connectionReset, timedOut, unreachable } from "./fetch-errors.js";
import type { VendorName } from "./generated/vendor-names.js";
import { createLateWork } from "./late-work.js";
import type { Ledger } from "./ledger.js";
import { Invalid } from "./validation.js";
import {
  ApiError,
  type ApiRequest,
  type ApiResponse,
  type ErrorResponses,
  type Fields,
  type OperationRoute,
  type VendorDefinition,
  type VendorServer,
  type VendorSettings,
} from "./vendor.js";

/** A received request, without its key and body. */
export interface RequestRecord {
  /** Counted from 1 over all vendors. */
  number: number;
  vendor: VendorName;
  /** Null when the vendor has no such operation. */
  operation: string | null;
  method: string;
  /** Relative to the base URL, without the query. */
  path: string;
  /** ISO 8601, by the virtual clock. */
  at: string;
  /** Null until there is a response; stays null when the response was lost. */
  status: number | null;
  /** The kinds of the faults that affected it. */
  faults: string[];
  idempotencyKey: string | null;
}

/** A request as it arrives. */
export interface IncomingRequest {
  method: string;
  /** Relative to the base URL, percent-encoded. */
  path: string;
  /** The path is outside of the base URL, and begins at the root of the host. */
  atRoot: boolean;
  query: URLSearchParams;
  headers: Headers;
  /** The body; empty when there is none. */
  text: string;
  signal: AbortSignal | undefined;
}

/** A response as it is sent. */
export interface OutgoingResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  text: string;
  /** The error that ends an incomplete body after `text`. */
  bodyFailure?: unknown;
}

/** Passes a vendor's requests to its handlers and applies faults. Rejects with `ConnectionLost` when there is no response. */
export interface Router {
  (request: IncomingRequest): Promise<OutgoingResponse>;
  /** Applies everything that the vendor does by itself until now. */
  settle(): void;
}

/** Options of `createRouter`. */
export interface RouterOptions {
  definition: VendorDefinition;
  server: VendorServer<string>;
  settings: VendorSettings;
  clock: VirtualClock;
  faults: Faults;
  ledger: Ledger;
  /** Every request is added here. */
  log: RequestRecord[];
}

/** A request with its route. */
interface Routed {
  readonly operation: string;
  readonly route: OperationRoute;
  readonly path: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly incoming: IncomingRequest;
  readonly record: RequestRecord;
}

export function createRouter(options: RouterOptions): Router {
  const { definition, server, settings, clock, faults, ledger, log } = options;
  const { vendor, errorResponses } = definition;
  const routes = compile(definition.operations);
  /** The responses to requests with an idempotency key. */
  const replays = new Map<string, { at: number; response: ApiResponse | Promise<ApiResponse> }>();
  const lateWork = createLateWork();
  /** The time of the vendor's clock. */
  const vendorNow = () => clock.now() + settings.clockOffMs;

  function strike<K extends FaultKind["kind"]>({ operation, record }: Routed, ...of: readonly K[]) {
    const fault = faults.strike(vendor, operation, of);
    if (fault) record.faults.push(fault.kind);
    return fault;
  }

  /** The error that a fault sends instead of processing the request. */
  function errorOfFault(request: Routed): ApiResponse | undefined {
    const { route, path, body, incoming } = request;
    if (route.laterPage?.(incoming.query) && strike(request, "page_2_fails")) return errorResponses.internalError();
    if (route.instanceId) {
      const id = route.instanceId({ path, query: incoming.query, body });
      const young = strike(request, "not_found_yet");
      if (young && ageOf(String(id)) < (young.ms ?? 5_000)) return errorResponses.notFound();
    }
    const fault = route.public ? strike(request, ...errorKinds) : strike(request, ...errorKinds, ...keyKinds);
    switch (fault?.kind) {
      case undefined:
        return undefined;
      case "reset_before":
        throw connectionReset();
      case "rate_limited":
        return withRetryAfter(errorResponses.rateLimited(), fault.retryAfterSeconds);
      case "error_before_commit":
        return errorResponses.internalError();
      case "no_capacity":
        return soldOut(errorResponses, body, fault);
      case "insufficient_funds":
        return errorResponses.insufficientFunds();
      case "expired_key":
        return errorResponses.expiredKey();
      case "unauthorized":
        return errorResponses.unauthorized();
      case "forbidden":
        return errorResponses.forbidden();
    }
  }

  /** The age of a machine in milliseconds; Infinity for an unknown id. */
  function ageOf(id: string | undefined): number {
    const now = clock.now();
    const found = ledger.entries(now).find((entry) => entry.vendor === vendor && entry.id === id);
    return found ? now - Date.parse(found.createdAt) : Number.POSITIVE_INFINITY;
  }

  function handle(request: ApiRequest): ApiResponse | Promise<ApiResponse> {
    server.settle?.();
    const handler = server.handlers[request.reference.operation];
    if (!handler) throw new Error(`${vendor} has no handler for ${request.reference.operation}`);
    return handler(request);
  }

  async function orErrorResponse<T>(work: () => T | Promise<T>): Promise<T | ApiResponse> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ApiError) return error.response;
      if (error instanceof Invalid) return errorResponses.invalidRequest(error.message);
      throw error;
    }
  }

  /** A successful response with the changes that faults make. */
  function distorted(response: ApiResponse, request: Routed): ApiResponse {
    const { route, incoming } = request;
    let { body } = response;
    const status = strike(request, "unknown_status");
    if (status) body = withStatus(body, status.status ?? "HIBERNATING");
    const types = strike(request, "wrong_type");
    if (types) body = withWrongTypes(body, types.field);
    const missing = strike(request, "missing_field");
    if (missing) body = withoutFields(body, [missing.field], missing.as ?? "missing");
    for (const [kind, fields] of [["mark_hidden", route.markFields] as const, ["price_hidden", route.priceFields] as const]) {
      const hidden = fields && strike(request, kind);
      if (hidden) body = withoutFields(body, fields, hidden.as ?? "missing", isYounger(hidden.ms));
    }
    const cut = route.pages && strike(request, "cut_page");
    if (cut && route.pages) {
      const distort = route.pages.cut[cut.sign ?? Object.keys(route.pages.cut)[0] ?? ""];
      body = distort?.(asFields(body), incoming.query) ?? body;
    }
    const endless = route.pages?.endless && strike(request, "endless_pages") && route.pages.endless;
    if (endless) body = endless(asFields(body), incoming.query);
    return { ...response, body };
  }

  function isYounger(ms = Number.POSITIVE_INFINITY) {
    return (fields: Fields) => {
      const id = instanceIdOf(fields);
      return ms === Number.POSITIVE_INFINITY || id === undefined || ageOf(id) < ms;
    };
  }

  /** The handler's request, with the faults that change what the operation does. */
  function toApiRequest(request: Routed): ApiRequest {
    const { operation, route, path, incoming, record } = request;
    const at = vendorNow();
    const lag = route.listsInstances ? strike(request, "list_lag") : undefined;
    const boot = route.boots ? strike(request, "stuck", "boot_fails") : undefined;
    const preempted = route.rentsSpot?.(asFields(request.body)) ? strike(request, "preempted") : undefined;
    const other = route.otherMachines && strike(request, "other_machine");
    const ignored = route.pages?.parameter !== undefined && strike(request, "page_ignored");
    const query = new URLSearchParams(incoming.query);
    if (ignored && route.pages?.parameter) query.delete(route.pages.parameter);
    return {
      reference: { number: record.number, operation },
      at,
      path,
      query,
      headers: incoming.headers,
      body: (other && route.otherMachines?.[other.what ?? "gpu"]?.(asFields(request.body))) ?? request.body,
      listAt: at - Math.max(settings.settleMs, lag ? (lag.ms ?? 30_000) : 0),
      bootOutcome: boot ? ({ stuck: "stuck", boot_fails: "fails" } as const)[boot.kind] : "ready",
      preemptedAfterMs: preempted ? (preempted.ms ?? 600_000) : Number.POSITIVE_INFINITY,
      wantsBigId: route.numbersMachines === true && strike(request, "big_id") !== undefined,
    };
  }

  async function respond(incoming: IncomingRequest, record: RequestRecord, pause: Pause): Promise<OutgoingResponse> {
    const found = find(routes, incoming);
    if (!found) return outgoing(errorResponses.unknownPath?.(incoming.method, incoming.path) ?? errorResponses.notFound());
    const body = parse(incoming.text);
    const request: Routed = { ...found, body: body.value, incoming, record };
    record.operation = found.operation;
    const lost = strike(request, "unreachable");
    if (lost) throw unreachable(lost.error ?? "no_route");
    const late = strike(request, "slow_start");
    if (late) await pause(late.ms ?? 30_000);

    const error = errorOfFault(request);
    if (error) return outgoing(error);
    if (body.broken) return outgoing(errorResponses.invalidRequest("the body is not JSON"));
    const unauthorized = found.route.public ? undefined : await orErrorResponse(() => server.authorize(incoming));
    if (unauthorized) return outgoing(unauthorized);

    const replay = definition.replay?.operation === found.operation ? definition.replay : undefined;
    const key = replay ? incoming.headers.get(replay.header) : null;
    record.idempotencyKey = key;
    const timeout = strike(request, "fetch_timeout");
    if (timeout && timeout.effect !== undefined && timeout.effect !== "done") {
      if (timeout.effect === "late") workLater(toApiRequest(request), key, (timeout.ms ?? 30_000) + (timeout.lateMs ?? 30_000));
      await pause(timeout.ms ?? 30_000);
      return giveUp(timeout.error, undefined);
    }

    const before = key === null ? undefined : replays.get(key);
    let result: ApiResponse;
    if (replay && before && vendorNow() - before.at < replay.windowMs) {
      result = await before.response;
    } else {
      const api = toApiRequest(request);
      const response = orErrorResponse(() => handle(api)).then((made) => (made.status < 300 ? distorted(made, request) : made));
      // Stored at once: the same key may arrive again before there is a response.
      if (key !== null) replays.set(key, { at: api.at, response });
      result = await response;
    }
    if (timeout) {
      await pause(timeout.ms ?? 30_000);
      return giveUp(timeout.error, outgoing(result));
    }
    return result.status < 300 ? delivered(result, request, key, pause) : outgoing(result);
  }

  /** Sends a successful response, or what a fault leaves of it. */
  async function delivered(result: ApiResponse, request: Routed, key: string | null, pause: Pause): Promise<OutgoingResponse> {
    const fault = strike(request, ...outcomeKinds);
    const whole = outgoing(result);
    switch (fault?.kind) {
      case undefined:
        return whole;
      case "response_lost":
        throw connectionReset();
      case "error_after_commit":
        if (fault.replayed && key !== null) replays.set(key, { at: vendorNow(), response: errorResponses.internalError() });
        return outgoing(errorResponses.internalError());
      case "unreadable_response":
        if (fault.form === "html") return { ...whole, headers: { "content-type": "text/html; charset=utf-8" }, text: htmlPage };
        return { ...whole, text: whole.text.slice(0, Math.floor(whole.text.length / 2)) };
      case "empty_response":
        return { status: fault.status ?? 204, headers: {}, text: "" };
      case "content_type":
        return { ...whole, headers: { ...whole.headers, "content-type": fault.value ?? "text/plain" } };
      case "slow":
        await pause(fault.ms ?? 600_000);
        return whole;
    }
  }

  /** Runs the operation `ms` from now, without a response. */
  function workLater(request: ApiRequest, key: string | null, ms: number): void {
    const at = request.at + ms;
    lateWork.add(clock.now() + ms, () => {
      const response = orErrorResponse(() => handle({ ...request, at }));
      if (key !== null) replays.set(key, { at, response });
    });
  }

  /** Ends a request with a timeout error. `whole`: the response of which a part has arrived. */
  function giveUp(error: FetchTimeout | undefined, whole: OutgoingResponse | undefined): OutgoingResponse {
    const rejection = timedOut(error ?? "headers");
    if (error !== "body") throw new ConnectionLost(rejection);
    const begun = whole ?? { status: 200, headers: { "content-type": "application/json" }, text: "" };
    return { ...begun, text: begun.text.slice(0, 1), bodyFailure: rejection };
  }

  async function route(incoming: IncomingRequest): Promise<OutgoingResponse> {
    const record: RequestRecord = {
      number: log.length + 1,
      vendor,
      operation: null,
      method: incoming.method,
      path: incoming.path,
      at: new Date(clock.now()).toISOString(),
      status: null,
      faults: [],
      idempotencyKey: null,
    };
    log.push(record);
    let release = clock.hold();
    // The clock must not be held while a slow response waits for it.
    const pause: Pause = async (ms) => {
      const end = clock.now() + ms;
      while (clock.now() < end) {
        const step = clock.sleep(Math.min(end - clock.now(), longestStepMs), incoming.signal);
        release();
        await step;
        release = clock.hold();
        await realTime(pollMs);
        incoming.signal?.throwIfAborted();
      }
      lateWork.settle(clock.now());
    };
    try {
      lateWork.settle(clock.now());
      const sent = await respond(incoming, record, pause);
      record.status = sent.status;
      return { ...sent, headers: { date: new Date(vendorNow()).toUTCString(), ...sent.headers } };
    } finally {
      release();
    }
  }

  function settle(): void {
    lateWork.settle(clock.now());
    server.settle?.();
  }

  return Object.assign(route, { settle });
}

type Pause = (ms: number) => Promise<void>;

/**
 * The typed clients do not sleep on the clock for their timeouts: they poll it every 5 real milliseconds. So a slow response waits
 * in steps and lets them poll after each: a timeout fires at most one step late.
 */
const longestStepMs = 5_000;
const pollMs = 8;

/** The page of a proxy or gateway that cannot reach the vendor. */
const htmlPage = "<!DOCTYPE html><html><head><title>Please wait</title></head><body>We will be back soon.</body></html>";

const errorKinds = ["reset_before", "rate_limited", "error_before_commit", "no_capacity", "insufficient_funds"] as const;
/** Only for operations that need a key. */
const keyKinds = ["expired_key", "unauthorized", "forbidden"] as const;
const outcomeKinds = [
  "response_lost",
  "error_after_commit",
  "unreadable_response",
  "empty_response",
  "content_type",
  "slow",
] as const;

interface CompiledRoute {
  operation: string;
  route: OperationRoute;
  segments: string[];
}

/** Sorts literal paths before paths with parameters: `/instances/types` is not an instance. */
function compile(operations: Readonly<Record<string, OperationRoute>>): CompiledRoute[] {
  const parameters = (route: CompiledRoute) => route.segments.filter((segment) => segment.startsWith("{")).length;
  return Object.entries(operations)
    .map(([operation, route]) => ({ operation, route, segments: route.path.split("/") }))
    .sort((one, other) => parameters(one) - parameters(other));
}

function find(routes: readonly CompiledRoute[], { method, path, atRoot }: IncomingRequest) {
  const given = path.split("/");
  for (const { operation, route, segments } of routes) {
    if (route.method !== method || (route.atRoot ?? false) !== atRoot || segments.length !== given.length) continue;
    const values: Record<string, string> = {};
    const matches = segments.every((segment, index) => {
      const value = given[index] ?? "";
      if (!segment.startsWith("{")) return segment === value;
      values[segment.slice(1, -1)] = decodeURIComponent(value);
      return value !== "";
    });
    if (matches) return { operation, route, path: values };
  }
  return undefined;
}

function parse(text: string): { value: unknown; broken: boolean } {
  if (text === "") return { value: undefined, broken: false };
  try {
    return { value: JSON.parse(text), broken: false };
  } catch {
    return { value: undefined, broken: true };
  }
}

function outgoing({ status, headers, body, text: plain }: ApiResponse): OutgoingResponse {
  if (plain !== undefined) return { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, text: plain };
  const text = body === undefined ? "" : toJson(body);
  const type: Record<string, string> = text === "" ? {} : { "content-type": "application/json" };
  return { status, headers: { ...type, ...headers }, text };
}

function withRetryAfter(response: ApiResponse, seconds: number | null | undefined): ApiResponse {
  return seconds === null ? response : { ...response, headers: { ...response.headers, "retry-after": String(seconds ?? 1) } };
}

/** The vendor's error for out of stock, with the given status and message if any. */
function soldOut(
  errorResponses: ErrorResponses,
  body: unknown,
  { status, message }: { status?: number | undefined; message?: string | undefined },
) {
  const usual = errorResponses.noCapacity(body);
  if (message === undefined) return status === undefined ? usual : { ...usual, status };
  const given = status ?? usual.status;
  return errorResponses.failure?.(given, message) ?? { status: given, body: { message } };
}

function asFields(body: unknown): Fields {
  return typeof body === "object" && body !== null ? (body as Fields) : {};
}
