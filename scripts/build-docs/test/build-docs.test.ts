import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { describe, expect, it } from "vitest";
import { indexPage, referencePage } from "../pages.ts";
import { remoteSources } from "../remote-sources.ts";

const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; img-src data:">`;
const documentFile = new URL("../../../packages/fal/openapi.json", import.meta.url);
const document = JSON.parse(readFileSync(documentFile, "utf8")) as JsonObject;

describe("remoteSources", () => {
  it.each([
    [`<script src="https://cdn.example.com/a.js"></script>`, "https://cdn.example.com/a.js"],
    [`<script type="module" src='./a.js'></script>`, "./a.js"],
    [`<link rel="stylesheet" href="https://fonts.example.com/css?family=Inter">`, "https://fonts.example.com/css?family=Inter"],
    [`<img alt="" src=//cdn.example.com/logo.svg>`, "//cdn.example.com/logo.svg"],
    [`<style>@import "https://a.example.com/a.css";</style>`, "https://a.example.com/a.css"],
    [`<style>@font-face { src: url(https://a.example.com/a.woff2) }</style>`, "https://a.example.com/a.woff2"],
  ])("finds the address in %s", (html, address) => {
    expect(remoteSources(policy + html)).toEqual([address]);
  });

  it.each([
    `<a href="https://docs.example.com">Documentation</a>`,
    `<script>const address = "<script src=https://example.com/a.js>";</script>`,
    `<img src="data:image/png;base64,AAAA"><style>b { fill: url(#paint) }</style>`,
  ])("finds nothing in %s", (html) => {
    expect(remoteSources(policy + html)).toEqual([]);
  });

  it("reports a page without a Content-Security-Policy", () => {
    expect(remoteSources("<p>Text</p>")).toHaveLength(1);
  });
});

describe("build:docs", () => {
  it("generates a self-contained reference with every operation", async () => {
    const html = await referencePage(document, "packages/fal/openapi.json");
    expect(remoteSources(html)).toEqual([]);
    // A failing `toContain` would print 2.5 MB.
    const holds = (text: string) => html.includes(text);
    expect(holds('"disableTelemetry":true')).toBe(true);
    const names = ["createInstance", "listInstances", "deleteApiKey"];
    expect(names.filter((name) => !holds(`"operationId":"${name}"`))).toEqual([]);
  }, 120_000);

  it("renders a vendor's texts as plain text, without their HTML, images or scripts", async () => {
    const hostile =
      "<svg onload=alert(1)></svg>\n\n<iframe src=https://evil.example></iframe>\n\n![a](https://evil.example/a.png) [b](javascript:alert(1))";
    const changed = structuredClone(document);
    changed["info"] = { title: "</title><script>alert(1)</script>", version: "1", description: hostile };
    const [item] = Object.values(changed["paths"] as JsonObject) as JsonObject[];
    for (const operation of Object.values(item ?? {}) as JsonObject[])
      Object.assign(operation, { summary: hostile, description: hostile });
    const html = await referencePage(changed, "packages/fal/openapi.json");
    // Script contents are data, which the same renderer escapes.
    const markup = html.replace(/(<script\b[^>]*>).*?<\/script>/gis, "$1");
    expect(markup.match(/<svg onload|<iframe|<img[^>]*evil|href="javascript:|<script>alert/g)).toBeNull();
    expect(remoteSources(html)).toEqual([]);
  }, 120_000);

  it("rejects an invalid document with a one-line message", async () => {
    await expect(referencePage({ info: {} }, "packages/acme/openapi.json")).rejects.toThrow(
      /^packages\/acme\/openapi\.json: Redocly could not build the reference: [^\n]+$/,
    );
  }, 120_000);

  it.each([
    ["--help", 0, "usage: pnpm build:docs\n", ""],
    ["--vendor", 1, "", "error: Unknown option '--vendor'; usage: pnpm build:docs\n"],
    ["fal", 1, "", /^error: Unexpected argument 'fal'.*; usage: pnpm build:docs\n$/],
  ])("prints the usage and generates nothing for %s", (argument, code, stdout, stderr) => {
    const script = fileURLToPath(new URL("../build-docs.ts", import.meta.url));
    const done = spawnSync(process.execPath, [script, argument], { encoding: "utf8" });
    expect([done.status, done.stdout]).toEqual([code, stdout]);
    expect(done.stderr).toEqual(typeof stderr === "string" ? stderr : expect.stringMatching(stderr));
  });

  it("generates an index with a link to each reference", () => {
    const acme: JsonObject = { info: { title: "Acme <Compute>", description: "Rents `machines`.\n\n- More." } };
    const html = indexPage([
      { vendor: "fal", document },
      { vendor: "acme", document: acme },
    ]);
    expect(html).toContain('<a href="fal.html">fal Compute</a>');
    expect(html).toContain("<code>@gpu/fal</code>, 9 operations");
    expect(html).toContain("Acme &lt;Compute&gt;</a>");
    expect(html).toContain("<p>Rents machines.</p>");
    expect(remoteSources(html)).toEqual([]);
  });
});
