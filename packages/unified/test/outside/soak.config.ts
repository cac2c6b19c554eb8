import { defineConfig } from "vitest/config";

/** More programmes than in the ordinary run. */
export default defineConfig({ test: { env: { GPU_SOAK: process.env["GPU_SOAK"] ?? "20000" } } });
