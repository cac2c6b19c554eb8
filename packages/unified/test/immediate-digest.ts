// Makes digests without the thread pool. A virtual clock that moves after one idle turn of the event loop cannot see that a digest is
// under way on another thread, so on a busy machine programmes of the same seed would differ. It stays for all test files of a worker.
import { createHash } from "node:crypto";

Object.defineProperty(crypto.subtle, "digest", {
  value: async (algorithm: "SHA-256", data: Uint8Array): Promise<ArrayBuffer> => {
    if (algorithm !== "SHA-256") throw new Error(`${algorithm} is not supported here`);
    return new Uint8Array(createHash("sha256").update(data).digest()).buffer;
  },
  // A worker may load this file more than once.
  configurable: true,
});
