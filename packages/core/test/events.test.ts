import { describe, expect, it } from "vitest";
import type { EventStream, ServerSentEvent } from "../src/index.js";
import { createOpenapiFetch } from "../src/openapi-fetch.js";
import { failure, json, observe, type Scripted } from "./support.js";

const type = { "content-type": "text/event-stream; charset=utf-8" };
const bytes = (text: string) => new TextEncoder().encode(text);

/** A response with a stream of chunks, and whether the client cancelled it. */
function streamOf(chunks: (string | Uint8Array | Error)[], { stays = false } = {}) {
  const state = { cancelled: 0 };
  const left = [...chunks];
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = left.shift();
        if (chunk instanceof Error) controller.error(chunk);
        else if (chunk !== undefined) controller.enqueue(typeof chunk === "string" ? bytes(chunk) : chunk);
        else if (!stays) controller.close();
      },
      cancel() {
        state.cancelled += 1;
      },
    },
    { highWaterMark: 0 },
  );
  const response: Scripted = () => new Response(body, { headers: type });
  return { state, response };
}

async function follow(script: Scripted[], options: { signal?: AbortSignal } = {}) {
  const { client } = observe(script);
  return (await client.followEvents({ ...options })) as EventStream;
}

async function all<Data>(events: AsyncIterable<ServerSentEvent<Data>>): Promise<ServerSentEvent<Data>[]> {
  const found: ServerSentEvent<Data>[] = [];
  for await (const event of events) found.push(event);
  return found;
}

const message = (data: string, id?: string, event = "message") => ({ id, event, data });

const streams: [name: string, chunks: (string | Uint8Array)[], events: object[]][] = [
  ["one event", ["data: a\n\n"], [message("a")]],
  ["no space after the colon, and only one is dropped", ["data:a\ndata:  b\n\n"], [message("a\n b")]],
  ["several lines of data", ["data: a\ndata\ndata: b\n\n"], [message("a\n\nb")]],
  ["a colon in the data", ["data: a: b\n\n"], [message("a: b")]],
  ["type and id", ["event: log\nid: 7\ndata: a\n\n"], [message("a", "7", "log")]],
  [
    "an id that lasts, and a type that does not",
    ["event: x\nid: 7\ndata: a\n\ndata: b\n\n"],
    [message("a", "7", "x"), message("b", "7")],
  ],
  ["an id with a null is ignored", ["id: 1\0\ndata: a\n\n"], [message("a")]],
  ["comments, unknown fields and blank lines", [": hi\n\n\n\nretry: 5\nfoo: 1\n:\n\ndata: a\n\n"], [message("a")]],
  ["all line ends", ["data: a\r\n\r\ndata: b\r\rdata: c\n\n"], ["a", "b", "c"].map((data) => message(data))],
  ["a line end in two chunks", ["data: a\r", "\n\r", "\ndata: b\r\n\r\n"], [message("a"), message("b")]],
  ["characters one by one", [..."data: ab\r\nid: 1\r\n\r\ndata: c\n\n"], [message("ab", "1"), message("c", "1")]],
  ["a character in two chunks", [bytes("data: é").slice(0, 7), bytes("data: é\n\n").slice(7)], [message("é")]],
  ["a byte order mark", ["\ufeffdata: a\n\n"], [message("a")]],
  ["an event that is not complete is dropped", ["data: a\n\ndata: b\n"], [message("a")]],
  ["nothing", [], []],
];

