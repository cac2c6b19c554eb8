import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A server with faults. */
export interface FaultyServer {
  /**
   * Its paths: `/silent` never responds, `/half` sends half a response, `/reset` resets the connection, `/moved` redirects to
   * `/elsewhere`, which counts its requests.
   */
  readonly url: string;
  /** A loopback URL where nothing listens. */
  readonly closed: string;
  /** How many requests followed the redirect. */
  followed(): number;
  close(): Promise<void>;
}

/** Starts the server on a free loopback port. */
export async function startFaultyServer(): Promise<FaultyServer> {
  let followed = 0;
  const server = createServer((request, response) => {
    const [, kind] = (request.url ?? "").split("/");
    if (kind === "half") {
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write('{"id":"');
    } else if (kind === "reset") {
      request.socket.destroy();
    } else if (kind === "moved") {
      response.writeHead(302, { location: "/elsewhere" }).end();
    } else if (kind === "elsewhere") {
      followed += 1;
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    }
  });
  server.listen(0, "127.0.0.1");
  // A free port that nothing uses afterwards.
  const other = createServer().listen(0, "127.0.0.1");
  await Promise.all([once(server, "listening"), once(other, "listening")]);
  const urlOf = (address: AddressInfo) => `http://127.0.0.1:${address.port}`;
  const closed = urlOf(other.address() as AddressInfo);
  other.close();
  return {
    url: urlOf(server.address() as AddressInfo),
    closed,
    followed: () => followed,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
