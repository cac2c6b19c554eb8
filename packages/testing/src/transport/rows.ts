import type { OperationKind, ScriptedResponse, TransportRow } from "./row.js";

/** The same row for each of these kinds of operations. */
function rows(
  kinds: OperationKind | readonly OperationKind[],
  name: string,
  responses: readonly ScriptedResponse[],
  parts: Omit<TransportRow, "name" | "for" | "responses">,
): TransportRow[] {
  return [kinds].flat().map((kind) => ({ name, for: kind, responses, ...parts }));
}

const html = { "content-type": "text/html" };
const reset = { throws: "ECONNRESET" };
const refused = { throws: "ECONNREFUSED" };
const brokenOff = { status: 200, breaksOff: true } as const;
const unavailable = { status: 503 };
const neverRepeated = ["paid", "unrepeatable"] as const;

const transient: readonly [name: string, response: ScriptedResponse][] = [
  ["a reset", reset],
  ...[408, 429, 500].map((status): [string, ScriptedResponse] => [`${status}`, { status }]),
  ["502 with a page of HTML", { status: 502, text: "<html>Bad gateway</html>", headers: html }],
  ...[503, 504].map((status): [string, ScriptedResponse] => [`${status}`, { status }]),
  ["an incomplete response", brokenOff],
];

const retries: TransportRow[] = [
  ...transient.flatMap(([name, failure]) => [
    ...rows("read", `retried after ${name}`, [failure, "success"], { requests: 2, waits: [[0, 500]] }),
    ...rows("repeatable", `retried after ${name}`, [failure, "success"], { requests: 2 }),
  ]),
  ...[400, 403, 404, 409, 422, 501].flatMap((status) =>
    rows("read", `not retried after ${status}`, [{ status }, "success"], {
      requests: 1,
      waits: [],
      outcome: { status, retryable: false, attempts: 1 },
    }),
  ),
  ...rows("read", "fails after two retries", [unavailable], {
    requests: 3,
    waits: [
      [0, 500],
      [0, 1_000],
    ],
    outcome: { code: "unavailable", status: 503, attempts: 3, retryable: true, sideEffect: "none" },
  }),
  ...rows("read", "retried as often as the client allows", [unavailable], {
    requests: 5,
    waits: [
      [0, 500],
      [0, 1_000],
      [0, 2_000],
      [0, 4_000],
    ],
    outcome: { attempts: 5 },
    client: { maxRetries: 4 },
  }),
  ...rows("read", "retried as often as the call allows", [unavailable], {
    requests: 1,
    waits: [],
    outcome: { attempts: 1 },
    client: { maxRetries: 4 },
    call: { maxRetries: 0 },
  }),
];

const retryAfter: TransportRow[] = [
  ...rows("read", "waits for Retry-After in seconds", [{ status: 429, headers: { "retry-after": "7" } }, "success"], {
    requests: 2,
    waits: [[7_000, 7_000]],
  }),
  ...rows(
    "read",
    "waits until the date in Retry-After",
    [{ status: 503, headers: { "retry-after": "Sat, 21 Nov 2026 00:00:09 GMT" } }, "success"],
    { requests: 2, waits: [[9_000, 9_000]] },
  ),
  ...rows(
    "read",
    "a Retry-After above the limit ends the call and is not shortened",
    [{ status: 429, headers: { "retry-after": "2" } }, "success"],
    {
      requests: 1,
      waits: [],
      outcome: { code: "rate_limited", attempts: 1, retryAfterMs: 2_000 },
      client: { retryAfterMaxMs: 1_000 },
    },
  ),
  ...rows("read", "waits for a minute by default", [{ status: 429, headers: { "retry-after": "60" } }, "success"], {
    requests: 2,
    waits: [[60_000, 60_000]],
  }),
  ...rows("read", "waits no longer than a minute by default", [{ status: 503, headers: { "retry-after": "61" } }, "success"], {
    requests: 1,
    waits: [],
    outcome: { code: "unavailable", attempts: 1, retryAfterMs: 61_000 },
  }),
  ...rows("read", "reports the whole Retry-After, beyond the limit", [{ status: 429, headers: { "retry-after": "86400" } }], {
    requests: 1,
    outcome: { code: "rate_limited", retryAfterMs: 86_400_000 },
    client: { maxRetries: 0 },
  }),
  ...rows("read", "ignores an unreadable Retry-After", [{ status: 503, headers: { "retry-after": "soon" } }, "success"], {
    requests: 2,
    waits: [[0, 500]],
  }),
];

