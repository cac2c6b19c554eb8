import { changed, type GpuError } from "./error.js";

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
  /** After an answer, whatever its status. */
  onResponse?: ((event: HookEvent) => void) | undefined;
  /** Before the wait that precedes the next attempt. */
  onRetry?: ((event: HookEvent) => void) | undefined;
  /** After an attempt that failed, also one that is followed by another. */
  onError?: ((event: HookEvent) => void) | undefined;
}

/** Calls a hook; a hook that throws, or rejects, breaks nothing. */
export function callHook(hooks: Hooks | undefined, name: keyof Hooks, event: () => HookEvent): void {
  if (!hooks?.[name]) return;
  try {
    const outcome: unknown = hooks[name](event());
    if (outcome instanceof Promise) outcome.catch(() => {});
  } catch {
    // A hook observes; it must not change what happens.
  }
}

/** A copy for hooks, without the answer's body. */
export function withoutBody(error: GpuError): GpuError {
  const { body, vendorMessage, message } = error;
  // A body of plain text is the vendor's message, whole or in part.
  const quoted = typeof body === "string" ? vendorMessage : undefined;
  return changed(error, {
    message: quoted ? message.replace(quoted, () => "its text is in the error that the call throws") : message,
    vendorMessage: quoted ? undefined : vendorMessage,
    body: undefined,
  });
}

/** A logger like `console`. */
export interface Logger {
  debug(message: string): void;
  warn(message: string): void;
}

/** Hooks that write one line an event: attempts and answers to `debug`, retries and failures to `warn`. */
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
