import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { readJson } from "./document.js";

/** The files of a vendored document. */
export interface VendoredDocument {
  /** `specs/<vendor>/` */
  folder: URL;
  /** `packages/<vendor>/openapi.json` */
  documentFile: URL;
}

/** Tests that a vendored document is unchanged, and that Redocly composes the same document as our own code. */
export function vendoredDocumentSuite({ folder, documentFile }: VendoredDocument): void {
  describe("the vendored document", () => {
    it("equals the vendor's, byte for byte", () => {
      const source = readFileSync(new URL("source.yaml", folder), "utf8");
      const recorded = /^sha256: ([0-9a-f]{64})$/m.exec(source)?.[1];
      const sha256 = createHash("sha256")
        .update(readFileSync(new URL("upstream.yaml", folder)))
        .digest("hex");
      expect(recorded).toBe(sha256);
    });

    it("is composed by Redocly to the same document", async () => {
      const { "x-generated-by": _, ...composed } = readJson<Record<string, unknown>>(documentFile);
      expect(await bundleWithRedocly(fileURLToPath(folder))).toEqual(composed);
    }, 30_000);
  });
}

async function bundleWithRedocly(folder: string): Promise<unknown> {
  const cli = createRequire(import.meta.url).resolve("@redocly/cli/bin/cli.js");
  const output = await mkdtemp(join(tmpdir(), "gpu-overlay-"));
  try {
    const overlays = ["operations", "fixes"].flatMap((name) => ["--overlay", join(folder, `${name}.overlay.yaml`)]);
    const file = join(output, "bundled.json");
    await promisify(execFile)(process.execPath, [cli, "bundle", join(folder, "upstream.yaml"), ...overlays, "--output", file], {
      cwd: output,
      env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
    });
    return readJson(file);
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}