/** Failures of a call that must not be repeated, and its possible side effects. */
const once: readonly [name: string, response: ScriptedResponse, outcome: Record<string, unknown>][] = [
  ["a reset", reset, { code: "network", sideEffect: "possible", retryable: false }],
  ["a timeout", "silence", { code: "timeout", sideEffect: "possible", retryable: false }],
  ["401", { status: 401 }, { code: "unauthenticated", sideEffect: "none", retryable: false }],
  ["429", { status: 429, headers: { "retry-after": "1" } }, { code: "rate_limited", sideEffect: "none", retryable: true }],
  ...[408, 500, 502, 504].map((status): [string, ScriptedResponse, Record<string, unknown>] => [
    `${status}`,
    { status },
    { code: "unavailable", sideEffect: "possible", retryable: false },
  ]),
  ["503", { status: 503, headers: { "retry-after": "1" } }, { code: "unavailable", sideEffect: "possible", retryable: false }],
  ["an incomplete response", brokenOff, { code: "network", sideEffect: "committed", retryable: false }],
  ["a refused connection", refused, { code: "network", sideEffect: "none", retryable: true }],
];

const sentOnce: TransportRow[] = once.flatMap(([name, failure, outcome]) =>
  rows(neverRepeated, `not retried after ${name}`, [failure, "success"], {
    requests: 1,
    waits: [],
    outcome: { attempts: 1, ...outcome },
    each: true,
    client: { keys: ["first-transport-key", "second-transport-key"], timeoutMs: 1_000 },
  }),
);

const timeouts: TransportRow[] = [
  ...rows("read", "retried after a timeout", ["silence", "success"], { requests: 2, client: { timeoutMs: 1_000 } }),
  ...rows("read", "each attempt has its own timeout", ["silence"], {
    requests: 3,
    waits: [
      [0, 500],
      [0, 1_000],
    ],
    outcome: { code: "timeout", attempts: 3, sideEffect: "none", retryable: true },
    client: { timeoutMs: 1_000 },
  }),
  ...rows("read", "the call's timeout overrides the client's", ["silence"], {
    requests: 1,
    outcome: { code: "timeout" },
    client: { timeoutMs: 60_000 },
    call: { timeoutMs: 1, maxRetries: 0 },
  }),
  ...rows("paid", "after a timeout the error warns that it may have taken effect", ["silence"], {
    requests: 1,
    outcome: { code: "timeout", sideEffect: "possible", retryable: false },
    message: "check before you call again",
    client: { timeoutMs: 1_000 },
  }),
];

const aborts: TransportRow[] = [
  ...(["read", "paid", "keyed"] as const).flatMap((kind) =>
    rows(kind, "aborted before the call: nothing is sent", ["success"], {
      requests: 0,
      outcome: { code: "aborted", sideEffect: "none", attempts: 0 },
      abort: "before the call",
      ...(kind === "paid" && { each: true as const }),
    }),
  ),
  ...rows("paid", "aborted after sending: it may have taken effect", ["silence"], {
    requests: 1,
    waits: [],
    outcome: { code: "aborted", sideEffect: "possible", attempts: 1, retryable: false },
    message: "check before you call again",
    abort: "after sending",
    each: true,
  }),
  ...rows("read", "aborted after sending: final at once, even for a read", ["silence"], {
    requests: 1,
    waits: [],
    outcome: { code: "aborted", sideEffect: "none", retryable: false },
    abort: "after sending",
  }),
  ...rows("read", "aborted during a wait: final at once", [{ status: 503, headers: { "retry-after": "30" } }, "success"], {
    requests: 1,
    outcome: { code: "aborted", attempts: 1 },
    abort: "during the first wait",
  }),
  ...rows("keyed", "aborted during a wait: the side effect of the previous attempt is kept", [unavailable, "success"], {
    requests: 1,
    outcome: { code: "aborted", attempts: 1, sideEffect: "possible" },
    abort: "during the first wait",
  }),
];

