import { join } from "node:path";
import { readObject } from "@gpu-scripts/openapi/door.ts";
import { evidenceOf } from "@gpu-scripts/openapi/live.ts";
import { operationsOf, titleOf } from "@gpu-scripts/openapi/operations.ts";
import { allVendors, root } from "@gpu-scripts/openapi/vendors.ts";
import { describe, expect, it } from "vitest";

// A new vendor may have no evidence at all. If a document has some, a missing entry would read as unknown.
describe.each(allVendors())("%s", (vendor) => {
  it("has evidence for all operations or for none", async () => {
    const path = join(root, "packages", vendor, "openapi.json");
    const operations = operationsOf(await readObject(path, path));
    const without = operations.filter(({ object }) => evidenceOf(object) === undefined);
    expect(without.length === operations.length ? [] : without.map(titleOf)).toEqual([]);
  });
});
