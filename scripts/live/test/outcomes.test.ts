import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exitCode } from "../outcome.ts";
import { renderRun } from "../report.ts";
import { runVendor } from "../run.ts";
import { copyOf, fetchWith, repository, runningClouds } from "./support.ts";

const { simulator, urlOf } = runningClouds(["shadeform"]);
const vendor = "shadeform";
const date = "2026-11-29";
const clock = { now: () => Date.now(), sleep: async () => {} };

function read(root: string, fetcher: (url: string, init: RequestInit) => Promise<Response>) {
  return runVendor(vendor, { root, apiKey: simulator.keys[vendor], baseUrl: urlOf(vendor), fetch: fetcher, date, clock });
}

describe("a call without a usable response", () => {
  const refused = (status: number, body: unknown) => () => ({ status, text: JSON.stringify(body) });
  it.each([
    ["blocked: the key is not accepted", refused(401, { message: "Invalid API key" }), { outcome: "blocked", reason: "no key" }],
    [
      "blocked: the key may not",
      refused(403, { message: "forbidden to ada@example.org" }),
      { outcome: "blocked", reason: "no right" },
    ],
    [
      "blocked: the account has no money",
      refused(403, { error_code: "INSUFFICIENT_FUNDS", error: "top up" }),
      { outcome: "blocked", reason: "no balance" },
    ],
    ["failed: the server fails", refused(503, {}), { outcome: "failed", reason: "unavailable, status 503", findings: [] }],
    ["failed: too many calls", refused(429, {}), { outcome: "failed", reason: "rate_limited, status 429" }],
    ["failed: it is gone", refused(404, { message: "not found" }), { outcome: "failed", reason: "not_found, status 404" }],
  ])("is %s", async (_, change, expected) => {
    const run = await read(await copyOf(vendor), fetchWith("/sshkeys", change));
    expect(run.results.find(({ operation }) => operation === "listSshKeys")).toMatchObject(expected);
    expect(run.results.find(({ operation }) => operation === "getSshKey")).toMatchObject({
      outcome: "skipped",
      reason: `no id: listSshKeys is ${expected.outcome}`,
    });
    // Exit code 2, because the simulator's catalogue has undocumented fields.
    expect(exitCode([run])).toBe(expected.outcome === "failed" ? 1 : 2);
    expect(renderRun(run)).not.toContain("ada@example.org");
  });

  it("is failed without a response, and the other calls are still made", async () => {
    const run = await read(await copyOf(vendor), async (url, init) => {
      if (url.endsWith("/clusters")) throw new TypeError("fetch failed");
      return await fetch(url, init);
    });
    expect(run.results.find(({ operation }) => operation === "listClusters")).toMatchObject({
      outcome: "failed",
      reason: "network",
    });
    expect(run.results.find(({ operation }) => operation === "listTemplates")).toMatchObject({ outcome: "ok" });
  });

  it("is skipped when the list is empty", async () => {
    const run = await read(
      await copyOf(vendor),
      fetchWith("/sshkeys", () => ({ text: '{"ssh_keys":[]}' })),
    );
    expect(run.results.find(({ operation }) => operation === "getSshKey")).toMatchObject({
      outcome: "skipped",
      reason: "no id: listSshKeys has none",
    });
  });
});

describe("without a key", () => {
  let published = "";
  const server = createServer((_, response) => response.end(published));
  let address = "";
  beforeAll(async () => {
    published = await readFile(join(repository, "specs", vendor, "upstream.yaml"), "utf8");
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/openapi.yaml`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  const probe = async (fetcher: (url: string, init: RequestInit) => Promise<Response> = fetch) => {
    const root = await copyOf(vendor, address);
    return await runVendor(vendor, { root, apiKey: undefined, baseUrl: urlOf(vendor), fetch: fetcher, date, clock });
  };

  it("sends no key", async () => {
    const sent: string[] = [];
    await probe(async (url, init) => {
      sent.push(JSON.stringify([...new Headers(init.headers)]));
      return await fetch(url, init);
    });
    expect(sent.length).toBeGreaterThan(5);
    for (const headers of sent) expect(headers).not.toMatch(/api-key|authorization|no-key/i);
  });

  it("reports a protected call that succeeds", async () => {
    const run = await probe(fetchWith("/instances", () => ({ status: 200, text: '{"instances":[]}' })));
    expect(run.results.find(({ operation }) => operation === "listInstances")).toMatchObject({
      outcome: "drift",
      findings: [{ kind: "open", pointer: "", detail: "responds without a key, which the document requires" }],
    });
    expect(exitCode([run])).toBe(2);
  });

  it("compares the published document with the stored one", async () => {
    const document = async () => (await probe()).results.find(({ operation }) => operation === "document");
    expect(await document()).toMatchObject({ outcome: "ok", findings: [] });
    published = published.replace("Shadeform", "Shadeform 2");
    expect(await document()).toMatchObject({ outcome: "drift", findings: [{ kind: "document" }] });
    published = "<html>moved</html>";
    expect(await document()).toMatchObject({ outcome: "failed", reason: expect.stringContaining("is HTML") });
  });
});

it("passes unknown values of open lists to `onValue` only", async () => {
  const root = await copyOf(vendor);
  const values: unknown[] = [];
  const run = await runVendor(vendor, {
    root,
    apiKey: simulator.keys[vendor],
    baseUrl: urlOf(vendor),
    fetch: fetchWith("/instances", ({ text }) => ({ text: text.replace(/"status":"\w+"/, '"status":"ada_lovelace"') })),
    date,
    onValue: (operation, { pointer, value }) => values.push([operation, pointer, value]),
  });
  expect(values).toEqual([["listInstances", "/instances/*/status", "ada_lovelace"]]);
  const { caseFile } = run.results.find(({ operation }) => operation === "listInstances") ?? {};
  const texts = [JSON.stringify(run), renderRun(run), await readFile(join(root, caseFile ?? ""), "utf8")];
  for (const text of texts) expect(text).not.toContain("ada_lovelace");
});

it("names an invalid case file in the error", async () => {
  const root = await copyOf(vendor);
  const folder = join(root, "packages", vendor, "test", "live");
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "listInstances-200.json"),
    '{"operation":"listInstances","status":200,"findings":[{"kind":"type"}]}',
  );
  await expect(read(root, fetch)).rejects.toThrow(/listInstances-200\.json: each of its findings needs kind, pointer and detail/);
});
