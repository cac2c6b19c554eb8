import { realTime, type VirtualClock } from "./clock.js";
import { withStatus, withWrongTypes } from "./distortion.js";
import type { Faults } from "./faults.js";
import { Invalid } from "./validation.js";
import {
  type Answer,
  type ApiRequest,
  type OperationRoute,
  Refusal,
  type VendorDefinition,
  type VendorName,
  type VendorServer,
  type VendorSettings,
} from "./vendor.js";

/** A request that the simulator got. Holds no key and no body. */
export interface RequestRecord {
  /** Counted from 1 over all vendors. */
  number: number;
  vendor: VendorName;
  /** Null when the vendor has no such operation. */
  operation: string | null;
  method: string;
  /** Below the base URL, without the query. */
  path: string;
  /** ISO 8601, by the virtual clock. */
  at: string;
  /** Null while there is no answer, and for ever when it was lost. */
  status: number | null;
  /** The faults that struck it. */
  faults: string[];
  idempotencyKey: string | null;
}

/** A request on its way in. */
export interface IncomingRequest {
  method: string;
  /** Below the base URL, percent-encoded. */
  path: string;
  query: URLSearchParams;
  headers: Headers;
  /** Empty when there is none. */
  text: string;
  signal: AbortSignal | undefined;
}

/** An answer on its way out. */
export interface OutgoingAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  text: string;
}

/** The connection ended before an answer. */
export class ConnectionReset extends Error {
  override name = "ConnectionReset";
  readonly code = "ECONNRESET";
  constructor() {
    super("read ECONNRESET");
  }
}

/** Leads a vendor's requests to its handlers, through the faults. */
export type Router = (request: IncomingRequest) => Promise<OutgoingAnswer>;

/** What a router stands on. */
export interface RouterOptions {
  definition: VendorDefinition;
  server: VendorServer<string>;
  settings: VendorSettings;
  clock: VirtualClock;
  faults: Faults;
  /** Every request is written here. */
  log: RequestRecord[];
}

