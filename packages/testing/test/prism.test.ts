import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { PrismStartError, startPrism } from "../src/prism.js";

const document = fileURLToPath(new URL("hello.yaml", import.meta.url));

describe("a Prism server", () => {
  it("listens on a free port, validates requests and stops", async () => {
    const server = await startPrism(document);
    const good = await fetch(`${server.url}/hello?name=Ada`);
    expect([good.status, await good.json()]).toEqual([200, { greeting: "Hello, Ada" }]);
    const bad = await fetch(`${server.url}/hello`);
    expect(bad.status).toBe(422);
    expect(await bad.text()).toContain("name");
    await server.close();
    await expect(fetch(`${server.url}/hello?name=Ada`)).rejects.toThrow();
  });

  it("reports in one line that a port is busy", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => blocker.once("listening", resolve));
    const address = blocker.address();
    const port = typeof address === "object" && address ? address.port : 0;
    try {
      const failure = await startPrism(document, { port }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(PrismStartError);
      expect(String(failure)).toMatch(new RegExp(`port ${port} on 127\\.0\\.0\\.1 is busy; choose another$`));
    } finally {
      blocker.close();
    }
  });

  it("reports in one line that a document cannot be read", async () => {
    await expect(startPrism("/nowhere/openapi.json")).rejects.toThrow(
      /^Prism for \/nowhere\/openapi\.json did not start: .*ENOENT|Error opening/,
    );
  });
});
