import { type Call, redactorOf } from "./call.js";
import { type GpuError, withChanges } from "./error.js";

/** The event passed to a hook: redacted, and without the response body, also in `error`. */
export interface HookEvent {
  /** Identical for all attempts of a call. */
  readonly callId: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly vendor: string;
  readonly operation: string;
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
  /** How long the client waits before the next attempt, in milliseconds. */
  readonly delayMs?: number;
  readonly error?: GpuError;
}

/** Called once per attempt and not awaited. Errors thrown by a hook are ignored. */
export interface Hooks {
  /** Before an attempt is sent. */
  onRequest?: ((event: HookEvent) => void) | undefined;
  /** After a response, whatever its status. */
  onResponse?: ((event: HookEvent) => void) | undefined;
  /** Before the wait that precedes the next attempt. */
  onRetry?: ((event: HookEvent) => void) | undefined;
  /** After every failed attempt, even if another follows. */
  onError?: ((event: HookEvent) => void) | undefined;
}

/** The fields that differ between events of a call. */
interface EventDetails {
  response?: Response | undefined;
  headers?: Headers | Readonly<Record<string, string>>;
  delayMs?: number;
  error?: GpuError | undefined;
}

/** Calls an observer. Its errors and rejections are ignored. */
export function observe(observer: () => unknown): void {
  try {
    const outcome = observer();
    if (outcome instanceof Promise) outcome.catch(() => {});
  } catch {
    // An observer must not affect the call.
  }
}

/** Calls a hook of the client, with a redacted event. */
export function emit(call: Call, hook: keyof Hooks, attempt: number, { response, headers, delayMs, error }: EventDetails): void {
  const { contract, options, name, request, id } = call;
  const { hooks } = options;
  if (!hooks?.[hook]) return;
  observe(() => {
    const redactor = redactorOf(call);
    return hooks[hook]?.({
      callId: id,
      attempt,
      vendor: contract.vendor,
      operation: redactor.text(name),
      method: request.method,
      url: redactor.text(request.url),
      ...(response && { status: response.status }),
      ...(headers && { headers: redactor.headers(new Headers(headers)) }),
      ...(delayMs !== undefined && { delayMs }),
      ...(error && { error: withoutBody(error) }),
    });
  });
}

/** A copy without the response body. */
function withoutBody(error: GpuError): GpuError {
  const { body, vendorMessage, message } = error;
  // The message of a plain-text response is the body itself.
  const isQuoted = typeof body === "string" && vendorMessage;
  return withChanges(error, {
    body: undefined,
    ...(isQuoted && { vendorMessage: undefined, message: message.replace(vendorMessage, () => "[response text]") }),
  });
}

/** A logger like `console`. */
export interface Logger {
  debug(message: string): void;
  warn(message: string): void;
}

/** Hooks that log one line per event: attempts and responses to `debug`, retries and failures to `warn`. */
export function loggingHooks(logger: Logger): Hooks {
  const where = (event: HookEvent) =>
    `${event.vendor} ${event.operation} [${event.callId} #${event.attempt}] ${event.method} ${event.url}`;
  return {
    onRequest: (event) => logger.debug(where(event)),
    onResponse: (event) => logger.debug(`${where(event)} HTTP ${event.status}`),
    onRetry: (event) => logger.warn(`${where(event)} is sent again in ${Math.round(event.delayMs ?? 0)} ms`),
    onError: (event) => logger.warn(`${where(event)} failed: ${event.error?.code}: ${event.error?.message}`),
  };
}
