import type { GpuError } from "./error.js";

/** What a hook is told. Headers and URL are redacted; bodies are never shown. */
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

/** Called once an attempt. What a hook throws is dropped. */
export interface Hooks {
  onRequest?: (event: HookEvent) => void;
  onResponse?: (event: HookEvent) => void;
  /** Before the wait that precedes the next attempt. */
  onRetry?: (event: HookEvent) => void;
  /** After an attempt that failed, also one that is followed by another. */
  onError?: (event: HookEvent) => void;
}

/** Calls a hook; a hook that throws, or rejects, breaks nothing. */
export function callHook(hooks: Hooks | undefined, name: keyof Hooks, event: () => HookEvent): void {
  const hook = hooks?.[name];
  if (!hook) return;
  try {
    const outcome: unknown = hook(event());
    if (outcome instanceof Promise) outcome.catch(() => {});
  } catch {
    // A hook observes; it must not change what happens.
  }
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
