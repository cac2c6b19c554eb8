import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";

interface Report {
  outcomes: Record<string, number>;
  before: number;
  after: number;
  listeners: number;
  timers: number;
}

it("10,000 calls, 1,000 at a time, leak no memory, listener, timer or socket, and the process exits by itself", async () => {
  const server = createServer((request, response) => {
    request.resume();
    if (request.url?.endsWith("/hanging")) return;
    const status = request.url?.endsWith("/failing") ? 503 : 200;
    // Without keep-alive, a socket that stays open belongs to a call that leaked it.
    response.writeHead(status, { "content-type": "application/json", connection: "close" });
    response.end(JSON.stringify(status === 200 ? { id: "i-1" } : { code: "busy", message: "again later" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    const child = fork(new URL("leak.child.ts", import.meta.url), [`http://127.0.0.1:${port}`], { execArgv: ["--expose-gc"] });
    const [[report], [code]] = (await Promise.all([once(child, "message"), once(child, "exit")])) as [[Report], [number]];
    expect(code).toBe(0);
    expect(report.outcomes).toEqual({ success: 4_000, unavailable: 2_000, timeout: 2_000, aborted: 2_000 });
    expect(report.after).toBeLessThan(report.before * 1.1);
    expect([report.listeners, report.timers]).toEqual([0, 0]);
    const open = await new Promise<number>((resolve, reject) =>
      server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
    expect(open).toBe(0);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}, 120_000);
