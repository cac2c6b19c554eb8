import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, it } from "vitest";
import { readRecorded } from "../src/responses-suite.js";

const folder = mkdtempSync(join(tmpdir(), "gpu-recorded-"));
afterAll(() => rmSync(folder, { recursive: true }));

const recorded = (why: string) => ({ operation: "getInstance", status: 200, why, body: { id: "1" } });

it("reads the recorded responses and those from the live API", () => {
  const file = join(folder, "responses.json");
  writeFileSync(file, JSON.stringify([recorded("by hand")]));
  expect(readRecorded(pathToFileURL(file)).map(({ why }) => why)).toEqual(["by hand"]);
  mkdirSync(join(folder, "live"));
  writeFileSync(join(folder, "live", "getInstance-200.json"), JSON.stringify({ ...recorded("live"), findings: [] }));
  const { body: _, ...unreadable } = recorded("not JSON");
  writeFileSync(join(folder, "live", "getInstance-502.json"), JSON.stringify(unreadable));
  writeFileSync(join(folder, "live", "notes.txt"), "");
  expect(readRecorded(pathToFileURL(file)).map(({ why }) => why)).toEqual(["by hand", "live"]);
});
