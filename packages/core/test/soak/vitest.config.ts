import { defineConfig } from "vitest/config";

/** More failures than in the ordinary run, and the calls that must leave nothing behind. */
export default defineConfig({
  test: {
    setupFiles: ["test/setup.ts"],
    include: ["test/fuzz.test.ts", "test/soak/*.test.ts"],
    env: { GPU_SOAK: process.env["GPU_SOAK"] ?? "10000" },
    testTimeout: 600_000,
  },
});
