/** How much a change affects users, from not at all to breaking their code. */
export const impacts = ["none", "patch", "minor", "major"] as const;
export type Impact = (typeof impacts)[number];

/** The greatest of some impacts; `none` of none. */
export function greatest(some: Iterable<Impact>): Impact {
  return [...some].reduce<Impact>((worst, impact) => (impacts.indexOf(impact) > impacts.indexOf(worst) ? impact : worst), "none");
}

/** Greatest first. */
export function byImpact(a: { impact: Impact }, b: { impact: Impact }): number {
  return impacts.indexOf(b.impact) - impacts.indexOf(a.impact);
}

/**
 * The part of the version that a change raises. From 1.0 on that is its impact. Before 1.0, a caret range ends at the next minor
 * version: a breaking change raises the minor version, everything else the patch version.
 */
export function bumpFor(impact: Impact, version: string): Impact {
  if (impact === "none") return "none";
  if (!/^0\./.test(version)) return impact;
  return impact === "major" ? "minor" : "patch";
}