/** Makes the router of a vendor. */
export function createRouter(options: RouterOptions): Router {
  const { definition, server, settings, clock, faults, log } = options;
  const { vendor, refusals } = definition;
  const routes = compile(definition.operations);
  const kept = new Map<string, { at: number; answer: Answer | Promise<Answer> }>();

  /** What happens instead of the operation, when a fault says so. */
  function refuseByFault(operation: string, route: OperationRoute, query: URLSearchParams, body: unknown, record: RequestRecord) {
    if (route.laterPage?.(query) && faults.strike(vendor, operation, ["page_2_fails"])) {
      record.faults.push("page_2_fails");
      return refusals.internalError();
    }
    const fault = faults.strike(vendor, operation, route.public ? refusalKinds : [...refusalKinds, ...keyKinds]);
    if (!fault) return undefined;
    record.faults.push(fault.kind);
    switch (fault.kind) {
      case "reset_before":
        throw new ConnectionReset();
      case "rate_limited":
        return withRetryAfter(refusals.rateLimited(), fault.retryAfterSeconds);
      case "error_before_commit":
        return refusals.internalError();
      case "no_capacity":
        return refusals.noCapacity(body);
      case "insufficient_funds":
        return refusals.insufficientFunds();
      case "expired_key":
        return refusals.expiredKey();
      case "unauthorized":
        return refusals.unauthorized();
      case "forbidden":
        return refusals.forbidden();
    }
  }

  async function operate(request: ApiRequest): Promise<Answer> {
    server.settle?.();
    const handler = server.handlers[request.reference.operation];
    if (!handler) throw new Error(`${vendor} has no handler for ${request.reference.operation}`);
    return orRefusal(() => handler(request));
  }

  async function orRefusal<T>(work: () => T | Promise<T>): Promise<T | Answer> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      if (error instanceof Invalid) return refusals.invalidRequest(error.message);
      throw error;
    }
  }

  function distorted(answer: Answer, operation: string, record: RequestRecord): Answer {
    let { body } = answer;
    const status = faults.strike(vendor, operation, ["unknown_status"]);
    if (status) body = withStatus(body, status.status ?? "HIBERNATING");
    const types = faults.strike(vendor, operation, ["wrong_type"]);
    if (types) body = withWrongTypes(body, types.field);
    for (const fault of [status, types]) if (fault) record.faults.push(fault.kind);
    return { ...answer, body };
  }

  /** The effects of faults on what the operation does, not on whether it does it. */
  function effects(operation: string, route: OperationRoute, at: number, record: RequestRecord) {
    const lag = route.listsInstances ? faults.strike(vendor, operation, ["list_lag"]) : undefined;
    const boot = route.boots ? faults.strike(vendor, operation, ["stuck", "boot_fails"]) : undefined;
    for (const fault of [lag, boot]) if (fault) record.faults.push(fault.kind);
    return {
      listAt: at - Math.max(settings.listLagMs, lag ? (lag.ms ?? 30_000) : 0),
      bootOutcome: boot ? ({ stuck: "stuck", boot_fails: "fails" } as const)[boot.kind] : ("ready" as const),
    };
  }

  async function answer(incoming: IncomingRequest, record: RequestRecord, pause: Pause): Promise<OutgoingAnswer> {
    const found = find(routes, incoming.method, incoming.path);
    if (!found) return outgoing(refusals.notFound());
    const { operation, route, path } = found;
    record.operation = operation;
    const at = clock.now();
    const body = parse(incoming.text);
    const refusal = refuseByFault(operation, route, incoming.query, body.value, record);
    if (refusal) return outgoing(refusal);
    if (body.broken) return outgoing(refusals.invalidRequest("the body is not JSON"));

    const unauthorized = route.public ? undefined : await orRefusal(() => server.authorize(incoming));
    if (unauthorized) return outgoing(unauthorized);

    const replay = definition.replay?.operation === operation ? definition.replay : undefined;
    const key = replay ? incoming.headers.get(replay.header) : null;
    record.idempotencyKey = key;
    const before = key === null ? undefined : kept.get(key);
    let result: Answer;
    if (replay && before && at - before.at < replay.windowMs) {
      result = await before.answer;
    } else {
      const request: ApiRequest = {
        reference: { number: record.number, operation },
        at,
        path,
        query: incoming.query,
        headers: incoming.headers,
        body: body.value,
        ...effects(operation, route, at, record),
      };
      const answered = operate(request).then((made) => (made.status < 300 ? distorted(made, operation, record) : made));
      // Known from now on: the same key may come again before the answer is there.
      if (key !== null) kept.set(key, { at, answer: answered });
      result = await answered;
    }
    const fault = result.status < 300 ? faults.strike(vendor, operation, outcomeKinds) : undefined;
    if (!fault) return outgoing(result);
    record.faults.push(fault.kind);
    switch (fault.kind) {
      case "answer_lost":
        throw new ConnectionReset();
      case "error_after_commit":
        if (fault.replayed && key !== null) kept.set(key, { at, answer: refusals.internalError() });
        return outgoing(refusals.internalError());
      case "unreadable_answer": {
        const whole = outgoing(result);
        return { ...whole, text: whole.text.slice(0, Math.floor(whole.text.length / 2)) };
      }
      case "slow":
        await pause(fault.ms ?? 600_000);
        return outgoing(result);
    }
  }

  return async (incoming) => {
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
    // Time must be able to pass while a slow answer is on its way.
    const pause: Pause = async (ms) => {
      const end = clock.now() + ms;
      while (clock.now() < end) {
        const step = clock.sleep(Math.min(end - clock.now(), longestStepMs), incoming.signal);
        release();
        await step;
        release = clock.hold();
        await realTime(lookMs);
        incoming.signal?.throwIfAborted();
      }
    };
    try {
      const sent = await answer(incoming, record, pause);
      record.status = sent.status;
      return sent;
    } finally {
      release();
    }
  };
}

type Pause = (ms: number) => Promise<void>;

/**
 * The typed clients do not sleep on the clock for their time limits, they look at it every 5 real milliseconds. So a slow answer takes
 * its time in steps, and gives them a look after each: a limit ends at most one step late.
 */
const longestStepMs = 5_000;
const lookMs = 8;

const refusalKinds = ["reset_before", "rate_limited", "error_before_commit", "no_capacity", "insufficient_funds"] as const;
/** Only where a key is asked for. */
const keyKinds = ["expired_key", "unauthorized", "forbidden"] as const;
const outcomeKinds = ["answer_lost", "error_after_commit", "unreadable_answer", "slow"] as const;

interface CompiledRoute {
  operation: string;
  route: OperationRoute;
  segments: string[];
}

/** Literal paths before those with parameters: `/instances/types` is no instance. */
function compile(operations: Readonly<Record<string, OperationRoute>>): CompiledRoute[] {
  const parameters = (route: CompiledRoute) => route.segments.filter((segment) => segment.startsWith("{")).length;
  return Object.entries(operations)
    .map(([operation, route]) => ({ operation, route, segments: route.path.split("/") }))
    .sort((one, other) => parameters(one) - parameters(other));
}

function find(routes: readonly CompiledRoute[], method: string, path: string) {
  const given = path.split("/");
  for (const { operation, route, segments } of routes) {
    if (route.method !== method || segments.length !== given.length) continue;
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

function outgoing(answer: Answer): OutgoingAnswer {
  const text = answer.body === undefined ? "" : JSON.stringify(answer.body);
  const type: Record<string, string> = text === "" ? {} : { "content-type": "application/json" };
  return { status: answer.status, headers: { ...type, ...answer.headers }, text };
}

function withRetryAfter(answer: Answer, seconds: number | null | undefined): Answer {
  return seconds === null ? answer : { ...answer, headers: { ...answer.headers, "retry-after": String(seconds ?? 1) } };
}
