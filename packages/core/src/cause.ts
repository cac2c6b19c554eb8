/** Where a request without a complete response failed: before a connection was made, by a time limit, or elsewhere. */
export type Stage = "before_sending" | "timeout" | "network";

/**
 * Codes and messages that occur only before a request is sent: DNS, connect, TLS, a proxy or dispatcher that rejects the call.
 * Of OpenSSL's errors only those of a handshake: others, such as a bad record, also end a connection that carried a request.
 */
const beforeSending = new RegExp(
  [
    "^(ENOTFOUND|EAI_|ECONNREFUSED|ConnectionRefused |FailedToOpenSocket|UND_ERR_(CONNECT_TIMEOUT|INVALID_ARG|CLOSED|PRX)|ERR_PROXY_",
    "ERR_TLS_(?!RENEG|SESS)|(?!ERR_)\\w*CERT|UNABLE_TO_|CRL_|HOSTNAME_MISMATCH",
    "(ERR_SSL_|EPROTO).*(wrong.version|protocol(?!.is)|handshake.failure|verify.failed|legacy.reneg)",
    "\\w+ (Client network socket disconnected before secure TLS|Proxy response \\(\\d+\\) !== 200 when HTTP))",
  ].join("|"),
  "i",
);

/** The stage at which `fetch` failed. */
export function stageOf(cause: unknown, depth = 0): Stage {
  if (typeof cause !== "object" || cause === null || depth > 4) return "network";
  const { code, name, message, syscall, cause: inner, errors } = cause as Record<string, unknown>;
  if (Array.isArray(errors) && errors.length > 0) {
    // A host may have several addresses: each must have failed before sending.
    const stages = errors.map((error) => stageOf(error, depth + 1));
    return stages.find((stage) => stage !== "before_sending") ?? "before_sending";
  }
  if (syscall === "connect" || beforeSending.test(`${code} ${message}`)) return "before_sending";
  // An abort that is not ours is a time limit of the caller's `fetch`.
  return /^(Timeout|Abort)Error|TIMEDOUT|TIMEOUT/.test(`${name} ${code}`) ? "timeout" : stageOf(inner, depth + 1);
}
