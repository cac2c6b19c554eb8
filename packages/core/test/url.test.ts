import fc from "fast-check";
import { expect, it } from "vitest";
import { readPointer } from "../src/pointer.js";
import { checkBaseUrl, serializePath } from "../src/url.js";
import { anyText } from "./any-text.js";

const segmentsOf = (path: string) => new URL(`https://api.example.com/v1${path}`).pathname.split("/");

it("a path parameter stays in its segment and arrives unchanged", () => {
  fc.assert(
    fc.property(anyText({ minLength: 1 }), (id) => {
      let path: string;
      try {
        path = serializePath("/instances/{id}/info", { id });
      } catch (problem) {
        expect(id === "." || id === ".." || /[\ud800-\udfff]/.test(id)).toBe(true);
        expect(String(problem)).toContain('path parameter "id"');
        return;
      }
      const segments = segmentsOf(path);
      expect([segments.length, segments[1], segments[2], segments[4]]).toEqual([5, "v1", "instances", "info"]);
      expect(decodeURIComponent(segments[3] ?? "")).toBe(id);
    }),
    {
      numRuns: 2_000,
      examples: [["."], [".."], ["%2e%2e"], ["../x"], ["a/b"], ["\\"], ["?a#b"], ["{id}"], ["$&"], ["\ud800"], [" "]],
    },
  );
});

it("keeps the trailing slash of a path", () => {
  expect(serializePath("/asks/{id}/", { id: 7 })).toBe("/asks/7/");
});

it("fills each parameter with its own value", () => {
  expect(serializePath("/a/{one}/b/{two}", { one: "{two}", two: 2 })).toBe("/a/%7Btwo%7D/b/2");
});

it("accepts base URLs with https or a loopback host only", () => {
  fc.assert(
    fc.property(fc.domain(), (host) => {
      expect(() => checkBaseUrl(`https://${host}/v1`)).not.toThrow();
      expect(() => checkBaseUrl(`http://${host}/v1`)).toThrow(/must be https/);
    }),
  );
  for (const good of [
    "http://localhost:3000",
    "http://127.0.0.1",
    "http://127.1",
    "http://[::1]:80/v1",
    "http://api.localhost",
    "https://h:8443/v1",
  ]) {
    expect(() => checkBaseUrl(good)).not.toThrow();
  }
  for (const bad of [
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "http://0.0.0.0",
    "http://10.0.0.1",
    "file:///etc",
    "",
    "/v1",
    "https://h/v1?",
    "https://h/v1#",
    "https://h?a=1",
    "https://user@h",
  ]) {
    expect(() => checkBaseUrl(bad)).toThrow();
  }
  for (const [given, base] of [
    [" https://h/v1 ", "https://h/v1"],
    ["https://h/v1//", "https://h/v1"],
    ["HTTPS://H:443", "https://h"],
  ]) {
    expect(checkBaseUrl(given ?? "")).toBe(base);
  }
});

it("JSON pointers follow RFC 6901 and read own properties only", () => {
  const document = { a: { "b/c": [{ "~": 1 }] }, "": 2, nothing: null };
  for (const [pointer, value] of [
    ["", document],
    ["/a/b~1c/0/~0", 1],
    ["/", 2],
    ["/nothing", null],
    ["/nothing/x", undefined],
    ["/a/x", undefined],
    ["/constructor", undefined],
    ["/a/b~1c/length", 1],
  ] as const) {
    expect(readPointer(document, pointer)).toEqual(value);
  }
  fc.assert(fc.property(fc.anything(), fc.string(), (value, text) => void readPointer(value, `/${text}`)));
});
