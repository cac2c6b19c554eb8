import type { Problem } from "@gpu-scripts/openapi/redocly.ts";

/**
 * Rules about our own words and examples. What a vendor changes often leaves these behind, such as an example without a field
 * that is now required; the package is right all the same, so they are listed to be mended and do not hold it up.
 */
const rulesToMend = new Set([
  "gpu/operation-errors",
  "gpu/operation-examples",
  "gpu/operation-texts",
  "gpu/units",
  "no-invalid-media-type-examples",
  "no-invalid-parameter-examples",
  "no-invalid-schema-examples",
  "no-unused-components",
  "operation-4xx-response",
  "operation-description",
  "operation-summary",
  "tag-description",
]);

/** The problems that a person mends afterwards, and those because of which nothing may be written. */
export function sortProblems(problems: readonly Problem[]): { toMend: Problem[]; grave: Problem[] } {
  return {
    toMend: problems.filter(({ rule }) => rulesToMend.has(rule)),
    grave: problems.filter(({ rule }) => !rulesToMend.has(rule)),
  };
}
