import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { failure, key, observe } from "./support.js";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});

/** A server on loopback, and the requests that it received. */
async function serve(handler: RequestListener): Promise<{ url: string; received: IncomingMessage[] }> {
  const received: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    received.push(request);
    handler(request, response);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

const real = { fetch: undefined, clock: undefined, maxRetries: 0 };

describe("with the runtime's own fetch", () => {
  it("a call has its headers, and one response", async () => {
    const { url, received } = await serve((_, response) =>
      response.setHeader("content-type", "application/json").end('{"id":"i-1"}'),
    );
    const { client } = observe([], { ...real, baseUrl: `${url}/v1` });
    expect(await client.createInstance({ body: { name: "a" } })).toEqual({ id: "i-1" });
    expect(
      received.map(({ method, url, headers }) => [
        method,
        url,
        headers["x-api-key"],
        headers["user-agent"],
        headers["content-type"],
      ]),
    ).toEqual([["POST", "/v1/instances", key, "gpu-example/1.2.3", "application/json"]]);
  });
  for (const status of [301, 302, 303, 307, 308]) {
    it(`does not follow a redirect with ${status}`, async () => {
      const thief = await serve((_, response) => response.end("{}"));
      const { url } = await serve((_, response) => response.writeHead(status, { location: `${thief.url}/steal` }).end());
      const { client } = observe([], { ...real, baseUrl: url });
      const error = await failure(client.createInstance({ body: {} }));
      expect(error).toMatchObject({ code: "redirect_refused", status, sideEffect: "possible" });
      expect(error.message).toContain(thief.url);
      expect(thief.received).toHaveLength(0);
    });
  }
  it("a reset is sent again for a read, and never for a paid call", async () => {
    const { url, received } = await serve((request) => request.socket.destroy());
    const { client } = observe([], { ...real, baseUrl: url, maxRetries: 1, clock: observe([]).clock });
    expect(await failure(client.listInstances())).toMatchObject({ code: "network", attempts: 2, sideEffect: "none" });
    expect(await failure(client.createInstance({ body: {} }))).toMatchObject({
      code: "network",
      attempts: 1,
      sideEffect: "possible",
    });
    expect(received).toHaveLength(3);
  });
  it("reports a success whose body breaks off as committed", async () => {
    const { url } = await serve((request, response) => {
      response.writeHead(201, { "content-type": "application/json", "content-length": 100 });
      response.write('{"id":', () => request.socket.destroy());
    });
    const { client } = observe([], { ...real, baseUrl: url });
    expect(await failure(client.createInstance({ body: {} }))).toMatchObject({
      code: "network",
      status: 201,
      sideEffect: "committed",
    });
  });
  it("a timeout or an abort ends a call that waits for its response or body, and closes the connection", async () => {
    const bodiless = await serve(() => {});
    const endless = await serve((_, response) => response.writeHead(200).write("{"));
    for (const { url, received } of [bodiless, endless]) {
      const { client, clock } = observe([], { fetch: undefined, maxRetries: 0, baseUrl: url, timeoutMs: 3_600_000 });
      const untilReceived = async (requests: number) => {
        while (received.length < requests) await new Promise((resolve) => setImmediate(resolve));
      };
      const late = failure(client.listInstances());
      await untilReceived(1);
      clock.time += 3_600_000;
      expect(await late).toMatchObject({ code: "timeout" });
      const controller = new AbortController();
      const call = failure(client.listInstances({ signal: controller.signal }));
      await untilReceived(2);
      controller.abort();
      expect(await call).toMatchObject({ code: "aborted" });
      for (const { socket } of received) if (!socket.destroyed) await new Promise((closed) => socket.once("close", closed));
    }
  });
});
