import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonValue } from "@gpu-scripts/openapi/json.ts";
import type { Change } from "@gpu-scripts/regenerate/change.ts";
import type { Outcome } from "@gpu-scripts/regenerate/outcome.ts";
import { renderOutcome } from "@gpu-scripts/regenerate/report.ts";
import { writeReports } from "@gpu-scripts/regenerate/report-file.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkArtifact, outcomeIn, patchIn, readOutcome } from "../artifact.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gpu-artifact-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const change: Change = { operation: "getInstance", impact: "minor", kind: "added", place: "/parameters/query/limit" };

const full: Outcome = {
  vendor: "fal",
  status: "written",
  reasons: [
    { kind: "document", message: "because" },
    { kind: "lint", problems: [{ pointer: "#/info", message: "no title", rule: "info" }] },
    { kind: "overlays-misfit" },
    { kind: "overlays-to-prune" },
  ],
  impact: "minor",
  bump: "patch",
  versions: { before: "0.1.0", after: "0.1.1" },
  changes: [
    change,
    { operation: "*", impact: "major", kind: "known-values-removed", type: "KnownStatus", values: ['"a"', '"b"'] },
    { operation: "*", impact: "major", kind: "promise-changed", extension: "x-paid", before: "true", after: null },
  ],
  overlays: [
    { action: "action 1", verdict: "unnecessary", cause: "in-upstream", parts: [] },
    { action: "action 2", verdict: "superseded", parts: ["GET /instances"] },
    { action: "action 3", verdict: "lost" },
    { action: "action 4", verdict: "hides", fields: [{ field: "minimum", before: null, after: "50" }] },
    { action: "action 5", verdict: "misfit", reason: "the target matches nothing" },
  ],
  fixable: [
    { kind: "lint", operation: "*", place: "specs/fal: #/info", rule: "gpu/units", message: "has no unit" },
    { kind: "compile", file: "packages/fal/test/a.ts", line: 2, message: "does not compile" },
  ],
  lookAt: [{ file: "packages/unified/src/providers/fal.ts", change }],
  notes: ["read this"],
  files: ["packages/fal/openapi.json"],
};

describe("an artifact", () => {
  const file = (name: string) => join(folder, name);

  it("has a report, which renders to the same text after reading", async () => {
    await writeReports(file("report.json"), [{ ...full, vendor: "novita" }, full]);
    await writeFile(file("changes.patch"), "diff");
    await checkArtifact(folder);
    const read = await outcomeIn(folder, "fal");
    expect(read).toEqual(full);
    expect(renderOutcome(read)).toBe(renderOutcome(full));
    expect(await patchIn(folder)).toBe(file("changes.patch"));
  });

  it("may have an empty patch, when nothing changed", async () => {
    await writeFile(file("changes.patch"), "");
    expect(await patchIn(folder)).toBeUndefined();
  });

  it("is rejected without its files", async () => {
    await expect(patchIn(folder)).rejects.toThrow("the artifact has no changes.patch");
    await expect(outcomeIn(folder, "fal")).rejects.toThrow("the artifact has no report.json");
  });

  const refused: [string, () => Promise<unknown>, RegExp][] = [
    ["another file", () => writeFile(file("other.md"), ""), /unexpected file: "other.md"/],
    ["a folder", () => mkdir(file("changes.patch")), /changes.patch is not a plain file/],
    ["a link", () => symlink("/etc/passwd", file("report.json")), /report.json is not a plain file/],
    [
      "a report that is too large",
      () => writeFile(file("report.json"), "").then(() => truncate(file("report.json"), 2_000_001)),
      /report.json has 2000001 bytes/,
    ],
    [
      "a patch that is too large",
      () => writeFile(file("changes.patch"), "").then(() => truncate(file("changes.patch"), 20_000_001)),
      /changes.patch has 20000001 bytes/,
    ],
  ];
  it.each(refused)("is rejected with %s", async (_, make, reason) => {
    await make();
    await expect(checkArtifact(folder)).rejects.toThrow(reason);
  });
});

describe("a report", () => {
  const entry = full as unknown as Record<string, JsonValue>;

  it.each<[string, string, RegExp]>([
    ["is not JSON", "{", /is not JSON/],
    ["is not a list", "{}", /no entry for fal/],
    ["is of another vendor", '[{"vendor":"novita"}]', /no entry for fal/],
    ["has no object", "[null, 1]", /no entry for fal/],
  ])("is rejected if it %s", (_, text, reason) => {
    expect(() => readOutcome(text, "fal")).toThrow(reason);
  });

  it.each<[string, JsonValue]>([
    ["impact", "huge"],
    ["bump", null],
    ["status", "merged"],
    ["reasons", "because"],
    ["reasons[0].kind", [{ kind: "other" }]],
    ["reasons[0].message", [{ kind: "document" }]],
    ["reasons[0].problems", [{ kind: "lint" }]],
    ["reasons[0].problems[0].rule", [{ kind: "lint", problems: [{ pointer: "", message: "" }] }]],
    ["versions", "0.1.0"],
    ["versions.before", { after: "0.1.0" }],
    ["files", "x"],
    ["files[0]", [1]],
    ["fixable", {}],
    ["fixable[0].kind", [{ kind: "other" }]],
    ["fixable[0].rule", [{ kind: "lint", operation: "*", place: "" }]],
    ["fixable[0].line", [{ kind: "compile", file: "", line: "2", message: "" }]],
    ["lookAt[0]", [null]],
    ["lookAt[0].file", [{ change: null }]],
    ["lookAt[0].change", [{ file: "a" }]],
    ["notes[0]", [{}]],
    ["changes[0]", ["text"]],
    ["changes[0].kind", [{ operation: "*", impact: "patch", kind: "toString" }]],
    ["changes[0].impact", [{ operation: "*", impact: "huge", kind: "call-added" }]],
    ["changes[0].operation", [{ impact: "patch", kind: "call-added" }]],
    ["changes[0].place", [{ operation: "*", impact: "patch", kind: "added" }]],
    ["changes[0].values", [{ operation: "*", impact: "patch", kind: "known-values-added", type: "A", values: [1] }]],
    ["changes[0].before", [{ operation: "*", impact: "patch", kind: "base-url-changed", after: null }]],
    ["changes[0].extension", [{ operation: "*", impact: "patch", kind: "promise-changed", extension: "toString" }]],
    ["overlays[0].verdict", [{ action: "x" }]],
    ["overlays[0].cause", [{ action: "x", verdict: "unnecessary", parts: [] }]],
    ["overlays[0].parts", [{ action: "x", verdict: "superseded" }]],
    ["overlays[0].fields[0].before", [{ action: "x", verdict: "hides", fields: [{ field: "a", after: "b" }] }]],
    ["overlays[0].reason", [{ action: "x", verdict: "misfit" }]],
  ])("is rejected with an invalid value at %s", (place, value) => {
    const key = place.split(/[.[]/)[0] ?? "";
    expect(() => readOutcome(JSON.stringify([{ ...entry, [key]: value }]), "fal")).toThrow(
      `the report has no valid \`${place}\``,
    );
  });

  it.each(["changes", "overlays", "files", "fixable", "lookAt", "notes", "reasons", "status"])(
    "is rejected without %s",
    (key) => {
      const { [key]: _, ...others } = entry;
      expect(() => readOutcome(JSON.stringify([others]), "fal")).toThrow(`the report has no valid \`${key}\``);
    },
  );
});
