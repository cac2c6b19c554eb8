import { describe, expect, it } from "vitest";
import { createVendorClient, type OperationContract, redactText, type VendorContract } from "../src/index.js";
import { contract, failure, json, key, observe, type Scripted } from "./support.js";

const password = "hunter2-registry";
const html = (length: number) => `<html>${"<p class='x'>it failed</p>".repeat(length / 26)}</html>`;

describe("a body that is not JSON", () => {
  const getInstance: OperationContract = { method: "GET", path: "/instances/{id}", response: { type: "object", secret: true } };
  const secretive: VendorContract = { ...contract, operations: { ...contract.operations, getInstance } };
  const bodies: [what: string, status: number, type: string, text: string, code: string][] = [
    ["cut JSON", 200, "application/json", '{"id":"i-1","ssh":{"private_key":"abcdefgh', "vendor_contract"],
    ["cut JSON of another type", 200, "text/plain", '{"id":"i-1","sshPassword":"abcdefgh', "vendor_contract"],
    ["a page", 200, "text/html; charset=utf-8", "<pre>abcdefgh</pre>", "vendor_contract"],
    ["cut JSON of an error", 500, "text/plain", ' {"message":"no longer available","was":"abcdefgh', "no_capacity"],
  ];
  const get = (client: ReturnType<typeof observe>["client"]) => failure(client.getInstance({ path: { id: "1" }, maxRetries: 0 }));

  it.each(bodies)(
    "is omitted from the error of a response with secrets, but is still parsed for its code: %s",
    async (_, status, type, text, code) => {
      const response = new Response(text, { status, headers: { "content-type": type } });
      const { client, events } = observe([response], {}, secretive);
      const error = await get(client);
      expect(error).toMatchObject({ code, body: `[may hold secrets: ${text.length} characters of ${type}]` });
      expect(JSON.stringify([error, events]) + error.stack).not.toContain("abcdefgh");
    },
  );
  it("is also omitted without a content type", async () => {
    const { client } = observe([new Response(new TextEncoder().encode("abc"))], {}, secretive);
    expect((await get(client)).body).toBe("[may hold secrets: 3 characters of no type]");
  });
  it.each([
    [502, "text/html", "<pre>bad gateway</pre>", undefined],
    [400, "text/plain", "try another region", "try another region"],
  ])("appears when it is the message of an error: %i %s", async (status, type, text, vendorMessage) => {
    const { client } = observe([new Response(text, { status, headers: { "content-type": type } })], {}, secretive);
    expect(await get(client)).toMatchObject({ body: text, vendorMessage });
  });
  it("appears in the error when it is JSON or empty", async () => {
    const shown = async (response: Response) => (await get(observe([response], {}, secretive).client)).body;
    expect(await shown(json({ message: "no", password }, 400))).toEqual({ message: "no", password: "[redacted]" });
    expect(await shown(new Response("", { status: 500 }))).toBeUndefined();
  });
  it.each(bodies)("appears in the error of a response without secrets: %s", async (_, status, type, text, code) => {
    const response = new Response(text, { status, headers: { "content-type": type } });
    const error = await get(observe([response]).client);
    expect(error).toMatchObject({ code });
    expect(String(error.body).slice(0, 10)).toBe(text.slice(0, 10));
  });
});

