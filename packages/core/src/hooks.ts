import { type Call, redactorOf } from "./call.js";
import { type GpuError, withChanges } from "./error.js";

/** What a hook receives. Redacted, and without the response's body, also in `error`. */
export interface HookEvent {
  /** The same for all attempts of one call. */
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

/** Called once an attempt, and not awaited. What a hook throws is dropped. */
export interface Hooks {
  /** Before an attempt is sent. */
  onRequest?: ((event: HookEvent) => void) | undefined;
  /** After a response, whatever its status. */
  onResponse?: ((event: HookEvent) => void) | undefined;
  /** Before the wait that precedes the next attempt. */
  onRetry?: ((event: HookEvent) => void) | undefined;
  /** After an attempt that failed, also one that is followed by another. */
  onError?: ((event: HookEvent) => void) | undefined;
}

/** What differs between the events of one call. */
interface EventDetails {
  response?: Response | undefined;
  headers?: Headers | Readonly<Record<string, string>>;
  delayMs?: number;
  error?: GpuError | undefined;
}

/** Calls a function that only observes: what it throws, or rejects with, must not change what happens. */
export function observe(observer: () => unknown): void {
  try {
    const outcome = observer();
    if (outcome instanceof Promise) outcome.catch(() => {});
  } catch {
    // It only observes.
  }
}

/** Calls a hook of the client, with a redacted event. */
export function emit(call: Call, hook: keyof Hooks, attempt: number, { response, headers, delayMs, error }: EventDetails): void {
  const { client, name, request, id } = call;
  const { hooks } = client.options;
  if (!hooks?.[hook]) return;
  observe(() => {
    const redactor = redactorOf(call);
    return hooks[hook]?.({
      callId: id,
      attempt,
      vendor: client.contract.vendor,
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

/** A copy for hooks, without the response's body. */
function withoutBody(error: GpuError): GpuError {
  const { body, vendorMessage, message } = error;
  // A body of plain text is the vendor's message, whole or in part.
  const isQuoted = typeof body === "string" && vendorMessage;
  return withChanges(error, {
    body: undefined,
    ...(isQuoted && { vendorMessage: undefined, message: message.replace(vendorMessage, () => "[text of the response]") }),
  });
}

/** A logger like `console`. */
export interface Logger {
  debug(message: string): void;
  warn(message: string): void;
}

/** Hooks that write one line an event: attempts and responses to `debug`, retries and failures to `warn`. */
export function loggingHooks(logger: Logger): Hooks {
  const where = (event: HookEvent) =>
    `${event.vendor} ${event.operation} [${event.callId} #${event.attempt}] ${event.method} ${event.url}`;
  return {
    onRequest: (event) => logger.debug(where(event)),
    onResponse: (event) => logger.debug(`${where(event)} answered ${event.status}`),
    onRetry: (event) => logger.warn(`${where(event)} is sent again in ${Math.round(event.delayMs ?? 0)} ms`),
    onError: (event) => logger.warn(`${where(event)} failed: ${event.error?.code}: ${event.error?.message}`),
  };
}
