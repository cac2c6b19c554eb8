import type { ConnectFailure, FetchTimeout } from "./faults.js";

/** Ends a request without a complete response; `fetch` rejects with `rejection`. */
export class ConnectionLost extends Error {
  override name = "ConnectionLost";
  /** Passed to the caller unchanged. */
  readonly rejection: unknown;

  constructor(rejection: unknown) {
    super("the connection was lost by a fault", { cause: rejection });
    this.rejection = rejection;
  }
}

/** The connection ended before a response. */
export function connectionReset(): ConnectionLost {
  return new ConnectionLost(fetchFailed(systemError("read ECONNRESET", { code: "ECONNRESET", syscall: "read" })));
}

/** A failed connection, with the causes that Node.js reports. */
export function unreachable(failure: ConnectFailure): ConnectionLost {
  return new ConnectionLost(fetchFailed(causes[failure]()));
}

/** The rejection of `fetch` at a timeout outside the client. A body timeout is thrown while the body is read. */
export function timedOut(limit: FetchTimeout): unknown {
  switch (limit) {
    case "headers":
      return fetchFailed(named("HeadersTimeoutError", "Headers Timeout Error", "UND_ERR_HEADERS_TIMEOUT"));
    case "body":
      return new TypeError("terminated", { cause: named("BodyTimeoutError", "Body Timeout Error", "UND_ERR_BODY_TIMEOUT") });
    case "signal":
      return new DOMException("The operation was aborted due to timeout", "TimeoutError");
    case "read":
      return fetchFailed(systemError("read ETIMEDOUT", { code: "ETIMEDOUT", errno: -110, syscall: "read" }));
  }
}

/** A host that does not exist. */
export function unknownHost(message: string): TypeError {
  return fetchFailed(systemError(message, { code: "ENOTFOUND", syscall: "getaddrinfo" }));
}

const causes: Readonly<Record<ConnectFailure, () => Error>> = {
  no_route: () => connectError("EHOSTUNREACH", "192.0.2.1"),
  // A host with an IPv4 and an IPv6 address.
  all_addresses: () =>
    Object.assign(new AggregateError([connectError("ETIMEDOUT", "192.0.2.1"), connectError("ENETUNREACH", "2001:db8::1")]), {
      code: "ETIMEDOUT",
    }),
  no_local_port: () => connectError("EADDRNOTAVAIL", "192.0.2.1"),
  refused: () => connectError("ECONNREFUSED", "192.0.2.1"),
  dns: () => systemError("getaddrinfo EAI_AGAIN", { code: "EAI_AGAIN", syscall: "getaddrinfo" }),
  connect_timeout: () => named("ConnectTimeoutError", "Connect Timeout Error", "UND_ERR_CONNECT_TIMEOUT"),
  proxy: () => named("AbortError", "Proxy response (407) !== 200 when HTTP Tunneling", "UND_ERR_ABORTED"),
  tls: () =>
    systemError("SSL routines:tls_validate_record_header:wrong version number", {
      library: "SSL routines",
      reason: "wrong version number",
      code: "ERR_SSL_WRONG_VERSION_NUMBER",
    }),
  dispatcher: () => named("InvalidArgumentError", "invalid onRequestStart method", "UND_ERR_INVALID_ARG"),
};

function fetchFailed(cause: Error): TypeError {
  return new TypeError("fetch failed", { cause });
}

function connectError(code: string, address: string): Error {
  return systemError(`connect ${code} ${address}:443`, { code, syscall: "connect", address, port: 443 });
}

function systemError(message: string, fields: object): Error {
  return Object.assign(new Error(message), fields);
}

function named(name: string, message: string, code: string): Error {
  return Object.assign(new Error(message), { name, code });
}
