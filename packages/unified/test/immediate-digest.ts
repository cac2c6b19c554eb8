// Computes digests synchronously. A virtual clock that advances after one idle turn of the event loop cannot see a digest on another
// thread, so runs of the same seed would differ on a busy machine. The replacement stays in place for all test files of a worker.
import { createHash } from "node:crypto";

Object.defineProperty(crypto.subtle, "digest", {
  value: async (algorithm: "SHA-256", data: Uint8Array): Promise<ArrayBuffer> => {
    if (algorithm !== "SHA-256") throw new Error(`${algorithm} is not supported here`);
    return new Uint8Array(createHash("sha256").update(data).digest()).buffer;
  },
  // Lets a worker load this file more than once.
  configurable: true,
});
