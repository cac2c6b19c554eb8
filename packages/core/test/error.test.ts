import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { OperationContract } from "../src/contract.js";
import { readFailure } from "../src/failure.js";
import { GpuError } from "../src/index.js";
import { anyText } from "./any-text.js";
import { contract, failure, json, key, observe } from "./support.js";

const init = { message: "m", code: "no_capacity", vendor: "example", sideEffect: "none" } as const;

describe("GpuError", () => {
  it("has defaults, a name and a cause", () => {
    const cause = new Error("c");
    const error = new GpuError({ ...init, cause });
    expect(error).toMatchObject({ name: "GpuError", message: "m", retryable: false, attempts: 0, cause });
    expect(error).toBeInstanceOf(Error);
    expect(error.stack).toMatch(/^GpuError: m\n/);
    expect("cause" in new GpuError(init)).toBe(false);
  });
  it("is recognized by another copy of the package, and nothing else is", async () => {
    vi.resetModules();
    const copy = await import("../src/error.js");
    expect(copy.GpuError).not.toBe(GpuError);
    expect(GpuError.isInstance(new copy.GpuError(init))).toBe(true);
    expect(copy.GpuError.isInstance(new GpuError(init))).toBe(true);
    for (const other of [undefined, null, 5, "x", {}, new Error("x"), { code: "no_capacity", vendor: "example" }]) {
      expect(GpuError.isInstance(other)).toBe(false);
    }
  });
  it("has its message in JSON, and no marker in an inspection", () => {
    expect(JSON.parse(JSON.stringify(new GpuError(init)))).toEqual({ name: "GpuError", retryable: false, attempts: 0, ...init });
    expect(inspect(new GpuError(init))).not.toContain("Symbol");
  });
  it("keeps the code and message of its causes in JSON", () => {
    const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", socket: { key: "k" } });
    const cause = new GpuError({ ...init, message: "inner", cause: new TypeError("fetch failed", { cause: reset }) });
    const { cause: shown } = JSON.parse(JSON.stringify(new GpuError({ ...init, cause })));
    expect(shown).toMatchObject({ name: "GpuError", code: "no_capacity", message: "inner" });
    expect(shown.cause).toEqual({
      name: "TypeError",
      message: "fetch failed",
      cause: { name: "Error", message: "read ECONNRESET", code: "ECONNRESET" },
    });
  });
  it.each<[cause: unknown, shown: unknown]>([
    ["stop", "stop"],
    [7n, "7"],
    [null, "null"],
    [
      { message: "m", code: 5, loop: globalThis },
      { message: "m", code: 5 },
    ],
  ])("keeps the cause %o in JSON", (cause, shown) => {
    expect(JSON.parse(JSON.stringify(new GpuError({ ...init, cause }))).cause).toEqual(shown);
  });
  it("stops in JSON at a cause that is its own cause", () => {
    const cause = new Error("loop");
    cause.cause = cause;
    expect(JSON.stringify(new GpuError({ ...init, cause })).match(/loop/g)).toHaveLength(5);
  });
  it("has no secret in the JSON of its causes", async () => {
    const { client } = observe([() => Promise.reject(new Error("no route", { cause: new Error(`sent ${key}`) }))]);
    const text = JSON.stringify(await failure(client.createInstance({ body: {} })));
    expect(text).toContain("sent [redacted]");
    expect(text).not.toContain(key);
  });
  it("prints its code and message inside other objects, and all fields on its own", () => {
    const error = new GpuError({ ...init, message: "sold out", status: 503, cause: new Error("why") });
    const line = "[GpuError no_capacity: sold out]";
    expect(inspect([{ provider: "example", error }])).toBe(`[ { provider: 'example', error: ${line} } ]`);
    expect(inspect({ offers: [], failures: [{ provider: "example", error }] })).toContain(line);
    const alone = inspect(error);
    expect(alone).toContain(error.stack);
    for (const field of ["code: 'no_capacity'", "vendor: 'example'", "status: 503", "cause: Error: why"]) {
      expect(alone).toContain(field);
    }
    expect(alone).not.toContain("undefined");
  });
});

describe("any response", () => {
  const operation = contract.operations["createInstance"] as OperationContract;
  it("that is not a success is read into strings, without throwing", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 100, max: 599 }), fc.string(), (body, status, text) => {
        const read = readFailure(contract.errors, operation, { status, headers: new Headers() }, body, text);
        expect(typeof read.code).toBe("string");
        for (const part of [read.vendorCode, read.vendorMessage, read.requestId])
          expect(["string", "undefined"]).toContain(typeof part);
        expect(["none", "possible", "committed"]).toContain(read.sideEffect);
      }),
      { numRuns: 2_000 },
    );
  });
  it("with any body and status ends a paid call with a result or a GpuError after one request", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.jsonValue().map((value) => JSON.stringify(value)),
          fc.string(),
          anyText(),
        ),
        fc.integer({ min: 200, max: 599 }),
        fc.constantFrom("application/json", "text/html", "text/plain", ""),
        async (text, status, type) => {
          const body = [204, 205, 304].includes(status) ? null : text;
          const { client, sent } = observe([
            () => new Response(body, { status, ...(type && { headers: { "content-type": type } }) }),
          ]);
          const outcome = await client.createInstance({ body: {} }).then(
            (data) => ({ data }),
            (error: unknown) => ({ error }),
          );
          expect("data" in outcome || GpuError.isInstance(outcome.error)).toBe(true);
          expect(sent).toHaveLength(1);
        },
      ),
      { numRuns: 1_000 },
    );
  });
  it("has the same meaning whatever secrets the request contains", async () => {
    const body = { error: { code: "OUT_OF_STOCK", message: "no A100 left", request_id: "req-12345678" } };
    for (const value of ["error", "code", "message", "OUT_OF_STOCK", "A100 left"]) {
      const { client } = observe([json(body, 500)]);
      const error = await failure(client.createInstance({ body: { env: [{ name: "LOG_LEVEL", value }] } }));
      expect(error).toMatchObject({ code: "no_capacity", sideEffect: "none", requestId: "req-12345678" });
      expect(error.vendorCode).toBe(value === "OUT_OF_STOCK" ? "[redacted]" : "OUT_OF_STOCK");
      const read = observe([json({ ...body, id: "1" })]);
      expect(await failure(read.client.createInstance({ body: { env: [{ name: "LOG_LEVEL", value }] } }))).toMatchObject({
        code: "vendor_contract",
        sideEffect: "none",
      });
    }
  });
  it("with the vendor's code and message has them read from the documented places", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1 }),
        fc.string({ minLength: 1 }),
        fc.constantFrom(400, 409, 500),
        async (code, message, status) => {
          for (const body of [{ error: { code, message } }, { code, message }]) {
            const error = await failure(
              observe([json(body, status)], {}, { ...contract, secrets: [] }).client.createInstance({ body: {} }),
            );
            expect(error).toMatchObject({ vendorCode: code, vendorMessage: message, status });
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
