import type { LintProblem } from "@gpu-scripts/openapi/redocly.ts";

/**
 * Rules about our own descriptions and examples. A change of the vendor often breaks them, such as an example that lacks a field
 * that is now required, while the package stays correct.
 */
const fixableRules = new Set([
  "gpu/examples",
  "gpu/operation-errors",
  "gpu/operation-examples",
  "gpu/operation-texts",
  "gpu/units",
  "no-unused-components",
  "operation-4xx-response",
  "operation-description",
  "operation-summary",
  "tag-description",
]);

/** Problems to fix after the run, and problems that block it. */
export function sortProblems(problems: readonly LintProblem[]): { fixable: LintProblem[]; blocking: LintProblem[] } {
  return {
    fixable: problems.filter(({ rule }) => fixableRules.has(rule)),
    blocking: problems.filter(({ rule }) => !fixableRules.has(rule)),
  };
}
