// Live results in doc comments and READMEs.
import type { JsonObject } from "@gpu-scripts/openapi/json.ts";
import { evidenceOf, type LiveResults, type LiveRun, type Proof, proofs, rights } from "@gpu-scripts/openapi/live.ts";
import { operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { markdownCell, markdownCode, markdownLine, markdownLink } from "@gpu-scripts/openapi/text/markdown.ts";

const proofNames: Record<Proof, string> = {
  public: "Public calls, without a key",
  read: "Reads, with a key",
  rent: "A rental, from create to delete",
};

const howToRun = "https://github.com/gpu-clients/gpu-clients/blob/main/docs/live.md";

/** A copy of the document in which live results raise `x-evidence`. */
export function withEvidence(document: JsonObject, live: LiveResults): JsonObject {
  const shown = structuredClone(document);
  for (const { object } of operationsOf(shown)) {
    const evidence = evidenceOf(object, live);
    if (evidence) object["x-evidence"] = { ...evidence };
  }
  return shown;
}

/** The evidence of an operation, such as `live, 2026-11-29`; undefined without any. */
export function evidenceText(operation: JsonObject): string | undefined {
  const evidence = evidenceOf(operation);
  return evidence && `${evidence.source}, ${evidence.date}`;
}

/** The section of a package's README about its live API. */
export function liveSection(vendor: string, live: LiveResults): string {
  const rows = proofs.map((proof) => {
    const run = live.runs[proof];
    return `| ${[proofNames[proof], run?.date ?? "never", run?.version ?? "", run ? callsOf(run) : ""].map(markdownCell).join(" | ")} |`;
  });
  const needs = rights.flatMap((right) => {
    const text = live.rights[right];
    return text === undefined ? [] : [`- \`${right}\`: ${markdownLine(text)}`];
  });
  return [
    "### Live API",
    "",
    `What was run against the vendor's own servers, by ${markdownLink(markdownCode(`pnpm live ${vendor}`), howToRun)}.`,
    "",
    "| What | Last run | Version | Calls |",
    "|---|---|---|---|",
    ...rows,
    "",
    ...(needs.length === 0 ? [] : ["The least right that a key needs:", "", ...needs, ""]),
  ].join("\n");
}

/** The table of all packages for the repository's README. */
export function liveTable(vendors: readonly { id: string; live: LiveResults }[]): string {
  const rows = vendors.map(({ id, live }) => {
    const cells = proofs.map((proof) => {
      const run = live.runs[proof];
      return run ? `${run.date}, ${run.version}: ${callsOf(run)}` : "never";
    });
    return `| ${[`[\`@gpu/${id}\`](packages/${id})`, ...cells].map(markdownCell).join(" | ")} |`;
  });
  const heads = ["package", ...proofs.map((proof) => proofNames[proof].toLowerCase())];
  return [`| ${heads.join(" | ")} |`, `|${"---|".repeat(heads.length)}`, ...rows, ""].join("\n");
}

/** The number of calls by outcome, without zeros. */
function callsOf({ calls }: LiveRun): string {
  return Object.entries(calls)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(", ");
}
