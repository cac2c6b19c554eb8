import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { type LiveResults, readLive } from "@gpu-scripts/openapi/live.ts";
import { parseDocument } from "yaml";
import { outcomes, type VendorRun } from "./outcome.ts";

/** Writes the result of a run to `live.yaml` in a vendor's folder. Everything written by hand stays. */
export async function recordRun(run: VendorRun, folder: string, shownAs: string): Promise<void> {
  const { runs, seen } = afterRun(await readLive(folder, shownAs), run);
  const path = `${folder}/live.yaml`;
  const document = parseDocument(existsSync(path) ? await readFile(path, "utf8") : "{}\n");
  if (document.contents && "flow" in document.contents) document.contents.flow = false;
  document.set("runs", document.createNode(runs));
  document.set("seen", document.createNode(seen));
  await writeFile(path, document.toString({ lineWidth: 120 }));
}

/** The results including a run. */
function afterRun(before: LiveResults, run: VendorRun): LiveResults {
  const { kind, date, version, results } = run;
  const calls = outcomes.map((outcome) => [outcome, results.filter((result) => result.outcome === outcome).length]);
  const seen = { ...before.seen };
  for (const { operation, outcome, status } of results) {
    // A documented 401 does not prove anything about the successful response.
    if (outcome === "ok" && status !== null && status < 300) seen[operation] = date;
  }
  return {
    rights: before.rights,
    unknown: before.unknown,
    runs: { ...before.runs, [kind]: { date, version, calls: Object.fromEntries(calls) } },
    seen: Object.fromEntries(Object.entries(seen).sort(([one], [other]) => (one < other ? -1 : 1))),
  };
}
