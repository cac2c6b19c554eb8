import { afterEach, describe, expect, it, vi } from "vitest";
import { json, observe } from "./support.js";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe("a framework that caches responses of fetch", () => {
  it("does not cache reads, named or by path; other calls are sent unchanged", async () => {
    const { client, sent } = observe([json({ id: "i-1", instances: [] })]);
    await client.listInstances();
    await client.http.GET("/instances/{id}", { params: { path: { id: "1" } } });
    client.http.use({ onRequest: ({ request }) => new Request(request, { cache: "force-cache" }) });
    await client.listInstances();
    await client.createInstance({ body: {} });
    await client.deleteInstance({ path: { id: "1" } });
    expect(sent.map(({ method, cache }) => `${method} ${cache}`)).toEqual([
      "GET no-store",
      "GET no-store",
      "GET no-store",
      "POST undefined",
      "DELETE undefined",
    ]);
  });
  it("gets no `cache` option in a runtime that rejects it, which is detected once", async () => {
    let tried = 0;
    class OldRequest extends Request {
      constructor(input: RequestInfo | URL, init?: RequestInit) {
        if (init && "cache" in init) {
          tried += 1;
          throw new Error("The 'cache' field on 'RequestInitializerDict' is not implemented.");
        }
        super(input, init);
      }
    }
    vi.stubGlobal("Request", OldRequest);
    vi.resetModules();
    const fresh = await import("./support.js");
    const { client, sent } = fresh.observe([json({ instances: [] })]);
    await client.listInstances();
    await client.listInstances();
    expect(sent.map(({ cache }) => cache)).toEqual([undefined, undefined]);
    expect(tried).toBe(1);
  });
  it("receives its own control-flow error unchanged, after one attempt", async () => {
    const dynamic = Object.assign(new Error("Dynamic server usage: no-store fetch"), { digest: "DYNAMIC_SERVER_USAGE" });
    for (const call of ["listInstances", "createInstance"] as const) {
      const { client, sent } = observe([dynamic]);
      await expect(client[call]({ body: {} })).rejects.toBe(dynamic);
      await expect(client.http.GET("/instances")).rejects.toBe(dynamic);
      expect(sent).toHaveLength(2);
    }
  });
  it("does not hide an abort whose reason looks like such an error", async () => {
    const controller = new AbortController();
    controller.abort(Object.assign(new Error("over"), { digest: "X" }));
    const { client } = observe([json({ instances: [] })]);
    await expect(client.listInstances({ signal: controller.signal })).rejects.toMatchObject({ code: "aborted" });
  });
});