const idempotencyKeys: TransportRow[] = [
  ...(
    [
      ["a reset", reset],
      ["a timeout", "silence"],
      ...[429, 500, 502, 503].map((status) => [`${status}`, { status }] as const),
    ] as const
  ).flatMap(([name, failure]) =>
    rows("keyed", `the same idempotency key on every attempt, after ${name}`, [failure, failure, "success"], {
      requests: 3,
      header: { name: "Idempotency-Key", same: true },
      client: { timeoutMs: 1_000 },
    }),
  ),
  ...rows("keyed", "the caller's idempotency key on every attempt", [unavailable, "success"], {
    requests: 2,
    header: { name: "Idempotency-Key", values: ["caller-key", "caller-key"] },
    call: { idempotencyKey: "caller-key" },
  }),
  ...rows(
    "keyed",
    "not retried when the wait exceeds the window",
    [{ status: 503, headers: { "retry-after": "545" } }, "success"],
    {
      requests: 1,
      waits: [],
      outcome: { code: "unavailable", attempts: 1, sideEffect: "possible" },
      client: { retryAfterMaxMs: 600_000 },
    },
  ),
  ...rows("keyed", "retried a minute after an attempt that may still be at work", [reset, "success"], {
    requests: 2,
    waits: [[60_000, 60_000]],
  }),
  ...rows("keyed", "retried at once after an attempt that was never sent", [refused, "success"], {
    requests: 2,
    waits: [[0, 500]],
  }),
  ...rows("keyed", "not retried after a rejection", [{ status: 400 }, "success"], {
    requests: 1,
    outcome: { code: "invalid_request", sideEffect: "none" },
  }),
  ...rows("keyed", "the worst side effect of all attempts is reported", [reset, { status: 400 }], {
    requests: 2,
    outcome: { code: "invalid_request", sideEffect: "possible", attempts: 2 },
  }),
  ...rows("keyed", "an empty idempotency key is rejected", ["success"], {
    requests: 0,
    outcome: { code: "configuration", sideEffect: "none" },
    call: { idempotencyKey: "" },
  }),
  ...rows(
    ["read", "paid", "repeatable", "unrepeatable"],
    "an idempotency key is rejected where the vendor accepts none",
    ["success"],
    {
      requests: 0,
      outcome: { code: "configuration", sideEffect: "none", attempts: 0 },
      message: "takes no idempotency key",
      call: { idempotencyKey: "caller-key" },
    },
  ),
];

const apiKeys: TransportRow[] = [
  ...rows(["read", "repeatable"], "a key function is called once more after a 401", [{ status: 401 }, "success"], {
    requests: 2,
    waits: [],
    client: { keys: ["first-key", "second-key"] },
  }),
  ...rows("read", "a key function is not called a third time", [{ status: 401 }], {
    requests: 2,
    outcome: { code: "unauthenticated", attempts: 2, retryable: false },
    client: { keys: ["first-key", "second-key", "third-key"] },
  }),
  ...rows("read", "not retried with a constant key", [{ status: 401 }, "success"], {
    requests: 1,
    outcome: { code: "unauthenticated" },
  }),
  ...rows("public", "needs no key", ["success"], {
    requests: 1,
    header: { name: "authorization", values: [null] },
    each: true,
    client: { keys: [] },
  }),
  ...rows("read", "a missing key is reported before anything is sent", ["success"], {
    requests: 0,
    outcome: { code: "configuration", sideEffect: "none", attempts: 0 },
    message: "no API key: pass `apiKey` or set the environment variable",
    client: { keys: [] },
  }),
  ...rows("paid", "a missing key is reported before anything is sent", ["success"], {
    requests: 0,
    outcome: { code: "configuration", sideEffect: "none" },
    each: true,
    client: { keys: [] },
  }),
  ...rows("read", "an echoed key is redacted", [{ status: 400, text: "unknown key transport-key-0123456789" }], {
    requests: 1,
    outcome: { code: "invalid_request" },
    redacted: "0123456789",
  }),
];

