/** Timers take at most a signed 32-bit number of milliseconds; a larger one would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** A delay that timers can keep. */
export function clampTimer(ms: number): number {
  return Math.min(Math.max(ms, 0), longestTimerMs);
}

/** Full-jitter exponential backoff, in milliseconds: anything up to 0.5 s, 1 s, 2 s … 8 s. */
export function backoffMs(attempt: number): number {
  return Math.random() * Math.min(8_000, 500 * 2 ** (attempt - 1));
}

/** Reads `Retry-After`, in seconds or as an HTTP date, into milliseconds from `now`; undefined when it says neither. */
export function parseRetryAfter(value: string | null | undefined, now: number): number | undefined {
  const text = value?.trim();
  if (!text) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1_000);
  // Only the forms of HTTP dates, which begin with a day's name: Date.parse alone takes "-5" for a year.
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
