import type { KeySource } from "./api-key.js";
import type { WireRequest } from "./attempt.js";
import { ConfigurationError } from "./configuration-error.js";
import { isRepeatable, type OperationContract, type VendorContract } from "./contract.js";
import { GpuError, type GpuErrorInit, type SideEffect } from "./error.js";
import { isTransient } from "./failure.js";
import { parseIfJson } from "./json.js";
import type { CallOptions, ClientOptions, Clock } from "./options.js";
import type { Pauses } from "./pauses.js";
import { createRedactor, type Redactor } from "./redact.js";
import { readWait } from "./retry.js";
import { elapsedOf } from "./timers.js";

/** What all calls of a client share. */
export interface Client {
  readonly contract: VendorContract;
  readonly options: ClientOptions;
  readonly keys: KeySource;
  readonly clock: Clock;
  readonly pauses: Pauses;
}

/** The part of an idempotency key's window in which no attempt starts. */
const marginOfWindow = 0.1;

/** One call of an operation: what is sent, and what its attempts may have left behind. Only the functions of this file change it. */
export interface Call {
  readonly client: Client;
  readonly name: string;
  readonly operation: OperationContract;
  readonly options: CallOptions;
  /** Tells the hooks which events belong to one call. */
  readonly id: string;
  request: WireRequest;
  /** Bodies whose secrets are known: that of the request, also as it was before middleware encoded it. */
  readonly bodies: unknown[];
  /** The caller gave the idempotency key, and so can give it again. */
  isKeyGiven?: boolean;
  attempts: number;
  /** The worst that any attempt may have left behind. */
  sideEffect: SideEffect;
  /** Until when, on the scale of `elapsedOf`, the idempotency key may be used; absent before the first attempt, and without one. */
  keyUntil?: number;
  redactor?: Redactor | undefined;
}

export function createCall(client: Client, name: string, operation: OperationContract, options: CallOptions): Call {
  const { method, path: url } = operation;
  const request = { url, method, headers: {}, body: undefined };
  const id = client.options.hooks ? crypto.randomUUID() : "";
  return { client, name, operation, options, id, request, bodies: [], attempts: 0, sideEffect: "none" };
}

/** Sets what is sent: once as the caller asked for it, and again as middleware changed it. */
export function setRequest(call: Call, request: WireRequest): void {
  call.request = request;
  call.bodies.push(request.body);
  call.redactor = undefined;
  // A key that middleware sets is another one in the next call.
  call.isKeyGiven ??= idempotencyKeyOf(call) !== undefined;
}

/** The idempotency key of a call: its option, or a header. */
export function idempotencyKeyOf({ operation, options, request }: Call): string | undefined {
  const header = operation.idempotencyKey?.header.toLowerCase();
  return header && (options.idempotencyKey ?? request.headers[header]);
}

/** Puts the API key into the request. */
export function authorize(call: Call, key: string): void {
  const { header, prefix } = call.client.contract.auth;
  call.request.headers[header.toLowerCase()] = prefix + key;
  call.redactor = undefined;
}

/** Counts an attempt that begins. The first one opens the window of the idempotency key. */
export function beginAttempt(call: Call, timeoutMs: number): void {
  call.attempts += 1;
  if (!call.operation.idempotencyKey) return;
  const windowMs = call.operation.idempotencyKey.windowSeconds * 1_000;
  // Clocks differ, and an attempt that starts in time must also arrive in time.
  call.keyUntil ??= elapsedOf(call.client.clock) + windowMs - Math.max(windowMs * marginOfWindow, timeoutMs);
}

/** Whether a call may be sent so many milliseconds from now without doing anything twice. */
export function mayBeSentAgain({ operation, client, keyUntil = 0 }: Call, delayMs = 0): boolean {
  return isRepeatable(operation) || elapsedOf(client.clock) + delayMs < keyUntil;
}

/** The redactor of a call, made when first needed: a call that succeeds without hooks pays nothing for it. */
export function redactorOf(call: Call): Redactor {
  const { contract, keys } = call.client;
  call.redactor ??= createRedactor(contract.secrets, keys.known(), call.request.headers, new Set(call.bodies.map(parseIfJson)));
  return call.redactor;
}

/** What differs between the errors of one call. What is not our own text in `reason` is redacted already. */
export type Failure = Partial<GpuErrorInit> & Pick<GpuErrorInit, "code"> & { reason: string };

const severity: Readonly<Record<SideEffect, number>> = { none: 0, possible: 1, committed: 2 };

/** Makes the error of a failure, and notes on the call what it may have left behind. */
export function callError(call: Call, { reason, cause, sideEffect = "none", ...parts }: Failure, response?: Response): GpuError {
  const { client, name, operation } = call;
  const redactor = redactorOf(call);
  const { vendor } = client.contract;
  const { method, path, paid } = operation;
  if (severity[sideEffect] > severity[call.sideEffect]) call.sideEffect = sideEffect;
  const isHarmless = call.sideEffect === "none";
  const advice = paid && !isHarmless ? ". It may have taken effect and cost money: look before you call again." : "";
  // A later call without the key of this one would make another thing.
  const isRepeatableByCaller = isHarmless || isRepeatable(operation) || (call.isKeyGiven && mayBeSentAgain(call));
  return new GpuError({
    retryAfterMs: response && readWait(response, client.clock.now()),
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
    cause: redactor.cause(cause),
  });
}

/** The error of a mistake in the caller's options or data, found before anything was sent. */
export function configurationError(call: Call, problem: unknown): GpuError {
  const isOurs = problem instanceof ConfigurationError;
  return callError(call, {
    code: "configuration",
    reason: isOurs ? problem.message : "the request cannot be built",
    cause: isOurs ? problem.cause : problem,
  });
}
