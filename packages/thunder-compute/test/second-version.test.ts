import { describe, expect, it } from "vitest";
import { createThunderComputeClient, GpuError } from "../src/index.js";
import { createOpenapiFetch } from "../src/openapi-fetch.js";

/** A client that receives this response for all requests, and the URLs and keys that it sends. */
function observe(baseUrl: string | undefined, response = Response.json({ specs: {}, pricing: {} })) {
  const sent: [url: string, key: string | undefined][] = [];
  const fetch = async (url: string, init: { headers: Record<string, string> }) => {
    sent.push([url, init.headers["authorization"]]);
    return response.clone();
  };
  return { client: createThunderComputeClient({ baseUrl, fetch, apiKey: "tnr-key", maxRetries: 0 }), sent };
}

describe("the second version of the catalogue", () => {
  it.each([
    [undefined, "https://api.thundercompute.com:8443"],
    ["https://proxy.example/thunder/v1", "https://proxy.example/thunder"],
    ["https://proxy.example/thunder", "https://proxy.example/thunder"],
  ])("is at /v2 next to the first one, by every way, with the base URL %s", async (baseUrl, host) => {
    const { client, sent } = observe(baseUrl);
    const openapi = createOpenapiFetch(client);
    await client.listInstanceTypesV2();
    await client.listPricesV2();
    await client.listAvailabilityV2();
    await client.http.GET("/v2/specs");
    await client.http.GET("/v2/pricing");
    await client.http.GET("/v2/status");
    await openapi.GET("/v2/specs");
    await openapi.GET("/v2/pricing");
    await openapi.GET("/v2/status");
    const urls = ["specs", "pricing", "status"].map((name) => `${host}/v2/${name}`);
    expect(sent.map(([url]) => url)).toEqual([...urls, ...urls, ...urls]);
    await client.listInstanceTypes();
    expect(sent.at(-1)?.[0]).toBe(`${baseUrl ?? "https://api.thundercompute.com:8443/v1"}/specs`);
  });

  it("names the operation and its path in errors", async () => {
    const { client } = observe(undefined, new Response("<html>", { status: 503 }));
    const error = await client.listPricesV2().catch((error: unknown) => error);
    expect(GpuError.isInstance(error) && [error.code, error.operation, error.path]).toEqual([
      "unavailable",
      "listPricesV2",
      "/v2/pricing",
    ]);
  });
});
