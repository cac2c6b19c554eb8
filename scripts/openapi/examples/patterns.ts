import fc from "fast-check";
import { patternOf } from "./validator.ts";

/** Longer patterns, and counts beyond this, would take too long to make a text of. */
const longestPattern = 500;
const mostRepeats = 512;

/** The shortest of several texts that match a pattern and are accepted; undefined if none is found. */
export function textOfPattern(source: string, isWanted: (text: string) => boolean): string | undefined {
  const counts = [...source.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].flatMap(([, least, most]) => [Number(least), Number(most ?? 0)]);
  if (source === "" || source.length > longestPattern || counts.some((count) => count > mostRepeats)) return undefined;
  const pattern = patternOf(source);
  if (pattern === undefined) return undefined;
  try {
    // The same seed makes the same text each time.
    const samples = fc.sample(fc.stringMatching(pattern, { size: "small" }), { seed: 42, numRuns: 50 });
    return samples.sort((one, other) => one.length - other.length).find((text) => /^[\t -~]*$/.test(text) && isWanted(text));
  } catch {
    return undefined;
  }
}
