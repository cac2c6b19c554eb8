/** Timers support at most a signed 32-bit number of milliseconds; a larger one fires immediately. */
const longestTimerMs = 2 ** 31 - 1;

/** A delay that timers support. */
export function clampTimer(ms: number): number {
  return Math.min(Math.max(ms, 0), longestTimerMs);
}

/** Full-jitter exponential backoff, in milliseconds: anything up to 0.5 s, 1 s, 2 s … 8 s. */
export function backoffMs(retry: number): number {
  return Math.random() * Math.min(8_000, 500 * 2 ** retry);
}

/** How long the vendor asks to wait, in milliseconds: `Retry-After`, or for a 429 the reset of its rate limit. */
export function readWait({ headers, status }: Pick<Response, "headers" | "status">, now: number): number | undefined {
  return parseRetryAfter(headers.get("retry-after"), now) ?? (status === 429 ? parseReset(headers, now) : undefined);
}

/**
 * Reads `RateLimit` (`"minute";r=0;t=30, "hour";r=9;t=2701`, or `limit=60, remaining=0, reset=30`), `RateLimit-Reset` or
 * `X-RateLimit-Reset`: seconds, or a Unix time if the number is that large. Of several limits, only exhausted ones count.
 */
function parseReset(headers: Headers, now: number): number | undefined {
  const limit = headers.get("ratelimit") ?? "";
  const spent = limit.split(",").filter((part) => /;\s*r=0(?!\d)/.test(part));
  const single = /(?:^|[\s,])reset=(\d+)/.exec(limit)?.[1] ?? headers.get("ratelimit-reset") ?? headers.get("x-ratelimit-reset");
  const times = [...spent.map((part) => /;\s*t=(\d+)/.exec(part)?.[1]), single].flatMap((value) => {
    const ms = parseRetryAfter(value ?? null, now);
    return ms === undefined ? [] : ms > 1e12 ? Math.max(ms - now, 0) : ms;
  });
  return times.length > 0 ? Math.max(...times) : undefined;
}

/** Parses `Retry-After`, in seconds or as an HTTP date, into milliseconds from `now`; undefined if it is neither. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d{1,12}(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1_000);
  // HTTP dates start with a weekday: Date.parse alone reads "-5" as a year. Their oldest form has no time zone.
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined;
  const date = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