describe("a long body", () => {
  it("is truncated, and so is the message that quotes it", async () => {
    const text = await failure(observe([new Response(html(1_000_000))]).client.listInstances());
    expect(String(text.body)).toHaveLength(500);
    const message = await failure(observe([json({ message: "x".repeat(1_000_000) }, 400)]).client.listInstances());
    expect(message.vendorMessage).toBe(`${"x".repeat(4_000)}…`);
    expect(JSON.stringify(message).length).toBeLessThan(20_000);
  });
  it("is truncated without exposing a part of a secret", async () => {
    for (let at = 470; at < 510; at += 1) {
      const response = new Response(`${"x".repeat(at)}${password}${"y".repeat(5_000)}`, { status: 400 });
      const error = await failure(observe([response]).client.createInstance({ body: { env: [{ name: "A", value: password }] } }));
      expect(String(error.body)).toMatch(/^x+(\[redacted\]y*)?$/);
    }
  });
  it("takes no longer to redact than a short one", async () => {
    const cost = async (script: Scripted[]) => {
      const runs: number[] = [];
      for (let run = 0; run < 5; run += 1) {
        const { client } = observe(script, { hooks: undefined });
        const before = process.cpuUsage();
        await failure(client.createInstance({ body: { password, env: [{ name: "A", value: "\\".repeat(100) }] } }));
        runs.push(process.cpuUsage(before).user / 1_000);
      }
      return Math.max(2, Math.min(...runs));
    };
    for (const piece of ["\\", "a", "<p class='x'>it failed</p>", "&quot;", "%5c"]) {
      const response = (length: number) => [new Response(piece.repeat(length / piece.length), { status: 400 })];
      // The cost includes reading the body.
      expect(await cost(response(1_000_000))).toBeLessThan(60 * (await cost(response(5_000))));
    }
  });
});

describe("redactText", () => {
  const create = async (client: ReturnType<typeof observe>["client"], value: string) => {
    await client.createInstance({ body: { registry: { password: value } } });
  };

  it("removes the client's keys, secret headers, and secrets of earlier requests", async () => {
    const { client } = observe([json({ id: "1" })], { headers: { "x-proxy-token": "proxy-secret" } });
    await create(client, password);
    const text = `bad ${password}, ${key} or proxy-secret`;
    expect(redactText(client, {}, text)).toBe("bad [redacted], [redacted] or [redacted]");
  });
  it("removes secrets of the response", () => {
    const { client } = observe([]);
    expect(redactText(client, { env: [{ name: "A", value: "an-env-value" }] }, "no an-env-value")).toBe("no [redacted]");
  });
  it("removes secrets of the last ten requests that contained any", async () => {
    const { client } = observe([json({ id: "1" })]);
    for (let call = 0; call < 11; call += 1) {
      await create(client, `s3cret-of-call-${call}!`);
      await client.createInstance({ body: { name: "without" } });
    }
    expect(redactText(client, {}, "s3cret-of-call-0!")).toBe("s3cret-of-call-0!");
    for (let call = 1; call < 11; call += 1) expect(redactText(client, {}, `s3cret-of-call-${call}!`)).toBe("[redacted]");
  });
  it("does not know the secrets of other clients or of foreign objects", async () => {
    await create(observe([json({ id: "1" })]).client, password);
    expect(redactText(observe([]).client, {}, password)).toBe(password);
    expect(redactText({}, { password }, password)).toBe(password);
  });
  it("does not fail a call with a script of several megabytes", async () => {
    const { client } = observe([json({ id: "1" })]);
    expect(await client.createInstance({ body: { env: [{ name: "A", value: "x\\ny".repeat(2_000_000) }] } })).toEqual({
      id: "1",
    });
  });
  it("adds no property to the client", () => {
    const client = createVendorClient(contract, { apiKey: key });
    expect(Object.getOwnPropertyNames(client)).not.toContain("redact");
    expect(Object.getOwnPropertySymbols({ ...(client as object) })).toEqual([]);
  });
});

it("removes each line of a script with thousands of lines", async () => {
  const lines = Array.from({ length: 10_000 }, (_, n) => `  apt-get install package-${n} && echo "done ${n}" >> /var/log/x.log`);
  const { client } = observe([json({ message: `line 9999: ${lines[9_998]?.trim()}: not found` }, 400)]);
  const error = await failure(client.createInstance({ body: { env: [{ name: "S", value: lines.join("\n") }] } }));
  expect(error.vendorMessage).toBe("line 9999: [redacted]: not found");
});
