/** Where a request failed that got no whole response: before a connection stood, by a time limit, or anywhere else. */
export type Stage = "before_sending" | "time_limit" | "unknown";

/** Codes that occur only before a request is sent: no address, no connection, no trust, or a dispatcher that refuses the call. */
const beforeSending =
  /^(?:ENOTFOUND|EAI_\w+|ECONNREFUSED|ConnectionRefused|FailedToOpenSocket|UND_ERR_(?:CONNECT_TIMEOUT|INVALID_ARG|CLOSED|PRX_TLS)|ERR_PROXY_\w+|ERR_TLS_(?!RENEG|SESSION)\w+|(?:CERT|CRL|UNABLE_TO)_\w+|\w*SELF_SIGNED_CERT\w*|ERROR_IN_C\w+|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/;
/** Failures of OpenSSL that only a handshake has. Others, such as a bad record, also end a connection that carried a request. */
const handshake =
  /wrong.version.number|(?:unsupported|unknown).protocol|protocol.version|no.protocols|version.too.low|handshake.failure|unrecognized.name|no.shared.cipher|certificate.verify.failed|key.too.small|md.too.weak|legacy.renegotiation/i;
/** The only sign of these two is the text of Node.js and of undici. */
const refusedConnection =
  /^Client network socket disconnected before secure TLS connection|^Proxy response \(\d+\) !== 200 when HTTP Tunneling/;
/** An abort that is not ours is a time limit of the caller's `fetch`. */
const timeLimit = /^(?:TimeoutError|AbortError)$/;

/** What a failure of `fetch` tells about the stage at which it happened. */
export function stageOf(cause: unknown, depth = 0): Stage {
  if (typeof cause !== "object" || cause === null || depth > 4) return "unknown";
  const { code, name, message, syscall, cause: inner, errors } = cause as Record<string, unknown>;
  if (Array.isArray(errors) && errors.length > 0) {
    // One name may lead to several addresses: each must have failed before sending.
    const stages = errors.map((error) => stageOf(error, depth + 1));
    return stages.find((stage) => stage !== "before_sending") ?? "before_sending";
  }
  const word = String(code ?? "");
  const isBefore =
    syscall === "connect" ||
    syscall === "getaddrinfo" ||
    beforeSending.test(word) ||
    (/^(?:ERR_SSL_|EPROTO)/.test(word) && handshake.test(`${word} ${message}`)) ||
    refusedConnection.test(String(message));
  if (isBefore) return "before_sending";
  if (timeLimit.test(String(name)) || /TIMED?_?OUT/.test(word)) return "time_limit";
  return stageOf(inner, depth + 1);
}
