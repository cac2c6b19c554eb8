import { defineConfig } from "vitest/config";

/** Runs more failures than the regular tests, and the test for leaks. */
export default defineConfig({
  test: {
    setupFiles: ["test/setup.ts"],
    include: ["test/fuzz.test.ts", "test/soak/*.test.ts"],
    env: { GPU_SOAK: process.env["GPU_SOAK"] ?? "10000" },
    testTimeout: 600_000,
  },
});
