import { markdownCode, markdownLine } from "@gpu-scripts/openapi/text/markdown.ts";
import type { Change } from "./change.ts";
import { adviceFor, messageOf } from "./change-text.ts";
import type { Comparison } from "./compare/compare.ts";
import type { Impact } from "./impact.ts";
import { sha256 } from "./pages.ts";

export interface ChangesetInput {
  vendor: string;
  /** What people call the vendor. */
  title: string;
  comparison: Comparison;
  bump: Impact;
  /** How far `@gpu/unified` must follow; `none` when its range still includes the vendor's new version. */
  unifiedBump: Impact;
  /** The new composed document: the same change gives the same file, so a second run writes nothing new. */
  content: string;
}

/** The changesets of one vendor's change, by path relative to the repository. */
export function changesets(input: ChangesetInput): Map<string, string> {
  const { vendor, bump, unifiedBump, content } = input;
  const name = `.changeset/${vendor}-${sha256(content).slice(0, 8)}`;
  const files = new Map([[`${name}.md`, render(`@gpu/${vendor}`, bump, textFor(input))]]);
  if (unifiedBump !== "none") files.set(`${name}-unified.md`, render("@gpu/unified", unifiedBump, unifiedText(input)));
  return files;
}

function render(packageName: string, bump: Impact, text: string): string {
  return `---\n"${packageName}": ${bump}\n---\n\n${text.trim()}\n`;
}

/** Which calls changed, how, and what users must do. */
function textFor({ title: given, comparison }: ChangesetInput): string {
  const title = markdownLine(given);
  const { changes, impact } = comparison;
  const lines = [headline(title, impact, changes)];
  list(lines, "Breaking:", changes, "major");
  list(lines, "New:", changes, "minor");
  const rest = operationsOf(changes.filter((change) => change.impact === "patch"));
  if (rest.length > 0 && impact !== "patch")
    lines.push("", `Descriptions, examples or limits also changed for ${names(rest)}. Nothing to do.`);
  return lines.join("\n");
}

function headline(title: string, impact: Impact, changes: readonly Change[]): string {
  const operations = operationsOf(changes.filter((change) => change.impact === impact));
  switch (impact) {
    case "major":
      return `The API of ${title} changed. Check your code if it uses ${names(operations)}.`;
    case "minor":
      return `The API of ${title} has additions: ${names(operations)}. Existing code keeps working.`;
    default:
      return `Descriptions, examples or limits of ${title} changed for ${names(operations)}. Nothing to do.`;
  }
}

function list(lines: string[], title: string, changes: readonly Change[], impact: Impact): void {
  // One line for what several calls have in common.
  const groups = new Map<string, Change[]>();
  for (const change of changes.filter((one) => one.impact === impact))
    groups.set(messageOf(change), [...(groups.get(messageOf(change)) ?? []), change]);
  if (groups.size === 0) return;
  lines.push("", title, "");
  for (const [message, alike] of groups) {
    const advice = impact === "major" && alike[0] ? adviceFor(alike[0]) : "";
    lines.push(`- ${names(operationsOf(alike))}: ${markdownLine(message)}.${advice && ` ${advice}`}`);
  }
}

function unifiedText({ vendor, title, comparison }: ChangesetInput): string {
  const breaking = operationsOf(comparison.changes.filter((change) => change.impact === "major"));
  const what = breaking.length > 0 ? `which changed ${names(breaking)}` : "whose known values changed";
  return `Follows the new version of \`@gpu/${vendor}\`, ${what}. If you use \`gpu.providers\` or \`providerOptions\` of ${markdownLine(title)} directly, read the changes of \`@gpu/${vendor}\`.`;
}

function operationsOf(changes: readonly Change[]): string[] {
  return [...new Set(changes.map(({ operation }) => operation))];
}

const mostNames = 6;

/** `a`, `b` and `c`; beyond a few, how many more. */
function names(operations: readonly string[]): string {
  if (operations.length === 0 || operations.includes("*")) return "every call";
  const shown = operations.slice(0, mostNames).map(markdownCode);
  const more = operations.length - shown.length;
  if (more > 0) return `${shown.join(", ")} and ${more} more`;
  return shown.length === 1 ? String(shown[0]) : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

/**
 * How far `@gpu/unified` must follow a vendor's package. It exposes the vendor's client and request types, so what breaks them
 * breaks its users too. Fixing its own code is a separate change.
 */
export function unifiedImpact(impact: Impact, mustBeFixed: boolean): Impact {
  if (impact === "major") return "major";
  return mustBeFixed ? "patch" : "none";
}
