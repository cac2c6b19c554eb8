import { once } from "node:events";
import { readFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { failure, observe } from "./support.js";

function coded(code: string, more: object = {}): Error {
  return Object.assign(new Error(code), { code, ...more });
}
const connecting = (code: string) => coded(code, { syscall: "connect" });
const reading = (code: string) => coded(code, { syscall: "read" });
const named = (name: string) => new DOMException("over", name);

const nothingSent: [name: string, cause: Error][] = [
  ...["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL", "ENETDOWN", "ETIMEDOUT", "EACCES"].map(
    (code): [string, Error] => [`${code} in connect`, connecting(code)],
  ),
  ["several addresses, each in connect", new AggregateError([connecting("ETIMEDOUT"), connecting("ENETUNREACH")])],
  ["an unknown host", coded("ENOTFOUND", { syscall: "getaddrinfo" })],
  ["a resolver that fails", coded("EAI_FAIL")],
  ["undici's connect time-out", coded("UND_ERR_CONNECT_TIMEOUT")],
  ["a closed dispatcher", coded("UND_ERR_CLOSED")],
  ["a proxy's refusal", Object.assign(coded("UND_ERR_ABORTED"), { message: "Proxy response (407) !== 200 when HTTP Tunneling" })],
  ["a tunnel of Node's that failed", coded("ERR_PROXY_TUNNEL")],
  ...[
    "CERT_HAS_EXPIRED",
    "CERT_NOT_YET_VALID",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "ERR_TLS_HANDSHAKE_TIMEOUT",
    "ERR_SSL_WRONG_VERSION_NUMBER",
    "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
    "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
    "ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
  ].map((code): [string, Error] => [code, coded(code)]),
  [
    "EPROTO in the handshake",
    Object.assign(coded("EPROTO"), {
      message: "write EPROTO 80D2:error:0A00010B:SSL routines:ssl3_get_record:wrong version number",
    }),
  ],
];
const maybeSent: [name: string, code: string, cause: Error][] = [
  ["a reset", "network", reading("ECONNRESET")],
  ["a lost route while reading", "network", reading("EHOSTUNREACH")],
  ["a record that cannot be decrypted", "network", coded("ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC")],
  ["EPROTO outside of the handshake", "network", Object.assign(coded("EPROTO"), { message: "write EPROTO: bad record mac" })],
  ["a client that was destroyed", "network", coded("UND_ERR_DESTROYED")],
  ["several addresses, one of them reset", "network", new AggregateError([connecting("ECONNREFUSED"), reading("ECONNRESET")])],
  ["ETIMEDOUT on read", "timeout", reading("ETIMEDOUT")],
  ["ESOCKETTIMEDOUT", "timeout", coded("ESOCKETTIMEDOUT")],
  ["undici's headers time-out", "timeout", coded("UND_ERR_HEADERS_TIMEOUT")],
  ["undici's body time-out", "timeout", coded("UND_ERR_BODY_TIMEOUT")],
  ["a TimeoutError", "timeout", named("TimeoutError")],
  ["an AbortError that is not ours", "timeout", named("AbortError")],
];

describe("a failure of fetch", () => {
  for (const [name, cause] of nothingSent) {
    it(`has no side effect: ${name}`, async () => {
      for (const thrown of [cause, new TypeError("fetch failed", { cause })]) {
        expect(await failure(observe([thrown]).client.createInstance({ body: {} }))).toMatchObject({
          code: "network",
          sideEffect: "none",
          retryable: true,
        });
      }
    });
  }
  for (const [name, code, cause] of maybeSent) {
    it(`may have had a side effect, ${code}: ${name}`, async () => {
      for (const thrown of [cause, new TypeError("fetch failed", { cause })]) {
        const expected = { code, sideEffect: "possible", retryable: false, attempts: 1 };
        expect(await failure(observe([thrown]).client.createInstance({ body: {} }))).toMatchObject(expected);
      }
    });
  }
  it("that is a timeout while the body is read keeps the side effect of the status", async () => {
    const cut = () =>
      new Response(new ReadableStream({ start: (body) => body.error(coded("UND_ERR_BODY_TIMEOUT")) }), { status: 201 });
    expect(await failure(observe([cut]).client.createInstance({ body: {} }))).toMatchObject({
      code: "timeout",
      status: 201,
      sideEffect: "committed",
    });
  });
});

describe("with the runtime's own fetch", () => {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    for (const server of servers.splice(0)) await new Promise((closed) => server.close(closed));
  });
  /** Starts a server; resolves to its port. */
  async function listen(server: Server): Promise<number> {
    servers.push(server);
    server.on("connection", (socket: Socket) => sockets.add(socket));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }
  async function create(baseUrl: string, fetch?: typeof globalThis.fetch): Promise<unknown> {
    const { client } = observe([], { fetch: fetch as never, clock: undefined, baseUrl });
    return failure(client.createInstance({ body: {} }));
  }
  const nothing = { code: "network", sideEffect: "none", attempts: 1 };

  it("an untrusted certificate has no side effect", async () => {
    const pem = readFileSync(new URL("localhost.pem", import.meta.url));
    const port = await listen(https.createServer({ key: pem, cert: pem }));
    expect(await create(`https://127.0.0.1:${port}`)).toMatchObject(nothing);
  });
  it("a server without TLS has no side effect", async () => {
    const port = await listen(createServer((socket) => socket.on("error", () => {}).end("HTTP/1.1 400 Bad Request\r\n\r\n")));
    expect(await create(`https://127.0.0.1:${port}`)).toMatchObject(nothing);
  });
  it("a connection that ends during the TLS handshake has no side effect", async () => {
    const port = await listen(createServer((socket) => socket.on("error", () => {}).end()));
    expect(await create(`https://127.0.0.1:${port}`)).toMatchObject(nothing);
  });
  it("several refused addresses have no side effect", async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((closed) => servers.pop()?.close(closed));
    expect(await create(`http://localhost:${port}`)).toMatchObject(nothing);
  });
  it("a proxy that refuses the connection has no side effect", async () => {
    const proxy = http.createServer();
    proxy.on("connect", (_, socket) => socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"));
    const port = await listen(proxy);
    const { setGlobalProxyFromEnv } = http as unknown as { setGlobalProxyFromEnv(env: object): () => void };
    const restore = setGlobalProxyFromEnv({ https_proxy: `http://127.0.0.1:${port}` });
    try {
      expect(await create("https://api.example.com")).toMatchObject(nothing);
    } finally {
      restore();
    }
  });
  it("an incompatible dispatcher that rejects the call has no side effect", async () => {
    const dispatcher = {
      dispatch() {
        const name = "InvalidArgumentError";
        throw Object.assign(new Error("invalid onRequestStart method"), { name, code: "UND_ERR_INVALID_ARG" });
      },
    };
    const foreign = (url: string, init: RequestInit) => fetch(url, { ...init, dispatcher } as RequestInit);
    expect(await create("http://127.0.0.1:40009", foreign as never)).toMatchObject(nothing);
  });
  it("a timeout of the caller's fetch is a `timeout`", async () => {
    const port = await listen(createServer((socket) => socket.on("error", () => {})));
    const limited = (url: string, init: RequestInit) =>
      fetch(url, { ...init, signal: AbortSignal.any([init.signal as AbortSignal, AbortSignal.timeout(20)]) });
    expect(await create(`http://127.0.0.1:${port}`, limited as never)).toMatchObject({ code: "timeout", sideEffect: "possible" });
  });
});
