// Loads documents from an attacker's servers.
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { load, newAllowance } from "../../load.ts";
import { refuseOtherSite } from "../../site.ts";
import { plantWitnesses, type Witnesses } from "./witnesses.ts";

const mebibyte = 1024 * 1024;
let server: Server;
let base: string;
let respond: RequestListener;
let requests: number;
let witnesses: Witnesses;

beforeAll(async () => {
  witnesses = await plantWitnesses();
  server = createServer((request, response) => {
    requests += 1;
    respond(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  requests = 0;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await witnesses.remove();
});
afterEach(() => expect(witnesses.requested).toEqual([]));

/** The one-line error for a document that the server sends. */
async function rejection(listener: RequestListener, signal?: AbortSignal): Promise<string> {
  respond = listener;
  const allowance = newAllowance();
  const error: unknown = await load(`${base}/openapi.json`, signal ? { ...allowance, signal } : allowance).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: "UserError", message: expect.not.stringContaining("\n") });
  return (error as Error).message;
}

const bomb = gzipSync(Buffer.alloc(64 * mebibyte), { level: 1 });

describe("an endless response is read up to the limit", () => {
  it("when it is compressed", async () => {
    const message = await rejection((_, response) => {
      response.setHeader("content-encoding", "gzip");
      response.end(bomb);
    });
    expect(message).toMatch(/openapi\.json: is too large: at most 16 MiB are read$/);
  });

  it("when it is compressed twice", async () => {
    const twice = gzipSync(bomb);
    const message = await rejection((_, response) => {
      response.setHeader("content-encoding", "gzip, gzip");
      response.end(twice);
    });
    expect(message).toMatch(/is too large: at most 16 MiB are read$/);
  });

  it("when it never ends, and the connection is closed", async () => {
    let closed = () => {};
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const chunk = Buffer.alloc(mebibyte, " ");
    const message = await rejection((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", more).on("close", closed);
      more();
    });
    expect(message).toMatch(/is too large/);
    await isClosed;
  });
});

describe("a slow server is aborted", () => {
  it.each<[string, RequestListener]>([
    ["before it responds", () => {}],
    [
      "while it responds",
      (_, response) => {
        response.write("{");
      },
    ],
    [
      "over redirects",
      (request, response) => {
        if (requests > 1) return;
        response.writeHead(302, { location: `${request.url}x` }).end();
      },
    ],
  ])("%s", async (_, listener) => {
    const time = new AbortController();
    const rejected = rejection(listener, time.signal);
    while (requests === 0) await new Promise((resolve) => setImmediate(resolve));
    time.abort();
    expect(await rejected).toMatch(/openapi\.json: cannot be fetched: it takes too long$/);
  });
});

describe("a redirect", () => {
  const redirect =
    (location: () => string): RequestListener =>
    (request, response) => {
      if (request.url === "/moved") response.end("found");
      else response.writeHead(302, { location: location() }).end();
    };

  it("is followed within the same site", async () => {
    respond = redirect(() => "/moved");
    expect(await load(`${base}/openapi.json`)).toBe("found");
  });

  it.each<[string, () => string, RegExp]>([
    ["to another port of the machine", () => witnesses.url, /redirects to 127\.0\.0\.1:\d+, another site/],
    [
      "to another name of the machine",
      () => `${base.replace("127.0.0.1", "localhost")}/moved`,
      /redirects to localhost:\d+, another site/,
    ],
    ["to another host", () => "https://elsewhere.example/", /redirects to elsewhere\.example, another site/],
    ["to plain http", () => "http://elsewhere.example/", /not fetched over http/],
    ["to a file", () => `file://${witnesses.file}`, /not fetched over file/],
    ["to data", () => "data:text/plain,found", /not fetched over data/],
    ["to an invalid address", () => "http://[", /is not an address/],
    ["to itself", () => "/openapi.json", /redirects more than 5 times/],
  ])("%s is rejected", async (_, location, message) => {
    expect(await rejection(redirect(location))).toMatch(message);
  });

  it.each<[given: string, url: string, isAllowed: boolean]>([
    ["https://vendor.example/a", "https://vendor.example/b", true],
    ["https://vendor.example/a", "https://www.vendor.example/a", true],
    ["https://docs.vendor.example/a", "https://vendor.example/a", true],
    ["https://vendor.example:8443/a", "https://vendor.example:8443/b", true],
    ["https://vendor.example/a", "http://vendor.example/a", false],
    ["https://vendor.example/a", "https://vendor.example:8443/a", false],
    ["https://vendor.example/a", "https://evilvendor.example/a", false],
    ["https://vendor.example/a", "https://vendor.example.evil.example/a", false],
    ["https://a.vendor.example/a", "https://b.vendor.example/a", false],
    ["https://vendor.example/a", "https://example/a", false],
    ["https://vendor.example/a", "http://127.0.0.1/a", false],
    ["https://vendor.example/a", "https://127.0.0.1/a", false],
    ["https://10.0.0.1/a", "https://0.0.1/a", false],
    ["http://127.0.0.1:80/a", "https://vendor.example/a", false],
    ["http://localhost/a", "http://localhost/b", true],
  ])("from %s to %s is allowed: %s", (given, url, isAllowed) => {
    const check = () => refuseOtherSite(new URL(url), new URL(given));
    if (isAllowed) expect(check).not.toThrow();
    else expect(check).toThrow(/another site|not fetched over http/);
  });
});

it.each<[string, RequestListener, RegExp]>([
  ["bytes that are not UTF-8", (_, response) => response.end(Buffer.from([0x7b, 0xff])), /is not UTF-8 text$/],
  ["a failure", (_, response) => response.writeHead(500).end("{}"), /cannot be fetched: status 500$/],
  [
    "a response that breaks off",
    (_, response) => response.writeHead(200, { "content-length": "9" }).destroy(),
    /cannot be fetched: /,
  ],
  ["a response that is not HTTP", (request) => request.socket.end("\u001b[31mno\r\n"), /cannot be fetched: /],
])("%s is rejected", async (_, listener, message) => {
  expect(await rejection(listener)).toMatch(message);
});

it("an error does not repeat the password in an address", async () => {
  const error = await load("https://user:hunter2@vendor.example/openapi.json").catch((reason: unknown) => reason);
  expect(String(error)).toMatch(/the address holds a user name or a password/);
  expect(String(error)).not.toContain("hunter2");
});