/** Wordings of a shortage, which rents nothing whatever the status. */
const shortages: readonly [status: number, text: string][] = [
  [400, "not enough resources"],
  [409, "Sold out"],
  [422, "Insufficient capacity in this region"],
  [500, "Out of host capacity."],
  [503, "This machine type is out of stock"],
];

/** The code of each status of failure, and what a paid call with it may have left behind. */
const statuses: readonly [status: number, code: string, sideEffect: string][] = [
  [400, "invalid_request", "none"],
  [401, "unauthenticated", "none"],
  [402, "insufficient_funds", "none"],
  [403, "permission_denied", "none"],
  [404, "not_found", "none"],
  [405, "invalid_request", "none"],
  [409, "conflict", "possible"],
  [413, "invalid_request", "none"],
  [415, "invalid_request", "none"],
  [422, "invalid_request", "none"],
  [429, "rate_limited", "none"],
  [500, "unavailable", "possible"],
  [501, "unavailable", "none"],
  [502, "unavailable", "possible"],
  [503, "unavailable", "possible"],
  [504, "unavailable", "possible"],
];

const errors: TransportRow[] = [
  ...statuses.flatMap(([status, code, sideEffect]) => [
    ...rows("paid", `${status} is ${code}`, [{ status, headers: { "x-request-id": "r-1" } }], {
      requests: 1,
      outcome: { code, status, sideEffect, requestId: "r-1" },
    }),
    ...rows("read", `${status} is ${code}`, [{ status }], {
      requests: 1,
      outcome: { code, status, sideEffect: "none" },
      client: { maxRetries: 0 },
    }),
  ]),
  ...rows("read", "plain text is the `vendorMessage`", [{ status: 400, text: "try another region" }], {
    requests: 1,
    outcome: { code: "invalid_request", vendorMessage: "try another region", body: "try another region" },
  }),
  ...rows("read", "an HTML page is not the error message", [{ status: 502, text: "<html>Bad gateway</html>", headers: html }], {
    requests: 1,
    outcome: { code: "unavailable", body: "<html>Bad gateway</html>" },
    message: "HTTP 502$",
    client: { maxRetries: 0 },
  }),
  ...rows("read", "an empty body is still an error", [{ status: 404, text: "" }], {
    requests: 1,
    outcome: { code: "not_found" },
  }),
  ...shortages.flatMap(([status, text]) =>
    rows("paid", `${status} with "${text}" is no_capacity`, [{ status, text }], {
      requests: 1,
      outcome: { code: "no_capacity", status, sideEffect: "none", vendorMessage: text },
    }),
  ),
  ...[[503, "Service unavailable"] as const, [500, "Insufficient quota for GPUs"] as const].flatMap(([status, text]) =>
    rows("paid", `${status} with "${text}" is not no_capacity`, [{ status, text }], {
      requests: 1,
      outcome: { code: "unavailable", sideEffect: "possible" },
      client: { maxRetries: 0 },
    }),
  ),
  ...[
    ["a refused connection has no side effect", "ECONNREFUSED", "none"] as const,
    ["an unknown host has no side effect", "ENOTFOUND", "none"] as const,
    ["a reset may have had a side effect", "ECONNRESET", "possible"] as const,
  ].flatMap(([name, throws, sideEffect]) =>
    rows("paid", name, [{ throws }], { requests: 1, outcome: { code: "network", sideEffect } }),
  ),
];

const json = { "content-type": "application/json" };

/** Success responses to a create that do not match the document. */
const unreadable: readonly [name: string, response: ScriptedResponse][] = [
  ["HTML with 200", { status: 200, text: "<html>Sign in</html>", headers: { "content-type": "text/html; charset=utf-8" } }],
  ["truncated JSON", { status: 200, text: '{"id":"i-1","na', headers: json }],
  ["an empty body", { status: 200, text: "" }],
  ["JSON of the wrong type under another content type", { status: 200, text: "{}", headers: { "content-type": "text/csv" } }],
  ["JSON of the wrong type", { status: 200, json: "text" }],
];

