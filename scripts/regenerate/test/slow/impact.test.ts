import { readFileSync } from "node:fs";
import { join } from "node:path";
import { generateTypes } from "@gpu-scripts/codegen/types.ts";
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { allVendors, root } from "@gpu-scripts/openapi/vendors.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { compareVersions } from "../../compare/compare.ts";
import { edits, Subject } from "./edits.ts";

/** The composed document of a vendor, as its package has it now. */
function composed(vendor: string): JsonObject {
  return JSON.parse(readFileSync(join(root, "packages", vendor, "openapi.json"), "utf8")) as JsonObject;
}

const vendors = allVendors();

describe.each(vendors)("a change of %s's document", { timeout: 60_000 }, (vendor) => {
  let document: JsonObject;
  let schema: string;
  beforeAll(async () => {
    document = composed(vendor);
    schema = await generateTypes(document);
  });

  const kinds = edits.filter(({ rare }) => !rare || vendor === vendors[0]);
  it.concurrent.each(kinds)("$kind is rated $impact and names the operation", async ({ prepare, apply, impact }) => {
    const before = structuredClone(document);
    prepare?.(new Subject(before));
    const after = structuredClone(before);
    const operations = [apply(new Subject(after))].flat();

    const comparison = await compareVersions(
      { document: before, schema: prepare ? await generateTypes(before) : schema },
      { document: after, schema: await generateTypes(after) },
    );

    expect(comparison.impact, JSON.stringify(comparison.changes, null, 1)).toBe(impact);
    expect(comparison.changes.map(({ operation }) => operation)).toEqual(expect.arrayContaining(operations));
  });
});
