import { defineConfig } from "vitest/config";

/** The tests that take minutes, on every core. `GPU_SOAK` is the number of random programmes. */
export default defineConfig({
  test: {
    env: { GPU_SOAK: process.env["GPU_SOAK"] ?? "20000" },
    testTimeout: 300_000,
    isolate: false,
    maxWorkers: "100%",
  },
});
