import { describe, expect, it } from "vitest";
import { type JsonObject, list, objectAt } from "../json.ts";
import { refuseNames, refuseServers } from "../names.ts";
import { document } from "./document.ts";

const get = (changed: JsonObject) => objectAt(objectAt(objectAt(changed, "paths"), "/instances"), "get");
const success = (changed: JsonObject) => objectAt(objectAt(get(changed), "responses"), "200");
const parameter = (where: string, name: string) => (changed: JsonObject) => {
  list(get(changed)["parameters"]).push({ name, in: where, schema: { type: "string" } });
};
const move = (object: JsonObject, from: string, to: string) => {
  object[to] = object[from] ?? {};
  delete object[from];
};

describe("a name that becomes part of a request", () => {
  it.each<[what: string, change: (changed: JsonObject) => void, message: RegExp]>([
    [
      "a header with a line break",
      parameter("header", "X-A\r\nX-B"),
      /parameters\/1: "X-A X-B" cannot be the name of a header parameter/,
    ],
    ["a header with a space", parameter("header", "X A"), /the name of a header parameter/],
    ["a header with a colon", parameter("header", "X-A:"), /the name of a header parameter/],
    ["a header without a name", parameter("header", ""), /the name of a header parameter/],
    ["a cookie with a semicolon", parameter("cookie", "a;b"), /the name of a cookie parameter/],
    ["a query parameter with a line break", parameter("query", "a\nb"), /the name of a query parameter/],
    ["a query parameter with HTML", parameter("query", "<script>"), /the name of a query parameter/],
    ["a path parameter with a brace", parameter("path", "a}{b"), /the name of a path parameter/],
    ["a path with a space", (changed) => move(objectAt(changed, "paths"), "/instances", "/a b"), /cannot be a path/],
    ["a path with HTML", (changed) => move(objectAt(changed, "paths"), "/instances", "/<!--"), /cannot be a path/],
    ["a path with a backtick", (changed) => move(objectAt(changed, "paths"), "/instances", "/`a`"), /cannot be a path/],
    ["a path without a slash", (changed) => move(objectAt(changed, "paths"), "/instances", "instances"), /cannot be a path/],
    ["a status", (changed) => move(objectAt(get(changed), "responses"), "200", "200*/"), /cannot be a status/],
    [
      "a media type",
      (changed) => move(objectAt(success(changed), "content"), "application/json", "a/b\n*/"),
      /cannot be a media type/,
    ],
    [
      "a header of a response",
      (changed) => {
        success(changed)["headers"] = { "X-A\r\n": { schema: { type: "string" } } };
      },
      /cannot be a header's name/,
    ],
    [
      "a header that carries the key",
      (changed) => {
        objectAt(changed, "components")["securitySchemes"] = { ApiKeyAuth: { type: "apiKey", in: "header", name: "X\nY" } };
      },
      /cannot be the name of the header that carries the key/,
    ],
  ])("is rejected: %s", (_, change, message) => {
    const changed = document();
    change(changed);
    expect(() => refuseNames(changed, "specs/acme")).toThrow(message);
    expect(() => refuseNames(changed, "specs/acme")).toThrow(/^specs\/acme: [^\n]+$/);
  });

  it.each<[what: string, change: (changed: JsonObject) => void]>([
    ["a header", parameter("header", "X-Api_Key.1")],
    ["a query parameter of a list", parameter("query", "filter[price][]")],
    ["a path with parameters and a colon", (changed) => move(objectAt(changed, "paths"), "/instances", "/v1/{id}:stop")],
    [
      "a media type with parameters",
      (changed) => move(objectAt(success(changed), "content"), "application/json", "application/json; charset=utf-8"),
    ],
    ["a range of media types", (changed) => move(objectAt(success(changed), "content"), "application/json", "*/*")],
    ["a range of statuses", (changed) => move(objectAt(get(changed), "responses"), "401", "4XX")],
  ])("is accepted: %s", (_, change) => {
    const changed = document();
    change(changed);
    expect(() => refuseNames(changed, "specs/acme")).not.toThrow();
  });
});

describe("a server", () => {
  it.each([
    "http://api.acme.dev/v1",
    "/v1",
    "//api.acme.dev",
    "ftp://api.acme.dev",
    "https://user:pass@api.acme.dev",
    "https://{region}.acme.dev\n",
    "",
    "javascript:alert(1)",
  ])("is rejected: %j", (url) => {
    const changed = document();
    list(changed["servers"]).push({ url });
    expect(() => refuseServers(changed, "specs/acme")).toThrow(/^specs\/acme: \/servers\/1\/url: no key may be sent to /);
  });

  it.each(["https://api.acme.dev", "https://api.acme.dev:8443/v1"])("is accepted: %s", (url) => {
    expect(() => refuseServers({ servers: [{ url }] }, "specs/acme")).not.toThrow();
  });
});