describe("a stream of events", () => {
  for (const [name, chunks, events] of streams) {
    it(`is read: ${name}`, async () => {
      expect(await all(await follow([streamOf(chunks).response]))).toEqual(events);
    });
  }

  it("has its data parsed when the document declares JSON, for named calls and `http`", async () => {
    const chunk = 'id: 1\ndata: {"line":"hello","n":12345678901234567890}\n\n';
    const expected = [{ id: "1", event: "message", data: { line: "hello", n: "12345678901234567890" } }];
    const { client } = observe([streamOf([chunk]).response, streamOf([chunk]).response]);
    expect(await all((await client.getLogs({ path: { id: "i" } })) as EventStream<unknown>)).toEqual(expected);
    const { status, data, response } = await client.http.GET("/instances/{id}/logs", { params: { path: { id: "i" } } });
    expect([status, response.status]).toEqual([200, 200]);
    expect(await all(data as EventStream<unknown>)).toEqual(expected);
  });

  it("yields events as they arrive, and is cancelled when the reader stops", async () => {
    const { state, response } = streamOf(["data: a\n\n"], { stays: true });
    for await (const event of await follow([response])) {
      expect(event).toEqual(message("a"));
      break;
    }
    expect(state.cancelled).toBe(1);
  });

  it("is cancelled by return() before the first read and during a read", async () => {
    const unread = streamOf([], { stays: true });
    await (await follow([unread.response])).return?.();
    expect(unread.state.cancelled).toBe(1);
    const pending = streamOf([], { stays: true });
    const events = await follow([pending.response]);
    const next = events.next();
    await events.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(pending.state.cancelled).toBe(1);
  });

  it("ends with `aborted` and is cancelled when the caller aborts while it waits", async () => {
    const { state, response } = streamOf(["data: a\n\n"], { stays: true });
    const controller = new AbortController();
    const events = await follow([response], { signal: controller.signal });
    await events.next();
    const next = events.next();
    controller.abort(new Error("enough"));
    expect(await failure(next)).toMatchObject({ code: "aborted", operation: "followEvents", sideEffect: "committed" });
    expect(state.cancelled).toBe(1);
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  it("yields no event after an abort, even if more have arrived", async () => {
    const controller = new AbortController();
    const events = await follow([streamOf(["data: a\n\ndata: b\n\n"]).response], { signal: controller.signal });
    await events.next();
    controller.abort();
    expect(await failure(events.next())).toMatchObject({ code: "aborted" });
  });

  it("ends with `network` when the connection breaks; the error of a read is retryable", async () => {
    const { client } = observe([streamOf(['data: {"a":1}\n\n', new TypeError("terminated")]).response]);
    const events = (await client.getLogs({ path: { id: "i" } })) as EventStream;
    expect((await events.next()).value).toMatchObject({ data: { a: 1 } });
    expect(await failure(events.next())).toMatchObject({ code: "network", sideEffect: "none", retryable: true, status: 200 });
  });

  it("ends with `vendor_contract` for data that is not JSON, without the data, and for endless events", async () => {
    const { client } = observe([streamOf(["data: {broken\n\n"], { stays: true }).response]);
    const error = await failure(((await client.getLogs({ path: { id: "i" } })) as EventStream).next());
    expect(error).toMatchObject({ code: "vendor_contract", message: expect.stringContaining("not complete JSON") });
    expect(error.message).not.toContain("broken");
    for (const chunk of ["x".repeat(100_000), `data: ${"x".repeat(100_000)}\n`]) {
      const { state, response } = streamOf(Array.from({ length: 20 }, () => chunk));
      expect(await failure((await follow([response])).next())).toMatchObject({
        code: "vendor_contract",
        message: expect.stringContaining("more than 1000000 characters"),
      });
      expect(state.cancelled).toBe(1);
    }
  });

  it("may stay open longer than the timeout, which ends with the headers", async () => {
    const { response } = streamOf(["data: a\n\n", "data: b\n\n"]);
    const { client, clock } = observe([response]);
    const events = (await client.followEvents({ timeoutMs: 1_000 })) as EventStream;
    clock.time += 60_000;
    expect(await all(events)).toHaveLength(2);
  });

  const others: [name: string, response: Response, says: string][] = [
    ["JSON", json({ container: [] }), "of type object, but events was expected"],
    ["a page", new Response("<html>", { headers: { "content-type": "text/html" } }), "is text/html, but events was expected"],
  ];
  for (const [name, response, says] of others) {
    it(`is not ${name}`, async () => {
      const { client } = observe([response]);
      expect(await failure(client.getLogs({ path: { id: "i" } }))).toMatchObject({
        code: "vendor_contract",
        message: expect.stringContaining(says),
      });
    });
  }

  it("fails like any other call before it begins", async () => {
    const { client, sent } = observe([json({}, 503), json({ code: "x", message: "gone" }, 404)]);
    expect(await failure(client.getLogs({ path: { id: "i" } }))).toMatchObject({ code: "not_found", vendorMessage: "gone" });
    expect(sent).toHaveLength(2);
    expect(await client.http.GET("/instances/{id}/logs", { params: { path: { id: "i" } } })).toMatchObject({ status: 404 });
  });

  it("goes through middleware, which receives the response with its stream", async () => {
    const { client } = observe([streamOf(["data: a\n\n"]).response]);
    const seen: string[] = [];
    client.http.use({ onResponse: ({ response }) => void seen.push(String(response.headers.get("content-type"))) });
    expect(await all((await client.followEvents()) as EventStream)).toEqual([message("a")]);
    expect(seen).toEqual([type["content-type"]]);
  });

  it("is read from the response that middleware returns instead", async () => {
    const { client } = observe([streamOf(["data: a\n\n"]).response]);
    client.http.use({ onResponse: ({ response }) => new Response(response.body?.pipeThrough(new TransformStream()), response) });
    expect(await all((await client.followEvents()) as EventStream)).toEqual([message("a")]);
  });

  it("is a stream for openapi-fetch too", async () => {
    const { client } = observe([streamOf(["data: a\n\n"]).response]);
    const fetcher = createOpenapiFetch<Record<string, never>>(client);
    const get = fetcher.GET as unknown as (path: string, init: object) => Promise<{ data: ReadableStream<Uint8Array> }>;
    const { data } = await get("/instances/{id}/logs", { params: { path: { id: "i" } }, parseAs: "stream" });
    expect(await new Response(data).text()).toBe("data: a\n\n");
  });
});
