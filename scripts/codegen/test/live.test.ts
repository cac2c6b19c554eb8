import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JsonObject, objectAt } from "@gpu-scripts/openapi/json.ts";
import { type LiveResults, noLiveResults } from "@gpu-scripts/openapi/live.ts";
import { document } from "@gpu-scripts/openapi/test/document.ts";
import { afterAll, describe, expect, it } from "vitest";
import { generateClient } from "../client.ts";
import { evidenceSection, liveSection, liveTable, withEvidence } from "../live.ts";
import { generateReadme } from "../readme.ts";

const folder = await mkdtemp(join(tmpdir(), "gpu-live-readme-"));
afterAll(() => rm(folder, { recursive: true }));

const live: LiveResults = {
  rights: { read: "A key of the role `viewer`, not @everyone's." },
  runs: { read: { date: "2026-11-29", version: "1.2.0", calls: { ok: 11, drift: 1, blocked: 0 } } },
  seen: { listInstances: "2026-11-29" },
  unknown: ["When billing begins: at the create or at `ready` | `active`.", "Whether #7 is final."],
};

/** The document with this evidence on its list operation. */
function documentWith(evidence?: JsonObject): JsonObject {
  const changed = document();
  if (evidence) objectAt(objectAt(objectAt(changed, "paths"), "/instances"), "get")["x-evidence"] = evidence;
  return changed;
}
const evidenceIn = (shown: JsonObject) => objectAt(objectAt(objectAt(shown, "paths"), "/instances"), "get")["x-evidence"];

describe("the evidence of an operation", () => {
  const observed = { source: "observed", date: "2026-08-01" };
  it.each([
    ["that of the document", observed, noLiveResults, observed],
    ["raised by a live result", observed, live, { source: "live", date: "2026-11-29" }],
    ["that of a live result alone", undefined, live, { source: "live", date: "2026-11-29" }],
    ["absent without either", undefined, noLiveResults, undefined],
  ])("is %s", (_, given, results, expected) => {
    const before = documentWith(given);
    const shown = withEvidence(before, results);
    expect(evidenceIn(shown)).toEqual(expected);
    expect(evidenceIn(before)).toEqual(given);
  });

  it.each([
    [
      "a source",
      { source: "rumour", date: "2026-11-29" },
      "x-evidence of listInstances: source must be one of document, observed, live",
    ],
    ["a date", { source: "observed" }, "x-evidence of listInstances: date must be YYYY-MM-DD"],
  ])("requires %s", (_, given, message) => {
    expect(() => withEvidence(documentWith(given), noLiveResults)).toThrow(message);
  });

  it("appears only in the doc comment of its function", () => {
    const client = generateClient(withEvidence(document(), live));
    expect(client.match(/Evidence: .*/g)).toEqual(["Evidence: live, 2026-11-29."]);
    expect(client.slice(0, client.indexOf("readonly listInstances"))).toContain("Evidence: live");
    expect(generateClient(document())).not.toContain("Evidence");
  });

  it("is summarized by source in the README, with the open questions", () => {
    const shown = withEvidence(documentWith(observed), noLiveResults);
    objectAt(objectAt(objectAt(shown, "paths"), "/instances"), "post")["x-evidence"] = { source: "document", date: "2026-08-01" };
    const table = ["| Source | Operations | What |", "|---|---|---|"];
    expect(evidenceSection(shown, live.unknown)?.split("\n").slice(4)).toEqual([
      ...table,
      "| From the vendor's documents only | 1 | `createInstance` |",
      "| Observed by others | 1 | `listInstances` |",
      "| Nobody knows |  | When billing begins: at the create or at `ready` \\| `active`. |",
      "| Nobody knows |  | Whether `#7` is final. |",
      "",
    ]);
    expect(evidenceSection(withEvidence(shown, live), [])?.split("\n").slice(4)).toEqual([
      ...table,
      "| From the vendor's documents only | 1 | `createInstance` |",
      "| Run against the live API | 1 | `listInstances` |",
      "",
    ]);
    expect(evidenceSection(document(), [])).toBeUndefined();
  });

  it("lists operations of a source in the order of the document", () => {
    const seen = { createInstance: "2026-11-29", listInstances: "2026-11-28" };
    const section = evidenceSection(withEvidence(document(), { ...noLiveResults, seen }), []);
    expect(section).toContain("| Run against the live API | 2 | `listInstances`, `createInstance` |\n");
  });

  it("has a column in the README when an operation has evidence", async () => {
    const file = join(folder, "README.md");
    await writeFile(file, "<!-- operations:start -->\n<!-- operations:end -->\n");
    const readme = await generateReadme(file, "README.md", withEvidence(document(), live), live);
    expect(readme).toContain("| Operation | Request | What it does | Costs | Repeated | Evidence |\n|---|---|---|---|---|---|\n");
    expect(readme).toMatch(/^\| `listInstances`.* \| yes \| live, 2026-11-29 \|$/m);
    expect(readme).toMatch(/^\| `createInstance`.* \| with its key \| {2}\|$/m);
    expect([...readme.matchAll(/^### .*$/gm)].map(([head]) => head)).toEqual([
      "### Instances",
      "### How it is known",
      "### Live API",
    ]);
    expect(readme).toContain("| Nobody knows |  | Whether `#7` is final. |\n\n### Live API\n");
    await writeFile(file, readme);
    expect(await generateReadme(file, "README.md", withEvidence(document(), live), live)).toBe(await readFile(file, "utf8"));
  });
});

it("liveSection lists each kind of run, and the minimum rights as plain text", () => {
  const section = liveSection("acme", live);
  expect(section).toContain("| Reads, with a key | 2026-11-29 | 1.2.0 | 11 ok, 1 drift |\n");
  expect(section).toContain("| Public calls, without a key | never |  |  |\n");
  expect(section).toContain("| A rental, from create to delete | never |  |  |\n");
  expect(section).toContain("- `read`: A key of the role `viewer`, not `@everyone`'s.\n");
  expect(liveSection("acme", noLiveResults)).not.toContain("The least right");
});

it("liveTable has a row for each package", () => {
  expect(
    liveTable([
      { id: "acme", live },
      { id: "bolt", live: noLiveResults },
    ]),
  ).toBe(
    [
      "| package | public calls, without a key | reads, with a key | a rental, from create to delete |",
      "|---|---|---|---|",
      "| [`@gpu/acme`](packages/acme) | never | 2026-11-29, 1.2.0: 11 ok, 1 drift | never |",
      "| [`@gpu/bolt`](packages/bolt) | never | never | never |",
      "",
    ].join("\n"),
  );
});
