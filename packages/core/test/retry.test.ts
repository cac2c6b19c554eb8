import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs, clampTimer, parseRetryAfter, readWait } from "../src/retry.js";
import { anyText } from "./any-text.js";

const now = Date.parse("2026-11-21T00:00:00Z");

describe("parseRetryAfter", () => {
  const cases: [value: string | null, ms: number | undefined][] = [
    [null, undefined],
    ["", undefined],
    ["0", 0],
    ["120", 120_000],
    [" 1.5 ", 1_500],
    ["Sat, 21 Nov 2026 00:02:00 GMT", 120_000],
    ["Saturday, 21-Nov-26 00:02:00 GMT", 120_000],
    ["Sat Nov 21 00:02:00 2026", 120_000],
    ["Fri, 20 Nov 2026 00:00:00 GMT", 0],
    ["-5", undefined],
    ["5 minutes", undefined],
    ["1e3", undefined],
    ["2026-11-21", undefined],
    ["Infinity", undefined],
    ["9".repeat(400), undefined],
    ["Someday, soon", undefined],
  ];
  for (const [value, ms] of cases) {
    it(`${value} is ${ms}`, () => expect(parseRetryAfter(value, now)).toBe(ms));
  }
  it("parses every number of seconds and every HTTP date", () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), (seconds) => {
        expect(parseRetryAfter(String(seconds), now)).toBe(seconds * 1_000);
        expect(parseRetryAfter(new Date(now + seconds * 1_000).toUTCString(), now)).toBe(seconds * 1_000);
        expect(parseRetryAfter(new Date(now - seconds * 1_000).toUTCString(), now)).toBe(0);
      }),
    );
  });
  it("returns a finite number from 0 on, or undefined, for any text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), anyText(), fc.double().map(String), fc.date().map(String)), (text) => {
        const ms = parseRetryAfter(text, now);
        expect(ms === undefined || (Number.isFinite(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});

it("clampTimer limits a delay to what timers support", () => {
  fc.assert(fc.property(fc.double({ noNaN: true }), (ms) => clampTimer(ms) >= 0 && clampTimer(ms) <= 2 ** 31 - 1));
  expect([clampTimer(-1), clampTimer(5), clampTimer(Number.POSITIVE_INFINITY)]).toEqual([0, 5, 2 ** 31 - 1]);
});

it("backoffMs returns a random delay up to a limit that doubles to eight seconds", () => {
  for (const [retry, limit] of [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000].entries()) {
    const all = Array.from({ length: 400 }, () => backoffMs(retry));
    expect(Math.max(...all)).toBeLessThan(limit);
    expect(Math.max(...all)).toBeGreaterThan(limit * 0.8);
    expect(Math.min(...all)).toBeLessThan(limit * 0.2);
  }
});

describe("readWait", () => {
  const at = Date.UTC(2026, 10, 1);
  const epoch = (inSeconds: number) => String(at / 1_000 + inSeconds);

  it.each<[headers: Record<string, string>, ms: number | undefined]>([
    [{ "retry-after": "5", ratelimit: '"minute";r=0;t=30' }, 5_000],
    [{ ratelimit: '"minute";r=0;t=30' }, 30_000],
    [{ ratelimit: '"minute";r=0;t=30, "hour";r=0;t=2701' }, 2_701_000],
    [{ ratelimit: '"minute";r=0;t=30, "hour";r=7193;t=2701' }, 30_000],
    [{ ratelimit: '"hour";r=05;t=2701,  "minute"; r=0; t=9' }, 9_000],
    [{ ratelimit: '"minute";r=3;t=30' }, undefined],
    [{ ratelimit: '"minute";r=0' }, undefined],
    [{ ratelimit: "limit=60, remaining=0, reset=42" }, 42_000],
    [{ "ratelimit-reset": "42" }, 42_000],
    [{ "x-ratelimit-reset": "42" }, 42_000],
    [{ "ratelimit-reset": "0" }, 0],
    [{ "x-ratelimit-reset": epoch(90) }, 90_000],
    [{ "x-ratelimit-reset": epoch(-90) }, 0],
    [{ "x-ratelimit-reset": "soon" }, undefined],
    [{ "x-ratelimit-reset": "-5" }, undefined],
    [{}, undefined],
  ])("of a 429 with %j is %s", (headers, ms) => {
    expect(readWait(new Response(null, { status: 429, headers }), at)).toBe(ms);
    const elsewhere = headers["retry-after"] === undefined ? undefined : ms;
    expect(readWait(new Response(null, { status: 404, headers }), at)).toBe(elsewhere);
  });
});
