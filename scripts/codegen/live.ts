// Live results in doc comments and READMEs.
import { type JsonObject, stringAt } from "@gpu-scripts/openapi/json.ts";
import {
  type EvidenceSource,
  evidenceOf,
  evidenceSources,
  type LiveResults,
  type LiveRun,
  type Proof,
  proofs,
  rights,
} from "@gpu-scripts/openapi/live.ts";
import { operationsOf } from "@gpu-scripts/openapi/operations.ts";
import { markdownCode, markdownLine, markdownLink, markdownTable } from "@gpu-scripts/openapi/text/markdown.ts";

const proofNames: Record<Proof, string> = {
  public: "Public calls, without a key",
  read: "Reads, with a key",
  rent: "A rental, from create to delete",
};

const sourceNames: Record<EvidenceSource, string> = {
  document: "From the vendor's documents only",
  observed: "Observed by others",
  live: "Run against the live API",
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

/** The section of a package's README about the sources of its operations and about what is not known; undefined without either. */
export function evidenceSection(document: JsonObject, unknown: readonly string[]): string | undefined {
  const operations = operationsOf(document).map(({ object }) => ({
    name: markdownCode(stringAt(object, "operationId") ?? ""),
    source: evidenceOf(object)?.source,
  }));
  const known = evidenceSources.flatMap((source) => {
    const names = operations.filter((operation) => operation.source === source).map(({ name }) => name);
    return names.length === 0 ? [] : [[sourceNames[source], String(names.length), names.join(", ")]];
  });
  const rows = [...known, ...unknown.map((statement) => ["Nobody knows", "", markdownLine(statement)])];
  if (rows.length === 0) return undefined;
  return `### How it is known

The source of each operation, and what no public source that we know shows.

${markdownTable(["Source", "Operations", "What"], rows)}`;
}

/** The section of a package's README about its live API. */
export function liveSection(vendor: string, live: LiveResults): string {
  const rows = proofs.map((proof) => {
    const run = live.runs[proof];
    return [proofNames[proof], run?.date ?? "never", run?.version ?? "", run ? callsOf(run) : ""];
  });
  const needs = rights.flatMap((right) => {
    const text = live.rights[right];
    return text === undefined ? [] : [`- \`${right}\`: ${markdownLine(text)}\n`];
  });
  const link = markdownLink(markdownCode(`pnpm live ${vendor}`), howToRun);
  const table = markdownTable(["What", "Last run", "Version", "Calls"], rows);
  const section = `### Live API\n\nWhat was run against the vendor's own servers, by ${link}.\n\n${table}`;
  return needs.length === 0 ? section : `${section}\nThe least right that a key needs:\n\n${needs.join("")}`;
}

/** The table of all packages for the repository's README. */
export function liveTable(vendors: readonly { id: string; live: LiveResults }[]): string {
  const rows = vendors.map(({ id, live }) => {
    const cells = proofs.map((proof) => {
      const run = live.runs[proof];
      return run ? `${run.date}, ${run.version}: ${callsOf(run)}` : "never";
    });
    return [`[\`@gpu/${id}\`](packages/${id})`, ...cells];
  });
  return markdownTable(["package", ...proofs.map((proof) => proofNames[proof].toLowerCase())], rows);
}

/** The number of calls by outcome, without zeros. */
function callsOf({ calls }: LiveRun): string {
  return Object.entries(calls)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(", ");
}
