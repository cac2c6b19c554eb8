import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/** Where a vendored document is. */
export interface VendoredDocument {
  /** `specs/<vendor>/` */
  folder: URL;
}

/** Tests that a vendored document is unchanged. */
export function vendoredDocumentSuite({ folder }: VendoredDocument): void {
  describe("the vendored document", () => {
    it("equals the vendor's, byte for byte", () => {
      const source = readFileSync(new URL("source.yaml", folder), "utf8");
      const recorded = /^sha256: ([0-9a-f]{64})$/m.exec(source)?.[1];
      const sha256 = createHash("sha256")
        .update(readFileSync(new URL("upstream.yaml", folder)))
        .digest("hex");
      expect(recorded).toBe(sha256);
    });
  });
}
