import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { replay, type Step } from "../history.ts";
import { nimbus } from "../nimbus.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gpu-history-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const replaced = (text: string, from: string, to: string): string => {
  expect(text).toContain(from);
  return text.replaceAll(from, to);
};

it("processes a vendor's successive documents, and rates each by its effect on callers", { timeout: 300_000 }, async () => {
  const texts = replaced(nimbus, "summary: List instances", "summary: List all instances");
  const limited = replaced(texts, "minimum: 1, maximum: 100, default: 20", "minimum: 1, maximum: 50, default: 20");
  const removed = replaced(limited, "        size_gb: { type: number }\n", "");
  const documents = {
    "1": "not: a document",
    "2": nimbus,
    "3": texts,
    "4": limited,
    "5": removed,
    "6": `${removed}# The end.\n`,
  };
  for (const [name, text] of Object.entries(documents)) await writeFile(join(folder, `${name}.yaml`), text);
  const steps: Step[] = [];
  for await (const step of replay(folder)) steps.push(step);
  expect(steps.map(({ report: _, fixable: __, ...step }) => step)).toEqual([
    { document: "1.yaml", status: "refused" },
    { document: "2.yaml", status: "made" },
    { document: "3.yaml", status: "written", verdict: "patch", floor: "patch" },
    { document: "4.yaml", status: "written", verdict: "major", floor: "patch" },
    { document: "5.yaml", status: "written", verdict: "major", floor: "major" },
    { document: "6.yaml", status: "written", verdict: "none", floor: "none" },
  ]);
});