const successes: TransportRow[] = [
  ...unreadable.map(
    ([name, response]): TransportRow => ({
      name: `${name} is vendor_contract`,
      for: { operation: "createInstance" },
      responses: [response],
      requests: 1,
      waits: [],
      outcome: { code: "vendor_contract", status: 200, sideEffect: "committed", retryable: false, attempts: 1 },
    }),
  ),
  {
    name: "part of a private key is redacted",
    for: { operation: "createInstance" },
    responses: [
      {
        status: 200,
        text: '{"uuid":"u","key":"-----BEGIN OPENSSH PRIVATE KEY-----\\nAAAABBBBCCCC',
        headers: json,
      },
    ],
    requests: 1,
    outcome: { code: "vendor_contract" },
    redacted: "AAAABBBB",
  },
  ...rows(["read", "paid", "keyed", "repeatable", "unrepeatable"], "a success is parsed", ["success"], {
    requests: 1,
    each: true,
  }),
  ...rows("without content", "an undocumented body is never parsed", [{ status: 200, text: "{" }], { requests: 1, each: true }),
];

const elsewhere = { location: "https://elsewhere.example/steal?token=abc" };

const redirects: TransportRow[] = [
  ...[301, 302, 303, 307, 308].flatMap((status) =>
    (["read", "paid", "keyed", "repeatable"] as const).flatMap((kind) =>
      rows(kind, `${status} is refused and its origin reported`, [{ status, headers: elsewhere }, "success"], {
        requests: 1,
        waits: [],
        outcome: { code: "redirect_refused", status, sideEffect: kind === "read" ? "none" : "possible", retryable: false },
        message: "https://elsewhere\\.example was refused",
      }),
    ),
  ),
  ...rows("read", "a redirect to the same host is refused too", [{ status: 308, headers: { location: "/v2/x" } }, "success"], {
    requests: 1,
    outcome: { code: "redirect_refused" },
  }),
  ...rows("read", "a redirect without a target is refused", [{ status: 302 }, "success"], {
    requests: 1,
    outcome: { code: "redirect_refused" },
  }),
];

const nothingSent = { requests: 0, outcome: { code: "configuration", sideEffect: "none", attempts: 0 } };

const configuration: TransportRow[] = [
  ...[
    ["a base URL that is not https is rejected", "http://api.example.com"] as const,
    ["a base URL that only begins like loopback is rejected", "http://localhost.example.com"] as const,
    ["a base URL with credentials is rejected", "https://user:password@api.example.com"] as const,
    ["a base URL that is not a URL is rejected", "nowhere"] as const,
  ].flatMap(([name, baseUrl]) => rows("read", name, ["success"], { ...nothingSent, message: "base URL", client: { baseUrl } })),
  ...rows("read", "a loopback base URL over http is accepted", ["success"], {
    requests: 1,
    client: { baseUrl: "http://127.0.0.1:8080/v1" },
  }),
  ...["", ".", ".."].flatMap((path) =>
    rows("with path", `a path parameter "${path}" is rejected`, ["success"], {
      ...nothingSent,
      message: "path parameter",
      each: true,
      call: { path },
    }),
  ),
  ...rows("with path", "a path parameter with slashes stays in its segment", ["success"], {
    requests: 1,
    call: { path: "../../x?y#z" },
  }),
  ...(["timeoutMs", "maxRetries"] as const).flatMap((option) => [
    ...rows("read", `a client's ${option} below 0 is rejected`, ["success"], {
      ...nothingSent,
      message: option,
      client: { [option]: -1 },
    }),
    ...rows("read", `a call's ${option} below 0 is rejected`, ["success"], {
      ...nothingSent,
      message: option,
      call: { [option]: -1 },
    }),
  ]),
];

/** The behaviour of every client, by the kind of operation. */
export const transportRows: readonly TransportRow[] = [
  ...retries,
  ...retryAfter,
  ...sentOnce,
  ...timeouts,
  ...aborts,
  ...idempotencyKeys,
  ...apiKeys,
  ...errors,
  ...successes,
  ...redirects,
  ...configuration,
];
