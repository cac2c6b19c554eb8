import type { CallResult, VendorRun } from "./outcome.ts";

/** Renders a run as a table with a line for each new finding. */
export function renderRun({ vendor, kind, date, version, baseUrl, results }: VendorRun): string {
  const width = Math.max(...results.map(({ operation }) => operation.length));
  const what = kind === "read" ? "reads with a key" : "public probes without a key";
  return [
    `${vendor} ${version}: ${what}, ${date}, ${baseUrl}`,
    ...results.map((result) => `  ${result.outcome.padEnd(7)}  ${result.operation.padEnd(width)}  ${about(result)}`.trimEnd()),
    ...results.flatMap(findingLines),
    summary(results),
    "",
  ].join("\n");
}

function about(result: CallResult): string {
  const reason = "reason" in result ? [result.reason] : [];
  const status = result.status === null ? [] : [String(result.status)];
  const known = result.known > 0 ? [`${result.known} known`] : [];
  const fresh = result.findings.length > 0 ? [`${result.findings.length} new`] : [];
  return [...status, ...reason, ...fresh, ...known].join(", ");
}

function findingLines({ operation, status, findings, caseFile }: CallResult): string[] {
  const lines = findings.map(
    ({ kind, pointer, detail }) =>
      `  new: ${operation}${status === null ? "" : ` ${status}`} ${pointer || "/"} ${kind}: ${detail}`,
  );
  return caseFile === null ? lines : [...lines, `       in ${caseFile}`];
}

function summary(results: readonly CallResult[]): string {
  const fresh = results.reduce((sum, { findings }) => sum + findings.length, 0);
  const known = results.reduce((sum, result) => sum + result.known, 0);
  return `  ${results.length} calls, ${fresh} new ${fresh === 1 ? "finding" : "findings"}, ${known} known`;
}
