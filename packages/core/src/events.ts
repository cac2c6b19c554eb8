import type { GpuError, KnownGpuErrorCode } from "./error.js";
import { parseJson } from "./json.js";
import { followAbort } from "./timers.js";
import type { ServerSentEvent } from "./types.js";

/** Makes an error of the call from a failure while its events are read. */
export type StreamFailure = (failure: { code: KnownGpuErrorCode; reason: string; cause?: unknown }) => GpuError;

/** Returns the events of a response as an iterator. `signal` is the caller's; `isJson`: the data of each event is JSON. */
export type EventReader = (
  response: Response,
  signal: AbortSignal | undefined,
  isJson: true | undefined,
  failed: StreamFailure,
) => AsyncIterableIterator<unknown>;

/** Longer lines and events end the stream, so that it cannot fill the memory. In characters. */
const longestEvent = 1_000_000;

/** Reads event streams. A client imports it only if its vendor has some. */
export const eventStream: EventReader = (response, signal, isJson, failed) => {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  // Not locked before the first read: openapi-fetch may read the body instead.
  const read = async () => {
    reader ??= response.body?.getReader();
    return reader?.read();
  };
  const cancel = () => void (reader ?? response.body)?.cancel().catch(() => {});
  const unfollow = followAbort(signal, cancel);
  const end = () => {
    unfollow();
    cancel();
  };
  const events = readEvents(read, end, signal, isJson, failed);
  const finish = events.return.bind(events);
  return Object.assign(events, {
    // A generator that was not started or that waits for an event would not end by itself.
    return(value?: unknown) {
      end();
      return finish(value);
    },
  });
};

async function* readEvents(
  read: () => Promise<ReadableStreamReadResult<Uint8Array> | undefined>,
  end: () => void,
  signal: AbortSignal | undefined,
  isJson: true | undefined,
  failed: StreamFailure,
): AsyncGenerator<ServerSentEvent<unknown>, unknown> {
  const checkAbort = () => {
    if (signal?.aborted) throw failed({ code: "aborted", reason: "the caller aborted the call", cause: signal.reason });
  };
  const decoder = new TextDecoder();
  const parse = createParser();
  try {
    for (;;) {
      checkAbort();
      const chunk = await read().catch((cause) => {
        checkAbort();
        throw failed({ code: "network", reason: "the connection broke before the stream of events ended", cause });
      });
      checkAbort();
      if (!chunk || chunk.done) return undefined;
      for (const event of parse(decoder.decode(chunk.value, { stream: true }))) {
        if (!event) throw failed({ code: "vendor_contract", reason: `an event has more than ${longestEvent} characters` });
        let data: unknown = event.data;
        try {
          if (isJson) data = parseJson(event.data);
        } catch {
          throw failed({ code: "vendor_contract", reason: "the data of an event is not complete JSON" });
        }
        yield { ...event, data };
        checkAbort();
      }
    }
  } finally {
    end();
  }
}

/** Parses chunks of a stream as the HTML standard says. Yields undefined, and must not be used again, when an event is too long. */
function createParser(): (chunk: string) => Iterable<ServerSentEvent | undefined> {
  let rest = "";
  let endsInReturn = false;
  let id: string | undefined;
  let event = "";
  let data: string[] = [];
  let length = 0;
  return function* (chunk) {
    // The two characters of one line end may come in two chunks.
    const text = endsInReturn && chunk.startsWith("\n") ? chunk.slice(1) : chunk;
    if (chunk !== "") endsInReturn = chunk.endsWith("\r");
    const lines = text.split(/\r\n|\r|\n/);
    const last = lines.pop() ?? "";
    for (const part of lines) {
      const line = rest + part;
      rest = "";
      if (line === "") {
        if (data.length > 0) yield { id, event: event || "message", data: data.join("\n") };
        event = "";
        data = [];
        length = 0;
        continue;
      }
      const [, name, value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
      if (name === "event") event = value;
      if (name === "id" && !value.includes("\0")) id = value;
      if (name !== "data") continue;
      data.push(value);
      length += line.length;
      if (length > longestEvent) return yield undefined;
    }
    rest += last;
    if (rest.length > longestEvent) return yield undefined;
  };
}
