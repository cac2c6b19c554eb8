import { expect, it } from "vitest";
import type { VendorContract } from "../src/index.js";
import { createOpenapiFetch } from "../src/openapi-fetch.js";
import { contract, json, observe } from "./support.js";

/** A vendor with version 2 of its prices outside of the base URL `https://api.example.com/v1`. */
const twoVersions: VendorContract = {
  ...contract,
  operations: {
    ...contract.operations,
    listPrices: { method: "GET", path: "/v2/prices", baseWithout: "/v1", public: true, response: { type: "any" } },
  },
};

interface Paths {
  "/v2/prices": {
    get: { parameters: { query?: { a?: number } }; responses: { 200: { content: { "application/json": object } } } };
  };
}

it.each([
  ["the vendor's server", undefined, "https://api.example.com"],
  ["a proxy with a prefix before the vendor's path, which is kept", "https://proxy.example/gpu/v1", "https://proxy.example/gpu"],
  ["a proxy with a prefix instead of the vendor's path", "https://proxy.example/gpu", "https://proxy.example/gpu"],
  ["a trailing slash", "https://proxy.example/v1/", "https://proxy.example"],
  ["a path that only ends in the same letters", "https://proxy.example/api-v1", "https://proxy.example/api-v1"],
  ["a host with the name of the path", "https://v1", "https://v1"],
  ["a server on this machine without a path", "http://127.0.0.1:4010", "http://127.0.0.1:4010"],
])("an operation outside of the server's path drops the end of the base URL: %s", async (_, baseUrl, expected) => {
  const { client, sent } = observe([json({ instances: [] })], { baseUrl }, twoVersions);
  const seen: string[] = [];
  const query = { a: 1 };
  await client.listPrices({ query });
  await client.http.GET("/v2/prices", { params: { query } });
  await createOpenapiFetch<Paths>(client).GET("/v2/prices", { params: { query } });
  client.http.use({ onRequest: ({ options, request }) => void seen.push(options.baseUrl, request.url) });
  await client.listPrices({ query });
  const url = `${expected}/v2/prices?a=1`;
  expect(sent.map((one) => one.url)).toEqual([url, url, url, url]);
  expect(seen).toEqual([expected, url]);
  // Other operations still use the base URL.
  await client.http.GET("/instances");
  expect(sent.at(-1)?.url).toBe(`${(baseUrl ?? contract.baseUrl).replace(/\/$/, "")}/instances`);
});
