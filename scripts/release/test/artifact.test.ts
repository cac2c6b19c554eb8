import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonValue } from "@gpu-scripts/openapi/json.ts";
import { type Outcome, renderOutcome } from "@gpu-scripts/regenerate/report.ts";
import { writeReports } from "@gpu-scripts/regenerate/report-file.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkArtifact, outcomeIn, patchIn, readOutcome } from "../artifact.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gpu-artifact-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const full: Outcome = {
  report: {
    vendor: "fal",
    impact: "minor",
    bump: "patch",
    changes: [{ operation: "getInstance", impact: "minor", message: "new field" }],
    overlays: [{ action: "fixes.overlay.yaml, action 1", verdict: "unnecessary" }],
  },
  status: "written",
  reason: "because",
  versions: { before: "0.1.0", after: "0.1.1" },
  files: ["packages/fal/openapi.json"],
  mend: ["fix this"],
  lookAt: ["getInstance"],
  notes: ["read this"],
};

describe("an artifact", () => {
  const file = (name: string) => join(folder, name);

  it("has a report, from which the text is rendered again as it was", async () => {
    await writeReports(file("report.json"), [{ ...full, report: { ...full.report, vendor: "novita" } }, full]);
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

  it("is refused without its files", async () => {
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
  it.each(refused)("is refused with %s", async (_, make, reason) => {
    await make();
    await expect(checkArtifact(folder)).rejects.toThrow(reason);
  });
});

describe("a report", () => {
  const { report, ...rest } = full;
  const entry = { ...report, ...rest } as unknown as Record<string, JsonValue>;

  it.each<[string, string, RegExp]>([
    ["is not JSON", "{", /is not JSON/],
    ["is no list", "{}", /no entry for fal/],
    ["is of another vendor", '[{"vendor":"novita"}]', /no entry for fal/],
    ["has no object", "[null, 1]", /no entry for fal/],
  ])("is refused that %s", (_, text, reason) => {
    expect(() => readOutcome(text, "fal")).toThrow(reason);
  });

  it.each<[string, JsonValue]>([
    ["impact", "huge"],
    ["bump", null],
    ["status", "merged"],
    ["reason", 1],
    ["versions", "0.1.0"],
    ["versions.before", { after: "0.1.0" }],
    ["files", "x"],
    ["files[0]", [1]],
    ["mend", {}],
    ["lookAt[1]", ["a", null]],
    ["notes[0]", [{}]],
    ["changes[0]", ["text"]],
    ["changes[0].impact", [{ operation: "*", impact: "huge", message: "" }]],
    ["changes[0].message", [{ operation: "*", impact: "patch" }]],
    ["overlays[0].verdict", [{ action: "x" }]],
  ])("is refused with another kind of value at %s", (place, value) => {
    const key = place.split(/[.[]/)[0] ?? "";
    expect(() => readOutcome(JSON.stringify([{ ...entry, [key]: value }]), "fal")).toThrow(
      `the report has no valid \`${place}\``,
    );
  });

  it.each(["changes", "overlays", "files", "mend", "lookAt", "notes", "status"])("is refused without %s", (key) => {
    const { [key]: _, ...others } = entry;
    expect(() => readOutcome(JSON.stringify([others]), "fal")).toThrow(`the report has no valid \`${key}\``);
  });
});
