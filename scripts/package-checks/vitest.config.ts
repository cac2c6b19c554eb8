import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Tests of the packages as users install them. They install, pack and start programs, so they run in sequence with long timeouts. */
export default defineConfig({
  test: {
    // Other folders hold tests of the projects that the packages are tried in.
    include: ["test/*.test.ts"],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    fileParallelism: false,
    // Concurrent tests wait for a process each.
    maxConcurrency: availableParallelism(),
  },
});
