import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

/** A vendored document is the vendor's, byte for byte: its hash is the one in `source.yaml`. */
export function vendoredDocumentSuite(folder: URL): void {
  it("keeps the vendor's document byte for byte", () => {
    const source = readFileSync(new URL("source.yaml", folder), "utf8");
    const recorded = /^sha256: ([0-9a-f]{64})$/m.exec(source)?.[1];
    const sha256 = createHash("sha256")
      .update(readFileSync(new URL("upstream.yaml", folder)))
      .digest("hex");
    expect(recorded).toBe(sha256);
  });
}
