import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { allVendors, root } from "@gpu-scripts/openapi/vendors.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { compareVersions } from "../../compare/compare.ts";
import { greatest } from "../../impact.ts";
import { type Generated, generatedOf, noticed } from "../caller/caller.ts";
import { type Edit, edits, Subject } from "./edits.ts";
import { small } from "./small.ts";

/** The composed document in a vendor's package. */
function composed(vendor: string): JsonObject {
  return JSON.parse(readFileSync(join(root, "packages", vendor, "openapi.json"), "utf8")) as JsonObject;
}

/** The unedited document. Its sources are generated once, because that takes most of the time. */
interface Beginning {
  document: JsonObject;
  generated: Promise<Generated>;
}

const beginningOf = (document: JsonObject): Beginning => ({ document, generated: generatedOf(document) });

async function expectRating(
  { document, generated }: Beginning,
  { prepare, apply, impact }: Edit,
): Promise<[Generated, Generated]> {
  const before = structuredClone(document);
  prepare?.(new Subject(before));
  const after = structuredClone(before);
  const operations = [apply(new Subject(after))].flat();
  const versions: [Generated, Generated] = [await (prepare ? generatedOf(before) : generated), await generatedOf(after)];
  const comparison = compareVersions(...versions);
  expect(comparison.impact, JSON.stringify(comparison.changes, null, 1)).toBe(impact);
  expect(comparison.changes.map(({ operation }) => operation)).toEqual(expect.arrayContaining(operations));
  return versions;
}

describe("a change of a small document", { timeout: 60_000 }, () => {
  let beginning: Beginning;
  beforeAll(() => {
    beginning = beginningOf(small());
  });

  it.each(edits)("$kind is rated $impact, names the operation, and affects callers' code", async (edit) => {
    const [before, after] = await expectRating(beginning, edit);
    const { impact, errors } = noticed(before, after);
    const least = edit.impact === "none" ? "patch" : edit.impact;
    // The rating is never below the impact on callers' code, and above it only with a reason.
    expect(greatest([impact, least]), errors[0] ?? "").toBe(least);
    expect(impact === least || edit.noticed !== undefined, `callers' code notices only a ${impact} change`).toBe(true);
    if (edit.noticed !== undefined) expect(impact, `callers' code notices it anyway: ${errors[0]}`).not.toBe(least);
  });
});

describe.each(allVendors())("a change of %s's document", { timeout: 60_000 }, (vendor) => {
  let beginning: Beginning;
  beforeAll(() => {
    beginning = beginningOf(composed(vendor));
  });

  it.each(edits.filter(({ rare }) => !rare))("$kind is rated $impact and names the operation", async (edit) => {
    await expectRating(beginning, edit);
  });
});
