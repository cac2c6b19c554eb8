import type { PrismServer } from "@gpu/testing/prism";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { vendorNames } from "../src/generated/vendor-names.js";
import { createSimulator, createVirtualClock, type Listening } from "../src/index.js";
import { scenarios } from "./generated/vendors.js";
import { startPrismProxy } from "./prism-proxy.js";
import { documentFile, operationsOf } from "./scenarios/index.js";

const simulator = createSimulator({ clock: createVirtualClock({ pace: "manual" }) });
let listening: Listening;
beforeAll(async () => {
  listening = await simulator.listen();
});
afterAll(() => listening.close());

describe.each(vendorNames)("%s behind prism proxy --errors", (vendor) => {
  let prism: PrismServer;
  beforeAll(async () => {
    prism = await startPrismProxy(documentFile(vendor), listening.urls[vendor] ?? "");
  }, 120_000);
  afterAll(() => prism?.close());

  it("has no violation in any operation, in either direction", { timeout: 120_000 }, async () => {
    const violations: string[] = [];
    const options = {
      apiKey: simulator.keys[vendor],
      baseUrl: prism.url,
      fetch: async (url: string, init: RequestInit) => {
        const response = await fetch(url, init);
        const found = response.headers.get("sl-violations");
        if (found) violations.push(`${init.method} ${url} ${found}`);
        return response;
      },
    };
    await scenarios[vendor].callEveryOperation(options, (ms) => simulator.clock.advance(ms));
    expect(violations).toEqual([]);
    const passed = new Set(
      simulator
        .requests()
        .filter((request) => request.vendor === vendor && request.status !== null && request.status < 300)
        .map(({ operation }) => operation),
    );
    expect(operationsOf(vendor).filter(({ name }) => !passed.has(name))).toEqual([]);
  });

  it("has a violation when a response does not match the document", { timeout: 120_000 }, async () => {
    const { operation, field } = scenarios[vendor].breakable;
    const path = operationsOf(vendor).find(({ name }) => name === operation)?.path;
    const authorization = `${vendor === "fal" ? "Key" : "Bearer"} ${simulator.keys[vendor]}`;
    const headers = { authorization, "x-api-key": simulator.keys[vendor] };
    const violations = async () => {
      const response = await fetch(prism.url + path, { headers });
      await response.text();
      return response.headers.get("sl-violations");
    };
    expect(await violations()).toBeNull();
    simulator.fault({ vendor, kind: "wrong_type", field });
    expect(await violations()).toContain(field);
  });
});
