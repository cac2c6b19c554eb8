import type { GpuError, KnownGpuErrorCode } from "./error.js";
import { parseJson } from "./json.js";
import { followAbort } from "./timers.js";
import type { ServerSentEvent } from "./types.js";

/** Creates the call's error for a failure while its events are read. */
export type StreamFailure = (failure: { code: KnownGpuErrorCode; reason: string; cause?: unknown }) => GpuError;

/** Returns the events of a response as an iterator. `signal` is the caller's. `isJson`: the data of each event is JSON. */
export type EventReader = (
  response: Response,
  signal: AbortSignal | undefined,
  isJson: true | undefined,
  failed: StreamFailure,
) => AsyncIterableIterator<unknown>;

/** The maximum length of a line and of an event, in characters: a longer one could fill the memory, and ends the stream. */
const longestEvent = 1_000_000;

/** Reads event streams. A client imports it only if its vendor has some. */
export const eventStream: EventReader = (response, signal, isJson, failed) => {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  // The body is not locked before the first read, because openapi-fetch may read it instead.
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
    // `return` alone does not end a generator that was not started or that waits for an event.
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

/** Parses chunks of a stream by the HTML standard. Yields undefined when an event is too long, and must not be used again then. */
function createParser(): (chunk: string) => Iterable<ServerSentEvent | undefined> {
  let rest = "";
  let endsInReturn = false;
  let id: string | undefined;
  let event = "";
  let data: string[] = [];
  let length = 0;
  return function* (chunk) {
    // A line end of two characters may be split between two chunks.
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
