import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { overlayFiles, repairContext } from "../compose.ts";
import { readDocument, readObject } from "../door.ts";
import type { JsonObject } from "../json.ts";
import { normalized } from "../normalize/normalize.ts";
import { OverlayApplier } from "../overlay.ts";
import { withRedocly } from "../redocly.ts";
import { readSource } from "../source.ts";
import { allVendors, root } from "../vendors.ts";

const folderOf = (vendor: string) => join(root, "specs", vendor);
const sources = await Promise.all(
  allVendors().map(async (vendor) => ({ vendor, source: await readSource(folderOf(vendor), vendor) })),
);
const vendored = sources.filter(({ source }) => source.file === "upstream.yaml");

describe.each(vendored)("the overlays of $vendor", ({ vendor, source }) => {
  it("give the same document when Redocly applies them", { timeout: 30_000 }, async () => {
    const upstream = await readDocument(join(folderOf(vendor), source.file), vendor, "vendor");
    const { document } = normalized(upstream, repairContext(vendor, source));
    const applier = new OverlayApplier(document);
    for (const file of overlayFiles) applier.apply(await readObject(join(folderOf(vendor), file), file), file);
    const overlays = overlayFiles.flatMap((file) => ["--overlay", join(folderOf(vendor), file)]);
    const args = ["bundle", "form.json", ...overlays, "--ext", "json"];
    const bundled = await withRedocly(args, { "form.json": document }, ({ stdout }) => JSON.parse(stdout) as JsonObject);
    expect(bundled).toEqual(applier.document);
  });
});
