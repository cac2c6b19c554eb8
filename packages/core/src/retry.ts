/** Timers take at most a signed 32-bit number of milliseconds; a larger one would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** A delay that timers can keep. */
export function clampTimer(ms: number): number {
  return Math.min(Math.max(ms, 0), longestTimerMs);
}

/** Full-jitter exponential backoff, in milliseconds: anything up to 0.5 s, 1 s, 2 s … 8 s. */
export function backoffMs(retry: number): number {
  return Math.random() * Math.min(8_000, 500 * 2 ** retry);
}

/** Reads `Retry-After`, in seconds or as an HTTP date, into milliseconds from `now`; undefined when it says neither. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d{1,12}(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1_000);
  // Only HTTP dates, which begin with a day's name: Date.parse alone takes "-5" for a year. The oldest of their forms names no zone.
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined;
  const date = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
