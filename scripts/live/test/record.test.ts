import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLive } from "@gpu-scripts/openapi/live.ts";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { CallResult, VendorRun } from "../outcome.ts";
import { recordRun } from "../record.ts";

const folder = await mkdtemp(join(tmpdir(), "gpu-live-record-"));
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => rm(join(folder, "live.yaml"), { force: true }));

const result = (operation: string, status: number | null, outcome: "ok" | "drift"): CallResult => ({
  operation,
  status,
  outcome,
  findings: [],
  known: 0,
  caseFile: null,
});
const run = (more: Partial<VendorRun> = {}): VendorRun => ({
  vendor: "acme",
  kind: "read",
  date: "2026-11-29",
  version: "1.2.0",
  baseUrl: "https://api.acme.example",
  results: [result("listInstances", 200, "ok"), result("listPrices", 200, "drift")],
  ...more,
});
const live = () => readLive(folder, "specs/acme");

describe("the result of a run", () => {
  it("is written to a new file", async () => {
    await recordRun(run(), folder, "specs/acme");
    expect(await live()).toEqual({
      rights: {},
      runs: { read: { date: "2026-11-29", version: "1.2.0", calls: { ok: 1, drift: 1, blocked: 0, failed: 0, skipped: 0 } } },
      seen: { listInstances: "2026-11-29" },
      unknown: [],
    });
  });

  it("is merged into the file, and keeps handwritten entries", async () => {
    const text =
      "# The least right of a key.\nrights:\n  read: A key of the role `viewer`. # asked their support\nunknown:\n  - When billing begins.\nseen:\n  getInstance: 2026-10-01\n  listInstances: 2026-10-01\n";
    await writeFile(join(folder, "live.yaml"), text);
    await recordRun(run(), folder, "specs/acme");
    await recordRun(
      run({ kind: "public", date: "2026-12-01", results: [result("listRegions", 200, "ok"), result("getInstance", 401, "ok")] }),
      folder,
      "specs/acme",
    );
    expect(await live()).toMatchObject({
      unknown: ["When billing begins."],
      runs: { read: { date: "2026-11-29" }, public: { date: "2026-12-01", calls: { ok: 2 } } },
      // A rejected call does not count as seen, and an operation that was not called keeps its date.
      seen: { getInstance: "2026-10-01", listInstances: "2026-11-29", listRegions: "2026-12-01" },
    });
    const written = await readFile(join(folder, "live.yaml"), "utf8");
    expect(written).toContain(
      "# The least right of a key.\nrights:\n  read: A key of the role `viewer`. # asked their support\nunknown:\n  - When billing begins.\n",
    );
  });
});

it.each([
  ["an unknown section", "proofs: {}", 'does not have "proofs"'],
  ["a text instead of a list in `unknown`", "unknown: When billing begins.", "unknown must be a list of texts"],
  ["a map instead of a list in `unknown`", "unknown:\n  billing: When it begins.", "unknown must be a list of texts"],
  ["an empty statement", 'unknown:\n  - When billing begins.\n  - ""', "unknown[1] must be a text"],
  ["a number as a statement", "unknown:\n  - 404", "unknown[0] must be a text"],
  [
    "a statement that YAML reads as a map",
    "unknown:\n  - When billing begins: at the create or later.",
    "unknown[0] must be a text; put it in quotes if it has a colon before a space",
  ],
  [
    "a statement twice",
    "unknown:\n  - When billing begins.\n  - When billing begins.",
    'unknown has "When billing begins." twice',
  ],
  ["an unknown right", "rights:\n  write: Any key.", 'rights does not have "write"; it has read, sweep, rent'],
  ["an unknown proof", "runs:\n  write: {}", 'runs does not have "write"; it has public, read, rent'],
  ["a date in another format", "seen:\n  listInstances: yesterday", "seen.listInstances must be YYYY-MM-DD"],
  ["a run without a version", "runs:\n  read:\n    date: 2026-11-29", "runs.read.version must be a text"],
  [
    "a count that is not a number",
    "runs:\n  read:\n    date: 2026-11-29\n    version: 1.0.0\n    calls:\n      ok: many",
    "runs.read.calls.ok must be a number",
  ],
])("live.yaml with %s is rejected", async (_, text, message) => {
  await writeFile(join(folder, "live.yaml"), `${text}\n`);
  await expect(live()).rejects.toThrow(`specs/acme/live.yaml: ${message}`);
});
