import { defineConfig } from "vitest/config";

/** Tests of the scripts; each package has its own. */
export default defineConfig({ test: { include: ["scripts/test/**/*.test.ts"] } });
