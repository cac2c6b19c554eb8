import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Access } from "../../src/index.js";
import { sshProbe } from "../../src/node/index.js";
import { fakeCloud, gpuOn } from "../fake-provider.js";

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** Starts a server on loopback, and returns its address. */
async function serve(greet: (socket: Socket) => void): Promise<Access> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    greet(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return { host: "127.0.0.1", port: address.port, user: "root", auth: { kind: "key" } };
}

const signal = new AbortController().signal;

describe("sshProbe", () => {
  it.each<[what: string, greet: (socket: Socket) => void, isThere: boolean]>([
    ["sends a banner", (socket) => socket.write("SSH-2.0-OpenSSH_9.6\r\n"), true],
    ["sends a banner after other lines", (socket) => socket.write("Welcome\r\nSSH-2.0-x\r\n"), true],
    ["sends a banner in two parts", (socket) => socket.write("SS", () => setImmediate(() => socket.write("H-2.0-x\r\n"))), true],
    ["closes at once", (socket) => socket.end(), false],
    ["resets the connection", (socket) => socket.resetAndDestroy(), false],
    ["speaks HTTP", (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\nnot SSH-2.0"), false],
    ["sends without end", (socket) => socket.write("x".repeat(20_000)), false],
  ])("with a server that %s is %s", async (_, greet, isThere) => {
    expect(await sshProbe()(await serve(greet), signal)).toBe(isThere);
  });

  it("returns false when nothing listens", async () => {
    const access = await serve(() => {});
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    expect(await sshProbe()(access, signal)).toBe(false);
  });

  it("ends when its signal aborts, and closes the connection", async () => {
    const controller = new AbortController();
    const closed = new Promise<void>((resolve) => {
      void serve((socket) => {
        socket.on("close", () => resolve());
        controller.abort();
      }).then(async (access) => {
        expect(await sshProbe()(access, controller.signal)).toBe(false);
        expect(await sshProbe()(access, AbortSignal.abort())).toBe(false);
      });
    });
    await closed;
  });

  it("lets a wait end when the server responds", async () => {
    const access = await serve((socket) => socket.write("SSH-2.0-x\r\n"));
    const cloud = fakeCloud();
    cloud.next("access", async () => access);
    const { gpu } = gpuOn([cloud]);
    const instance = await gpu.create({ offer: "fake:h100" });
    const probe: ReturnType<typeof sshProbe> = async (...given) => {
      // The virtual clock cannot see a connection.
      const release = cloud.clock.hold();
      return await sshProbe()(...given).finally(release);
    };
    const ready = await gpu.waitUntilReady(instance, { probe });
    expect(ready.ready).toBe(true);
    expect(sockets.size).toBe(1);
  });
});
