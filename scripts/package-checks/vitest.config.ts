import { defineConfig } from "vitest/config";

/** Checks of the packages as users get them. They install, pack and start programs, so they take their time, one after the other. */
export default defineConfig({
  test: {
    include: ["scripts/package-checks/test/*.test.ts"],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    fileParallelism: false,
  },
});
