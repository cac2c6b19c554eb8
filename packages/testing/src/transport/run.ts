import { deepEqual, equal, match, ok, partialDeepStrictEqual } from "node:assert/strict";
import { type ClientOptions, type Clock, GpuError } from "@gpu/core";
import { readDocument, readJson } from "../document.js";
import { type CallableOperation, callableOperations } from "./operations.js";
import type { ScriptedResponse, TransportRow, VendorRow } from "./row.js";
import { transportRows } from "./rows.js";

/** A vendor's package, as the suite needs it. */
export interface TransportTarget {
  /** The composed document, `packages/<vendor>/openapi.json`. */
  documentFile: URL;
  /** The package's factory. */
  createClient: (options: ClientOptions) => object;
  /** The vendor's own responses, a list of `VendorRow`. */
  rowsFile?: URL;
}

const key = "transport-key-0123456789";

/** How a vendor's client sends, retries and fails, for any test runner. */
export function transportCases({ documentFile, createClient, rowsFile }: TransportTarget): {
  name: string;
  run: () => Promise<void>;
}[] {
  const document = readDocument(documentFile);
  const operations = callableOperations(document);
  const vendorRows = rowsFile ? readJson<VendorRow[]>(rowsFile) : [];
  return [...transportRows, ...vendorRows.map(rowOf)].flatMap((row) => {
    const matching = operations.filter(({ name, kinds }) =>
      typeof row.for === "string" ? kinds.has(row.for) : name === row.for.operation,
    );
    // Not every vendor has every kind of operation, but an operation that is named must exist.
    if (matching.length === 0 && typeof row.for !== "string")
      throw new Error(`${document["x-gpu-client"].vendor} has no ${row.for.operation}, for: ${row.name}`);
    return (row.each ? matching : matching.slice(0, 1)).map((operation) => ({
      name: `${operation.name}: ${row.name}`,
      run: () => runRow(row, operation, createClient),
    }));
  });
}

function rowOf({ name, operation = "createInstance", response, outcome, message }: VendorRow): TransportRow {
  return {
    name,
    for: { operation },
    client: { maxRetries: 0 },
    responses: [response],
    requests: 1,
    outcome,
    ...(message !== undefined && { message }),
  };
}

async function runRow(
  row: TransportRow,
  operation: CallableOperation,
  createClient: TransportTarget["createClient"],
): Promise<void> {
  const { keys: given, ...clientOptions } = row.client ?? {};
  const keys = given && [...given];
  const { path, ...callOptions } = row.call ?? {};
  const controller = new AbortController();
  const requests: Headers[] = [];
  const waits: number[] = [];
  let time = Date.parse("2026-11-21T00:00:00Z");
  const clock: Clock = {
    now: () => time,
    sleep: async (ms) => {
      waits.push(ms);
      time += ms;
      if (row.abort === "during the first wait") controller.abort();
    },
  };
  const fetch = async (_url: string, init: RequestInit): Promise<Response> => {
    const response = row.responses[Math.min(requests.length, row.responses.length - 1)];
    requests.push(new Headers(init.headers));
    if (row.abort === "after sending") controller.abort();
    if (response === "silence") time += row.call?.timeoutMs ?? row.client?.timeoutMs ?? 60_000;
    return respond(response, operation);
  };
  const apiKey = keys ? () => keys.shift() ?? "" : key;
  const client = createClient({ apiKey, clock, fetch, ...clientOptions }) as Record<
    string,
    (options: object) => Promise<unknown>
  >;
  if (row.abort === "before the call") controller.abort();

  const call = client[operation.name]?.({ ...operation.arguments(path), ...callOptions, signal: controller.signal });
  const error = await call?.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

  const { outcome = "success" } = row;
  if (outcome === "success") equal(error, undefined);
  else {
    ok(GpuError.isInstance(error), `a GpuError, not ${String(error)}`);
    partialDeepStrictEqual({ ...error }, outcome);
    if (row.message) match(error.message, new RegExp(row.message));
    if (row.redacted) ok(!`${error.message}${JSON.stringify(error)}`.includes(row.redacted), error.message);
  }
  equal(requests.length, row.requests, "requests");
  if (row.waits) {
    equal(waits.length, row.waits.length, "waits");
    for (const [index, [least, most]] of row.waits.entries()) {
      const wait = waits[index] ?? Number.NaN;
      ok(least <= wait && wait <= most, `wait ${index + 1} of ${wait} ms is within ${least} and ${most} ms`);
    }
  }
  if (row.header) {
    const { name } = row.header;
    const values = requests.map((headers) => headers.get(name));
    if ("values" in row.header) deepEqual(values, row.header.values);
    else ok(values[0] && new Set(values).size === 1, `one ${name} in all requests: ${values.join(", ")}`);
  }
}

async function respond(scripted: ScriptedResponse | undefined, operation: CallableOperation): Promise<Response> {
  if (scripted === undefined) throw new Error("the row has no responses");
  if (scripted === "success") return operation.success();
  if (scripted === "silence") return new Promise(() => {});
  if ("throws" in scripted)
    throw new TypeError("fetch failed", { cause: Object.assign(new Error(scripted.throws), { code: scripted.throws }) });
  const { status, headers, json, text, breaksOff } = scripted;
  const cut = new ReadableStream({ start: (stream) => stream.error(new Error("cut off")) });
  const body = breaksOff ? cut : json === undefined ? (text ?? null) : JSON.stringify(json);
  return new Response(body, {
    status,
    headers: { ...(json !== undefined && { "content-type": "application/json" }), ...headers },
  });
}
