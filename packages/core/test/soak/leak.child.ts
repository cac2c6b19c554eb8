// Runs as a child process with --expose-gc: 10,000 calls, 1,000 in flight, to the server whose URL is the first argument.
import { getEventListeners } from "node:events";
import { createVendorClient, GpuError, type VendorContract } from "../../dist/index.js";

const [baseUrl = ""] = process.argv.slice(2);
const contract: VendorContract = {
  vendor: "example",
  version: "0.0.0",
  baseUrl,
  apiKeyEnv: "EXAMPLE_API_KEY",
  auth: { header: "Authorization", prefix: "Bearer " },
  errors: { code: ["/code"], message: ["/message"], requestId: [], words: {}, phrases: [] },
  secrets: ["password"],
  operations: {
    getInstance: { method: "GET", path: "/instances/{id}", response: { type: "object", required: ["id"] } },
    createInstance: { method: "POST", path: "/instances", paid: true, response: { type: "object", required: ["id"] } },
  },
};
interface Operations {
  getInstance(options: object): Promise<unknown>;
  createInstance(options: object): Promise<unknown>;
}
const client = createVendorClient<object, Operations>(contract, { apiKey: async () => "key-0123456789", maxRetries: 1 });
const shared = new AbortController();
const outcomes: Record<string, number> = {};

async function call(index: number): Promise<void> {
  const own = new AbortController();
  const kinds = [
    () => client.getInstance({ path: { id: index }, signal: shared.signal }),
    () => client.createInstance({ body: { password: "secret" }, signal: shared.signal }),
    () => client.getInstance({ path: { id: "failing" }, maxRetries: 0, signal: shared.signal }),
    () => client.getInstance({ path: { id: "hanging" }, maxRetries: 0, timeoutMs: 50, signal: shared.signal }),
    () => {
      const call = client.getInstance({ path: { id: "hanging" }, signal: own.signal });
      setTimeout(() => own.abort(), 20);
      return call;
    },
  ];
  const outcome = await (kinds[index % kinds.length] as () => Promise<unknown>)().then(
    () => "success",
    (error: unknown) => (GpuError.isInstance(error) ? error.code : String(error)),
  );
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
}

async function batch(calls: number, inFlight: number): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < calls) await call(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

async function heap(): Promise<number> {
  let minimum = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 12; round += 1) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setImmediate(resolve));
    minimum = Math.min(minimum, process.memoryUsage().heapUsed);
  }
  return minimum;
}

// Warms up the runtime's pools, caches and compiled code under the same load.
await batch(10_000, 1_000);
for (const name of Object.keys(outcomes)) outcomes[name] = 0;
const before = await heap();
await batch(10_000, 1_000);
const after = await heap();
const count = (name: string) => process.getActiveResourcesInfo().filter((one) => one === name).length;
process.send?.({
  outcomes,
  before,
  after,
  listeners: getEventListeners(shared.signal, "abort").length,
  timers: count("Timeout"),
});
process.disconnect?.();
