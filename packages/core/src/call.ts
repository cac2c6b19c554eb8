import type { KeySource } from "./api-key.js";
import type { WireRequest } from "./attempt.js";
import { isRepeatable, type OperationContract, type VendorContract } from "./contract.js";
import { ConfigurationError, GpuError, type GpuErrorInit, type SideEffect, setCause } from "./error.js";
import type { EventReader } from "./events.js";
import { isTransient } from "./failure.js";
import { parseIfJson } from "./json.js";
import type { CallOptions, ClientOptions, Clock } from "./options.js";
import type { Pauses } from "./pauses.js";
import { createRedactor, type Redactor, type SecretIndex } from "./redact.js";
import { readWait } from "./retry.js";
import { elapsedOf } from "./timers.js";

/** State shared by all calls of a client. */
export interface Client {
  readonly contract: VendorContract;
  readonly options: ClientOptions;
  readonly keys: KeySource;
  /** The header of the API key, in lower case. */
  readonly keyHeader: string;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly pauses: Pauses;
  readonly secrets: SecretIndex;
  /** Reads the events of a response. Passed by clients that need it, so that others do not contain it. */
  readonly events?: EventReader | undefined;
}

/** Fraction at the end of an idempotency key's window in which no attempt starts. */
const marginOfWindow = 0.1;

/** State of one call of an operation, in addition to that of its client. Only the functions in this file change it. */
export interface Call extends Client {
  readonly name: string;
  readonly operation: OperationContract;
  readonly callOptions: CallOptions;
  /** The `callId` of hook events. */
  readonly id: string;
  request: WireRequest;
  /** Request bodies to redact by: the one that is sent, and the one before middleware changed it. */
  readonly bodies: unknown[];
  /** The caller passed the idempotency key and can pass it again. */
  isKeyGiven?: boolean;
  attempts: number;
  /** The worst that any attempt may have left behind. */
  sideEffect: SideEffect;
  /** Until when the idempotency key may be used, on the scale of `elapsedOf`. Set by the first attempt. */
  keyUntil?: number;
  redactor?: Redactor | undefined;
}

export function createCall(client: Client, name: string, operation: OperationContract, callOptions: CallOptions): Call {
  const { method, path: url } = operation;
  const request = { url, method, headers: {}, body: undefined };
  const id = client.options.hooks ? crypto.randomUUID() : "";
  return { ...client, name, operation, callOptions, id, request, bodies: [], attempts: 0, sideEffect: "none" };
}

/** Sets the request: first as the caller made it, then as middleware changed it. */
export function setRequest(call: Call, request: WireRequest): void {
  call.request = request;
  call.bodies.push(request.body);
  call.redactor = undefined;
  // A key set by middleware changes on every call.
  call.isKeyGiven ??= idempotencyKeyOf(call) !== undefined;
}

/** The idempotency key of a call, from its options or a header. */
export function idempotencyKeyOf({ operation, callOptions, request }: Call): string | undefined {
  const header = operation.idempotencyKey?.header.toLowerCase();
  return header && (callOptions.idempotencyKey ?? request.headers[header]);
}

/** Puts the API key into the request. */
export function authorize(call: Call, key: string): void {
  call.request.headers[call.keyHeader] = call.contract.auth.prefix + key;
  call.redactor = undefined;
}

/** Counts a new attempt. The first one starts the window of the idempotency key. */
export function beginAttempt(call: Call, timeoutMs: number): void {
  call.attempts += 1;
  if (!call.operation.idempotencyKey) return;
  const windowMs = call.operation.idempotencyKey.windowSeconds * 1_000;
  // Clocks differ, and an attempt must also arrive within the window.
  call.keyUntil ??= elapsedOf(call.clock) + windowMs - Math.max(windowMs * marginOfWindow, timeoutMs);
}

/** Whether a call can be sent again in `delayMs` milliseconds without a double effect. */
export function mayBeSentAgain({ operation, clock, keyUntil = 0 }: Call, delayMs = 0): boolean {
  return isRepeatable(operation) || elapsedOf(clock) + delayMs < keyUntil;
}

/** The redactor of a call. Created on first use, because a successful call without hooks needs none. */
export function redactorOf(call: Call): Redactor {
  call.redactor ??= createClientRedactor(call, call.request.headers, call.bodies);
  return call.redactor;
}

/** A redactor that knows the client's keys, also in their header. `bodies` are JSON. */
export function createClientRedactor(
  { contract, keys, secrets }: Client,
  headers: Readonly<Record<string, string>>,
  bodies: readonly unknown[],
): Redactor {
  const known = [...keys.known()].flatMap((key) => [key, contract.auth.prefix + key]);
  return createRedactor(contract.secrets, known, headers, new Set(bodies.map(parseIfJson)), secrets);
}

/** The fields that differ between errors of a call. Vendor text in `reason` is already redacted. */
export type Failure = Partial<GpuErrorInit> & Pick<GpuErrorInit, "code"> & { reason: string };

const severity: Readonly<Record<SideEffect, number>> = { none: 0, possible: 1, committed: 2 };

/** Creates the error of a failed attempt and records its side effect on the call. */
export function callError(call: Call, { reason, cause, sideEffect = "none", ...parts }: Failure, response?: Response): GpuError {
  const { name, operation, contract, clock } = call;
  const redactor = redactorOf(call);
  const { vendor } = contract;
  const { method, path, paid } = operation;
  if (severity[sideEffect] > severity[call.sideEffect]) call.sideEffect = sideEffect;
  const isHarmless = call.sideEffect === "none";
  const advice = paid && !isHarmless ? ". It may have taken effect and cost money: check before you call again." : "";
  // A later call without the same key would create a second resource.
  const isRepeatableByCaller = isHarmless || isRepeatable(operation) || (call.isKeyGiven && mayBeSentAgain(call));
  const error = new GpuError({
    retryAfterMs: response && readWait(response, clock.now()),
    ...parts,
    message: `${vendor} ${redactor.text(`${name} (${method} ${path})`)}: ${reason}${advice}`,
    vendor,
    operation: redactor.text(name),
    method,
    path: redactor.text(path),
    status: response?.status || undefined,
    retryable: isRepeatableByCaller && isTransient(parts.code, response?.status),
    sideEffect: call.sideEffect,
    headers: response && redactor.headers(response.headers),
    attempts: call.attempts,
  });
  if (cause !== undefined) setCause(error, () => redactor.cause(cause));
  return error;
}

/** The error of invalid options or data, found before anything was sent. */
export function configurationError(call: Call, problem: unknown): GpuError {
  const isOurs = problem instanceof ConfigurationError;
  return callError(call, {
    code: "configuration",
    reason: isOurs ? problem.message : "the request cannot be built",
    cause: isOurs ? problem.cause : problem,
  });
}
