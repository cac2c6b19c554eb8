import { defineConfig } from "vitest/config";

/** For the tests of every script. Many start compilers and linters, which take seconds. */
export default defineConfig({ test: { isolate: false, testTimeout: 120_000, hookTimeout: 120_000 } });
